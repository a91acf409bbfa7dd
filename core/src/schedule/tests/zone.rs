//! Local dates in every zone of the IANA database.

use chrono::{DateTime, NaiveDate};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::super::{business_date, start_of_day_ms};
use super::date;

/// Walks a zone's dates and returns those that it left out. Every other date must begin right
/// where the one before it ended, so that each comes exactly once.
fn left_out(zone: Tz, first: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let mut missing = Vec::new();
    let mut before = business_date(start_of_day_ms(first, zone) - 1, zone);
    for date in first.iter_days().take_while(|date| *date <= last) {
        let start_ms = start_of_day_ms(date, zone);
        if business_date(start_ms, zone) != date {
            missing.push(date);
            continue;
        }
        assert_eq!(business_date(start_ms - 1, zone), before, "{zone} {date}");
        before = date;
    }
    missing
}

#[test]
fn every_zone_has_every_date_from_2024_to_2040_once() {
    for zone in TZ_VARIANTS {
        let missing = left_out(zone, date("2024-01-01"), date("2040-12-31"));
        assert_eq!(missing, [], "{zone}");
    }
}

#[test]
fn the_dates_that_zones_crossing_the_date_line_left_out_are_these() {
    let mut found = Vec::new();
    for zone in TZ_VARIANTS {
        for year in [1993, 1994, 1995, 2011] {
            let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
            for missing in left_out(zone, day(1, 2), day(12, 31)) {
                found.push(format!("{zone} {missing}"));
            }
        }
    }
    assert_eq!(
        found,
        [
            "Kwajalein 1993-08-21",
            "Pacific/Apia 2011-12-30",
            "Pacific/Enderbury 1994-12-31",
            "Pacific/Fakaofo 2011-12-30",
            "Pacific/Kanton 1994-12-31",
            "Pacific/Kiritimati 1994-12-31",
            "Pacific/Kwajalein 1993-08-21",
        ]
    );
}

#[test]
fn a_date_that_a_zone_left_out_begins_with_the_following_one() {
    let zone = Tz::Pacific__Apia;

    let start_ms = start_of_day_ms(date("2011-12-30"), zone);

    assert_eq!(start_ms, start_of_day_ms(date("2011-12-31"), zone));
    assert_eq!(business_date(start_ms, zone), date("2011-12-31"));
    assert_eq!(business_date(start_ms - 1, zone), date("2011-12-29"));
}

/// (zone, date, first instant in UTC): no midnight, two midnights, an hour back into the day
/// before, a gap that begins before midnight, half an hour.
#[test]
fn changes_of_the_clock_at_midnight_are_defined() {
    let cases = [
        (Tz::Africa__Cairo, "2026-04-24", "2026-04-23T22:00:00Z"),
        (Tz::America__Havana, "2026-11-01", "2026-11-01T04:00:00Z"),
        (Tz::America__Havana, "2026-03-08", "2026-03-08T05:00:00Z"),
        (Tz::Africa__Cairo, "2026-10-30", "2026-10-29T22:00:00Z"),
        (Tz::America__St_Johns, "2010-11-07", "2010-11-07T02:30:00Z"),
        (Tz::America__Toronto, "1919-03-31", "1919-03-31T04:30:00Z"),
        (
            Tz::Australia__Lord_Howe,
            "2026-04-05",
            "2026-04-04T13:00:00Z",
        ),
        (Tz::Europe__Paris, "2026-03-29", "2026-03-28T23:00:00Z"),
    ];
    for (zone, day, expected) in cases {
        let expected: DateTime<chrono::Utc> = expected.parse().unwrap();
        let start_ms = start_of_day_ms(date(day), zone);
        assert_eq!(start_ms, expected.timestamp_millis(), "{zone} {day}");
        assert_eq!(business_date(start_ms, zone), date(day), "{zone} {day}");
    }
}

#[test]
fn clocks_and_dates_beyond_all_bounds_count_as_the_nearest_day() {
    for zone in [Tz::UTC, Tz::Pacific__Kiritimati, Tz::Pacific__Pago_Pago] {
        assert_eq!(business_date(i64::MIN, zone), date("1900-01-01"));
        assert_eq!(business_date(i64::MAX, zone), date("2199-12-31"));
        assert_eq!(
            start_of_day_ms(NaiveDate::MAX, zone),
            start_of_day_ms(date("2199-12-31"), zone)
        );
        assert_eq!(
            start_of_day_ms(NaiveDate::MIN, zone),
            start_of_day_ms(date("1900-01-01"), zone)
        );
    }
}
