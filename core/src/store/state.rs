//! Named values of one replica: where it stands with its relay and who it is.
//!
//! **Invariant**: every key is a constant here; a value that does not decode
//! is an error, never a default.

use minicbor::{Decode, Encode};
use rusqlite::{OptionalExtension, params};

use super::Tx;
use crate::{
    error::Error,
    model::{Epoch, Incarnation, Roles, Timestamp},
    wire::{Cursor, Digest, Window},
};

/// A named value and its type.
#[derive(Debug)]
pub struct Key<V>(&'static str, std::marker::PhantomData<fn() -> V>);

impl<V> Key<V> {
    const fn new(name: &'static str) -> Self {
        Self(name, std::marker::PhantomData)
    }
}

/// The life of the relay's log this replica has read from.
pub const EPOCH: Key<Epoch> = Key::new("epoch");
/// How far it has read.
pub const CURSOR: Key<Cursor> = Key::new("cursor");
/// The channels it holds.
pub const WINDOW: Key<Window> = Key::new("window");
/// Sum over the documents in its window.
pub const DIGEST: Key<Digest> = Key::new("digest");
/// Version of the directory of names.
pub const NAMES: Key<u64> = Key::new("names");
/// The replica's present life.
pub const INCARNATION: Key<Incarnation> = Key::new("incarnation");
/// Random bytes that stand for this very file; the sidecar repeats them.
pub const INSTANCE: Key<[u8; 16]> = Key::new("instance");
/// What the relay last said they may do.
pub const ROLES: Key<Roles> = Key::new("roles");
/// When everything was last exchanged, by this device's clock.
pub const LAST_SYNC: Key<Timestamp> = Key::new("last_sync");
/// The relay's clock minus this device's, in milliseconds, at the last exchange.
pub const CLOCK_OFFSET_MS: Key<i64> = Key::new("clock_offset_ms");
/// The last thing that kept an exchange from finishing: a stable code.
pub const LAST_PROBLEM: Key<String> = Key::new("last_problem");
/// The number of the next provisional order.
pub const NEXT_PROVISIONAL: Key<u64> = Key::new("next_provisional");
/// True while everything held is being compared with a relay of a new epoch.
pub const COMPARING: Key<bool> = Key::new("comparing");
/// Version of the views in this file.
pub const VIEWS: Key<u32> = Key::new("views");

/// Reads a value; `None` when it was never written.
///
/// # Errors
///
/// [`Error::Damaged`] when it does not decode.
pub fn get<V: for<'b> Decode<'b, ()>>(tx: &Tx<'_>, key: &Key<V>) -> Result<Option<V>, Error> {
    let bytes: Option<Vec<u8>> = tx
        .prepare_cached("SELECT value FROM state WHERE key = ?1")?
        .query_row([key.0], |row| row.get(0))
        .optional()?;
    bytes
        .map(|bytes| {
            minicbor::decode(&bytes).map_err(|cause| Error::Damaged("state", cause.into()))
        })
        .transpose()
}

/// Writes a value.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn set<V: Encode<()>>(tx: &Tx<'_>, key: &Key<V>, value: &V) -> Result<(), Error> {
    let bytes = minicbor::to_vec(value).map_err(|_| Error::Malformed("state"))?;
    tx.prepare_cached("INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
        .execute(params![key.0, bytes])?;
    Ok(())
}

/// Forgets a value.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn clear<V>(tx: &Tx<'_>, key: &Key<V>) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM state WHERE key = ?1")?
        .execute([key.0])?;
    Ok(())
}
