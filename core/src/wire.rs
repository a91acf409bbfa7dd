//! What devices and the relay say to each other: CBOR frames in a bounded,
//! versioned envelope. `core/docs/wire.md` describes every byte.
//!
//! **Invariant**: nothing is inflated or allocated beyond [`Limits`]; a frame
//! that does not decode to its last byte is refused whole.

mod cursor;
mod envelope;
mod measure;

use std::collections::BTreeMap;

use minicbor::{Decode, Encode, bytes::ByteVec};
use serde::{Deserialize, Serialize};

pub use cursor::Cursor;
pub use envelope::{Limits, WireError, decode, encode};

use crate::model::{
    ChangeHash, DocumentId, Epoch, Incarnation, Kind, PersonId, Roles, SiteId, Timestamp,
};

/// The protocol this program speaks.
pub const PROTOCOL: u16 = 1;

/// One frame.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Frame {
    /// Device → relay, first: who I am and how far I have read.
    #[n(0)]
    Hello(#[n(0)] Hello),
    /// Relay → device, first: where the log stands.
    #[n(1)]
    Welcome(#[n(0)] Welcome),
    /// Device → relay: changes in the order they were made.
    #[n(2)]
    Push(#[n(0)] Push),
    /// Relay → device: the durable word on each change of a push.
    #[n(3)]
    Verdicts(#[n(0)] Verdicts),
    /// Relay → device: the next part of the feed.
    #[n(4)]
    Page(#[n(0)] Page),
    /// Device → relay: what I hold, as 256 sums; something differs.
    #[n(5)]
    Sums(#[n(0)] Sums),
    /// Relay → device: the buckets whose sums differ.
    #[n(6)]
    Differ(#[n(0)] Differ),
    /// Device → relay: everything I hold in these buckets.
    #[n(7)]
    Holdings(#[n(0)] Holdings),
    /// Relay → device: what you lack, and what I lack.
    #[n(8)]
    Repair(#[n(0)] Repair),
    /// Either way: why nothing more can be done in this exchange.
    #[n(9)]
    Problem(#[n(0)] Problem),
}

/// Who asks, and how far it has read. Idle resume costs this and a [`Welcome`].
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// Highest protocol the device speaks.
    #[n(0)]
    pub protocol: u16,
    /// The replica's present life.
    #[n(1)]
    pub incarnation: Incarnation,
    /// The life of the log its cursor belongs to.
    #[n(2)]
    pub epoch: Option<Epoch>,
    /// How far it has read.
    #[n(3)]
    pub cursor: Cursor,
    /// The version of the window it holds; 0 for none.
    #[n(4)]
    pub window: u64,
    /// How many changes wait in its outbox.
    #[n(5)]
    pub pending: u32,
    /// Sum over what it holds, when nothing waits.
    #[n(6)]
    pub digest: Option<Digest>,
    /// The version of the directory of names it holds; 0 for none.
    #[n(7)]
    pub names: u64,
    /// Its clock, recorded, never judged.
    #[n(8)]
    pub at: Timestamp,
    /// Most bytes of page the device wants in one answer.
    #[n(9)]
    pub page_bytes_max: u32,
}

/// Where the log stands.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Welcome {
    /// The protocol of this exchange.
    #[n(0)]
    pub protocol: u16,
    /// The life of the log. Another one than in the hello: offer what you hold.
    #[n(1)]
    pub epoch: Epoch,
    /// The last position of the log.
    #[n(2)]
    pub head: u64,
    /// The device's window, when it differs from the hello's.
    #[n(3)]
    pub window: Option<Window>,
    /// The relay's clock.
    #[n(4)]
    pub at: Timestamp,
    /// The person's roles now, when the window differs from the hello's.
    #[n(5)]
    pub roles: Option<Roles>,
}

/// The channels one device holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Window {
    /// Hash of the sorted channels; never 0.
    #[n(0)]
    pub version: u64,
    /// The channels, the most pressing first.
    #[n(1)]
    pub channels: Vec<String>,
}

/// Changes, grouped by document, in outbox order.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Push {
    /// Echoed in the verdicts.
    #[n(0)]
    pub batch: u32,
    /// True when others wrote them and a restored relay lacks them.
    #[n(1)]
    pub on_behalf: bool,
    /// The changes.
    #[n(2)]
    pub documents: Vec<Pushed>,
}

/// Changes to one document, each after its dependencies.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Pushed {
    /// The document.
    #[n(0)]
    pub id: DocumentId,
    /// Its kind.
    #[n(1)]
    pub kind: Kind,
    /// Single uncompressed change chunks.
    #[n(2)]
    pub changes: Vec<ByteVec>,
}

/// The relay's word on each change of a push, in the same order.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Verdicts {
    /// Which push.
    #[n(0)]
    pub batch: u32,
    /// One per change.
    #[n(1)]
    pub verdicts: Vec<Verdict>,
}

/// The relay's durable word on one change.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// In the log, fsynced.
    #[n(0)]
    Accepted,
    /// In the log, and somebody should look.
    #[n(1)]
    Flagged {
        /// Stable reason codes.
        #[n(0)]
        codes: Vec<String>,
    },
    /// Kept aside, with the reason.
    #[n(2)]
    Refused {
        /// Stable reason code.
        #[n(0)]
        code: String,
    },
    /// Not judged: it waits for a change the relay does not have.
    #[n(3)]
    Missing,
    /// Its actor and number were used by another change: write it again.
    #[n(4)]
    Fork,
}

/// The next part of the feed; applied in one transaction with the cursor.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Page {
    /// The cursor after this page.
    #[n(0)]
    pub cursor: Cursor,
    /// What enters, changes or leaves.
    #[n(1)]
    pub items: Vec<Item>,
    /// Documents sent so far in this catch-up.
    #[n(2)]
    pub done: u32,
    /// Documents of this catch-up in all.
    #[n(3)]
    pub total: u32,
    /// True when nothing more waits.
    #[n(4)]
    pub complete: bool,
    /// Sum over the device's window, when complete.
    #[n(5)]
    pub digest: Option<Digest>,
    /// Names that changed.
    #[n(6)]
    pub names: Vec<Name>,
    /// The version of the directory after these names.
    #[n(7)]
    pub names_version: u64,
}

/// One document of a page.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub enum Item {
    /// The whole document.
    #[n(0)]
    Enter {
        /// The document.
        #[n(0)]
        id: DocumentId,
        /// Its kind.
        #[n(1)]
        kind: Kind,
        /// One Automerge document chunk, not compressed.
        #[n(2)]
        #[cbor(with = "minicbor::bytes")]
        snapshot: Vec<u8>,
    },
    /// The changes the device lacks.
    #[n(1)]
    Update {
        /// The document.
        #[n(0)]
        id: DocumentId,
        /// Its kind.
        #[n(1)]
        kind: Kind,
        /// Single change chunks, each after its dependencies.
        #[n(2)]
        changes: Vec<ByteVec>,
    },
    /// The document is no longer the device's to hold.
    #[n(2)]
    Leave {
        /// The document.
        #[n(0)]
        id: DocumentId,
    },
}

