//! Steps of the calendar, against a calendar that is walked day by day without chrono.

use chrono::Datelike;
use proptest::prelude::*;

use super::super::{
    Calendar, InvalidRule, OutOfRange, Rule, Unit, nth_fixed,
    step::{add, first_fixed_after, steps_to},
};
use super::{by_calendar, by_meter, calendar, date};

fn dates(calendar: &Calendar, count: u32) -> Vec<String> {
    (0..count)
        .map(|k| nth_fixed(calendar, k).unwrap().to_string())
        .collect()
}

#[test]
fn the_31st_survives_short_months() {
    let monthly = calendar("2026-01-31", 1, Unit::Month, 0);
    let leap = calendar("2028-01-31", 1, Unit::Month, 0);

    assert_eq!(
        dates(&monthly, 5),
        [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31"
        ]
    );
    assert_eq!(dates(&leap, 3)[1..], ["2028-02-29", "2028-03-31"]);
}

#[test]
fn a_leap_day_returns_every_fourth_year() {
    let yearly = calendar("2024-02-29", 1, Unit::Year, 0);
    let century = calendar("2096-02-29", 4, Unit::Year, 0);

    assert_eq!(
        dates(&yearly, 5),
        [
            "2024-02-29",
            "2025-02-28",
            "2026-02-28",
            "2027-02-28",
            "2028-02-29"
        ]
    );
    assert_eq!(dates(&century, 3)[1..], ["2100-02-28", "2104-02-29"]);
}

#[test]
fn weeks_run_through_week_53() {
    let weekly = calendar("2026-12-21", 1, Unit::Week, 0);

    let weeks: Vec<String> = (0..4)
        .map(|k| nth_fixed(&weekly, k).unwrap())
        .map(|due| due.format("%G-W%V-%u").to_string())
        .collect();

    assert_eq!(
        weeks,
        ["2026-W52-1", "2026-W53-1", "2027-W01-1", "2027-W02-1"]
    );
}

#[test]
fn steps_cross_the_end_of_a_year() {
    let cases = [
        (calendar("2025-12-31", 1, Unit::Day, 0), "2026-01-01"),
        (calendar("2025-12-31", 1, Unit::Week, 0), "2026-01-07"),
        (calendar("2025-12-31", 2, Unit::Month, 0), "2026-02-28"),
        (calendar("2025-12-31", 1, Unit::Year, 0), "2026-12-31"),
    ];
    for (calendar, expected) in cases {
        assert_eq!(nth_fixed(&calendar, 1), Ok(date(expected)), "{calendar:?}");
    }
}

#[test]
fn a_series_ends_in_2199() {
    let yearly = calendar("2198-06-15", 1, Unit::Year, 0);

    assert_eq!(nth_fixed(&yearly, 1), Ok(date("2199-06-15")));
    assert_eq!(nth_fixed(&yearly, 2), Err(OutOfRange));
    for unit in [Unit::Day, Unit::Week, Unit::Month, Unit::Year] {
        let longest = calendar("1900-01-01", u32::MAX, unit, 0);
        assert_eq!(nth_fixed(&longest, u32::MAX), Err(OutOfRange), "{unit:?}");
    }
}

#[test]
fn rules_that_cannot_be_scheduled_say_why() {
    let ok = || by_calendar("2026-01-01", 1, Unit::Day, 0);
    let with = |change: fn(&mut Rule)| {
        let mut rule = ok();
        change(&mut rule);
        rule.check().unwrap_err().to_string()
    };
    let year = |date: &str| format!("{date} is outside the years 1900 to 2199");

    assert_eq!(ok().check(), Ok(()));
    assert_eq!(
        with(|rule| rule.calendar = None),
        "a rule needs a calendar or a meter"
    );
    assert_eq!(
        with(|rule| rule.calendar.as_mut().unwrap().every = 1001),
        "every must be between 1 and 1000, not 1001"
    );
    assert_eq!(
        with(|rule| rule.calendar.as_mut().unwrap().shift_percent = 101),
        "shift must be between 0 and 100 percent, not 101"
    );
    assert_eq!(
        with(|rule| rule.calendar.as_mut().unwrap().anchor = date("1899-12-31")),
        year("1899-12-31")
    );
    assert_eq!(
        with(|rule| rule.effective_from = Some(date("2200-01-01"))),
        year("2200-01-01")
    );
    assert_eq!(by_meter(0, 0).check(), Err(InvalidRule::MeterStep));
    let mut nameless = by_meter(1, 0);
    nameless.meter.as_mut().unwrap().meter = " ".into();
    assert_eq!(nameless.check(), Err(InvalidRule::NoMeter));
}

