use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{document::stock_movement::Line, model::PersonId};

const T0: i64 = 1_700_000_000_000;

fn id(n: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(n))
}

#[expect(clippy::unnecessary_wraps, reason = "a line's store may be absent")]
fn store(name: &str) -> Option<Store> {
    Some(Store(name.into()))
}

fn posted(
    kind: MovementKind,
    quantity: i64,
    from: Option<Store>,
    to: Option<Store>,
    at: i64,
) -> Posted {
    Posted {
        kind,
        lines: vec![Line {
            part: id(1),
            quantity: Quantity::whole(quantity).unwrap(),
            from,
            to,
            unit_cost: None,
        }],
        work_order: None,
        person: PersonId(Uuid::from_u128(7)),
        at: Timestamp(T0 + at),
        reason: None,
        reverses: None,
    }
}

fn level(movements: &[(DocumentId, Posted)], name: &str) -> Option<i64> {
    let steps = fold(movements.iter().map(|(id, posted)| (*id, posted)));
    let last = steps.get(&(id(1), Store(name.into())))?.last()?;
    Some(last.level.0 / 1_000_000)
}

#[test]
fn a_count_with_late_issues_stays_what_was_counted() {
    let count = (
        id(10),
        posted(MovementKind::Adjustment, 8, None, store("A"), 50),
    );
    let before = (id(11), posted(MovementKind::Issue, 3, store("A"), None, 40));
    let after = (id(12), posted(MovementKind::Issue, 2, store("A"), None, 60));
    let entry = (id(13), posted(MovementKind::Entry, 10, None, store("A"), 0));

    assert_eq!(level(&[entry.clone(), count.clone()], "A"), Some(8));
    assert_eq!(
        level(&[entry.clone(), count.clone(), before.clone()], "A"),
        Some(8)
    );
    assert_eq!(level(&[entry, count, before, after], "A"), Some(6));
}

#[test]
fn the_last_part_issued_twice_makes_the_level_negative() {
    let movements = [
        (id(1), posted(MovementKind::Entry, 1, None, store("A"), 0)),
        (id(2), posted(MovementKind::Issue, 1, store("A"), None, 10)),
        (id(3), posted(MovementKind::Issue, 1, store("A"), None, 11)),
    ];

    assert_eq!(level(&movements, "A"), Some(-1));
}

#[test]
fn the_same_movement_given_twice_counts_once() {
    let entry = (id(1), posted(MovementKind::Entry, 4, None, store("A"), 0));

    assert_eq!(level(&[entry.clone(), entry], "A"), Some(4));
}

#[test]
fn a_transfer_moves_from_one_store_to_the_other() {
    let movements = [
        (id(1), posted(MovementKind::Entry, 4, None, store("A"), 0)),
        (
            id(2),
            posted(MovementKind::Transfer, 3, store("A"), store("B"), 1),
        ),
    ];

    assert_eq!(level(&movements, "A"), Some(1));
    assert_eq!(level(&movements, "B"), Some(3));
}

#[test]
fn a_reversal_unmakes_its_movement_even_across_a_count() {
    let issue = (id(2), posted(MovementKind::Issue, 5, store("A"), None, 10));
    let reversal = Posted {
        reverses: Some(issue.0),
        ..posted(MovementKind::Reversal, 5, None, store("A"), 30)
    };
    let reversal = (reversal_id(issue.0), reversal);
    let entry = (id(1), posted(MovementKind::Entry, 10, None, store("A"), 0));
    let count = (
        id(3),
        posted(MovementKind::Adjustment, 9, None, store("A"), 20),
    );

    assert_eq!(
        level(&[entry.clone(), issue.clone(), reversal.clone()], "A"),
        Some(10)
    );
    assert_eq!(level(&[entry, issue, count, reversal], "A"), Some(9));
}

#[test]
fn a_reversal_under_a_forged_id_unmakes_nothing() {
    let issue = (id(2), posted(MovementKind::Issue, 5, store("A"), None, 10));
    let forged = Posted {
        reverses: Some(issue.0),
        ..posted(MovementKind::Reversal, 5, None, store("A"), 30)
    };

    assert_eq!(level(&[issue, (id(99), forged)], "A"), Some(-5));
}

fn any_movement() -> impl Strategy<Value = Posted> {
    (0..4_u8, 0..20_i64, 0..50_i64).prop_map(|(kind, quantity, at)| match kind {
        0 => posted(MovementKind::Entry, quantity + 1, None, store("A"), at),
        1 => posted(MovementKind::Issue, quantity + 1, store("A"), None, at),
        2 => posted(
            MovementKind::Transfer,
            quantity + 1,
            store("A"),
            store("B"),
            at,
        ),
        _ => posted(MovementKind::Adjustment, quantity, None, store("B"), at),
    })
}

proptest! {
    #[test]
    fn steps_do_not_depend_on_the_order_of_arrival(
        movements in proptest::collection::vec(any_movement(), 0..12),
        turn in 0..12_usize,
    ) {
        let named: Vec<_> = (100..).map(id).zip(movements).collect();
        let mut turned = named.clone();
        turned.rotate_left(turn.min(named.len()));
        turned.reverse();
        let steps = |movements: &[(DocumentId, Posted)]| {
            fold(movements.iter().map(|(id, posted)| (*id, posted)))
        };

        prop_assert_eq!(steps(&turned), steps(&named));
    }

    #[test]
    fn the_changes_of_a_part_add_up_to_its_level(
        movements in proptest::collection::vec(any_movement(), 1..12),
    ) {
        let named: Vec<_> = (100..).map(id).zip(movements).collect();

        for steps in fold(named.iter().map(|(id, posted)| (*id, posted))).values() {
            let sum: i64 = steps.iter().map(|step| step.change.0).sum();
            prop_assert_eq!(sum, steps.last().unwrap().level.0);
        }
    }
}
