//! Dates that follow from the last execution.

use super::super::{Done, Facts, Generation, Rule, Unit, generate, next, upcoming};
use super::{after, by_calendar, date, executed, lead, open, skipped};

fn floating() -> Rule {
    by_calendar("2026-01-31", 1, Unit::Month, 100)
}

fn next_of(rule: &Rule, done: &[Done]) -> (String, String) {
    let facts = Facts {
        done,
        ..Facts::default()
    };
    let next = next(rule, lead(0), &facts).unwrap().unwrap();
    (next.key, next.due.to_string())
}

#[test]
fn the_first_date_is_the_anchor() {
    let mut later = floating();
    later.effective_from = Some(date("2026-05-05"));

    assert_eq!(
        next_of(&floating(), &[]),
        ("after:anchor".into(), "2026-01-31".into())
    );
    assert_eq!(next_of(&later, &[]).1, "2026-05-05");
}

#[test]
fn a_floating_date_counts_from_the_execution() {
    let late = executed("after:anchor", "2026-01-31", "2026-02-10", 1);
    let early = executed(&after(1), "2026-03-10", "2026-03-01", 2);

    assert_eq!(
        next_of(&floating(), std::slice::from_ref(&late)),
        (after(1), "2026-03-10".into())
    );
    assert_eq!(
        next_of(&floating(), &[early, late]),
        (after(2), "2026-04-01".into()),
        "in whatever order they are given"
    );
}

#[test]
fn a_rule_that_became_floating_goes_on_from_the_latest_execution() {
    let done = [
        executed("6", "2026-07-31", "2026-08-02", 6),
        executed("5", "2026-06-30", "2026-07-01", 5),
    ];

    assert_eq!(next_of(&floating(), &done), (after(6), "2026-09-02".into()));
}

#[test]
fn a_skipped_occurrence_counts_from_its_due_date() {
    let done = [
        executed("after:anchor", "2026-01-31", "2026-02-10", 1),
        skipped(&after(1), "2026-03-10", 2),
    ];

    assert_eq!(next_of(&floating(), &done), (after(2), "2026-04-10".into()));
}

#[test]
fn a_key_that_is_taken_is_never_given_again() {
    // Skipped with a date ahead, then executed early; then one without any date.
    let mut undated = skipped(&after(3), "2026-01-01", 4);
    undated.due = None;
    let done = [
        skipped("after:anchor", "2026-01-31", 2),
        executed(&after(2), "2026-02-28", "2026-01-20", 3),
        undated,
    ];

    assert_eq!(next_of(&floating(), &done), (after(4), "2026-03-20".into()));
}

#[test]
fn keys_that_run_in_a_circle_end() {
    let done = [
        executed(&after(2), "2026-02-28", "2026-02-20", 1),
        executed(&after(1), "2026-02-28", "2026-02-20", 2),
    ];

    assert!(next_of(&floating(), &done).0.starts_with("after:"));
}

#[test]
fn a_floating_rule_makes_no_order_while_one_is_open() {
    let done = [executed("after:anchor", "2026-01-31", "2026-02-10", 1)];
    let open = [open(&after(1))];
    let made = |open| {
        let facts = Facts {
            done: &done,
            open,
            ..Facts::default()
        };
        generate(&floating(), lead(7), &facts, date("2027-01-01")).unwrap()
    };

    assert_eq!(made(&open), Generation::default());
    assert_eq!(made(&[]).order.unwrap().due, date("2026-03-10"));
}

#[test]
fn half_a_shift_moves_half_of_the_delay() {
    let half = by_calendar("2026-01-10", 1, Unit::Month, 50);
    // (executed on, next due): ten days late, ten early, one late (rounded to none), on time.
    let cases = [
        ("2026-01-20", "2026-02-15"),
        ("2025-12-31", "2026-02-05"),
        ("2026-01-11", "2026-02-10"),
        ("2026-01-10", "2026-02-10"),
    ];
    for (on, expected) in cases {
        let done = [executed("after:anchor", "2026-01-10", on, 1)];
        assert_eq!(next_of(&half, &done).1, expected, "executed {on}");
    }
}

#[test]
fn a_shifted_rule_kept_on_time_keeps_the_anchors_day() {
    let half = by_calendar("2026-01-31", 1, Unit::Month, 50);
    let done = [executed("after:anchor", "2026-02-28", "2026-02-28", 1)];

    assert_eq!(next_of(&half, &done).1, "2026-03-31");
    assert_eq!(
        next_of(&floating(), &done).1,
        "2026-03-28",
        "floating does not"
    );
}

#[test]
fn a_very_late_execution_leaves_no_trail_of_past_dates() {
    let daily = by_calendar("2026-01-01", 1, Unit::Day, 50);
    let done = [executed("after:anchor", "2026-01-01", "2026-01-31", 1)];

    assert_eq!(next_of(&daily, &done).1, "2026-02-01");
}

#[test]
fn a_changed_rule_is_not_due_before_it_takes_effect() {
    let mut rule = by_calendar("2026-01-01", 1, Unit::Week, 100);
    rule.effective_from = Some(date("2026-06-01"));
    let done = [executed("3", "2026-04-30", "2026-04-30", 9)];

    let mut undated = skipped("after:anchor", "2026-06-01", 7);
    undated.due = None;

    assert_eq!(next_of(&rule, &done), (after(9), "2026-06-01".into()));
    assert_eq!(
        next_of(&rule, &[undated]),
        (after(7), "2026-06-08".into()),
        "a skip without a date was of the date that was due"
    );
}

#[test]
fn an_execution_dated_by_a_wrong_clock_counts_on_its_due_date() {
    let done = [executed("after:anchor", "2026-01-31", "9999-12-31", 1)];

    assert_eq!(next_of(&floating(), &done).1, "2026-02-28");
}

#[test]
fn a_date_moved_by_hand_holds_for_its_key_only() {
    let done = [executed("after:anchor", "2026-01-31", "2026-01-31", 1)];
    let key = after(1);
    let due = |moved| {
        let facts = Facts {
            done: &done,
            override_due: Some((moved, date("2026-03-07"))),
            ..Facts::default()
        };
        next(&floating(), lead(0), &facts).unwrap().unwrap().due
    };

    assert_eq!(due(&key), date("2026-03-07"));
    assert_eq!(due("after:anchor"), date("2026-02-28"));
}

#[test]
fn upcoming_dates_suppose_execution_on_time_and_from_today_when_overdue() {
    let done = [executed("after:anchor", "2026-01-31", "2026-02-10", 1)];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };
    let list = |from| {
        upcoming(&floating(), lead(0), &facts, date(from), 3)
            .unwrap()
            .into_iter()
            .map(|occurrence| format!("{} {}", occurrence.key, occurrence.due))
            .collect::<Vec<_>>()
    };

    assert_eq!(
        list("2026-02-11"),
        [
            format!("{} 2026-03-10", after(1)),
            "projected:1 2026-04-10".into(),
            "projected:2 2026-05-10".into()
        ]
    );
    assert_eq!(list("2026-03-20")[0], "projected:1 2026-04-20");
    assert_eq!(list("2026-03-20").len(), 3);
}