/// A calendar of its own: year, month, day, walked one day at a time.
type Walked = (i32, u32, u32);

fn month_length((year, month, _): Walked) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn day_after(day: Walked) -> Walked {
    match day {
        (year, 12, 31) => (year + 1, 1, 1),
        (year, month, d) if d == month_length(day) => (year, month + 1, 1),
        (year, month, d) => (year, month, d + 1),
    }
}

/// Walks from the anchor: by days until enough have passed, by months until enough firsts of
/// a month have passed and the anchor's day, or the month's last, is reached.
fn walk(anchor: Walked, every: u32, unit: Unit, k: u32) -> Walked {
    let mut day = anchor;
    let (days, months) = match unit {
        Unit::Day => (every * k, None),
        Unit::Week => (every * k * 7, None),
        Unit::Month => (0, Some(every * k)),
        Unit::Year => (0, Some(every * k * 12)),
    };
    for _ in 0..days {
        day = day_after(day);
    }
    let Some(months) = months.filter(|months| *months > 0) else {
        return day;
    };
    let mut firsts = 0;
    while firsts < months {
        day = day_after(day);
        firsts += u32::from(day.2 == 1);
    }
    while day.2 < anchor.2 && day.2 < month_length(day) {
        day = day_after(day);
    }
    day
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![
        Just(Unit::Day),
        Just(Unit::Week),
        Just(Unit::Month),
        Just(Unit::Year)
    ]
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    (0..300 * 365_i64, 1..40_u32, any_unit(), 0..=100_u8).prop_map(
        |(day, every, unit, shift_percent)| Calendar {
            anchor: date("1900-01-01") + chrono::Duration::days(day),
            every,
            unit,
            shift_percent,
        },
    )
}

proptest! {
    /// The arithmetic agrees with a walk through every day.
    #[test]
    fn the_nth_date_is_where_a_walk_arrives(calendar in any_calendar(), k in 0..30_u32) {
        let anchor = calendar.anchor;
        let walked = walk(
            (anchor.year(), anchor.month(), anchor.day()), calendar.every, calendar.unit, k,
        );

        let computed = nth_fixed(&calendar, k).map(|due| (due.year(), due.month(), due.day()));

        prop_assert_eq!(computed, if walked.0 > 2199 { Err(OutOfRange) } else { Ok(walked) });
    }

    /// The closed form finds the same step as trying one after another.
    #[test]
    fn steps_to_a_date_are_the_fewest_that_reach_it(
        calendar in any_calendar(), ahead in -400..20_000_i64,
    ) {
        let target = calendar.anchor + chrono::Duration::days(ahead);
        let reaches = |k: &u32| add(calendar.anchor, &calendar, *k).map_or(true, |d| d >= target);
        let tried = (0..=120_000).find(reaches).unwrap();

        let computed = steps_to(calendar.anchor, &calendar, target);

        match add(calendar.anchor, &calendar, tried) {
            Ok(_) => prop_assert_eq!(computed, tried),
            Err(OutOfRange) => prop_assert!(add(calendar.anchor, &calendar, computed).is_err()),
        }
    }

    /// No input whatever makes the arithmetic panic.
    #[test]
    fn wild_numbers_are_errors_and_never_panics(
        day in any::<i32>(), every in any::<u32>(), unit in any_unit(), k in any::<u32>(),
        to in any::<i32>(),
    ) {
        let wild = |day| chrono::NaiveDate::from_num_days_from_ce_opt(day)
            .unwrap_or(chrono::NaiveDate::MAX);
        let calendar = Calendar { anchor: wild(day), every, unit, shift_percent: 0 };

        let _ = nth_fixed(&calendar, k);
        let _ = first_fixed_after(&calendar, wild(to));
    }
}
