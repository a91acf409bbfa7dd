//! Documents and the changes since their snapshots.
//!
//! **Invariant**: a snapshot holds acknowledged changes only, so what the relay
//! refuses can be taken out again; `heads` and `digest` always describe
//! snapshot and tail together.

use rusqlite::{OptionalExtension, params};

use super::{Tx, state, views};
use crate::{
    document::{Document, NewChange, Record},
    error::Error,
    model::{ChangeHash, DocumentId, Kind},
    wire::{Digest, Holding, bucket},
};

/// A tail longer than this is folded into the snapshot.
const TAIL_MAX: i64 = 32;

/// What is known of a document without loading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its kind.
    pub kind: Kind,
    /// Its heads.
    pub heads: Vec<ChangeHash>,
    /// True when the relay says this device's window holds it.
    pub in_window: bool,
    /// True when the person wants to keep it here.
    pub pinned: bool,
}

/// Looks a document up without loading it.
///
/// # Errors
///
/// [`Error::Damaged`] when the row makes no sense.
pub fn held(tx: &Tx<'_>, id: DocumentId) -> Result<Option<Held>, Error> {
    let row: Option<(u8, Vec<u8>, bool, bool)> = tx
        .prepare_cached("SELECT kind, heads, in_window, pinned FROM document WHERE id = ?1")?
        .query_row([id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    row.map(|(kind, heads, in_window, pinned)| {
        Ok(Held {
            kind: read_kind(kind)?,
            heads: split_heads(&heads)?,
            in_window,
            pinned,
        })
    })
    .transpose()
}

/// Loads a document; `None` when it is not here.
///
/// # Errors
///
/// [`Error::Damaged`] when snapshot and tail do not give the stored heads.
pub fn load(tx: &Tx<'_>, id: DocumentId) -> Result<Option<Document>, Error> {
    let Some(held) = held(tx, id)? else {
        return Ok(None);
    };
    let mut document = load_without(tx, id, held.kind, &[])?;
    if document.heads() != held.heads {
        return Err(Error::Damaged(
            "document",
            format!("{id} has other heads").into(),
        ));
    }
    Ok(Some(document))
}

/// Loads a document leaving out some changes and whatever depends on them.
pub(crate) fn load_without(
    tx: &Tx<'_>,
    id: DocumentId,
    kind: Kind,
    without: &[ChangeHash],
) -> Result<Document, Error> {
    tx.count_load();
    let snapshot: Option<Vec<u8>> = tx
        .prepare_cached("SELECT snapshot FROM document WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))?;
    let tail = tail(tx, id)?;
    if without.is_empty() {
        let bytes = tail.iter().map(|change| change.bytes.as_slice());
        return Document::load(id, kind, snapshot.as_deref(), bytes);
    }
    let mut document = Document::load(id, kind, snapshot.as_deref(), [])?;
    for change in tail {
        let kept = !without.contains(&change.hash)
            && crate::document::dependencies(&change.bytes)?
                .iter()
                .all(|dep| document.contains(dep));
        if kept {
            document.apply([change.bytes.as_slice()])?;
        }
    }
    Ok(document)
}

/// The changes stored since the snapshot, in order of arrival.
pub(crate) fn tail(tx: &Tx<'_>, id: DocumentId) -> Result<Vec<NewChange>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT hash, bytes FROM change WHERE document = ?1 ORDER BY position")?;
    let rows = statement.query_map([id.0], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (hash, bytes) = row?;
        Ok(NewChange {
            hash: read_hash(&hash)?,
            bytes,
        })
    })
    .collect()
}

/// The whole document as one chunk; `None` when it is not here.
///
/// # Errors
///
/// As [`load`].
pub fn whole(tx: &Tx<'_>, id: DocumentId) -> Result<Option<Vec<u8>>, Error> {
    let row: Option<(Option<Vec<u8>>, bool)> = tx
        .prepare_cached(
            "SELECT snapshot, EXISTS (SELECT 1 FROM change c WHERE c.document = d.id) FROM document d WHERE id = ?1",
        )?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match row {
        None => Ok(None),
        Some((Some(snapshot), false)) => Ok(Some(snapshot)),
        Some(_) => Ok(load(tx, id)?.map(|mut document| document.save())),
    }
}

/// Stores acknowledged changes that `document` already has, then its heads and
/// views. What is not acknowledged yet goes through [`super::outbox::add`].
///
/// Storing a known change again is harmless.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn append(tx: &Tx<'_>, document: &mut Document, changes: &[NewChange]) -> Result<(), Error> {
    describe(tx, document)?;
    for change in changes {
        insert(tx, document.id(), change)?;
    }
    fold(tx, document)?;
    show(tx, document)
}

/// Folds a long tail into the snapshot, where all of it is acknowledged.
/// `document` is as it is stored.
pub(crate) fn fold(tx: &Tx<'_>, document: &mut Document) -> Result<(), Error> {
    let tail: i64 = tx
        .prepare_cached("SELECT count(*) FROM change WHERE document = ?1")?
        .query_row([document.id().0], |row| row.get(0))?;
    if tail > TAIL_MAX && super::outbox::count_of(tx, document.id())? == 0 {
        compact(tx, document)?;
    }
    Ok(())
}

/// Stores one change at the end of its document's tail.
pub(super) fn insert(tx: &Tx<'_>, document: DocumentId, change: &NewChange) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO change (hash, document, bytes) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO NOTHING",
    )?
    .execute(params![change.hash.0, document.0, change.bytes])?;
    Ok(())
}

