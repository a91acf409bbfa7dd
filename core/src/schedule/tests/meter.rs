//! Meters, alone and with a calendar. Quantities here are whole units, so a step of 500 hours
//! is written 500.

use super::super::{Done, Facts, Generation, Reading, Rule, Unit, generate, next, upcoming};
use super::{by_calendar, by_meter, date, executed, lead, open, skipped};

#[expect(clippy::unnecessary_wraps, reason = "written as the fact that it is")]
fn reading(value_micro: i64, on: &str) -> Option<Reading> {
    Some(Reading {
        value_micro,
        on: date(on),
    })
}

fn at(cycle: u32, on: &str, reading_micro: i64) -> Done {
    Done {
        reading_micro: Some(reading_micro),
        ..executed(&format!("cycle:{cycle}"), on, on, cycle.into())
    }
}

/// Key and due date, or nothing when it cannot be told.
fn next_of(rule: &Rule, facts: &Facts<'_>) -> Option<(String, String)> {
    let next = next(rule, lead(0), facts).unwrap()?;
    Some((next.key, next.due.to_string()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "compared with what may be missing"
)]
fn some(key: &str, due: &str) -> Option<(String, String)> {
    Some((key.into(), due.into()))
}

#[test]
fn a_meter_is_due_at_the_last_executed_reading_plus_its_step() {
    let done = [at(1, "2026-03-01", 1070), at(0, "2026-01-10", 510)];
    let with = |reading| Facts {
        done: &done,
        reading,
        ..Facts::default()
    };

    assert_eq!(next_of(&by_meter(500, 500), &with(None)), None);
    assert_eq!(
        next_of(&by_meter(500, 500), &with(reading(1569, "2026-05-01"))),
        None
    );
    assert_eq!(
        next_of(&by_meter(500, 500), &with(reading(1570, "2026-05-02"))),
        some("cycle:2", "2026-05-02")
    );
}

#[test]
fn the_expected_use_tells_the_date_rounded_up() {
    let with = |usage| Facts {
        reading: reading(400, "2026-01-01"),
        daily_usage_micro: Some(usage),
        ..Facts::default()
    };
    let due = |usage| next_of(&by_meter(500, 500), &with(usage));

    assert_eq!(due(10), some("cycle:0", "2026-01-11"));
    assert_eq!(due(11), some("cycle:0", "2026-01-11"));
    assert_eq!(due(9), some("cycle:0", "2026-01-13"));
    assert_eq!(due(0), None);
    assert_eq!(due(-5), None);
}

#[test]
fn a_predicted_order_is_made_with_its_lead_and_only_once() {
    let predicted = Facts {
        reading: reading(400, "2026-01-01"),
        daily_usage_micro: Some(10),
        ..Facts::default()
    };
    let made = |facts: &Facts<'_>, today| {
        generate(&by_meter(500, 500), lead(3), facts, date(today)).unwrap()
    };
    let open = [open("cycle:0")];
    // A later reading moves the date, never the key.
    let moved = Facts {
        reading: reading(405, "2026-01-06"),
        open: &open,
        ..predicted
    };

    assert_eq!(made(&predicted, "2026-01-07"), Generation::default());
    assert_eq!(made(&predicted, "2026-01-08").order.unwrap().key, "cycle:0");
    assert_eq!(made(&moved, "2026-02-01"), Generation::default());
}

#[test]
fn an_execution_without_a_reading_counts_at_its_threshold() {
    let done = [
        at(0, "2026-01-10", 510),
        executed("cycle:1", "2026-03-01", "2026-03-04", 1),
    ];
    let facts = Facts {
        done: &done,
        reading: reading(1510, "2026-05-01"),
        ..Facts::default()
    };

    assert_eq!(
        next_of(&by_meter(500, 500), &facts),
        some("cycle:2", "2026-05-01")
    );
}

#[test]
fn a_skip_passes_over_every_step_already_reached_and_no_other() {
    let due_at = |skip_reading, now| {
        let skip = Done {
            reading_micro: skip_reading,
            ..skipped("cycle:0", "2026-02-01", 1)
        };
        let facts = Facts {
            done: &[skip],
            reading: reading(now, "2026-05-01"),
            ..Facts::default()
        };
        next_of(&by_meter(500, 500), &facts).is_some()
    };

    assert!(!due_at(None, 999) && due_at(None, 1000));
    assert!(!due_at(Some(1700), 1999) && due_at(Some(1700), 2000));
    assert!(!due_at(Some(300), 499) && due_at(Some(300), 500));
}

#[test]
fn cycles_keep_their_order_whatever_their_dates() {
    // Cycle 1 was skipped ahead of its date, cycle 2 executed before that date came.
    let done = [
        at(2, "2026-02-20", 1400),
        skipped("cycle:1", "2026-03-01", 1),
        at(0, "2026-01-10", 510),
    ];
    let facts = Facts {
        done: &done,
        reading: reading(1900, "2026-06-01"),
        ..Facts::default()
    };

    assert_eq!(
        next_of(&by_meter(500, 500), &facts),
        some("cycle:3", "2026-06-01")
    );
}

