//! People's names: the one thing about a person that can be erased.
//!
//! **Invariant**: every change takes the next version, so "what is new since"
//! has one answer, and an erasure is news like any other.

use ronde_core::{
    Error,
    model::{PersonId, Timestamp},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{device, uuid};

/// One person's name, or that it was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Whose.
    pub person: PersonId,
    /// `None` after erasure.
    pub name: Option<String>,
    /// When it changed, in changes of any name.
    pub version: u64,
}

/// Sets or replaces a name that [`ronde_core::model::check_text`] accepted.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn set(tx: &Transaction<'_>, person: PersonId, name: &str) -> Result<(), Error> {
    put(tx, person, Some(name))
}

/// Erases the person's name and those of their devices, which often hold it.
/// Devices are revoked with it. False where the person is unknown.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn erase(tx: &Transaction<'_>, person: PersonId, at: Timestamp) -> Result<bool, Error> {
    if get(tx, person)?.is_none() {
        return Ok(false);
    }
    put(tx, person, None)?;
    device::erase_names(tx, person, at)?;
    Ok(true)
}

/// The name of one person; `None` where the person is unknown.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn get(tx: &Connection, person: PersonId) -> Result<Option<Name>, Error> {
    let name = tx
        .prepare_cached("SELECT person, name, version FROM name WHERE person = ?1")?
        .query_row([person.bytes()], row)
        .optional()?;
    Ok(name)
}

/// Everybody who is called exactly `name`.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn find(tx: &Connection, name: &str) -> Result<Vec<PersonId>, Error> {
    let mut statement = tx.prepare("SELECT person FROM name WHERE name = ?1 ORDER BY version")?;
    let people = statement.query_map([name], |row| uuid(row, "person").map(PersonId))?;
    Ok(people.collect::<Result<_, _>>()?)
}

/// The names that changed after `version`, oldest change first.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn since(tx: &Connection, version: u64) -> Result<Vec<Name>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT person, name, version FROM name WHERE version > ?1 ORDER BY version",
    )?;
    let names = statement.query_map([version.cast_signed()], row)?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn put(tx: &Transaction<'_>, person: PersonId, name: Option<&str>) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO name (person, name, version)
         VALUES (?1, ?2, (SELECT coalesce(max(version), 0) + 1 FROM name))
         ON CONFLICT (person) DO UPDATE SET name = excluded.name, version = excluded.version",
        params![person.bytes(), name],
    )?;
    Ok(())
}

fn row(row: &rusqlite::Row<'_>) -> Result<Name, rusqlite::Error> {
    Ok(Name {
        person: PersonId(uuid(row, "person")?),
        name: row.get("name")?,
        version: row.get::<_, i64>("version")?.cast_unsigned(),
    })
}
