//! What people change: one date moved by hand, or the whole rule from a date on.

use super::super::{Facts, InvalidRule, Occurrence, Open, Rule, Unit, generate, next, upcoming};
use super::{by_calendar, date, executed, lead};

fn monthly() -> Rule {
    by_calendar("2026-01-31", 1, Unit::Month, 0)
}

fn keys(occurrences: &[Occurrence]) -> Vec<&str> {
    occurrences
        .iter()
        .map(|occurrence| &*occurrence.key)
        .collect()
}

fn order(facts: &Facts<'_>, today: &str) -> Option<String> {
    let made = generate(&monthly(), lead(0), facts, date(today)).unwrap();
    made.order.map(|occurrence| occurrence.key)
}

#[test]
fn an_occurrence_moved_by_hand_keeps_its_key() {
    let facts = Facts {
        override_due: Some(("1", date("2026-03-10"))),
        ..Facts::default()
    };
    let dues: Vec<(String, String)> = upcoming(&monthly(), lead(0), &facts, date("2026-01-01"), 3)
        .unwrap()
        .into_iter()
        .map(|occurrence| (occurrence.key, occurrence.due.to_string()))
        .collect();

    assert_eq!(
        dues,
        [
            ("0", "2026-01-31"),
            ("1", "2026-03-10"),
            ("2", "2026-03-31")
        ]
        .map(|(key, due)| (key.to_owned(), due.to_owned()))
    );
    assert_eq!(order(&facts, "2026-03-09").as_deref(), Some("0"));
    assert_eq!(order(&facts, "2026-03-10").as_deref(), Some("1"));
}

#[test]
fn an_occurrence_moved_past_the_following_one_comes_after_it() {
    let facts = Facts {
        override_due: Some(("1", date("2026-04-15"))),
        ..Facts::default()
    };

    let upcoming = upcoming(&monthly(), lead(0), &facts, date("2026-02-01"), 3).unwrap();

    assert_eq!(keys(&upcoming), ["2", "1", "3"]);
    assert_eq!(order(&facts, "2026-03-31").as_deref(), Some("2"));
    assert_eq!(order(&facts, "2026-04-15").as_deref(), Some("1"));
}

#[test]
fn after_an_outage_the_latest_is_latest_by_its_moved_date() {
    let with = |moved| {
        let facts = Facts {
            override_due: Some((moved, date("2026-03-10"))),
            ..Facts::default()
        };
        let made = generate(&monthly(), lead(0), &facts, date("2026-04-01")).unwrap();
        (made.order.unwrap().key, made.skipped)
    };

    let (order, skipped) = with("1");
    assert_eq!((&*order, keys(&skipped)), ("2", vec!["0", "1"]));
    let (order, skipped) = with("2");
    assert_eq!((&*order, keys(&skipped)), ("2", vec!["0", "1"]));
}

#[test]
fn nothing_is_listed_before_the_rule_takes_effect() {
    let mut rule = monthly();
    rule.effective_from = Some(date("2026-05-01"));

    let list = upcoming(&rule, lead(0), &Facts::default(), date("2026-01-01"), 1).unwrap();

    assert_eq!(keys(&list), ["2026-05-01:4"]);
    assert_eq!(list[0].due, date("2026-05-31"));
}

#[test]
fn a_move_out_of_the_calendar_is_refused() {
    let far = date("2200-01-01");
    let facts = Facts {
        override_due: Some(("1", far)),
        ..Facts::default()
    };

    assert_eq!(
        next(&monthly(), lead(0), &facts),
        Err(InvalidRule::Year(far))
    );
}

#[test]
fn a_changed_rule_counts_anew_and_forgets_no_execution() {
    let old = |k: usize, due: &str| executed(&k.to_string(), due, due, k as u128);
    let done = [
        old(0, "2026-01-31"),
        old(1, "2026-02-28"),
        old(2, "2026-03-31"),
    ];
    let pending = [Open {
        key: "3".into(),
        due: Some(date("2026-04-30")),
    }];
    let mut every_second = by_calendar("2026-01-31", 2, Unit::Month, 0);
    every_second.effective_from = Some(date("2026-03-15"));
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };
    let mut every_15_days = by_calendar("2026-04-15", 15, Unit::Day, 0);
    every_15_days.effective_from = Some(date("2026-04-15"));
    let with_pending = Facts {
        open: &pending,
        ..facts
    };

    let next = next(&every_second, lead(0), &facts).unwrap().unwrap();
    let made = generate(&every_15_days, lead(0), &with_pending, date("2026-04-30")).unwrap();

    // The new rule's occurrence 1 is the execution of 31 March, its 2 is not the old 2.
    assert_eq!((&*next.key, next.due), ("2026-03-15:2", date("2026-05-31")));
    assert_eq!(made.order, None, "the old rule's order is for that day");
    assert_eq!(keys(&made.skipped), ["2026-04-15:0"]);
}
