//! The replica's SQLite file.
//!
//! Functions take the caller's transaction, so one user action is one commit
//! (law 3). Documents, changes, outbox and refused changes are the truth;
//! everything in [`views`] is derived and can be rebuilt.
//!
//! **Invariant**: nothing here deletes a change that the relay has not
//! acknowledged. A damaged file is set aside and salvaged, never recreated over.

pub mod documents;
pub mod outbox;
mod salvage;
mod schema;
pub mod state;
pub mod views;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use salvage::{Salvage, salvage};

use crate::error::Error;

/// How long a statement waits for another process before [`Error::Busy`].
const BUSY_WAIT: Duration = Duration::from_secs(10);

/// When a commit counts as durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every commit is fsynced: a device, a log.
    Full,
    /// The last commits may be lost in a power cut: state that can be rebuilt.
    Derived,
}

/// An open replica file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    loaded: Arc<AtomicU64>,
}

impl Store {
    /// Opens or creates the file at `path` and brings it to the newest schema.
    ///
    /// # Errors
    ///
    /// [`Error::NewerSchema`] when a newer program wrote it (the file is not
    /// touched), [`Error::Damaged`] when it is not sound: see [`salvage()`].
    pub fn open(path: &Path, durability: Durability) -> Result<Self, Error> {
        let mut connection = Connection::open(path)?;
        connect(&connection)?;
        schema::refuse_newer(&connection)?;
        let synchronous = match durability {
            Durability::Full => "FULL",
            Durability::Derived => "NORMAL",
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        // On Apple systems a plain fsync leaves the data in the drive's cache.
        connection.pragma_update(None, "fullfsync", true)?;
        schema::upgrade(&mut connection)?;
        let mut store = Self::over(connection, path);
        store.write(views::upgrade)?;
        Ok(store)
    }

    /// Opens a second, reading connection to a file that is already open.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn reader(&self) -> Result<Self, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connect(&connection)?;
        Ok(Self {
            loaded: Arc::clone(&self.loaded),
            ..Self::over(connection, &self.path)
        })
    }

    fn over(connection: Connection, path: &Path) -> Self {
        Self {
            connection,
            path: path.to_owned(),
            loaded: Arc::default(),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `work` in one transaction that sees one state of the file.
    ///
    /// # Errors
    ///
    /// Whatever `work` says.
    pub fn read<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let done = self.connection.unchecked_transaction();
        let done = done.map_err(Error::from).and_then(|transaction| {
            work(&Tx {
                transaction,
                loaded: &self.loaded,
            })
        });
        noted(&self.path, done)
    }

    /// Runs `work` in one transaction and commits it, or nothing of it.
    ///
    /// # Errors
    ///
    /// Whatever `work` says; then nothing was written.
    pub fn write<T>(&mut self, work: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let done = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Error::from)
            .and_then(|transaction| {
                let tx = Tx {
                    transaction,
                    loaded: &self.loaded,
                };
                let done = work(&tx)?;
                tx.transaction.commit()?;
                Ok(done)
            });
        noted(&self.path, done)
    }

    /// How many documents were loaded since the file was opened.
    pub fn documents_loaded(&self) -> u64 {
        self.loaded.load(Ordering::Relaxed)
    }

    /// A number that changes when another process has written.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub fn data_version(&self) -> Result<i64, Error> {
        Ok(self
            .connection
            .pragma_query_value(None, "data_version", |row| row.get(0))?)
    }

    /// Asks SQLite whether the file is sound.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] with what it found.
    pub fn check(&self) -> Result<(), Error> {
        let found: String = self
            .connection
            .pragma_query_value(None, "quick_check", |row| row.get(0))?;
        if found == "ok" {
            return Ok(());
        }
        Err(Error::Damaged("database", found.into()))
    }
}

/// One transaction on the file.
#[derive(Debug)]
pub struct Tx<'a> {
    transaction: Transaction<'a>,
    loaded: &'a AtomicU64,
}

impl Tx<'_> {
    /// Counts a loaded document (law 5 is tested by this number).
    fn count_load(&self) {
        self.loaded.fetch_add(1, Ordering::Relaxed);
    }
}

impl std::ops::Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

/// Where it is noted that SQLite found the file damaged while it was open: the
/// replica that opens it next looks at all of it.
pub(crate) fn suspicion(path: &Path) -> PathBuf {
    path.with_extension("suspect")
}

fn noted<T>(path: &Path, done: Result<T, Error>) -> Result<T, Error> {
    if let Err(Error::Damaged("database", _)) = &done {
        // Where even this cannot be written the damage is found again.
        let _ = std::fs::write(suspicion(path), "");
    }
    done
}

fn connect(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

#[cfg(test)]
mod tests;
