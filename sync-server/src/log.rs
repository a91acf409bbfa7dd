//! The append-only truth of one site: every accepted change, in the one order
//! everybody reads.
//!
//! **Invariant**: an appended entry is fsynced before `append` returns, its
//! seq is the last one plus 1, and nothing at or past damage is ever served.
//!
//! [`sqlite`] keeps it in a file, [`memory`] for simulations; `contract.rs` is
//! what both must do, and `chain.rs` what makes tampering visible.

mod chain;
#[cfg(test)]
pub(crate) mod contract;
pub mod memory;
pub mod sqlite;

use std::fmt;

use ronde_core::model::{
    ChangeHash, DeviceId, DocumentId, Epoch, Incarnation, Kind, SiteId, Timestamp,
};

pub use chain::Chain;
pub use memory::MemoryLog;
pub use sqlite::SqliteLog;

/// A change that was judged, ready to become truth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// The document it belongs to.
    pub document: DocumentId,
    /// The document's kind.
    pub kind: Kind,
    /// The change's identity.
    pub hash: ChangeHash,
    /// Who made it.
    pub actor: Incarnation,
    /// Its place among the actor's changes of this document, from 1.
    pub actor_seq: u64,
    /// The change chunk, as it came.
    pub bytes: Vec<u8>,
    /// The device that sent it; `None` when the relay wrote it.
    pub device: Option<DeviceId>,
    /// When, by the relay's clock.
    pub received_at: Timestamp,
    /// Reason codes, where somebody should look at it.
    pub flags: Vec<String>,
}

/// An entry of the log, proven by the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the log, from 1.
    pub seq: u64,
    /// The life of the log that took it in.
    pub epoch: Epoch,
    /// What was appended.
    pub content: NewEntry,
    /// The chain up to and including it.
    pub chain: Chain,
    /// True for the last one of what was appended together. Readers saw what is
    /// derived there and nowhere in between, so a rebuild stops there too.
    pub ends_batch: bool,
}

/// How long a log is, and the chain over all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last entry's place; 0 when there is none.
    pub seq: u64,
    /// The chain at the end.
    pub chain: Chain,
}

/// How much one read returns at most; never less than one entry.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The most entries.
    pub count_max: usize,
    /// The most bytes of changes.
    pub bytes_max: usize,
}

impl Limit {
    /// What one page of catching up takes.
    pub const PAGE: Self = Self {
        count_max: 1_000,
        bytes_max: 4 << 20,
    };
}

/// A log entry found by its author's count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place in the log.
    pub seq: u64,
    /// The change that holds this count.
    pub hash: ChangeHash,
}

/// The narrow door to a log, wherever it is kept.
pub trait Log: fmt::Debug + Send {
    /// Appends all of `entries` or none, and returns their places in order.
    ///
    /// When it returns they survive a power cut: many devices' changes in one
    /// call cost one fsync.
    ///
    /// # Errors
    ///
    /// [`Error::Known`] when one is already there, [`Error::Damaged`] when the
    /// log was seen to be damaged, [`Error::Store`] when the disk fails.
    fn append(&mut self, entries: &[NewEntry]) -> Result<Vec<u64>, Error>;

    /// The entries after `after_seq`, in order, up to `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when the first of them is damaged, or damage is known
    /// before it.
    fn read(&self, after_seq: u64, limit: Limit) -> Result<Vec<Entry>, Error>;

    /// Every entry of one document after `after_seq`, in order.
    ///
    /// # Errors
    ///
    /// As [`Log::read`].
    fn read_document(&self, document: DocumentId, after_seq: u64) -> Result<Vec<Entry>, Error>;

    /// True when the document's change is in the log.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the disk fails.
    fn contains(&self, document: DocumentId, hash: ChangeHash) -> Result<bool, Error>;

    /// The change that `actor` made as its `actor_seq`th of `document`.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the disk fails.
    fn find(
        &self,
        document: DocumentId,
        actor: Incarnation,
        actor_seq: u64,
    ) -> Result<Option<Found>, Error>;

    /// Where the log ends.
    fn head(&self) -> Head;

    /// The site it belongs to.
    fn site(&self) -> SiteId;

    /// The current life of the log.
    fn epoch(&self) -> Epoch;

    /// Proves every entry from `from_seq` to the end.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] with the first place that cannot be proven.
    fn verify(&self, from_seq: u64) -> Result<(), Error>;

    /// Starts a new life: what devices knew about the log's end counts no more.
    ///
    /// # Errors
    ///
    /// As [`Log::append`].
    fn new_epoch(&mut self, epoch: Epoch, at: Timestamp) -> Result<(), Error>;
}

/// Why a log could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stop serving this site and repair it from a backup or from its devices.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// Leave it out and append the rest: the change, or its author's count, is
    /// already in the log.
    #[error("change {hash} of {document} is already in the log")]
    Known {
        /// The document.
        document: DocumentId,
        /// The change.
        hash: ChangeHash,
    },
    /// Try again later: nothing was appended.
    #[error(transparent)]
    Store(#[from] ronde_core::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Store(cause.into())
    }
}

/// The first place of a log that cannot be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log is damaged at seq {seq}: {what}")]
pub struct Damage {
    /// The place; everything before it stands.
    pub seq: u64,
    /// What is wrong there.
    pub what: Defect,
}

/// What is wrong at one place of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// No entry is there, though the log was longer once.
    Missing,
    /// The entry does not say what was appended.
    Altered,
    /// An entry is there that was never appended.
    Foreign,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "an entry is missing",
            Self::Altered => "an entry was altered",
            Self::Foreign => "an entry was never appended",
        })
    }
}
