//! The feed: what the reader of a window is sent after a cursor.
//!
//! **Invariant**: a page depends on the derived state and the cursor alone, so
//! a device that lost an answer asks again and gets the same; a cursor never
//! passes what was not sent.

mod page;
mod track;

use std::collections::BTreeSet;

use ronde_core::{
    Error,
    model::{DocumentId, Kind},
    store::Tx,
    wire::Digest,
};
use rusqlite::{OptionalExtension, params};

pub use page::{Reader, page, refilling};
pub use track::moved;

/// Makes the feed's tables where they are missing.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn prepare(tx: &Tx<'_>) -> Result<(), Error> {
    Ok(tx.execute_batch(include_str!("feed/feed.sql"))?)
}

/// Up to where the log is applied.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn applied(tx: &Tx<'_>) -> Result<u64, Error> {
    let seq: i64 = tx
        .prepare_cached("SELECT seq FROM applied")?
        .query_row([], |row| row.get(0))?;
    Ok(seq.cast_unsigned())
}

/// Notes up to where the log is applied.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn set_applied(tx: &Tx<'_>, seq: u64) -> Result<(), Error> {
    tx.prepare_cached("UPDATE applied SET seq = ?1")?
        .execute([seq.cast_signed()])?;
    Ok(())
}

/// One document as the feed knows it.
#[derive(Clone, Debug)]
pub struct Tracked {
    /// The document.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Its digest.
    pub digest: Digest,
    channels: String,
}

impl Tracked {
    /// True when one of these channels holds it.
    pub fn is_in(&self, window: &BTreeSet<String>) -> bool {
        intersects(&self.channels, window)
    }
}

fn intersects(channels: &str, window: &BTreeSet<String>) -> bool {
    channels.split(' ').any(|channel| window.contains(channel))
}

/// One document's row; `None` when the feed has never seen it.
///
/// # Errors
///
/// [`Error::Damaged`] when the row makes no sense.
pub fn tracked(tx: &Tx<'_>, id: DocumentId) -> Result<Option<Tracked>, Error> {
    let row = tx
        .prepare_cached("SELECT document, kind, digest, channels FROM feed WHERE document = ?1")?
        .query_row([id.0], raw)
        .optional()?;
    row.map(read).transpose()
}

/// Every document of a window, by id.
///
/// # Errors
///
/// [`Error::Damaged`] when a row makes no sense.
pub fn held(tx: &Tx<'_>, window: &BTreeSet<String>) -> Result<Vec<Tracked>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT document, kind, digest, channels FROM feed ORDER BY document")?;
    let rows = statement
        .query_map([], raw)?
        .collect::<Result<Vec<_>, _>>()?;
    let all = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(all
        .into_iter()
        .filter(|tracked| tracked.is_in(window))
        .collect())
}

/// The digest over a window and how many documents it holds.
///
/// # Errors
///
/// [`Error::Damaged`] when a row makes no sense.
pub fn digest(tx: &Tx<'_>, window: &BTreeSet<String>) -> Result<(Digest, u32), Error> {
    let mut statement = tx.prepare_cached("SELECT channels, count, sum FROM channel_sum")?;
    let mut rows = statement.query([])?;
    let (mut sum, mut count) = (Digest::default(), 0);
    while let Some(row) = rows.next()? {
        if intersects(&row.get::<_, String>(0)?, window) {
            count += row.get::<_, u32>(1)?;
            sum = sum.plus(read_digest(&row.get::<_, Vec<u8>>(2)?)?);
        }
    }
    Ok((sum, count))
}

type Raw = (uuid::Uuid, u8, Vec<u8>, String);

fn raw(row: &rusqlite::Row<'_>) -> Result<Raw, rusqlite::Error> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn read((id, kind, digest, channels): Raw) -> Result<Tracked, Error> {
    Ok(Tracked {
        id: DocumentId(id),
        kind: read_kind(kind)?,
        digest: read_digest(&digest)?,
        channels,
    })
}

fn read_kind(code: u8) -> Result<Kind, Error> {
    Kind::from_code(code).ok_or_else(|| Error::Damaged("feed", "unknown kind".into()))
}

fn read_digest(bytes: &[u8]) -> Result<Digest, Error> {
    Digest::from_slice(bytes).ok_or_else(|| Error::Damaged("feed", "a digest has 16 bytes".into()))
}

/// Adds to or takes from the sum of one set of channels.
fn count(tx: &Tx<'_>, channels: &str, digest: Digest, add: bool) -> Result<(), Error> {
    let known: Option<(i64, Vec<u8>)> = tx
        .prepare_cached("SELECT count, sum FROM channel_sum WHERE channels = ?1")?
        .query_row([channels], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (count, sum) = match known {
        Some((count, sum)) => (count, read_digest(&sum)?),
        None => (0, Digest::default()),
    };
    let (count, sum) = match add {
        true => (count + 1, sum.plus(digest)),
        false => (count - 1, sum.minus(digest)),
    };
    if count == 0 {
        tx.prepare_cached("DELETE FROM channel_sum WHERE channels = ?1")?
            .execute([channels])?;
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO channel_sum (channels, count, sum) VALUES (?1, ?2, ?3)
         ON CONFLICT (channels) DO UPDATE SET count = excluded.count, sum = excluded.sum",
    )?
    .execute(params![channels, count, sum.0])?;
    Ok(())
}