#[test]
fn whichever_comes_first_is_due() {
    let mut rule = by_calendar("2026-06-30", 6, Unit::Month, 100);
    rule.meter = by_meter(500, 500).meter;
    let with = |value| Facts {
        reading: reading(value, "2026-01-01"),
        daily_usage_micro: Some(1),
        ..Facts::default()
    };

    assert_eq!(next_of(&rule, &with(400)), some("cycle:0", "2026-04-11"));
    assert_eq!(next_of(&rule, &with(100)), some("cycle:0", "2026-06-30"));
    assert_eq!(
        next_of(&rule, &Facts::default()),
        some("cycle:0", "2026-06-30"),
        "without any reading the calendar stands"
    );
}

#[test]
fn one_execution_starts_both_parts_again() {
    let floating = by_calendar("2026-06-30", 6, Unit::Month, 100);
    let fixed = by_calendar("2026-06-30", 6, Unit::Month, 0);
    let done = [at(0, "2026-07-03", 300)];
    let due = |mut rule: Rule, value| {
        rule.meter = by_meter(500, 500).meter;
        let facts = Facts {
            done: &done,
            reading: reading(value, "2026-07-10"),
            ..Facts::default()
        };
        next_of(&rule, &facts)
    };

    assert_eq!(due(floating.clone(), 799), some("cycle:1", "2027-01-03"));
    assert_eq!(due(floating, 800), some("cycle:1", "2026-07-10"));
    assert_eq!(due(fixed, 799), some("cycle:1", "2026-12-30"));
}

#[test]
fn after_an_outage_a_fixed_calendar_with_a_meter_makes_one_order() {
    let mut rule = by_calendar("2026-01-31", 1, Unit::Month, 0);
    rule.meter = by_meter(500, 500).meter;
    let late = at(0, "2026-06-10", 10);
    let done = [Done {
        due: Some(date("2026-01-31")),
        ..late
    }];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };

    let made = generate(&rule, lead(0), &facts, date("2026-06-11")).unwrap();

    assert_eq!(made, Generation::default());
    assert_eq!(next_of(&rule, &facts), some("cycle:1", "2026-06-30"));
}

#[test]
fn a_changed_rule_with_a_meter_waits_for_its_date() {
    let mut rule = by_calendar("2026-01-31", 1, Unit::Month, 0);
    rule.meter = by_meter(500, 500).meter;
    rule.effective_from = Some(date("2026-05-15"));
    let done = [at(0, "2026-03-31", 10)];
    let none = Facts::default();
    let some_done = Facts {
        done: &done,
        ..none
    };
    let reached = Facts {
        reading: reading(900, "2026-04-02"),
        ..some_done
    };

    assert_eq!(next_of(&rule, &none), some("cycle:0", "2026-05-31"));
    assert_eq!(next_of(&rule, &some_done), some("cycle:1", "2026-05-31"));
    assert_eq!(next_of(&rule, &reached), some("cycle:1", "2026-05-15"));
}

#[test]
fn upcoming_cycles_follow_the_expected_use() {
    let facts = Facts {
        reading: reading(400, "2026-01-01"),
        daily_usage_micro: Some(10),
        ..Facts::default()
    };
    let list = |from| {
        upcoming(&by_meter(500, 500), lead(0), &facts, date(from), 3)
            .unwrap()
            .into_iter()
            .map(|occurrence| format!("{} {}", occurrence.key, occurrence.due))
            .collect::<Vec<_>>()
    };

    assert_eq!(
        list("2026-01-01"),
        [
            "cycle:0 2026-01-11",
            "cycle:1 2026-03-02",
            "cycle:2 2026-04-21"
        ]
    );
    assert_eq!(
        list("2026-01-21"),
        [
            "cycle:1 2026-03-12",
            "cycle:2 2026-05-01",
            "cycle:3 2026-06-20"
        ]
    );
}

#[test]
fn a_cycle_moved_by_hand_is_due_then() {
    let facts = Facts {
        override_due: Some(("cycle:0", date("2026-02-02"))),
        ..Facts::default()
    };

    assert_eq!(
        next_of(&by_meter(500, 500), &facts),
        some("cycle:0", "2026-02-02")
    );
}

#[test]
fn extreme_meters_neither_overflow_nor_hang() {
    let done = [at(0, "2026-01-10", i64::MAX)];
    let facts = Facts {
        done: &done,
        reading: reading(i64::MIN, "2199-12-31"),
        daily_usage_micro: Some(1),
        ..Facts::default()
    };
    let rule = by_meter(i64::MAX, i64::MIN);
    let busy = Facts {
        reading: reading(i64::MAX, "2026-01-01"),
        daily_usage_micro: Some(i64::MAX),
        ..Facts::default()
    };

    assert_eq!(next_of(&rule, &facts), None);
    assert!(upcoming(&rule, lead(0), &busy, date("2026-01-01"), 1000).is_ok());
    assert!(upcoming(&by_meter(1, 0), lead(0), &busy, date("2026-01-01"), 1000).is_ok());
}
