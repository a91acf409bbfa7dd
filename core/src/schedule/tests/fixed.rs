//! A fixed calendar: what is next, what is made, what is skipped.

use std::collections::BTreeMap;

use chrono::Duration;
use proptest::prelude::*;

use super::super::{
    Done, Facts, Generation, Margins, Occurrence, Open, Rule, SKIPPED_MAX, UPCOMING_MAX, Unit,
    generate, is_compliant, is_overdue, next, nth_fixed, upcoming,
};
use super::{by_calendar, date, executed, lead, open, skipped};

fn monthly() -> Rule {
    by_calendar("2026-01-31", 1, Unit::Month, 0)
}

fn keys(occurrences: &[Occurrence]) -> Vec<&str> {
    occurrences
        .iter()
        .map(|occurrence| &*occurrence.key)
        .collect()
}

fn run(facts: &Facts<'_>, lead_days: u16, today: &str) -> (Option<String>, Vec<String>) {
    let made = generate(&monthly(), lead(lead_days), facts, date(today)).unwrap();
    let skipped = made.skipped.into_iter().map(|occurrence| occurrence.key);
    (
        made.order.map(|occurrence| occurrence.key),
        skipped.collect(),
    )
}

#[test]
fn an_order_is_made_from_due_minus_lead_on_and_not_only_that_day() {
    let made = |today| run(&Facts::default(), 7, today).0;

    assert_eq!(made("2026-01-23"), None);
    assert_eq!(made("2026-01-24").as_deref(), Some("0"));
    assert_eq!(made("2026-01-25").as_deref(), Some("0"), "a missed run");
    assert_eq!(made("2026-02-20").as_deref(), Some("0"), "a late run");
}

#[test]
fn after_an_outage_one_order_is_made_and_the_older_are_skipped() {
    let done = [executed("0", "2026-01-31", "2026-01-31", 1)];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };

    let (order, skipped) = run(&facts, 7, "2026-06-10");

    assert_eq!(order.as_deref(), Some("4"));
    assert_eq!(skipped, ["1", "2", "3"]);
}

#[test]
fn a_second_run_makes_nothing_more() {
    let done = [
        skipped("0", "2026-01-31", 1),
        skipped("1", "2026-02-28", 2),
        skipped("2", "2026-03-31", 3),
    ];
    let open = [open("3")];
    let facts = Facts {
        done: &done,
        open: &open,
        ..Facts::default()
    };

    assert_eq!(run(&facts, 7, "2026-05-10"), (None, vec![]));
}

#[test]
fn an_open_order_is_neither_skipped_nor_in_the_way() {
    let open = [open("1")];
    let facts = Facts {
        open: &open,
        ..Facts::default()
    };

    let (order, skipped) = run(&facts, 0, "2026-03-31");

    assert_eq!(order.as_deref(), Some("2"));
    assert_eq!(skipped, ["0"]);
}

#[test]
fn what_is_still_ahead_is_not_skipped_by_a_long_lead() {
    let weekly = by_calendar("2026-01-05", 1, Unit::Week, 0);
    let at = |open: &[Open]| {
        let facts = Facts {
            open,
            ..Facts::default()
        };
        generate(&weekly, lead(10), &facts, date("2026-01-05")).unwrap()
    };

    let first = at(&[]);
    let second = at(&[open("0")]);
    let third = at(&[open("0"), open("1")]);

    assert_eq!(first.order.unwrap().key, "0");
    assert_eq!(second.order.unwrap().key, "1");
    assert_eq!(third, Generation::default());
    assert!(first.skipped.is_empty() && second.skipped.is_empty());
}

#[test]
fn what_a_later_execution_overtook_is_skipped_without_an_order() {
    let done = [
        executed("0", "2026-01-31", "2026-01-31", 1),
        executed("2", "2026-03-31", "2026-03-30", 2),
    ];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };

    assert_eq!(run(&facts, 0, "2026-04-01"), (None, vec!["1".into()]));
}

#[test]
fn an_early_execution_moves_the_next_date_on() {
    let done = [executed("0", "2026-01-31", "2026-01-10", 1)];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };

    let next = next(&monthly(), lead(7), &facts).unwrap().unwrap();

    assert_eq!((&*next.key, next.due), ("1", date("2026-02-28")));
    assert_eq!(run(&facts, 7, "2026-02-01"), (None, vec![]));
}

