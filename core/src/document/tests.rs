use super::*;
use crate::document::work_order::{Created, OrderType, Priority, Status, WorkOrder};
use crate::model::{PersonId, Rank};

fn person(n: u128) -> PersonId {
    PersonId(uuid::Uuid::from_u128(n))
}

fn stamp(n: u128, at: i64) -> Stamp {
    Stamp {
        by: person(n),
        rank: Rank::Field,
        at: Timestamp(1_700_000_000_000 + at),
    }
}

fn order() -> Document {
    let mut document = Document::new(DocumentId(uuid::Uuid::from_u128(9)), Kind::WorkOrder);
    document.act_as(Incarnation(uuid::Uuid::from_u128(1)));
    let created = Created {
        title: "Fuite".into(),
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P2,
        equipment: None,
        plan: None,
        status: Status::Draft,
        provisional: "P-1".into(),
        assignees: vec![],
        due: None,
        imported: None,
    };
    work_order::create(&mut document, &created, "Goutte à goutte", &stamp(1, 0)).unwrap();
    document.commit(Timestamp(1_700_000_000_000)).unwrap();
    document
}

#[test]
fn each_kind_starts_from_its_pinned_genesis() {
    let hashes = Kind::ALL.map(|kind| format!("{} {}", kind.name(), genesis_hash(kind)));

    insta_like(&hashes.join("\n"));
}

/// The genesis hashes of the first release; a change here splits documents.
fn insta_like(found: &str) {
    let pinned = include_str!("genesis_hashes.txt").trim();
    assert_eq!(found, pinned);
}

#[test]
fn a_saved_document_reads_the_same() {
    let mut document = order();
    let before = WorkOrder::read(&document).unwrap();

    let saved = document.save();
    let loaded = Document::load(document.id(), Kind::WorkOrder, Some(&saved), []).unwrap();

    assert_eq!(WorkOrder::read(&loaded).unwrap(), before);
    assert_eq!(before.description, "Goutte à goutte");
}

#[test]
fn done_outweighs_a_concurrent_cancellation_and_says_so() {
    let mut base = order();
    work_order::step(&mut base, Status::InProgress, None, &stamp(1, 1)).unwrap();
    base.commit(Timestamp(0));
    let saved = base.save();
    let copy = |actor| {
        let mut copy = Document::load(base.id(), Kind::WorkOrder, Some(&saved), []).unwrap();
        copy.act_as(Incarnation(uuid::Uuid::from_u128(actor)));
        copy
    };
    let (mut technician, mut supervisor) = (copy(2), copy(3));
    work_order::step(&mut technician, Status::Done, None, &stamp(2, 2)).unwrap();
    let done = technician.commit(Timestamp(0)).unwrap();
    work_order::step(
        &mut supervisor,
        Status::Cancelled,
        Some("doublon"),
        &stamp(3, 3),
    )
    .unwrap();
    let cancelled = supervisor.commit(Timestamp(0)).unwrap();

    technician.apply([cancelled.bytes.as_slice()]).unwrap();
    supervisor.apply([done.bytes.as_slice()]).unwrap();

    let (left, right) = (
        WorkOrder::read(&technician).unwrap(),
        WorkOrder::read(&supervisor).unwrap(),
    );
    assert_eq!(left, right);
    assert_eq!(left.status, Status::Done);
    assert_eq!(left.life.conflicts[0].code, "cancelled_during_execution");
}

#[test]
fn a_change_whose_dependency_is_missing_is_refused() {
    let mut document = order();
    let id = document.id();
    work_order::comment(&mut document, "un", &stamp(1, 1)).unwrap();
    let second = document.commit(Timestamp(0)).unwrap();

    let mut other = Document::new(id, Kind::WorkOrder);

    assert!(matches!(
        other.apply([second.bytes.as_slice()]),
        Err(Error::Damaged("change", _))
    ));
}
