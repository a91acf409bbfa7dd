//! The hash chain over a log: each link is SHA-256 over the link before it and
//! one canonical encoding of everything the entry says.
//!
//! Integers are big-endian, lists and byte strings carry their length first,
//! so no two different entries have one encoding.
//!
//! **Invariant**: the encoding never changes; a new one gets a new domain tag.

use std::fmt;

use ronde_core::model::{Epoch, SiteId, Timestamp};
use sha2::{Digest, Sha256};

use super::NewEntry;

const SITE: &[u8] = b"ronde log 1 site";
const EPOCH: &[u8] = b"ronde log 1 epoch";
const ENTRY: &[u8] = b"ronde log 1 entry";

/// One link: a commitment to all that came before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Chain(pub [u8; 32]);

impl Chain {
    /// The link before everything: only the site.
    pub(super) fn of_site(site: SiteId) -> Self {
        finish(Sha256::new_with_prefix(SITE).chain_update(site.bytes()))
    }

    /// The link of a new life of the log, beginning after `after_seq`.
    pub(super) fn with_epoch(self, epoch: Epoch, after_seq: u64, began_at: Timestamp) -> Self {
        finish(
            Sha256::new_with_prefix(EPOCH)
                .chain_update(self.0)
                .chain_update(epoch.bytes())
                .chain_update(after_seq.to_be_bytes())
                .chain_update(began_at.0.to_be_bytes()),
        )
    }

    /// The link of one entry.
    pub(super) fn with_entry(self, epoch: Epoch, seq: u64, entry: &NewEntry) -> Self {
        let mut hash = Sha256::new_with_prefix(ENTRY)
            .chain_update(self.0)
            .chain_update(epoch.bytes())
            .chain_update(seq.to_be_bytes())
            .chain_update(entry.document.bytes())
            .chain_update([entry.kind.code()])
            .chain_update(entry.hash.0)
            .chain_update(entry.actor.bytes())
            .chain_update(entry.actor_seq.to_be_bytes());
        match entry.device {
            None => hash.update([0]),
            Some(device) => {
                hash.update([1]);
                hash.update(device.bytes());
            }
        }
        hash.update(entry.received_at.0.to_be_bytes());
        hash.update((entry.flags.len() as u64).to_be_bytes());
        for flag in &entry.flags {
            hash.update((flag.len() as u64).to_be_bytes());
            hash.update(flag);
        }
        hash.update((entry.bytes.len() as u64).to_be_bytes());
        hash.update(&entry.bytes);
        finish(hash)
    }

    /// The link with these 32 bytes; `None` for another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

fn finish(hash: Sha256) -> Chain {
    Chain(hash.finalize().into())
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::contract::{EPOCH as LIFE, SITE as PLANT, entry};

    /// A released log must verify for ever, so these never change.
    #[test]
    fn the_encoding_is_pinned() {
        let site = Chain::of_site(PLANT);
        let epoch = site.with_epoch(LIFE, 0, Timestamp(1_700_000_000_000));
        let first = epoch.with_entry(LIFE, 1, &entry(1, 1));

        assert_eq!(&site.to_string()[..16], "a7dc56e7abaaf66b");
        assert_eq!(&epoch.to_string()[..16], "c18f7e1c85e8d30d");
        assert_eq!(&first.to_string()[..16], "6f034b875c55f217");
    }

    #[test]
    fn every_field_moves_the_link() {
        let base = entry(1, 1);
        let start = Chain::of_site(PLANT);
        let plain = start.with_entry(LIFE, 1, &base);
        let changed = |change: fn(&mut NewEntry)| {
            let mut entry = base.clone();
            change(&mut entry);
            start.with_entry(LIFE, 1, &entry)
        };

        let others = [
            changed(|e| e.document.0 = uuid::Uuid::from_u128(99)),
            changed(|e| e.kind = ronde_core::model::Kind::Alert),
            changed(|e| e.hash.0[31] ^= 1),
            changed(|e| e.actor.0 = uuid::Uuid::from_u128(99)),
            changed(|e| e.actor_seq += 1),
            changed(|e| e.device = None),
            changed(|e| e.received_at = e.received_at.plus_ms(1)),
            changed(|e| e.flags.push("odd".into())),
            changed(|e| e.bytes[0] ^= 1),
            start.with_entry(LIFE, 2, &base),
            start.with_entry(Epoch(uuid::Uuid::nil()), 1, &base),
            Chain([0; 32]).with_entry(LIFE, 1, &base),
        ];

        for (index, other) in others.iter().enumerate() {
            assert_ne!(*other, plain, "field {index}");
        }
    }
}