/// Stores a document as it came whole from the relay.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn put_whole(tx: &Tx<'_>, document: &mut Document) -> Result<(), Error> {
    describe(tx, document)?;
    compact(tx, document)?;
    show(tx, document)
}

/// Puts a snapshot from the relay in the place of one that no longer loads.
/// `document` is that snapshot with this device's own tail on top.
pub(crate) fn replace(tx: &Tx<'_>, document: &mut Document, snapshot: &[u8]) -> Result<(), Error> {
    describe(tx, document)?;
    tx.prepare_cached("UPDATE document SET snapshot = ?2 WHERE id = ?1")?
        .execute(params![document.id().0, snapshot])?;
    show(tx, document)
}

/// Folds everything into a snapshot, verified before the old form goes.
///
/// # Errors
///
/// [`Error::Damaged`] when the new snapshot does not read back the same; then
/// the transaction must not be committed, and the old form stands.
pub fn compact(tx: &Tx<'_>, document: &mut Document) -> Result<(), Error> {
    let snapshot = document.save();
    let mut again = Document::load(document.id(), document.kind(), Some(&snapshot), [])?;
    if again.heads() != document.heads() {
        return Err(Error::Damaged(
            "snapshot",
            "the new snapshot reads back differently".into(),
        ));
    }
    tx.prepare_cached("UPDATE document SET snapshot = ?2 WHERE id = ?1")?
        .execute(params![document.id().0, snapshot])?;
    tx.prepare_cached("DELETE FROM change WHERE document = ?1")?
        .execute([document.id().0])?;
    Ok(())
}

/// Replaces the stored form of a document by `document`, which lacks some of
/// the tail: the relay refused it.
pub(crate) fn retract(
    tx: &Tx<'_>,
    document: &mut Document,
    hashes: &[ChangeHash],
) -> Result<(), Error> {
    for hash in hashes {
        tx.prepare_cached("DELETE FROM change WHERE hash = ?1")?
            .execute([hash.0])?;
    }
    if document.changes_since(&[]).is_empty() {
        return remove(tx, document.id());
    }
    describe(tx, document)?;
    show(tx, document)
}

/// Forgets a document and its views. The caller has made sure that nothing of
/// it is unsynced.
///
/// # Errors
///
/// [`Error::Storage`] and its kin; a foreign key holds back unsynced work.
pub fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    let Some(held) = held(tx, id)? else {
        return Ok(());
    };
    if held.in_window {
        move_sum(tx, Some(Digest::of(id, &held.heads)), None)?;
    }
    views::remove(tx, id, held.kind)?;
    tx.prepare_cached("DELETE FROM change WHERE document = ?1")?
        .execute([id.0])?;
    tx.prepare_cached("DELETE FROM document WHERE id = ?1")?
        .execute([id.0])?;
    Ok(())
}

/// Gives up a document's heads, because what is stored no longer gives them.
/// Its changes stay; until the relay has sent it whole, it does not load.
pub(crate) fn disown(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    if let Some(held) = held(tx, id)?.filter(|held| held.in_window) {
        let (had, none) = (Digest::of(id, &held.heads), Digest::of(id, &[]));
        move_sum(tx, Some(had), Some(none))?;
    }
    tx.prepare_cached("UPDATE document SET heads = x'', digest = ?2 WHERE id = ?1")?
        .execute(params![id.0, Digest::of(id, &[]).0])?;
    Ok(())
}

/// Notes whether the relay says the window holds the document.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn set_in_window(tx: &Tx<'_>, id: DocumentId, in_window: bool) -> Result<(), Error> {
    let Some(held) = held(tx, id)?.filter(|held| held.in_window != in_window) else {
        return Ok(());
    };
    let digest = Digest::of(id, &held.heads);
    match in_window {
        true => move_sum(tx, None, Some(digest))?,
        false => move_sum(tx, Some(digest), None)?,
    }
    tx.prepare_cached("UPDATE document SET in_window = ?2 WHERE id = ?1")?
        .execute(params![id.0, in_window])?;
    Ok(())
}

