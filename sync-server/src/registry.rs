//! Who may speak to a site: devices and their tokens, enrolment codes, names,
//! and what was refused.
//!
//! It shares the log's file, so that it is as durable and a backup holds both.
//! Topic functions take the caller's transaction: one action is one commit.
//!
//! **Invariant**: no secret is stored, only its hash; a name is stored in one
//! place and can be erased there.

pub mod code;
pub mod device;
pub mod name;
pub mod quarantine;
pub mod setting;
pub mod token;
pub mod window;

use std::path::Path;

use ronde_core::Error;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, types::FromSql};
use uuid::Uuid;

use crate::database;

/// One connection to a site's registry.
#[derive(Debug)]
pub struct Registry(Connection);

impl Registry {
    /// Opens the registry in a site's log file.
    ///
    /// # Errors
    ///
    /// As [`database::open`].
    pub fn open(log: &Path) -> Result<Self, Error> {
        database::open(log).map(Self)
    }

    /// Reads several things as they are at one moment.
    ///
    /// # Errors
    ///
    /// What `work` returns, or [`Error::Storage`].
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let tx = self.0.unchecked_transaction()?;
        work(&tx)
    }

    /// Does one action: all of it, fsynced, or none.
    ///
    /// # Errors
    ///
    /// What `work` returns, or [`Error::Storage`]; nothing was written then.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&tx)?;
        tx.commit()?;
        Ok(done)
    }
}

/// A 16-byte id in a column.
fn uuid(row: &Row<'_>, column: &str) -> Result<Uuid, rusqlite::Error> {
    row.get(column).map(Uuid::from_bytes)
}

/// A value in a column that may be NULL, wrapped in its type.
fn optional<T: FromSql, U>(
    row: &Row<'_>,
    column: &str,
    wrap: impl FnOnce(T) -> U,
) -> Result<Option<U>, rusqlite::Error> {
    Ok(row.get::<_, Option<T>>(column)?.map(wrap))
}

/// JSON written by this program, read back.
fn stored_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|cause| Error::Damaged("registry", cause.into()))
}

/// A value as JSON, to be stored.
fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|cause| Error::Storage(cause.into()))
}

#[cfg(test)]
mod tests;
