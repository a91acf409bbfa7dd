//! The one error type of this crate's public API.
//!
//! Variants say what the caller can do. No variant names a library we use, and
//! no message carries what a person typed.
//!
//! **Invariant**: an error never means that something was half done.

use crate::model::DocumentId;

/// A cause kept for the log, never shown to a person.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Show the form again: the input is wrong, the device is fine.
    #[error("{0}")]
    Invalid(#[from] Invalid),
    /// Sync first: this replica does not hold the document.
    #[error("{kind} {id} is not on this device")]
    Unknown {
        /// What was looked for.
        kind: &'static str,
        /// Its id.
        id: DocumentId,
    },
    /// Enrol first: this folder belongs to no site yet.
    #[error("this device is not enrolled")]
    NotEnrolled,
    /// Refuse the peer or caller: these bytes are not ours.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// Free some space, then try again; what was stored stays stored.
    #[error("the disk is full")]
    StorageFull(#[source] Cause),
    /// Another program is using this replica; try again when it has finished.
    #[error("the replica is in use by another program")]
    Busy,
    /// Install the newer program; the file was not touched.
    #[error("the file has schema {found}, this program knows up to {known}")]
    NewerSchema {
        /// The version found in the file.
        found: u32,
        /// The newest version this program can open.
        known: u32,
    },
    /// Keep the file and report it; unsynced work may be in it.
    #[error("damaged {0}")]
    Damaged(&'static str, #[source] Cause),
    /// Ask for a restart; unsynced work is still on disk.
    #[error("local storage failed")]
    Storage(#[source] Cause),
}

/// What is wrong with an input, for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// Stable code, the key of the translated message.
    pub code: &'static str,
    /// English fallback, without what the person typed.
    pub message: String,
}

impl Invalid {
    /// An input error with its stable code and an English message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What stands behind the colon of the message: codes, names and numbers,
    /// the same in every language.
    ///
    /// ```
    /// use ronde_core::error::Invalid;
    ///
    /// assert_eq!(Invalid::new("ambiguous", "several fit: A, B").detail(), Some("A, B"));
    /// assert_eq!(Invalid::new("not_found", "nothing fits").detail(), None);
    /// ```
    pub fn detail(&self) -> Option<&str> {
        let (_, detail) = self.message.split_once(": ")?;
        Some(detail)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(cause: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{
            DatabaseBusy, DatabaseCorrupt, DatabaseLocked, DiskFull, NotADatabase,
        };
        match cause.sqlite_error_code() {
            Some(DiskFull) => Self::StorageFull(cause.into()),
            Some(DatabaseBusy | DatabaseLocked) => Self::Busy,
            Some(DatabaseCorrupt | NotADatabase) => Self::Damaged("database", cause.into()),
            _ => Self::Storage(cause.into()),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        match cause.kind() {
            std::io::ErrorKind::StorageFull => Self::StorageFull(cause.into()),
            _ => Self::Storage(cause.into()),
        }
    }
}
