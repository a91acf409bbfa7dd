//! Rows of the `entry` table and what they say.
//!
//! **Invariant**: a row becomes an entry only where its link proves it.

use ronde_core::model::{ChangeHash, DeviceId, DocumentId, Incarnation, Kind, Timestamp};
use rusqlite::{Connection, Error as Sql, ErrorCode, OptionalExtension, Row, Transaction, params};
use uuid::Uuid;

use super::life::Life;
use crate::log::{Chain, Entry, Error, Head, NewEntry};

/// The entries after ?1 up to ?2, in order.
pub(super) const AFTER: &str = "SELECT seq, epoch, document, kind, hash, actor, actor_seq,
        device, received_at_ms, flags, bytes, chain, ends_batch
     FROM entry WHERE seq > ?1 AND seq <= ?2 ORDER BY seq";

/// The entries of document ?1 after ?2 up to ?3, in order.
pub(super) const OF_DOCUMENT: &str = "SELECT seq, epoch, document, kind, hash, actor, actor_seq,
        device, received_at_ms, flags, bytes, chain, ends_batch
     FROM entry WHERE document = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq";

/// Adds `entry` as the new end `head`.
pub(super) fn insert(
    tx: &Transaction<'_>,
    epoch_ordinal: i64,
    head: Head,
    entry: &NewEntry,
    ends_batch: bool,
) -> Result<(), Error> {
    let flags = serde_json::to_string(&entry.flags)
        .map_err(|cause| ronde_core::Error::Storage(cause.into()))?;
    tx.prepare_cached(
        "INSERT INTO entry (seq, epoch, document, kind, hash, actor, actor_seq,
             device, received_at_ms, flags, bytes, chain, ends_batch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        stored(head.seq)?,
        epoch_ordinal,
        entry.document.bytes(),
        entry.kind.code(),
        entry.hash.0,
        entry.actor.bytes(),
        stored(entry.actor_seq)?,
        entry.device.map(DeviceId::bytes),
        entry.received_at.0,
        flags,
        entry.bytes,
        head.chain.0,
        ends_batch,
    ])?;
    Ok(())
}

/// The entry in `row`; `None` where the link after `before` does not prove it.
pub(super) fn proven(
    row: &Row<'_>,
    lives: &[Life],
    before: Chain,
) -> Result<Option<Entry>, rusqlite::Error> {
    let seq = row.get::<_, i64>("seq")?.cast_unsigned();
    let ordinal: i64 = row.get("epoch")?;
    let flags: String = row.get("flags")?;
    let (Some(life), Some(kind), Ok(flags)) = (
        lives.iter().find(|life| life.ordinal == ordinal),
        Kind::from_code(row.get::<_, u8>("kind").unwrap_or(0)),
        serde_json::from_str(&flags),
    ) else {
        return Ok(None);
    };
    let device: Option<[u8; 16]> = row.get("device")?;
    let content = NewEntry {
        document: DocumentId(Uuid::from_bytes(row.get("document")?)),
        kind,
        hash: ChangeHash(row.get("hash")?),
        actor: Incarnation(Uuid::from_bytes(row.get("actor")?)),
        actor_seq: row.get::<_, i64>("actor_seq")?.cast_unsigned(),
        bytes: row.get("bytes")?,
        device: device.map(|bytes| DeviceId(Uuid::from_bytes(bytes))),
        received_at: Timestamp(row.get("received_at_ms")?),
        flags,
    };
    let chain = before.with_entry(life.id, seq, &content);
    let same = row.get::<_, [u8; 32]>("chain")? == chain.0;
    let epoch = life.id;
    Ok(same.then_some(Entry {
        seq,
        epoch,
        content,
        chain,
        ends_batch: row.get("ends_batch")?,
    }))
}

/// The stored link of entry `seq`, not proven.
pub(super) fn chain_of(connection: &Connection, seq: u64) -> Result<Option<Chain>, Error> {
    let chain = connection
        .prepare_cached("SELECT chain FROM entry WHERE seq = ?1")?
        .query_row([seq.cast_signed()], |row| row.get(0).map(Chain))
        .optional()?;
    Ok(chain)
}

/// A count as SQLite stores it.
pub(super) fn stored(count: u64) -> Result<i64, Error> {
    i64::try_from(count).map_err(|_| ronde_core::Error::Malformed("count").into())
}

/// True when a unique index refused the row.
pub(super) fn is_duplicate(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause
        .downcast_ref::<Sql>()
        .and_then(Sql::sqlite_error)
        .is_some_and(|error| {
            error.code == ErrorCode::ConstraintViolation
                && error.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
        })
}
