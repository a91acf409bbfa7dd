//! Keeping the feed's tables while entries are applied.
//!
//! **Invariant**: called once per document and applied batch, in the order of
//! the log, in the transaction that stores the document.

use std::collections::BTreeSet;

use ronde_core::{
    Error,
    document::{Document, Record},
    store::Tx,
    wire::Digest,
};
use rusqlite::{OptionalExtension, params};

use super::{count, read_digest};
use crate::site::channel;

/// Notes that `document` moved with the log entry `seq`.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn moved(tx: &Tx<'_>, document: &mut Document, seq: u64) -> Result<(), Error> {
    let id = document.id();
    let now: BTreeSet<String> = match Record::read(document) {
        Ok(record) => channel::channels(&record),
        // Nobody can be shown what does not read; the log still has it.
        Err(Error::Malformed(_)) => BTreeSet::new(),
        Err(other) => return Err(other),
    };
    let known: Option<(String, Vec<u8>)> = tx
        .prepare_cached("SELECT channels, digest FROM feed WHERE document = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let before: BTreeSet<String> = known
        .iter()
        .flat_map(|(channels, _)| channels.split(' '))
        .filter(|channel| !channel.is_empty())
        .map(str::to_owned)
        .collect();
    let seq = seq.cast_signed();
    for gone in before.difference(&now) {
        tx.prepare_cached(
            "UPDATE member SET to_seq = ?3 WHERE channel = ?1 AND document = ?2 AND to_seq IS NULL",
        )?
        .execute(params![gone, id.0, seq])?;
    }
    for come in now.difference(&before) {
        // Out and in again within one batch is no move at all.
        tx.prepare_cached(
            "INSERT INTO member (channel, document, from_seq) VALUES (?1, ?2, ?3)
             ON CONFLICT (channel, document, from_seq) DO UPDATE SET to_seq = NULL",
        )?
        .execute(params![come, id.0, seq])?;
    }
    let digest = Digest::of(id, &document.heads());
    let channels = now.into_iter().collect::<Vec<_>>().join(" ");
    if let Some((channels, digest)) = known {
        count(tx, &channels, read_digest(&digest)?, false)?;
    }
    count(tx, &channels, digest, true)?;
    tx.prepare_cached(
        "INSERT INTO feed (document, kind, last_seq, channels, digest) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (document) DO UPDATE SET
             last_seq = excluded.last_seq, channels = excluded.channels, digest = excluded.digest",
    )?
    .execute(params![
        id.0,
        document.kind().code(),
        seq,
        channels,
        digest.0
    ])?;
    Ok(())
}
