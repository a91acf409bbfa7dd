//! What all documents share: a genesis change, a set of entries that only
//! grows, and a few long texts.
//!
//! Everything people contest is an [`Entry`] in one Automerge map, keyed by a
//! hash of what it says, added and never changed. What counts now is a pure
//! fold over those entries, so it cannot depend on the order of delivery.
//!
//! **Invariant**: only this module and the [`guard`](crate::guard) touch
//! Automerge; no operation of a device ever overwrites or deletes a map key.
//!
//! One file per kind: [`work_order`], [`stock_movement`]…; [`Record`] is any of
//! them.

mod entry;
mod genesis;
mod inside;
mod life;
pub mod permission;
mod plain;
mod reauthor;
mod record;
pub mod schema;
mod suggestion;

pub mod checklist;
pub mod equipment;
pub mod execution;
pub mod part;
pub mod person;
pub mod plan;
pub mod plan_execution;
pub mod site;
pub mod stock_movement;
pub mod work_order;

use automerge::{
    ActorId, AutoCommit, Change, ObjId, ROOT, ReadDoc, ScalarValue, Value,
    transaction::{CommitOptions, Transactable},
};
use minicbor::Encode;

pub use entry::{Conflict, Entries, Entry, Settled, Stamp, Witness};
pub use genesis::hash as genesis_hash;
pub use life::{Event, Life};
pub use reauthor::{dependencies, reauthor};
pub use record::Record;
pub use suggestion::{possible_duplicate_movements, possible_duplicate_orders};

use crate::{
    error::Error,
    model::{ChangeHash, DocumentId, Incarnation, Kind, Line, Timestamp, check_text},
};

use self::schema::Deletion;

/// The map that holds every entry.
const ENTRIES: &str = "entries";
/// The key of the deletion mark.
const DELETED: &str = "deleted";

/// One Automerge document with its identity.
#[derive(Clone, Debug)]
pub struct Document {
    id: DocumentId,
    kind: Kind,
    crdt: AutoCommit,
}

