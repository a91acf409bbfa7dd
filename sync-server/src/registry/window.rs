//! Windows: the sets of channels devices hold, each named by a version.
//!
//! **Invariant**: a version stands for one set for ever.

use std::collections::BTreeSet;

use ronde_core::Error;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{stored_json, to_json};

/// The version of this set of channels, made where it is new.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn version(tx: &Transaction<'_>, channels: &BTreeSet<String>) -> Result<u64, Error> {
    let text = to_json(channels)?;
    tx.execute(
        "INSERT INTO window (channels) VALUES (?1) ON CONFLICT (channels) DO NOTHING",
        params![text],
    )?;
    let version: i64 = tx.query_row(
        "SELECT version FROM window WHERE channels = ?1",
        [text],
        |row| row.get(0),
    )?;
    Ok(version.cast_unsigned())
}

/// The version of a set somebody has held; `None` where nobody has.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn find(tx: &Connection, channels: &BTreeSet<String>) -> Result<Option<u64>, Error> {
    let version: Option<i64> = tx
        .prepare_cached("SELECT version FROM window WHERE channels = ?1")?
        .query_row([to_json(channels)?], |row| row.get(0))
        .optional()?;
    Ok(version.map(i64::cast_unsigned))
}

/// The channels of `version`; `None` where there is no such window.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn channels(tx: &Connection, version: u64) -> Result<Option<BTreeSet<String>>, Error> {
    let text: Option<String> = tx
        .prepare_cached("SELECT channels FROM window WHERE version = ?1")?
        .query_row([version.cast_signed()], |row| row.get(0))
        .optional()?;
    text.map(|text| stored_json(&text)).transpose()
}
