//! Work orders.

use super::fleet::{Fleet, codes, field, id, office, person};
use crate::{
    document::{
        Document, possible_duplicate_orders,
        schema::Code,
        work_order::{self, Created, OrderType, Priority, Status, WorkOrder, comment, set, step},
    },
    model::{Kind, PersonId, Rank},
};

fn breakdown() -> Created {
    Created {
        title: "Fuite".into(),
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P2,
        equipment: Some(id(40)),
        plan: None,
        status: Status::Draft,
        provisional: "P-1".into(),
        assignees: vec![],
        due: None,
        imported: None,
    }
}

fn order(name: u128, replicas: u8) -> Fleet<WorkOrder> {
    Fleet::new(
        Kind::WorkOrder,
        id(name),
        replicas,
        WorkOrder::read,
        |document| {
            work_order::create(document, &breakdown(), "", &field(1, 0)).unwrap();
        },
    )
}

fn take(document: &mut Document, to: Status, by: u128, minutes: i64) {
    step(document, to, None, &field(by, minutes * 60_000)).unwrap();
}

#[test]
fn cancelled_while_completed_is_done_and_the_hours_stand() {
    let mut fleet = order(1, 2);
    fleet.edit(0, |document| {
        take(document, Status::InProgress, 1, 0);
        take(document, Status::Done, 1, 45);
    });
    fleet.edit(1, |document| {
        step(
            document,
            Status::Cancelled,
            Some("doublon"),
            &office(2, 99_000_000),
        )
        .unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.status, Status::Done);
    assert_eq!(
        codes(&merged.life.conflicts),
        ["cancelled_during_execution"]
    );
    assert_eq!(merged.minutes[&person(1)], 45);

    fleet.edit(1, |document| {
        step(document, Status::Closed, None, &office(2, 99_000_001)).unwrap();
    });
    let decided = fleet.settle();
    assert_eq!(decided.status, Status::Closed, "the supervisor decides");
    assert!(decided.life.conflicts.is_empty());
}

#[test]
fn reassigned_while_worked_on_the_worker_stays_as_contributor() {
    let mut fleet = order(1, 2);
    fleet.edit(0, |document| take(document, Status::InProgress, 1, 0));
    fleet.edit(1, |document| {
        let assignees: Vec<PersonId> = vec![person(3)];
        set(document, "assignees", &assignees, &office(2, 5)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.assignees, [person(3)]);
    assert_eq!(merged.contributors, [person(1)]);
    assert_eq!(merged.status, Status::InProgress);
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn two_who_start_one_order_leave_it_in_progress_with_two_intervals() {
    let mut fleet = order(1, 2);
    fleet.edit(0, |document| take(document, Status::InProgress, 1, 0));
    fleet.edit(1, |document| take(document, Status::InProgress, 2, 10));

    let merged = fleet.settle();

    assert_eq!(merged.status, Status::InProgress);
    assert_eq!(merged.interventions.len(), 2);
    assert_eq!(merged.contributors, [person(1), person(2)]);

    // Both end their own interval: hours are per person.
    fleet.edit(0, |document| take(document, Status::Done, 1, 30));
    fleet.edit(1, |document| {
        step(
            document,
            Status::OnHold,
            Some("pièce"),
            &field(2, 40 * 60_000),
        )
        .unwrap();
    });
    let ended = fleet.settle();
    assert_eq!(ended.minutes[&person(1)], 30);
    assert_eq!(ended.minutes[&person(2)], 30);
}

#[test]
fn an_order_made_offline_for_the_occurrence_the_relay_generated_is_one_order() {
    let mut fleet = Fleet::new(Kind::WorkOrder, id(1), 2, WorkOrder::read, |_| {});
    let relay = crate::document::Stamp {
        rank: Rank::Relay,
        ..field(99, 100)
    };
    fleet.edit(0, |document| {
        work_order::create(document, &breakdown(), "", &field(1, 50)).unwrap();
        comment(document, "commencé hors ligne", &field(1, 60)).unwrap();
        take(document, Status::InProgress, 1, 1);
    });
    fleet.edit(1, |document| {
        let generated = Created {
            provisional: "R".into(),
            ..breakdown()
        };
        work_order::create(document, &generated, "", &relay).unwrap();
        set(document, "number", &Code("OT-2026-00042".into()), &relay).unwrap();
        comment(document, "vu au bureau", &office(2, 70)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.name(), "OT-2026-00042");
    assert_eq!(merged.comments.len(), 2);
    assert_eq!(merged.status, Status::InProgress);
    assert!(merged.life.conflicts.is_empty());
}

#[test]
fn two_breakdown_orders_of_one_machine_are_suggested_until_somebody_judged_them() {
    let mut left = order(1, 1);
    let mut right = order(2, 1);
    let (a, b) = (left.see(0), right.see(0));
    assert!(possible_duplicate_orders(&a, &b));
    assert!(possible_duplicate_orders(&b, &a));
    assert!(!possible_duplicate_orders(&a, &a));

    left.edit(0, |document| {
        let key = format!("not_duplicate_of/{}", id(2));
        set(document, &key, &true, &office(9, 5)).unwrap();
    });
    assert!(!possible_duplicate_orders(&left.settle(), &b));

    right.edit(0, |document| {
        set(
            document,
            "number",
            &Code("OT-2026-00002".into()),
            &office(9, 6),
        )
        .unwrap();
        set(document, "merged_into", &Some(id(1)), &office(9, 7)).unwrap();
    });
    let merged = right.settle();
    assert!(!possible_duplicate_orders(&a, &merged));
    assert_eq!(merged.name(), "OT-2026-00002", "merging keeps both numbers");
    assert_eq!(merged.merged_into, Some(id(1)));
}

#[test]
fn a_title_edited_by_both_shows_the_supervisors() {
    let mut fleet = order(1, 2);
    let title = |title: &str| crate::document::schema::Title(title.into());
    fleet.edit(0, |document| {
        set(document, "title", &title("Fuite d'huile"), &field(1, 90)).unwrap();
    });
    fleet.edit(1, |document| {
        set(document, "title", &title("Fuite vérin"), &office(2, 10)).unwrap();
    });

    let merged = fleet.settle();

    assert_eq!(merged.title, "Fuite vérin");
    assert_eq!(codes(&merged.life.conflicts), ["concurrent_edit"]);
}