/// One change, ready to be stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// Its identity.
    pub hash: ChangeHash,
    /// One uncompressed Automerge change chunk.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A document with nothing but its kind's genesis change.
    pub fn new(id: DocumentId, kind: Kind) -> Self {
        Self {
            id,
            kind,
            crdt: genesis::document(kind),
        }
    }

    /// Reads a saved snapshot and applies the changes stored since.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when the bytes do not load, do not start from the
    /// kind's genesis, or a change's dependency is missing.
    pub fn load<'a>(
        id: DocumentId,
        kind: Kind,
        snapshot: Option<&[u8]>,
        tail: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, Error> {
        let mut document = match snapshot {
            None => Self::new(id, kind),
            Some(bytes) => {
                let damaged = |cause| Error::Damaged("snapshot", cause);
                let mut crdt = quietly(|| AutoCommit::load(bytes))
                    .map_err(|panic| damaged(panic.into()))?
                    .map_err(|cause| damaged(cause.into()))?;
                if crdt
                    .get_change_meta_by_hash(&automerge::ChangeHash(genesis::hash(kind).0))
                    .is_none()
                {
                    return Err(damaged("not the genesis of its kind".into()));
                }
                Self { id, kind, crdt }
            }
        };
        let changes: Vec<_> = tail.into_iter().collect();
        if !changes.is_empty() {
            document.apply(changes)?;
        }
        Ok(document)
    }

    /// Applies changes that the guard or this replica's own store vouches for.
    ///
    /// Changes already known are passed over; the order does not matter as long
    /// as every dependency is known or among them.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when one does not parse, does not apply, or waits for
    /// a dependency that is not here. The document must then be dropped.
    pub fn apply<'a>(&mut self, changes: impl IntoIterator<Item = &'a [u8]>) -> Result<(), Error> {
        let damaged = |cause| Error::Damaged("change", cause);
        let changes = changes
            .into_iter()
            .map(Change::try_from)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| damaged(cause.into()))?;
        let hashes: Vec<_> = changes.iter().map(Change::hash).collect();
        quietly(|| self.crdt.apply_changes(changes))
            .map_err(|panic| damaged(panic.into()))?
            .map_err(|cause| damaged(cause.into()))?;
        let known = |hash| self.crdt.get_change_meta_by_hash(hash).is_some();
        if !hashes.iter().all(known) {
            return Err(damaged("a dependency is missing".into()));
        }
        Ok(())
    }

    /// The id of the document.
    pub const fn id(&self) -> DocumentId {
        self.id
    }

    /// The kind of the document.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The change hashes nothing depends on yet, sorted.
    pub fn heads(&mut self) -> Vec<ChangeHash> {
        let mut heads: Vec<_> = self
            .crdt
            .get_heads()
            .iter()
            .map(|hash| ChangeHash(hash.0))
            .collect();
        heads.sort_unstable();
        heads
    }

    /// The whole document as one Automerge document chunk, not compressed.
    pub fn save(&mut self) -> Vec<u8> {
        self.crdt.save_nocompress()
    }

    /// True when the change is part of this document.
    pub fn contains(&mut self, hash: &ChangeHash) -> bool {
        self.crdt
            .get_change_meta_by_hash(&automerge::ChangeHash(hash.0))
            .is_some()
    }

    /// Every change after `have`, in causal order, without the genesis.
    ///
    /// Hashes in `have` that this document does not know are passed over.
    pub fn changes_since(&mut self, have: &[ChangeHash]) -> Vec<Change> {
        let known: Vec<_> = have
            .iter()
            .map(|hash| automerge::ChangeHash(hash.0))
            .filter(|hash| self.crdt.get_change_meta_by_hash(hash).is_some())
            .collect();
        let genesis = genesis::hash(self.kind);
        let mut changes = self.crdt.get_changes(&known);
        changes.retain(|change| change.hash().0 != genesis.0);
        changes
    }

    /// How often `actor` has changed this document: its last sequence number.
    pub fn sequence(&mut self, actor: Incarnation) -> u64 {
        let actor = ActorId::from(actor.bytes());
        let changes = self.crdt.get_changes_meta(&[]);
        changes
            .iter()
            .filter(|change| *change.actor == actor)
            .map(|change| change.seq)
            .max()
            .unwrap_or(0)
    }

    /// Whose name the next edits carry.
    pub fn act_as(&mut self, incarnation: Incarnation) {
        self.crdt.set_actor(ActorId::from(incarnation.bytes()));
    }

    /// Ends the edit: everything since the last commit becomes one change.
    ///
    /// `None` when nothing was edited.
    pub fn commit(&mut self, at: Timestamp) -> Option<NewChange> {
        let options = CommitOptions::default().with_time(at.seconds());
        let hash = self.crdt.commit_with(options)?;
        let change = self.crdt.get_change_by_hash(&hash)?;
        Some(NewChange {
            hash: ChangeHash(hash.0),
            bytes: change.raw_bytes().to_vec(),
        })
    }

    /// Every entry, grouped by what it is about.
    pub fn entries(&self) -> Entries {
        let Some(map) = self.object(ENTRIES) else {
            return Entries::default();
        };
        let raw = self
            .crdt
            .map_range(&map, ..)
            .filter_map(|item| match item.value {
                automerge::ValueRef::Scalar(automerge::ScalarValueRef::Bytes(bytes)) => {
                    Entry::read(&item.key, &bytes)
                }
                _ => None,
            });
        raw.collect()
    }

    /// Adds an entry about `key` that follows everything known about it.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when Automerge refuses the write.
    pub fn write<V: Encode<()>>(
        &mut self,
        key: &str,
        value: &V,
        stamp: &Stamp,
    ) -> Result<(), Error> {
        let after = self.entries().head_ids(key);
        let (id, bytes) = Entry::content(key, value, stamp, &after)?;
        let map = self.object(ENTRIES).ok_or(Error::Malformed("document"))?;
        // The same entry twice says nothing new, and a second put would
        // overwrite the first, which the guard refuses.
        if let Ok(Some(_)) = self.crdt.get(&map, id.to_string()) {
            return Ok(());
        }
        self.crdt
            .put(&map, id.to_string(), ScalarValue::Bytes(bytes))
            .map_err(|_| Error::Malformed("document"))
    }

    /// A long text of this document; empty where it has none of that name.
    pub fn text(&self, name: &str) -> String {
        self.object(name)
            .and_then(|text| self.crdt.text(&text).ok())
            .unwrap_or_default()
    }

    /// Turns a long text into `to` by the smallest edit, and notes who did.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the text is too long or has hidden characters,
    /// [`Error::Malformed`] when the kind has no such text.
    pub fn set_text(&mut self, name: &str, to: &str, stamp: &Stamp) -> Result<(), Error> {
        let to = check_text(to, Line::PROSE)?;
        let text = self.object(name).ok_or(Error::Malformed("text name"))?;
        if self.text(name) == to {
            return Ok(());
        }
        self.crdt
            .update_text(&text, &to)
            .map_err(|_| Error::Malformed("text"))?;
        self.write(&format!("edited/{name}"), &true, stamp)
    }

    /// Marks the document as deleted; an edit made without having seen the
    /// mark, or after it, brings it back.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] when the reason is out of bounds.
    pub fn delete(&mut self, reason: &str, stamp: &Stamp) -> Result<(), Error> {
        let deletion = Deletion {
            reason: check_text(reason, Line::PROSE)?,
            entries_seen: self.entries().edit_count(),
        };
        self.write(DELETED, &deletion, stamp)
    }

    fn object(&self, name: &str) -> Option<ObjId> {
        match self.crdt.get(ROOT, name) {
            Ok(Some((Value::Object(_), id))) => Some(id),
            _ => None,
        }
    }
}

/// Runs `work`, turning a panic of a library into an error.
///
/// Whatever `work` was changing must be dropped after an error.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, &'static str> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).map_err(|_| "the library panicked")
}

#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod tests;
