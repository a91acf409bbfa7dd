//! Device tokens, looked up at every request so that a revocation counts at
//! once.
//!
//! **Invariant**: a device has one token; a new one ends the old one.

use ronde_core::{
    Error,
    model::{DeviceId, PersonId, Timestamp},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::uuid;
use crate::secret::{SecretHash, Token};

/// Who a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The device.
    pub device: DeviceId,
    /// Who works with it.
    pub person: PersonId,
    /// True when it may speak no more.
    pub revoked: bool,
}

/// Whose token this is; `None` where it is nobody's.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn bearer(tx: &Connection, token: &Token) -> Result<Option<Bearer>, Error> {
    let asked = token.hash();
    let found = tx
        .prepare_cached(
            "SELECT token.hash, device.id, device.person, device.revoked_at_ms IS NOT NULL
                 AS revoked
             FROM token JOIN device ON device.id = token.device
             WHERE token.hash = ?1",
        )?
        .query_row([asked.0], |row| {
            let bearer = Bearer {
                device: DeviceId(uuid(row, "id")?),
                person: PersonId(uuid(row, "person")?),
                revoked: row.get("revoked")?,
            };
            Ok((SecretHash(row.get("hash")?), bearer))
        })
        .optional()?;
    // The index compares hashes, which tell nothing about the token; the last
    // word is said in constant time all the same.
    Ok(found
        .filter(|(stored, _)| stored.is(&asked))
        .map(|(_, bearer)| bearer))
}

/// Makes `token` the device's only one.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails or the device never enrolled.
pub fn replace(
    tx: &Transaction<'_>,
    device: DeviceId,
    token: &Token,
    at: Timestamp,
) -> Result<(), Error> {
    tx.execute("DELETE FROM token WHERE device = ?1", [device.bytes()])?;
    tx.execute(
        "INSERT INTO token (hash, device, made_at_ms) VALUES (?1, ?2, ?3)",
        params![token.hash().0, device.bytes(), at.0],
    )?;
    Ok(())
}
