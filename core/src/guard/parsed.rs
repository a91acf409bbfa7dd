//! One change chunk, parsed and bounded, not judged yet.
//!
//! **Invariant**: a [`Parsed`] came from exactly one uncompressed change chunk
//! within the limits, and its operations have been read once without harm.

use std::collections::BTreeSet;

use automerge::{Change, legacy};

use super::{Limits, Refusal, RefusalCode, chunk};
use crate::{
    document::quietly,
    model::{ChangeHash, Incarnation, Timestamp},
};

/// One change chunk, parsed and bounded, not judged yet.
#[derive(Clone, Debug)]
pub struct Parsed {
    pub(super) change: Change,
    pub(super) operations: Vec<legacy::Op>,
    actor: Incarnation,
}

/// Reads one change chunk within the limits.
///
/// # Errors
///
/// [`Refusal`] when these are not the bytes of exactly one uncompressed change,
/// when something in it is out of bounds, or when it cannot be read.
///
/// ```
/// use ronde_core::guard::{Limits, RefusalCode, parse};
///
/// let refusal = parse(b"not a change", &Limits::default()).unwrap_err();
/// assert_eq!(refusal.code, RefusalCode::NotAChange);
/// ```
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, Refusal> {
    chunk::change(bytes, limits)?;
    let malformed = || Refusal::from(RefusalCode::Malformed);
    let read = quietly(|| {
        let change = Change::try_from(bytes).ok()?;
        let operations = change.decode().operations;
        Some((change, operations))
    });
    let (change, operations) = read.ok().flatten().ok_or_else(malformed)?;
    let actor = Incarnation::from_slice(change.actor_id().to_bytes()).ok_or_else(malformed)?;
    if change.raw_bytes() != bytes || !names_only_whom_it_mentions(&change, &operations) {
        return Err(malformed());
    }
    let seconds = change.timestamp();
    if !(limits.time_min.seconds()..=limits.time_max.seconds()).contains(&seconds) {
        return Err(RefusalCode::ImplausibleTime.into());
    }
    Ok(Parsed {
        change,
        operations,
        actor,
    })
}

/// The list of other actors is exactly those the operations mention, sorted.
///
/// The library takes more, and panics on the document afterwards.
fn names_only_whom_it_mentions(change: &Change, operations: &[legacy::Op]) -> bool {
    let mut mentioned = BTreeSet::new();
    for operation in operations {
        if let legacy::ObjectId::Id(object) = &operation.obj {
            mentioned.insert(object.actor());
        }
        if let legacy::Key::Seq(legacy::ElementId::Id(element)) = &operation.key {
            mentioned.insert(element.actor());
        }
        mentioned.extend(operation.pred.iter().map(legacy::OpId::actor));
    }
    mentioned.remove(change.actor_id());
    mentioned.into_iter().eq(change.other_actor_ids())
}

impl Parsed {
    /// The change's identity.
    pub fn hash(&self) -> ChangeHash {
        ChangeHash(self.change.hash().0)
    }

    /// Whose replica claims to have written it.
    pub const fn actor(&self) -> Incarnation {
        self.actor
    }

    /// The how-manieth change of that replica in this document, from 1.
    pub fn seq(&self) -> u64 {
        self.change.seq()
    }

    /// What it depends on, sorted, never empty.
    pub fn deps(&self) -> Vec<ChangeHash> {
        let deps = self.change.deps().iter();
        deps.map(|hash| ChangeHash(hash.0)).collect()
    }

    /// The chunk as it came.
    pub fn bytes(&self) -> &[u8] {
        self.change.raw_bytes()
    }

    /// When it was written by the device's clock, in whole seconds since 1970.
    pub fn time_seconds(&self) -> i64 {
        self.change.timestamp()
    }

    /// The same as an instant.
    pub fn time(&self) -> Timestamp {
        Timestamp(self.time_seconds().saturating_mul(1000))
    }

    /// The counter of its first operation.
    pub(super) fn start_op(&self) -> u64 {
        self.change.start_op().get()
    }

    /// The counter of its last operation; it has at least one.
    pub(super) fn max_op(&self) -> u64 {
        self.start_op() + self.operations.len() as u64 - 1
    }
}
