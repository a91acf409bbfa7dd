//! What the relay has not acknowledged, and what it refused.
//!
//! **Invariant**: a row leaves the outbox only with a verdict, in the same
//! transaction as what the verdict causes.

use rusqlite::params;

use super::{
    Tx,
    documents::{self, read_hash},
    views,
};
use crate::{
    document::{Document, NewChange},
    error::Error,
    guard::RefusalCode,
    model::{ChangeHash, DocumentId, Kind, Timestamp},
};

/// One change that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the outbox.
    pub position: i64,
    /// The document.
    pub document: DocumentId,
    /// The document's kind.
    pub kind: Kind,
    /// The change.
    pub change: NewChange,
}

/// One change the relay keeps aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The document.
    pub document: DocumentId,
    /// The document's kind.
    pub kind: Kind,
    /// The change.
    pub change: NewChange,
    /// Stable reason code.
    pub code: String,
    /// The document's title at the time.
    pub title: String,
    /// When the change was made.
    pub queued_at: Timestamp,
}

/// Stores changes of this device that `document` already has, each at the end
/// of the outbox with the time it was made.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn add(
    tx: &Tx<'_>,
    document: &mut Document,
    changes: impl IntoIterator<Item = (NewChange, Timestamp)>,
) -> Result<(), Error> {
    documents::describe(tx, document)?;
    let id = document.id();
    for (change, queued_at) in changes {
        documents::insert(tx, id, &change)?;
        tx.prepare_cached("INSERT INTO outbox (hash, document, queued_at_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![change.hash.0, id.0, queued_at.0])?;
    }
    documents::show(tx, document)
}

/// The first changes of the outbox, up to these bounds; at least one.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn batch(tx: &Tx<'_>, changes_max: usize, bytes_max: usize) -> Result<Vec<Waiting>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT o.position, o.document, d.kind, o.hash, c.bytes
           FROM outbox o JOIN change c ON c.hash = o.hash JOIN document d ON d.id = o.document
          ORDER BY o.position LIMIT ?1",
    )?;
    let mut rows = statement.query([i64::try_from(changes_max).unwrap_or(i64::MAX)])?;
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let change = NewChange {
            hash: read_hash(&row.get::<_, Vec<u8>>(3)?)?,
            bytes: row.get(4)?,
        };
        bytes += change.bytes.len();
        if bytes > bytes_max && !batch.is_empty() {
            break;
        }
        let kind = documents::read_kind(row.get(2)?)?;
        batch.push(Waiting {
            position: row.get(0)?,
            document: DocumentId(row.get(1)?),
            kind,
            change,
        });
    }
    Ok(batch)
}

/// What waits, for people: without the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The document.
    pub document: DocumentId,
    /// The document's kind.
    pub kind: Kind,
    /// When the change was made.
    pub queued_at: Timestamp,
    /// The relay's last word that was not final.
    pub held: Option<String>,
}

/// Everything that waits, in order.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn waiting(tx: &Tx<'_>) -> Result<Vec<Held>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT o.document, d.kind, o.queued_at_ms, o.held
           FROM outbox o JOIN document d ON d.id = o.document ORDER BY o.position",
    )?;
    let rows = statement.query_map([], |row| {
        Ok((
            DocumentId(row.get(0)?),
            row.get(1)?,
            Timestamp(row.get(2)?),
            row.get(3)?,
        ))
    })?;
    rows.map(|row| {
        let (document, kind, queued_at, held) = row?;
        Ok(Held {
            document,
            kind: documents::read_kind(kind)?,
            queued_at,
            held,
        })
    })
    .collect()
}

/// How many changes wait.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn count(tx: &Tx<'_>) -> Result<u32, Error> {
    Ok(tx
        .prepare_cached("SELECT count(*) FROM outbox")?
        .query_row([], |row| row.get(0))?)
}

/// How many changes of one document wait.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn count_of(tx: &Tx<'_>, document: DocumentId) -> Result<u32, Error> {
    Ok(tx
        .prepare_cached("SELECT count(*) FROM outbox WHERE document = ?1")?
        .query_row([document.0], |row| row.get(0))?)
}

/// The changes of one document that wait, in order.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn hashes_of(tx: &Tx<'_>, document: DocumentId) -> Result<Vec<ChangeHash>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT hash FROM outbox WHERE document = ?1 ORDER BY position")?;
    let rows = statement.query_map([document.0], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|row| read_hash(&row?)).collect()
}

/// The relay has the change: it may go.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn acknowledge(tx: &Tx<'_>, hash: ChangeHash) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM outbox WHERE hash = ?1")?
        .execute([hash.0])?;
    Ok(())
}