/// One name of the directory; none when it was erased.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Name {
    /// Whose.
    #[n(0)]
    pub person: PersonId,
    /// The name.
    #[n(1)]
    pub name: Option<String>,
}

/// 256 sums over what a device holds, by the last byte of the document id.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(transparent)]
pub struct Sums(#[n(0)] pub Vec<Digest>);

/// The buckets whose sums differ, and the head of the log they were taken at.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Differ {
    /// Bucket numbers.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub buckets: Vec<u8>,
    /// A device that has repaired them all stands here.
    #[n(1)]
    pub head: u64,
}

/// All documents a device holds in some buckets, with their heads.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Holdings {
    /// The buckets that are listed in full.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub buckets: Vec<u8>,
    /// What the device holds in them.
    #[n(1)]
    pub documents: Vec<Holding>,
}

/// One document and its heads.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Holding {
    /// The document.
    #[n(0)]
    pub id: DocumentId,
    /// Its kind.
    #[n(1)]
    pub kind: Kind,
    /// Its heads.
    #[n(2)]
    pub heads: Vec<ChangeHash>,
}

/// What the device lacks and what the relay lacks, for the listed buckets.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(array)]
pub struct Repair {
    /// For the device.
    #[n(0)]
    pub items: Vec<Item>,
    /// What the relay would like to be offered.
    #[n(1)]
    pub wants: Vec<Holding>,
}

/// Why nothing more can be done in this exchange.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Problem {
    /// Stable code.
    #[n(0)]
    pub code: String,
    /// For a person.
    #[n(1)]
    pub message: String,
    /// When to try again, in seconds; 0 where trying again does not help.
    #[n(2)]
    pub retry_after_s: u32,
}

/// A sum over (document, heads): order does not matter, and adding and taking
/// away one document is one addition modulo 2¹²⁸ (Bellare and Micciancio's
/// AdHash, 1997, over SHA-256).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Digest(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub [u8; 16],
);

impl Digest {
    /// The digest of one document with these heads, in any order.
    pub fn of(id: DocumentId, heads: &[ChangeHash]) -> Self {
        use sha2::Digest as _;
        let mut sorted = heads.to_vec();
        sorted.sort_unstable();
        let mut hasher = sha2::Sha256::new();
        hasher.update(id.bytes());
        for head in sorted {
            hasher.update(head.0);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hasher.finalize()[..16]);
        Self(digest)
    }

    /// The sum with one more document.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let sum = u128::from_be_bytes(self.0).wrapping_add(u128::from_be_bytes(other.0));
        Self(sum.to_be_bytes())
    }

    /// The sum with one document less.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        let sum = u128::from_be_bytes(self.0).wrapping_sub(u128::from_be_bytes(other.0));
        Self(sum.to_be_bytes())
    }

    /// The digest with these bytes; `None` for another length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// The bucket a document is summed in.
pub const fn bucket(id: DocumentId) -> u8 {
    id.bytes()[15]
}

/// What a device is told when it enrols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Site id.
    pub site: SiteId,
    /// Site code.
    pub site_code: String,
    /// Site name.
    pub site_name: String,
    /// The device's id.
    pub device: crate::model::DeviceId,
    /// Who uses it.
    pub person: PersonId,
    /// What the person may do now.
    pub roles: Roles,
    /// The secret that stands for the device.
    pub token: String,
    /// The life of the log.
    pub epoch: Epoch,
}

/// What a device sends to enrol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRequest {
    /// The one-time code.
    pub code: String,
    /// What to call the device.
    pub device_name: String,
    /// The device's id, made by itself: asking again is harmless.
    pub device: crate::model::DeviceId,
    /// The replica's first life.
    pub incarnation: Incarnation,
}

/// The body of a refused HTTP request (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemDetails {
    /// `urn:ronde:problem:<code>`.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// Short words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: String,
    /// What is wrong and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Finds the request in the relay's journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// More, by name.
    #[serde(default, flatten)]
    pub more: BTreeMap<String, serde_json::Value>,
}

#[cfg(test)]
mod tests;
