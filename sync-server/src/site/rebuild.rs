//! What is derived, made a second time from the log, and compared.
//!
//! **Invariant**: law 1: derived state equals a rebuild, row for row. Only where
//! a snapshot ends and the tail begins is left out: it says nothing.

use ronde_core::{
    Error,
    store::{Durability, Store, Tx, documents},
};
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::{Site, desk, feed};
use crate::log::{self, Log};

/// Everything that is compared, in an order that does not depend on rowids.
pub const COMPARED: [&str; 14] = [
    "SELECT id, kind, heads, digest FROM document ORDER BY id",
    "SELECT * FROM record ORDER BY document",
    "SELECT * FROM conflict ORDER BY document, field, code",
    "SELECT * FROM work_order ORDER BY document",
    "SELECT * FROM assignee ORDER BY work_order, person",
    "SELECT * FROM execution ORDER BY document",
    "SELECT * FROM plan_execution ORDER BY document",
    "SELECT * FROM code ORDER BY code, kind, document",
    "SELECT * FROM movement_line ORDER BY movement, line",
    "SELECT * FROM stock_level ORDER BY part, store",
    "SELECT words, document, kind FROM search ORDER BY document",
    "SELECT document, kind, last_seq, channels, digest FROM feed ORDER BY document",
    "SELECT * FROM member ORDER BY channel, document, from_seq",
    "SELECT * FROM channel_sum ORDER BY channels",
];

/// Compares what is derived with a rebuild in a folder of its own. Returns how
/// many documents there are and whether all is the same.
///
/// # Errors
///
/// [`log::Error`] when the log cannot be read or the disk fails.
pub fn compare(site: &Site, log: &impl Log) -> Result<(u64, bool), log::Error> {
    let (applied, documents, ours) =
        site.snapshot(|tx| Ok((feed::applied(tx)?, documents::count(tx)?, fingerprint(tx)?)))?;
    let folder = site.folder().join(".verify");
    forget(&folder)?;
    std::fs::create_dir_all(&folder).map_err(Error::from)?;
    let mut again = Store::open(&folder.join("derived.sqlite"), Durability::Derived)?;
    again.write(feed::prepare)?;
    loop {
        let from = again.read(feed::applied)?;
        let mut entries = desk::whole_batches(log, from)?;
        entries.retain(|entry| entry.seq <= applied);
        if entries.is_empty() {
            break;
        }
        again.write(|tx| desk::apply_entries(tx, &entries))?;
    }
    let theirs = again.read(fingerprint)?;
    drop(again);
    forget(&folder)?;
    Ok((documents, ours == theirs))
}

fn forget(folder: &std::path::Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(cause.into()),
        _ => Ok(()),
    }
}

/// SHA-256 over every compared row.
fn fingerprint(tx: &Tx<'_>) -> Result<[u8; 32], Error> {
    let mut hasher = Sha256::new();
    for query in COMPARED {
        hasher.update(query);
        let mut statement = tx.prepare(query)?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Null => hasher.update([0]),
                    ValueRef::Integer(number) => {
                        hasher.update([&[1][..], &number.to_be_bytes()].concat());
                    }
                    ValueRef::Real(number) => {
                        hasher.update([&[2][..], &number.to_be_bytes()].concat());
                    }
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                        hasher.update([3]);
                        hasher.update((bytes.len() as u64).to_be_bytes());
                        hasher.update(bytes);
                    }
                }
            }
        }
    }
    Ok(hasher.finalize().into())
}