/// Documents that the window does not hold and nothing keeps here.
pub(crate) fn strays(tx: &Tx<'_>) -> Result<Vec<DocumentId>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT id FROM document WHERE NOT in_window AND NOT pinned
           AND id NOT IN (SELECT document FROM outbox)",
    )?;
    let ids = statement.query_map([], |row| Ok(DocumentId(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// How many documents are held.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn count(tx: &Tx<'_>) -> Result<u64, Error> {
    let count: i64 = tx
        .prepare_cached("SELECT count(*) FROM document")?
        .query_row([], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}

/// Every document with its kind and heads, by id.
///
/// # Errors
///
/// [`Error::Damaged`] when a row makes no sense.
pub fn holdings(tx: &Tx<'_>) -> Result<Vec<Holding>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT id, kind, heads FROM document WHERE in_window ORDER BY id")?;
    let rows = statement.query_map([], |row| {
        Ok((
            DocumentId(row.get(0)?),
            row.get::<_, u8>(1)?,
            row.get::<_, Vec<u8>>(2)?,
        ))
    })?;
    rows.map(|row| {
        let (id, kind, heads) = row?;
        Ok(Holding {
            id,
            kind: read_kind(kind)?,
            heads: split_heads(&heads)?,
        })
    })
    .collect()
}

/// The 256 sums over what the window holds.
///
/// # Errors
///
/// [`Error::Damaged`] when a row makes no sense.
pub fn sums(tx: &Tx<'_>) -> Result<Vec<Digest>, Error> {
    let mut sums = vec![Digest::default(); 256];
    for holding in holdings(tx)? {
        let sum = &mut sums[usize::from(bucket(holding.id))];
        *sum = sum.plus(Digest::of(holding.id, &holding.heads));
    }
    Ok(sums)
}

/// Writes the row of a document: heads, digest, and the sum over the window.
pub(super) fn describe(tx: &Tx<'_>, document: &mut Document) -> Result<(), Error> {
    let (id, heads) = (document.id(), document.heads());
    let digest = Digest::of(id, &heads);
    if let Some(before) = held(tx, id)?.filter(|before| before.in_window) {
        move_sum(tx, Some(Digest::of(id, &before.heads)), Some(digest))?;
    }
    let heads: Vec<u8> = heads.iter().flat_map(|head| head.0).collect();
    tx.prepare_cached(
        "INSERT INTO document (id, kind, heads, digest) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET heads = excluded.heads, digest = excluded.digest",
    )?
    .execute(params![id.0, document.kind().code(), heads, digest.0])?;
    Ok(())
}

fn move_sum(tx: &Tx<'_>, away: Option<Digest>, added: Option<Digest>) -> Result<(), Error> {
    let sum = state::get(tx, &state::DIGEST)?.unwrap_or_default();
    let sum = away.map_or(sum, |away| sum.minus(away));
    let sum = added.map_or(sum, |added| sum.plus(added));
    state::set(tx, &state::DIGEST, &sum)
}

/// Writes the views of a document, where it reads as one of its kind.
pub(super) fn show(tx: &Tx<'_>, document: &Document) -> Result<(), Error> {
    match Record::read(document) {
        Ok(record) => views::write(tx, document.id(), &record),
        // Something arrived before its creation: it is held, and shown once it
        // reads.
        Err(Error::Malformed(_)) => views::remove(tx, document.id(), document.kind()),
        Err(other) => Err(other),
    }
}

/// Writes the views of every document anew.
pub(crate) fn show_all(tx: &Tx<'_>) -> Result<(), Error> {
    let mut statement = tx.prepare("SELECT id FROM document ORDER BY id")?;
    let ids = statement
        .query_map([], |row| Ok(DocumentId(row.get(0)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    for id in ids {
        match load(tx, id) {
            Ok(Some(document)) => show(tx, &document)?,
            Ok(None) => {}
            // It is fetched again; the others are shown.
            Err(Error::Damaged(what, cause)) => {
                tracing::error!(document = %id, what, %cause, "a document is damaged");
                disown(tx, id)?;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

pub(super) fn read_kind(code: u8) -> Result<Kind, Error> {
    Kind::from_code(code).ok_or_else(|| Error::Damaged("document", "unknown kind".into()))
}

pub(super) fn read_hash(bytes: &[u8]) -> Result<ChangeHash, Error> {
    ChangeHash::from_slice(bytes)
        .ok_or_else(|| Error::Damaged("change", "a hash has 32 bytes".into()))
}

fn split_heads(bytes: &[u8]) -> Result<Vec<ChangeHash>, Error> {
    bytes.chunks(32).map(read_hash).collect()
}
