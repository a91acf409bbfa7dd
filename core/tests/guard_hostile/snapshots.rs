//! Whole documents from the relay: honest ones load, altered ones do not.

use automerge::{AutoCommit, ObjType, ROOT, transaction::Transactable};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use ronde_core::{
    document::work_order::WorkOrder,
    guard::{Limits, admit_snapshot},
    model::Kind,
};

use crate::{
    fleet::work_together,
    forge::{body, chunk},
    mutants::quieten,
    relay,
};

fn refused(kind: Kind, bytes: &[u8]) -> &'static str {
    let id = relay().id();
    admit_snapshot(id, kind, bytes, &Limits::default())
        .unwrap_err()
        .code
        .name()
}

#[test]
fn an_honest_snapshot_loads_as_it_was() {
    let (mut document, _) = work_together(3, 40, |_, _| {});

    let saved = document.save();
    let mut loaded =
        admit_snapshot(document.id(), Kind::WorkOrder, &saved, &Limits::default()).unwrap();

    assert_eq!(loaded.heads(), document.heads());
    assert_eq!(
        WorkOrder::read(&loaded).unwrap(),
        WorkOrder::read(&document).unwrap()
    );
}

#[test]
fn a_snapshot_that_is_deflated_concatenated_or_of_another_kind_is_refused() {
    let (mut document, _) = work_together(3, 40, |_, _| {});
    let saved = document.save();
    let change = document.changes_since(&[])[0].raw_bytes().to_vec();
    let deflated = AutoCommit::load(&saved).unwrap().save();

    assert!(deflated.len() < saved.len());
    assert_eq!(refused(Kind::WorkOrder, &deflated), "compressed");
    assert_eq!(refused(Kind::WorkOrder, &change), "not_a_change");
    assert_eq!(
        refused(Kind::WorkOrder, &[&saved[..], &change].concat()),
        "not_a_change"
    );
    assert_eq!(
        refused(Kind::WorkOrder, &saved[..saved.len() - 1]),
        "not_a_change"
    );
    assert_eq!(refused(Kind::Part, &saved), "unsound");
    assert_eq!(refused(Kind::WorkOrder, &vec![0; 33 << 20]), "oversized");
}

#[test]
fn a_snapshot_with_other_objects_is_refused_however_deep() {
    let mut relay = relay();
    let mut crdt = AutoCommit::load(&relay.save()).unwrap();
    let mut at = crdt.put_object(ROOT, "deep", ObjType::Map).unwrap();
    for _ in 0..2_000 {
        at = crdt.put_object(&at, "deep", ObjType::Map).unwrap();
    }
    crdt.commit();
    assert_eq!(
        refused(Kind::WorkOrder, &crdt.save_nocompress()),
        "forbidden_operation"
    );

    let mut crdt = AutoCommit::load(&relay.save()).unwrap();
    crdt.put(ROOT, "entries", 1).unwrap();
    crdt.commit();
    assert_eq!(
        refused(Kind::WorkOrder, &crdt.save_nocompress()),
        "forbidden_operation"
    );
}

#[test]
fn a_snapshot_with_more_operations_than_a_document_may_have_is_refused() {
    let (mut document, _) = work_together(3, 40, |_, _| {});
    let saved = document.save();
    let limits = Limits {
        document_ops_max: 50,
        ..Limits::default()
    };

    let refusal = admit_snapshot(document.id(), Kind::WorkOrder, &saved, &limits).unwrap_err();

    assert_eq!(refusal.code.name(), "too_many_operations");
}

#[test]
fn no_mutant_of_a_snapshot_panics_and_what_loads_can_be_saved_and_loaded() {
    quieten();
    let (mut document, _) = work_together(4, 25, |_, _| {});
    let saved = document.save();
    let mut rng = SmallRng::seed_from_u64(1);
    let mut loaded_count = 0;
    for _ in 0..2_000 {
        let mut mutant = body(&saved).to_vec();
        for _ in 0..rng.random_range(1..3) {
            let at = rng.random_range(0..mutant.len());
            mutant[at] ^= 1 << rng.random_range(0..8);
        }
        let mutant = chunk(0, &mutant);
        let limits = Limits::default();
        let Ok(mut loaded) = admit_snapshot(document.id(), Kind::WorkOrder, &mutant, &limits)
        else {
            continue;
        };
        loaded_count += 1;
        let again = loaded.save();
        let again = admit_snapshot(document.id(), Kind::WorkOrder, &again, &limits).unwrap();
        assert_eq!(WorkOrder::read(&again).ok(), WorkOrder::read(&loaded).ok());
    }
    println!("2000 snapshot mutants, {loaded_count} loaded");
}
