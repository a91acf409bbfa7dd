//! The causal register: entries that say what they follow.
//!
//! An entry is about a *key* (`status`, `answer/b3/0`…). Entries nobody follows
//! are the key's heads: one head is settled, several are concurrent, and the
//! kind's rule says which counts meanwhile. This is a multi-value register over
//! a grow-only set (Shapiro et al., 2011), with the causal context stored per
//! entry instead of per replica.
//!
//! **Invariant**: an entry's id is the hash of its content, so nobody can
//! change what an id says, and the fold depends on the set alone.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    model::{EntryId, PersonId, Rank, Timestamp},
};

/// Who writes, and when by their clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The person who acts.
    pub by: PersonId,
    /// Whose word it is.
    pub rank: Rank,
    /// Device clock.
    pub at: Timestamp,
}

#[derive(Encode, Decode)]
#[cbor(array)]
struct Content<'b> {
    #[b(0)]
    key: &'b str,
    #[b(1)]
    #[cbor(with = "minicbor::bytes")]
    value: &'b [u8],
    #[n(2)]
    by: PersonId,
    #[n(3)]
    at: Timestamp,
    #[n(4)]
    after: Vec<EntryId>,
    #[n(5)]
    rank: Rank,
}

/// One thing somebody said about one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Hash of the content.
    pub id: EntryId,
    /// What it is about.
    pub key: String,
    /// The encoded value.
    pub value: Vec<u8>,
    /// Who said it.
    pub by: PersonId,
    /// When, by their device's clock.
    pub at: Timestamp,
    /// Whose word it is.
    pub rank: Rank,
    /// The entries about the same key that its author had seen.
    pub after: Vec<EntryId>,
}

impl Entry {
    /// Encodes an entry: its id and its bytes.
    pub(super) fn content<V: Encode<()>>(
        key: &str,
        value: &V,
        stamp: &Stamp,
        after: &[EntryId],
    ) -> Result<(EntryId, Vec<u8>), Error> {
        let malformed = |_| Error::Malformed("entry");
        let value = minicbor::to_vec(value).map_err(malformed)?;
        let content = Content {
            key,
            value: &value,
            by: stamp.by,
            at: stamp.at,
            after: after.to_vec(),
            rank: stamp.rank,
        };
        let bytes = minicbor::to_vec(content).map_err(malformed)?;
        Ok((EntryId::of(&bytes), bytes))
    }

    /// Reads an entry under its map key; `None` when it is not one.
    pub fn read(map_key: &str, bytes: &[u8]) -> Option<Self> {
        let id: EntryId = map_key.parse().ok()?;
        let mut decoder = minicbor::Decoder::new(bytes);
        let content: Content<'_> = decoder.decode().ok()?;
        (decoder.position() == bytes.len() && EntryId::of(bytes) == id).then(|| Self {
            id,
            key: content.key.to_owned(),
            value: content.value.to_vec(),
            by: content.by,
            at: content.at,
            rank: content.rank,
            after: content.after,
        })
    }

    /// The typed value; `None` when a newer program wrote something else.
    pub fn decode<V: for<'b> Decode<'b, ()>>(&self) -> Option<V> {
        minicbor::decode(&self.value).ok()
    }
}

/// All entries of a document by key.
#[derive(Clone, Debug, Default)]
pub struct Entries(BTreeMap<String, Vec<Entry>>);

impl FromIterator<Entry> for Entries {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut by_key = BTreeMap::<String, Vec<Entry>>::new();
        for entry in entries {
            by_key.entry(entry.key.clone()).or_default().push(entry);
        }
        for register in by_key.values_mut() {
            causal_order(register);
        }
        Self(by_key)
    }
}

impl Entries {
    /// The entries about `key`: each after what it follows, then by time.
    pub fn about(&self, key: &str) -> &[Entry] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// The entries about `key` that nobody has followed yet.
    pub fn heads(&self, key: &str) -> Vec<&Entry> {
        let register = self.about(key);
        let followed: BTreeSet<_> = register.iter().flat_map(|entry| &entry.after).collect();
        register
            .iter()
            .filter(|entry| !followed.contains(&entry.id))
            .collect()
    }

    pub(super) fn head_ids(&self, key: &str) -> Vec<EntryId> {
        let mut ids: Vec<_> = self.heads(key).into_iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        ids
    }

