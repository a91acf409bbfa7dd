//! Which occurrence contains the work of which.

use uuid::Uuid;

use super::super::{Margins, Nested, absorb, occurrence::Occurrence};
use super::date;

fn nested(plan: u128, level: u32, due: &str) -> Nested {
    let margins = Margins {
        lead_days: 3,
        grace_days: 5,
        tolerance_days: 0,
    };
    Nested {
        plan: Uuid::from_u128(plan),
        family: "press 4".into(),
        level,
        occurrence: Occurrence::new(due.into(), date(due), margins),
    }
}

/// (absorbed plan, absorbing plan) pairs.
fn pairs(occurrences: &[Nested]) -> Vec<(u128, u128)> {
    absorb(occurrences)
        .iter()
        .map(|absorbed| (absorbed.plan.as_u128(), absorbed.by_plan.as_u128()))
        .collect()
}

#[test]
fn only_the_highest_level_of_a_window_remains() {
    let monthly = nested(1, 1, "2026-06-01");
    let quarterly = nested(2, 2, "2026-06-02");
    let yearly = nested(3, 3, "2026-06-04");

    let absorbed = absorb(&[monthly.clone(), yearly.clone(), quarterly.clone()]);

    assert_eq!(absorbed[0].key, "2026-06-01");
    assert_eq!(absorbed[0].by_key, "2026-06-04");
    assert_eq!(pairs(&[monthly, yearly, quarterly]), [(1, 3), (2, 3)]);
}

#[test]
fn the_window_is_the_lower_ones_from_lead_to_grace() {
    let cases = [
        ("2026-05-28", false),
        ("2026-05-29", true),
        ("2026-06-06", true),
        ("2026-06-07", false),
    ];
    for (due, expected) in cases {
        let pairs = pairs(&[nested(1, 1, "2026-06-01"), nested(2, 2, due)]);
        assert_eq!(!pairs.is_empty(), expected, "{due}");
    }
}

#[test]
fn equal_levels_and_other_families_stay() {
    let mut elsewhere = nested(3, 9, "2026-06-01");
    elsewhere.family = "press 5".into();

    let pairs = pairs(&[
        nested(1, 1, "2026-06-01"),
        nested(2, 1, "2026-06-01"),
        elsewhere,
    ]);

    assert_eq!(pairs, []);
}

#[test]
fn what_is_absorbed_absorbs_nothing() {
    let monthly = nested(1, 1, "2026-06-01");
    let quarterly = nested(2, 2, "2026-06-05");
    let yearly = nested(3, 3, "2026-06-09");

    let pairs = pairs(&[monthly, quarterly, yearly]);

    assert_eq!(pairs, [(2, 3)], "the yearly is too late for the monthly");
}

#[test]
fn a_higher_level_goes_before_a_nearer_date() {
    let monthly = nested(1, 1, "2026-06-01");
    let quarterly = nested(2, 2, "2026-06-02");
    let yearly = nested(3, 3, "2026-05-29");

    let pairs = pairs(&[monthly, quarterly, yearly]);

    assert_eq!(pairs, [(1, 3)], "too early for the quarterly");
}

#[test]
fn the_nearest_of_equals_absorbs_whatever_the_order() {
    let monthly = nested(1, 1, "2026-06-01");
    let near = nested(3, 2, "2026-06-02");
    let far = nested(2, 2, "2026-05-29");

    assert_eq!(
        pairs(&[monthly.clone(), near.clone(), far.clone()]),
        [(1, 3)]
    );
    assert_eq!(pairs(&[far, near, monthly]), [(1, 3)]);
}
