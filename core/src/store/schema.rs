//! The file's schema and how an older one becomes the newest.
//!
//! **Invariant**: a step is all or nothing, and a file from a newer program is
//! refused before anything is written to it.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::Error;

/// `MIGRATIONS[n]` takes the file from `user_version` n to n + 1.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_replica.sql")];

/// SQLite keeps the version as a signed 32-bit number; a negative one is
/// nobody's and counts as newer.
fn version(connection: &Connection) -> Result<usize, Error> {
    let version: i32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// Refuses a file from a newer program.
pub(super) fn refuse_newer(connection: &Connection) -> Result<(), Error> {
    let found = version(connection)?;
    if found > MIGRATIONS.len() {
        return Err(Error::NewerSchema {
            found: u32::try_from(found).unwrap_or(u32::MAX),
            known: u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX),
        });
    }
    Ok(())
}

/// Brings the file to the newest version, all or nothing.
pub(super) fn upgrade(connection: &mut Connection) -> Result<(), Error> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&tx)?;
    for sql in MIGRATIONS.get(from..).unwrap_or_default() {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(
        None,
        "user_version",
        i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX),
    )?;
    tx.commit()?;
    Ok(())
}
