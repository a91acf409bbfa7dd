//! A site's own settings.
//!
//! **Invariant**: every key is named here.

use ronde_core::Error;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// The name people see.
pub const SITE_NAME: &str = "site_name";
/// The IANA time zone of business dates.
pub const TIME_ZONE: &str = "time_zone";
/// The address devices reach the relay at, for enrolment links.
pub const URL: &str = "url";
/// How far work order numbers leap, so that none is given twice after a
/// restore; added to with every restore.
pub const NUMBER_LEAP: &str = "number_leap";

/// How much of [`NUMBER_LEAP`] the floors below already hold.
pub const NUMBER_LEAPT: &str = "number_leapt";

/// The number of a year's last order, at least: nothing at or below it is given.
pub fn number_floor(year: &str) -> String {
    format!("number_floor:{year}")
}

/// The actor the relay writes as in one life of the log.
pub fn incarnation(epoch: ronde_core::model::Epoch) -> String {
    format!("incarnation:{epoch}")
}

/// True when the relay writes, or wrote, as this actor.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn is_own_incarnation(
    tx: &Connection,
    incarnation: ronde_core::model::Incarnation,
) -> Result<bool, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT 1 FROM setting WHERE key >= 'incarnation:' AND key < 'incarnation;' AND value = ?1",
    )?;
    Ok(statement.exists([incarnation.to_string()])?)
}

/// The value of `key`; `None` where it was never set.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn get(tx: &Connection, key: &str) -> Result<Option<String>, Error> {
    let value = tx
        .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(value)
}

/// Sets `key` to `value`.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn set(tx: &Transaction<'_>, key: &str, value: &str) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO setting (key, value) VALUES (?1, ?2)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        params![key, value],
    )?;
    Ok(())
}

/// Adds `by` to the number in `key`; a missing one counts as 0.
///
/// # Errors
///
/// [`Error::Damaged`] when it holds no number, [`Error::Storage`] when the
/// disk fails.
pub fn add(tx: &Transaction<'_>, key: &str, by: u64) -> Result<u64, Error> {
    let number = match get(tx, key)? {
        None => 0,
        Some(text) => text
            .parse::<u64>()
            .map_err(|cause| Error::Damaged("registry", cause.into()))?,
    };
    let sum = number.saturating_add(by);
    set(tx, key, &sum.to_string())?;
    Ok(sum)
}
