//! What to do with a damaged file: set it aside whole, and carry what the
//! relay has not acknowledged into a fresh one.
//!
//! **Invariant**: the damaged file is renamed, never written to or deleted.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, params_from_iter, types::Value};

use super::{Durability, Store, Tx};
use crate::{error::Error, model::Timestamp};

/// What is carried over, each after what it refers to.
const CARRIED: [(&str, &str); 5] = [
    (
        "SELECT id, kind, heads, digest, snapshot FROM document
          WHERE id IN (SELECT document FROM outbox)",
        "INSERT OR IGNORE INTO document (id, kind, heads, digest, snapshot) VALUES (?, ?, ?, ?, ?)",
    ),
    (
        "SELECT position, hash, document, bytes FROM change
          WHERE document IN (SELECT document FROM outbox)",
        "INSERT OR IGNORE INTO change (position, hash, document, bytes) VALUES (?, ?, ?, ?)",
    ),
    (
        "SELECT position, hash, document, queued_at_ms FROM outbox WHERE 1",
        "INSERT OR IGNORE INTO outbox (position, hash, document, queued_at_ms) VALUES (?, ?, ?, ?)",
    ),
    (
        "SELECT hash, document, kind, bytes, code, title, queued_at_ms, refused_at_ms FROM refused WHERE 1",
        "INSERT OR IGNORE INTO refused (hash, document, kind, bytes, code, title, queued_at_ms, refused_at_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    (
        "SELECT person, name FROM name WHERE 1",
        "INSERT OR IGNORE INTO name (person, name) VALUES (?, ?)",
    ),
];

/// What could be carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvage {
    /// Where the damaged file is now.
    pub set_aside: PathBuf,
    /// Unsynced changes that were carried over.
    pub unsynced: u32,
    /// Refused changes that were carried over.
    pub refused: u32,
    /// True when some page could not be read: have the set-aside file looked at.
    pub incomplete: bool,
}

/// Sets the damaged file at `path` aside and opens a fresh one with all
/// unsynced and refused changes that could still be read.
///
/// The caller starts a new incarnation and syncs: what was acknowledged comes
/// again from the relay, and the changes find their documents there.
///
/// # Errors
///
/// [`Error::Storage`] when even that fails; the damaged file then has the name
/// it was given or its old one.
pub fn salvage(
    path: &Path,
    durability: Durability,
    at: Timestamp,
) -> Result<(Store, Salvage), Error> {
    let set_aside = set_aside(path, at)?;
    let mut store = Store::open(path, durability)?;
    let incomplete = store.write(|tx| {
        let whole = carry(&set_aside, tx)?;
        super::views::rebuild(tx)?;
        Ok(!whole)
    })?;
    let (unsynced, refused) =
        store.read(|tx| Ok((super::outbox::count(tx)?, super::outbox::refused_count(tx)?)))?;
    Ok((
        store,
        Salvage {
            set_aside,
            unsynced,
            refused,
            incomplete,
        },
    ))
}

/// Renames the file and its write-ahead log.
fn set_aside(path: &Path, at: Timestamp) -> Result<PathBuf, Error> {
    let mut mark = format!(".damaged-{}", at.0);
    while with_suffix(path, &mark).exists() {
        mark.push('+');
    }
    let aside = with_suffix(path, &mark);
    // The log first: a crash in between leaves the main file where it was, and
    // the next start comes here again.
    for file in ["-wal", "-shm"] {
        let log = with_suffix(path, file);
        if log.exists() {
            std::fs::rename(log, with_suffix(&aside, file))?;
        }
    }
    std::fs::rename(path, &aside)?;
    Ok(aside)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Copies every row that can still be read. False when some could not.
///
/// Reading replays the write-ahead log into the file, so a copy is read.
fn carry(from: &Path, tx: &Tx<'_>) -> Result<bool, Error> {
    let folder = from.with_extension("reading");
    std::fs::create_dir_all(&folder)?;
    let copy_of = folder.join("replica.sqlite");
    std::fs::copy(from, &copy_of)?;
    let log = with_suffix(from, "-wal");
    if log.exists() {
        std::fs::copy(log, with_suffix(&copy_of, "-wal"))?;
    }
    let whole = carry_from(&copy_of, tx);
    std::fs::remove_dir_all(folder)?;
    Ok(whole)
}

fn carry_from(file: &Path, tx: &Tx<'_>) -> bool {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(damaged) = Connection::open_with_flags(file, flags) else {
        return false;
    };
    let mut whole = true;
    for (select, insert) in CARRIED {
        // Where a page stops the way up, the way down finds what lies behind it.
        whole &= ["ASC", "DESC"].iter().any(|way| {
            copy(
                &damaged,
                &format!("{select} ORDER BY rowid {way}"),
                tx,
                insert,
            )
            .is_ok()
        });
    }
    whole
}

fn copy(
    damaged: &Connection,
    select: &str,
    tx: &Tx<'_>,
    insert: &str,
) -> Result<(), rusqlite::Error> {
    let mut select = damaged.prepare(select)?;
    let mut insert = tx.prepare_cached(insert)?;
    let columns = select.column_count();
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let values = (0..columns)
            .map(|column| row.get(column))
            .collect::<Result<Vec<Value>, _>>()?;
        insert.execute(params_from_iter(values))?;
    }
    Ok(())
}