#[test]
fn a_history_that_begins_late_owes_nothing_older() {
    let done = [executed("40", "2029-05-31", "2029-05-31", 1)];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };

    let (order, skipped) = run(&facts, 0, "2029-07-31");

    assert_eq!(order.as_deref(), Some("42"));
    assert_eq!(skipped, ["41"]);
}

#[test]
fn one_run_skips_no_more_than_its_bound() {
    let daily = by_calendar("2005-01-01", 1, Unit::Day, 0);

    let made = generate(&daily, lead(0), &Facts::default(), date("2026-01-01")).unwrap();

    assert_eq!(made.skipped.len(), SKIPPED_MAX);
    assert_eq!(made.skipped[SKIPPED_MAX - 1].due, date("2025-12-31"));
    assert_eq!(made.order.unwrap().due, date("2026-01-01"));
}

#[test]
fn upcoming_lists_from_a_date_and_stays_within_its_bound() {
    let done = [executed("3", "2026-04-30", "2026-04-01", 1)];
    let facts = Facts {
        done: &done,
        ..Facts::default()
    };
    let list = |from, count| upcoming(&monthly(), lead(0), &facts, date(from), count).unwrap();

    assert_eq!(keys(&list("2026-04-30", 3)), ["4", "5", "6"]);
    assert_eq!(list("2026-04-30", usize::MAX).len(), UPCOMING_MAX);
    assert_eq!(list("2199-11-01", 12).len(), 2);
    assert_eq!(list("2026-04-30", 0), []);
}

#[test]
fn overdue_begins_after_grace_and_compliance_ends_with_tolerance() {
    let margins = Margins {
        lead_days: 7,
        grace_days: 3,
        tolerance_days: 2,
    };
    let first = next(&monthly(), margins, &Facts::default())
        .unwrap()
        .unwrap();
    let complies = |on| is_compliant(&first, date(on), margins.tolerance_days);

    assert!(!is_overdue(&first, date("2026-02-03")));
    assert!(is_overdue(&first, date("2026-02-04")));
    assert!(complies("2026-01-29") && complies("2026-02-02"));
    assert!(!complies("2026-01-28") && !complies("2026-02-03"));
}

proptest! {
    /// However the scheduler's runs fall out and whatever gets executed in between, each
    /// occurrence that is due by the last run was ordered or skipped, exactly once; without
    /// outages none is skipped.
    #[test]
    fn every_occurrence_is_ordered_or_skipped_exactly_once(
        every in 1..40_u32,
        lead_days in 0..60_u16,
        runs in proptest::collection::vec((1..50_i64, any::<bool>()), 1..25),
        outages in any::<bool>(),
    ) {
        let rule = by_calendar("2026-01-31", every, Unit::Day, 0);
        let calendar = rule.calendar.clone().unwrap();
        let (mut done, mut open): (Vec<Done>, Vec<Open>) = (vec![], vec![]);
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        let mut today = date("2026-01-01");
        let over = |key: &str, due, execution: usize| Done {
            key: key.into(), due: Some(due), executed_on: None,
            execution: uuid::Uuid::from_u128(execution as u128), reading_micro: None,
        };

        for (wait, executes) in &runs {
            for _ in 0..if outages { 1 } else { *wait } {
                today += Duration::days(if outages { *wait } else { 1 });
                for _ in 0..100 {
                    let facts = Facts { done: &done, open: &open, ..Facts::default() };
                    let made = generate(&rule, lead(lead_days), &facts, today).unwrap();
                    for occurrence in made.skipped {
                        prop_assert!(occurrence.due < today);
                        prop_assert_eq!(seen.insert(occurrence.key.clone(), "skipped"), None);
                        done.push(over(&occurrence.key, occurrence.due, done.len()));
                    }
                    let Some(order) = made.order else { break };
                    prop_assert_eq!(seen.insert(order.key.clone(), "ordered"), None);
                    open.push(Open { key: order.key, due: Some(order.due) });
                }
            }
            if *executes && let Some(order) = open.pop() {
                let finished = over(&order.key, order.due.unwrap(), done.len());
                done.push(Done { executed_on: Some(today), ..finished });
            }
        }

        let horizon = today + Duration::days(lead_days.into());
        // Early execution of a far one may come first; what precedes it is not owed.
        let first: u32 = seen.keys().map(|key| key.parse().unwrap()).min().unwrap_or(0);
        let due = (first..).take_while(|k| nth_fixed(&calendar, *k).unwrap() <= horizon);
        prop_assert_eq!(due.count(), seen.len());
        prop_assert_eq!(first, 0);
        if !outages {
            prop_assert!(seen.values().all(|fate| *fate == "ordered"));
        }
    }
}
