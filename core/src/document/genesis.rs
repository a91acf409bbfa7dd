//! The change every document of a kind starts from, the same on every device.
//!
//! Without it, two devices that create "the same" document would make two
//! `entries` maps of which one hides the other.
//!
//! **Invariant**: the bytes never change once released; a test pins each hash.

use std::sync::LazyLock;

use automerge::{
    ActorId, AutoCommit, ObjType, ROOT,
    transaction::{CommitOptions, Transactable},
};

use super::{ENTRIES, schema};
use crate::model::{ChangeHash, Kind};

static ALL: LazyLock<Vec<(AutoCommit, ChangeHash)>> =
    LazyLock::new(|| Kind::ALL.into_iter().map(make).collect());

/// A fresh document that holds only the genesis change.
pub(super) fn document(kind: Kind) -> AutoCommit {
    genesis(kind).0.clone()
}

/// The hash of the kind's genesis change.
pub fn hash(kind: Kind) -> ChangeHash {
    genesis(kind).1
}

fn genesis(kind: Kind) -> &'static (AutoCommit, ChangeHash) {
    &ALL[usize::from(kind.code()) - 1]
}

#[expect(
    clippy::expect_used,
    reason = "fixed input; the pinning test runs it for every kind"
)]
fn make(kind: Kind) -> (AutoCommit, ChangeHash) {
    let mut crdt = AutoCommit::new().with_actor(ActorId::from([0; 16]));
    crdt.put(ROOT, "kind", kind.name())
        .expect("the root takes a value");
    crdt.put_object(ROOT, ENTRIES, ObjType::Map)
        .expect("the root takes a map");
    for text in schema::texts(kind) {
        crdt.put_object(ROOT, text.name, ObjType::Text)
            .expect("the root takes a text");
    }
    let hash = crdt
        .commit_with(CommitOptions::default().with_time(0))
        .expect("the genesis has operations");
    (crdt, ChangeHash(hash.0))
}
