//! Devices and the incarnations of their replicas.
//!
//! **Invariant**: an incarnation belongs to one device for ever, and a device
//! to one person.

use ronde_core::{
    Error,
    model::{DeviceId, Incarnation, PersonId, Timestamp},
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::{optional, setting, uuid};

/// One enrolled device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Who works with it.
    pub person: PersonId,
    /// What its owner calls it; `None` after erasure.
    pub name: Option<String>,
    /// When it enrolled last.
    pub enrolled_at: Timestamp,
    /// When it last spoke to the relay.
    pub last_seen: Timestamp,
    /// Since when it may not; `None` while it may.
    pub revoked_at: Option<Timestamp>,
    /// The program and version it runs, as it says.
    pub program: Option<String>,
}

const SELECT: &str = "SELECT id, person, name, enrolled_at_ms, last_seen_ms, revoked_at_ms, program
     FROM device";

/// Every device, the first enrolled first.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn list(tx: &Connection) -> Result<Vec<Device>, Error> {
    let mut statement = tx.prepare(&format!("{SELECT} ORDER BY enrolled_at_ms, id"))?;
    let devices = statement.query_map([], row)?;
    Ok(devices.collect::<Result<_, _>>()?)
}

/// How many devices may speak to the site.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn count(tx: &Connection) -> Result<u64, Error> {
    let sql = "SELECT count(*) FROM device WHERE revoked_at_ms IS NULL";
    let count: i64 = tx.query_row(sql, [], |row| row.get(0))?;
    Ok(count.cast_unsigned())
}

/// One device; `None` where it never enrolled.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn get(tx: &Connection, id: DeviceId) -> Result<Option<Device>, Error> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?;
    Ok(statement.query_row([id.bytes()], row).optional()?)
}

/// Enters a device, or refreshes the name of one that enrols again.
pub(super) fn enter(
    tx: &Transaction<'_>,
    id: DeviceId,
    person: PersonId,
    name: &str,
    at: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO device (id, person, name, enrolled_at_ms, last_seen_ms)
         VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name,
             enrolled_at_ms = excluded.enrolled_at_ms, last_seen_ms = excluded.last_seen_ms",
        params![id.bytes(), person.bytes(), name, at.0],
    )?;
    Ok(())
}

/// Notes that a device spoke to the relay, and what program it runs.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn seen(
    tx: &Transaction<'_>,
    id: DeviceId,
    at: Timestamp,
    program: Option<&str>,
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE device SET last_seen_ms = max(last_seen_ms, ?2), program = coalesce(?3, program)
         WHERE id = ?1",
    )?
    .execute(params![id.bytes(), at.0, program])?;
    Ok(())
}

/// Shuts a device out from its next request on. Its first revocation's time
/// stays. False where it never enrolled.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn revoke(tx: &Transaction<'_>, id: DeviceId, at: Timestamp) -> Result<bool, Error> {
    let rows = tx.execute(
        "UPDATE device SET revoked_at_ms = coalesce(revoked_at_ms, ?2) WHERE id = ?1",
        params![id.bytes(), at.0],
    )?;
    Ok(rows > 0)
}

/// Lets a revoked device in again. False where it never enrolled.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn reinstate(tx: &Transaction<'_>, id: DeviceId) -> Result<bool, Error> {
    let rows = tx.execute(
        "UPDATE device SET revoked_at_ms = NULL WHERE id = ?1",
        [id.bytes()],
    )?;
    Ok(rows > 0)
}

pub(super) fn erase_names(
    tx: &Transaction<'_>,
    person: PersonId,
    at: Timestamp,
) -> Result<(), Error> {
    tx.execute(
        "UPDATE device SET name = NULL, revoked_at_ms = coalesce(revoked_at_ms, ?2)
         WHERE person = ?1",
        params![person.bytes(), at.0],
    )?;
    Ok(())
}

/// Whose replica `incarnation` is; `None` where it was never met.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn of_incarnation(
    tx: &Connection,
    incarnation: Incarnation,
) -> Result<Option<DeviceId>, Error> {
    let device = tx
        .prepare_cached("SELECT device FROM incarnation WHERE id = ?1")?
        .query_row([incarnation.bytes()], |row| {
            uuid(row, "device").map(DeviceId)
        })
        .optional()?;
    Ok(device)
}

/// Notes that two copies of a replica have written as `incarnation`.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn forked(tx: &Transaction<'_>, incarnation: Incarnation) -> Result<(), Error> {
    tx.prepare_cached("UPDATE incarnation SET forked = 1 WHERE id = ?1")?
        .execute([incarnation.bytes()])?;
    Ok(())
}

/// True when two copies of a replica have written as `incarnation`.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn is_forked(tx: &Connection, incarnation: Incarnation) -> Result<bool, Error> {
    let mut statement =
        tx.prepare_cached("SELECT 1 FROM incarnation WHERE id = ?1 AND forked = 1")?;
    Ok(statement.exists([incarnation.bytes()])?)
}

/// Every life of the device's replica.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn incarnations(tx: &Connection, device: DeviceId) -> Result<Vec<Incarnation>, Error> {
    let mut statement = tx.prepare_cached("SELECT id FROM incarnation WHERE device = ?1")?;
    let ids = statement.query_map([device.bytes()], |row| uuid(row, "id").map(Incarnation))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Binds `incarnation` to `device`. False where it is another device's, or the
/// relay's own.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn bind(
    tx: &Transaction<'_>,
    incarnation: Incarnation,
    device: DeviceId,
    at: Timestamp,
) -> Result<bool, Error> {
    if let Some(owner) = of_incarnation(tx, incarnation)? {
        return Ok(owner == device);
    }
    if incarnation.0.is_nil() || setting::is_own_incarnation(tx, incarnation)? {
        return Ok(false);
    }
    tx.execute(
        "INSERT INTO incarnation (id, device, first_seen_ms) VALUES (?1, ?2, ?3)",
        params![incarnation.bytes(), device.bytes(), at.0],
    )?;
    Ok(true)
}

fn row(row: &Row<'_>) -> Result<Device, rusqlite::Error> {
    Ok(Device {
        id: DeviceId(uuid(row, "id")?),
        person: PersonId(uuid(row, "person")?),
        name: row.get("name")?,
        enrolled_at: Timestamp(row.get("enrolled_at_ms")?),
        last_seen: Timestamp(row.get("last_seen_ms")?),
        revoked_at: optional(row, "revoked_at_ms", Timestamp)?,
        program: row.get("program")?,
    })
}
