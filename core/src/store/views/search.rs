//! Full-text search over orders, equipment, parts, plans and checklists.
//!
//! Accents and case do not matter; the last word may be unfinished.
//!
//! **Invariant**: what a person types is never read as query syntax.

use rusqlite::params;
use serde::Serialize;

use super::Tx;
use crate::{
    document::Record,
    error::Error,
    model::{DocumentId, Kind},
};

/// One hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The document.
    pub document: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// What people call it: number, code, reference.
    pub name: String,
    /// Its title.
    pub title: String,
}

/// The documents that hold every word of `text`, the best first.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn search(tx: &Tx<'_>, text: &str, count_max: u32) -> Result<Vec<Found>, Error> {
    let words: Vec<_> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{word}\""))
        .collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let query = format!("{}*", words.join(" "));
    let mut statement = tx.prepare_cached(
        "SELECT s.document, s.kind, r.title,
                coalesce((SELECT c.code FROM code c WHERE c.document = s.document ORDER BY c.code LIMIT 1), '')
           FROM search s JOIN record r ON r.document = s.document
          WHERE search MATCH ?1 ORDER BY rank, s.document LIMIT ?2",
    )?;
    let rows = statement.query_map(params![query, count_max], |row| {
        Ok((
            DocumentId(row.get(0)?),
            row.get::<_, u8>(1)?,
            row.get(2)?,
            row.get(3)?,
        ))
    })?;
    rows.map(|row| {
        let (document, kind, title, name) = row?;
        let kind =
            Kind::from_code(kind).ok_or_else(|| Error::Damaged("view", "unknown kind".into()))?;
        Ok(Found {
            document,
            kind,
            name,
            title,
        })
    })
    .collect()
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, record: &Record) -> Result<(), Error> {
    let Some(words) = words(record) else {
        return Ok(());
    };
    let rowid = rowid(tx, id)?;
    tx.prepare_cached("INSERT INTO search (rowid, words, document, kind) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![rowid, words, id.0, record.kind().code()])?;
    Ok(())
}

/// Takes a document out; its `record` row may already be gone.
pub(super) fn remove(tx: &Tx<'_>, id: DocumentId, kind: Kind) -> Result<(), Error> {
    if matches!(
        kind,
        Kind::WorkOrder | Kind::Equipment | Kind::Part | Kind::Plan | Kind::Checklist
    ) {
        let rowid = rowid(tx, id)?;
        tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?
            .execute([rowid])?;
    }
    Ok(())
}

/// The document's own row number, so that its words are found at once.
fn rowid(tx: &Tx<'_>, id: DocumentId) -> Result<i64, Error> {
    Ok(tx
        .prepare_cached("SELECT row FROM document WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))?)
}

fn words(record: &Record) -> Option<String> {
    let mut words = super::codes(record);
    match record {
        Record::WorkOrder(order) => {
            words.extend([order.title.as_str(), &order.description, &order.note]);
            words.extend(order.comments.iter().map(|comment| comment.text.as_str()));
        }
        Record::Equipment(equipment) => {
            words.extend([equipment.name.as_str(), &equipment.notes]);
            words.extend(equipment.location.as_deref());
            words.extend(equipment.tags.iter().map(String::as_str));
        }
        Record::Part(part) => words.push(&part.name),
        Record::Plan(plan) => words.push(&plan.name),
        Record::Checklist(checklist) => {
            words.push(&checklist.name);
            let items = checklist
                .current()
                .into_iter()
                .flat_map(|version| &version.items);
            words.extend(items.map(|item| item.label.as_str()));
        }
        _ => return None,
    }
    Some(words.join(" "))
}