/// The relay could not judge the change yet.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn hold(tx: &Tx<'_>, hash: ChangeHash, why: &str) -> Result<(), Error> {
    tx.prepare_cached("UPDATE outbox SET held = ?2 WHERE hash = ?1")?
        .execute(params![hash.0, why])?;
    Ok(())
}

/// Takes refused changes, and what was built on them, out of their document
/// and keeps them aside. Returns everything that was taken out, in order.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn refuse(
    tx: &Tx<'_>,
    id: DocumentId,
    refused: &[(ChangeHash, String)],
    at: Timestamp,
) -> Result<Vec<NewChange>, Error> {
    let roots: Vec<_> = refused.iter().map(|(hash, _)| *hash).collect();
    let taken = take_out(tx, id, &roots)?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO refused (hash, document, kind, bytes, code, title, queued_at_ms, refused_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (hash) DO UPDATE SET code = excluded.code",
    )?;
    for (change, queued_at) in &taken.changes {
        let code = refused
            .iter()
            .find(|(hash, _)| *hash == change.hash)
            .map_or(RefusalCode::DependsOnRefused.name(), |(_, code)| code);
        insert.execute(params![
            change.hash.0,
            id.0,
            taken.kind.code(),
            change.bytes,
            code,
            taken.title,
            queued_at.0,
            at.0
        ])?;
    }
    Ok(taken
        .changes
        .into_iter()
        .map(|(change, _)| change)
        .collect())
}

/// What was taken out of a document.
pub(crate) struct Taken {
    pub(crate) kind: Kind,
    title: String,
    /// The changes and when they were queued, in order.
    pub(crate) changes: Vec<(NewChange, Timestamp)>,
}

/// Takes changes and what was built on them out of a document and the outbox.
pub(crate) fn take_out(tx: &Tx<'_>, id: DocumentId, roots: &[ChangeHash]) -> Result<Taken, Error> {
    let held = documents::held(tx, id)?.ok_or(Error::Unknown {
        kind: "document",
        id,
    })?;
    let title = views::title(tx, id)?.unwrap_or_default();
    let mut document = documents::load_without(tx, id, held.kind, roots)?;
    let mut changes = Vec::new();
    for change in documents::tail(tx, id)? {
        if !document.contains(&change.hash) {
            let queued_at: i64 = tx
                .prepare_cached(
                    "SELECT coalesce((SELECT queued_at_ms FROM outbox WHERE hash = ?1), 0)",
                )?
                .query_row([change.hash.0], |row| row.get(0))?;
            acknowledge(tx, change.hash)?;
            changes.push((change, Timestamp(queued_at)));
        }
    }
    let hashes: Vec<_> = changes.iter().map(|(change, _)| change.hash).collect();
    documents::retract(tx, &mut document, &hashes)?;
    Ok(Taken {
        kind: held.kind,
        title,
        changes,
    })
}

/// Everything kept aside, in the order it was made.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn refused(tx: &Tx<'_>) -> Result<Vec<Refused>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT document, kind, hash, bytes, code, title, queued_at_ms FROM refused ORDER BY rowid",
    )?;
    read_refused(statement.query([])?)
}

/// What is kept aside of one document, in the order it was made.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub(crate) fn refused_of(tx: &Tx<'_>, document: DocumentId) -> Result<Vec<Refused>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT document, kind, hash, bytes, code, title, queued_at_ms FROM refused
          WHERE document = ?1 ORDER BY rowid",
    )?;
    read_refused(statement.query([document.0])?)
}

fn read_refused(mut rows: rusqlite::Rows<'_>) -> Result<Vec<Refused>, Error> {
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = documents::read_kind(row.get(1)?)?;
        all.push(Refused {
            document: DocumentId(row.get(0)?),
            kind,
            change: NewChange {
                hash: read_hash(&row.get::<_, Vec<u8>>(2)?)?,
                bytes: row.get(3)?,
            },
            code: row.get(4)?,
            title: row.get(5)?,
            queued_at: Timestamp(row.get(6)?),
        });
    }
    Ok(all)
}

/// How many changes are kept aside.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn refused_count(tx: &Tx<'_>) -> Result<u32, Error> {
    Ok(tx
        .prepare_cached("SELECT count(*) FROM refused")?
        .query_row([], |row| row.get(0))?)
}

/// The relay has accepted the change after all.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn reinstate(tx: &Tx<'_>, hash: ChangeHash) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM refused WHERE hash = ?1")?
        .execute([hash.0])?;
    Ok(())
}