    /// The keys under `prefix/`, with the part behind it.
    pub fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .range(format!("{prefix}/")..)
            .map(|(key, _)| key.as_str())
            .map_while(move |key| Some((key, key.strip_prefix(prefix)?.strip_prefix('/')?)))
    }

    /// How many entries say something besides "deleted".
    pub(super) fn edit_count(&self) -> u32 {
        let edits = self.0.iter().filter(|(key, _)| *key != super::DELETED);
        edits
            .map(|(_, register)| u32::try_from(register.len()).unwrap_or(u32::MAX))
            .sum()
    }

    /// Every entry of the document in the order of its authors' clocks.
    pub fn history(&self) -> Vec<&Entry> {
        let mut all: Vec<_> = self.0.values().flatten().collect();
        all.sort_by_key(|entry| (entry.at, entry.id));
        all
    }

    /// The plain rule: the office's word over the field's, then the later one.
    ///
    /// DOMAIN.md, "same plain field". `None` when nobody said anything readable.
    pub fn plain<V: for<'b> Decode<'b, ()> + PartialEq>(&self, key: &str) -> Option<Settled<V>> {
        self.settle(key, |entry, _| (entry.rank, entry.at, entry.id))
    }

    /// The first word about `key`: for creation, where the earliest speaks.
    pub fn plain_first<V: for<'b> Decode<'b, ()>>(&self, key: &str) -> Option<V> {
        self.about(key).iter().find_map(Entry::decode)
    }

    /// The value that counts, by the greatest `weight` among the heads.
    pub fn settle<V, W>(&self, key: &str, weight: impl Fn(&Entry, &V) -> W) -> Option<Settled<V>>
    where
        V: for<'b> Decode<'b, ()> + PartialEq,
        W: Ord,
    {
        let mut heads: Vec<_> = self
            .heads(key)
            .into_iter()
            .filter_map(|entry| Some((entry.decode::<V>()?, entry)))
            .collect();
        heads.sort_by_key(|(value, entry)| weight(entry, value));
        let (value, entry) = heads.pop()?;
        let mut witnesses = vec![Witness::of(entry)];
        let mut rivals = Vec::new();
        for (other, by) in heads.into_iter().rev() {
            if other == value {
                witnesses.push(Witness::of(by));
            } else {
                rivals.push((other, Witness::of(by)));
            }
        }
        Some(Settled {
            value,
            witnesses,
            rivals,
        })
    }
}

/// Orders a register so that each entry stands after what it follows; among
/// the free ones the earlier clock first. A wrong clock cannot break causality.
fn causal_order(register: &mut Vec<Entry>) {
    register.sort_by_key(|entry| (entry.at, entry.id));
    let ids: BTreeSet<_> = register.iter().map(|entry| entry.id).collect();
    let mut waiting = std::mem::take(register);
    let mut placed = BTreeSet::new();
    while !waiting.is_empty() {
        let free = waiting.iter().position(|entry| {
            entry
                .after
                .iter()
                .all(|id| placed.contains(id) || !ids.contains(id))
        });
        // Entry ids are hashes, so a cycle cannot be written; if one appears all
        // the same, clock order is as good as any.
        let entry = waiting.remove(free.unwrap_or(0));
        placed.insert(entry.id);
        register.push(entry);
    }
}

/// Who said a value, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The entry.
    pub entry: EntryId,
    /// Its author.
    pub by: PersonId,
    /// Device clock.
    pub at: Timestamp,
}

impl Witness {
    pub(super) fn of(entry: &Entry) -> Self {
        Self {
            entry: entry.id,
            by: entry.by,
            at: entry.at,
        }
    }
}

/// What counts now about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled<V> {
    /// The value that counts.
    pub value: V,
    /// Who said exactly this, concurrently; the first one's entry decided.
    pub witnesses: Vec<Witness>,
    /// Other current values, the heaviest first. Empty when all agree.
    pub rivals: Vec<(V, Witness)>,
}

impl<V> Settled<V> {
    /// The entry that decided.
    pub fn witness(&self) -> Witness {
        self.witnesses[0]
    }

    /// A conflict about `field`, when there are rivals.
    pub fn conflict(&self, field: &str, code: &'static str) -> Option<Conflict> {
        (!self.rivals.is_empty()).then(|| Conflict {
            field: field.to_owned(),
            code: code.to_owned(),
            entries: std::iter::once(self.witness().entry)
                .chain(self.rivals.iter().map(|(_, witness)| witness.entry))
                .collect(),
        })
    }
}

/// Something a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The key it is about.
    pub field: String,
    /// Stable reason code, the key of the translated explanation.
    pub code: String,
    /// The entries that cannot both stand, the one that counts first.
    pub entries: Vec<EntryId>,
}
