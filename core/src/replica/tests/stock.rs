//! Movements and levels through the façade.

use super::plant::{BEARING, BEN, Plant, code, id};
use crate::{
    document::stock_movement::MovementKind,
    model::Quantity,
    replica::{LevelState, MovementLine, NewLine, NewMovement, NewOrder},
};

fn movement(kind: MovementKind, quantity: i64) -> NewMovement {
    NewMovement {
        kind,
        lines: vec![NewLine {
            part: id(BEARING),
            quantity: Quantity::whole(quantity).unwrap(),
            from: None,
            to: None,
            unit_cost: None,
        }],
        work_order: None,
        reason: None,
        at: None,
    }
}

pub(super) fn entry(plant: &mut Plant, quantity: i64) -> MovementLine {
    plant
        .replica
        .post_movement(&movement(MovementKind::Entry, quantity))
        .unwrap()
}

fn level(plant: &Plant) -> (String, LevelState) {
    let levels = plant.replica.levels(Some(id(BEARING))).unwrap();
    (levels[0].quantity.to_string(), levels[0].state)
}

#[test]
fn the_only_store_goes_without_saying_and_levels_follow() {
    let mut plant = Plant::new();
    assert_eq!(level(&plant), ("0".into(), LevelState::Out));
    entry(&mut plant, 3);
    assert_eq!(level(&plant), ("3".into(), LevelState::Ok));
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    plant.world.move_minutes(1);
    let issue = NewMovement {
        work_order: Some(order),
        ..movement(MovementKind::Issue, 2)
    };

    let posted = plant.replica.post_movement(&issue).unwrap();

    assert_eq!(level(&plant), ("1".into(), LevelState::Low));
    assert_eq!(posted.person_name.as_deref(), Some("Ana"));
    assert_eq!(posted.lines[0].from.as_deref(), Some("MAG"));
    let page = plant.replica.order_page(order).unwrap();
    assert_eq!(page.movements, [posted]);
}

#[test]
fn the_last_part_taken_twice_makes_the_level_negative_and_is_not_refused() {
    let mut plant = Plant::new();
    let issue = movement(MovementKind::Issue, 1);

    plant.replica.post_movement(&issue).unwrap();

    assert_eq!(level(&plant), ("-1".into(), LevelState::Negative));
}

#[test]
fn a_movement_is_reversed_once_and_counts_no_more() {
    let mut plant = Plant::new();
    let posted = entry(&mut plant, 5);
    plant.world.move_minutes(1);

    let reversal = plant.replica.reverse_movement(posted.id, "erreur").unwrap();

    assert_eq!(level(&plant).0, "0");
    assert_eq!(reversal.reverses, Some(posted.id));
    let first = plant.replica.movement(posted.id).unwrap();
    assert_eq!(first.reversed_by, Some(reversal.id));
    let again = plant.replica.reverse_movement(posted.id, "erreur");
    assert_eq!(code(again), "already_reversed");
    let back = plant.replica.reverse_movement(reversal.id, "erreur");
    assert_eq!(code(back), "reverses_reversal");
}

#[test]
fn what_cannot_be_meant_is_stopped() {
    let mut plant = Plant::new();
    let mut post = |change: &dyn Fn(&mut NewMovement)| {
        let mut new = movement(MovementKind::Entry, 1);
        change(&mut new);
        code(plant.replica.post_movement(&new))
    };

    assert_eq!(
        post(&|it| it.lines[0].quantity = Quantity(500_000)),
        "quantity_decimals"
    );
    assert_eq!(
        post(&|it| it.lines[0].quantity = Quantity::ZERO),
        "line_quantity"
    );
    assert_eq!(
        post(&|it| it.lines[0].to = Some("MAGASIN".into())),
        "unknown_store"
    );
    assert_eq!(
        post(&|it| it.lines[0].from = Some("mag".into())),
        "line_stores"
    );
    assert_eq!(post(&|it| it.lines.clear()), "no_lines");
    assert_eq!(post(&|it| it.kind = MovementKind::Scrap), "reason_missing");
    assert_eq!(post(&|it| it.kind = MovementKind::Transfer), "line_stores");
    assert_eq!(post(&|it| it.kind = MovementKind::Reversal), "reverses");
    assert_eq!(plant.replica.movements(None, None).unwrap(), []);
}

#[test]
fn the_same_part_recorded_by_two_people_is_suggested_as_a_duplicate() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    let issue = NewMovement {
        work_order: Some(order),
        ..movement(MovementKind::Issue, 1)
    };
    let first = plant.replica.post_movement(&issue).unwrap();
    plant.replica.account.person = BEN;

    let second = plant.replica.post_movement(&issue).unwrap();

    assert_eq!(second.possible_duplicates, [first.id]);
    let lines = plant.replica.movements(Some(order), None).unwrap();
    assert!(lines.iter().all(|line| line.possible_duplicates.len() == 1));
    plant
        .replica
        .reverse_movement(second.id, "doublon")
        .unwrap();
    let first = plant.replica.movement(first.id).unwrap();
    assert_eq!(first.possible_duplicates, []);
}
