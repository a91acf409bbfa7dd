//! What people call things: codes, titles, and the names of people.
//!
//! **Invariant**: what a person types is a value, never part of a query.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, params};

use super::Tx;
use crate::{
    error::Error,
    model::{DocumentId, Kind, PersonId},
};

/// A document and what people call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The document.
    pub document: DocumentId,
    /// Number, code or reference; the title where it has none.
    pub name: String,
}

/// Sorts after every character, so it ends the range of a prefix.
const LAST: char = '\u{10ffff}';
/// Fewer digits of an id than this are no prefix of one.
const ID_DIGITS_MIN: usize = 4;

/// The documents of a kind that people call `code`, in any case of letters.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn called(tx: &Tx<'_>, kind: Kind, code: &str) -> Result<Vec<DocumentId>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT document FROM code WHERE code = ?1 AND kind = ?2 ORDER BY document",
    )?;
    let ids = statement.query_map(params![code, kind.code()], |row| {
        Ok(DocumentId(row.get(0)?))
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The documents of a kind that have this title, in any case of ASCII letters.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn titled(tx: &Tx<'_>, kind: Kind, title: &str) -> Result<Vec<DocumentId>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT document FROM record
          WHERE kind = ?2 AND NOT deleted AND title = ?1 COLLATE NOCASE ORDER BY document",
    )?;
    let ids = statement.query_map(params![title, kind.code()], |row| {
        Ok(DocumentId(row.get(0)?))
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The documents of a kind of which a code, the title or the id begins with
/// `prefix`, by id; at most `count_max`. Orders and movements have no titles
/// to be called by.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn matching(
    tx: &Tx<'_>,
    kind: Kind,
    prefix: &str,
    count_max: u32,
) -> Result<Vec<Named>, Error> {
    let digits: String = prefix.chars().filter(|c| *c != '-').collect();
    let is_id = (ID_DIGITS_MIN..=32).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bound = |fill: char| {
        let text: String = digits
            .chars()
            .chain(std::iter::repeat(fill))
            .take(32)
            .collect();
        is_id.then(|| uuid::Uuid::parse_str(&text).ok()).flatten()
    };
    let mut statement = tx.prepare_cached(
        "SELECT r.document, coalesce((SELECT c.code FROM code c WHERE c.document = r.document
                                       ORDER BY c.code LIMIT 1), r.title)
           FROM record r
          WHERE r.kind = ?1 AND NOT r.deleted AND r.document IN
                (SELECT document FROM code WHERE code >= ?2 AND code < ?3 AND kind = ?1
                 UNION SELECT document FROM record WHERE document BETWEEN ?4 AND ?5
                 UNION SELECT document FROM record
                        WHERE ?7 AND kind = ?1 AND substr(title, 1, length(?2)) = ?2 COLLATE NOCASE)
          ORDER BY r.document LIMIT ?6",
    )?;
    let last = format!("{prefix}{LAST}");
    // Many orders have the same title; whoever names one means its number.
    let has_titles = !matches!(kind, Kind::WorkOrder | Kind::StockMovement);
    let rows = statement.query_map(
        params![
            kind.code(),
            prefix,
            last,
            bound('0'),
            bound('f'),
            count_max,
            has_titles
        ],
        |row| {
            Ok(Named {
                document: DocumentId(row.get(0)?),
                name: row.get(1)?,
            })
        },
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The kind of a document that reads; `None` when it is not here.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn kind(tx: &Tx<'_>, id: DocumentId) -> Result<Option<Kind>, Error> {
    let code: Option<u8> = tx
        .prepare_cached("SELECT kind FROM record WHERE document = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    Ok(code.and_then(Kind::from_code))
}

/// What a person would call a document, without loading it. One that has no
/// words of its own is called after what it is about.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn title(tx: &Tx<'_>, id: DocumentId) -> Result<Option<String>, Error> {
    let row: Option<(String, u8)> = tx
        .prepare_cached("SELECT title, kind FROM record WHERE document = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((title, kind)) = row else {
        return Ok(None);
    };
    let about = match Kind::from_code(kind) {
        Some(Kind::PlanExecution) => {
            "SELECT r.title FROM plan_execution x JOIN record r ON r.document = x.plan WHERE x.document = ?1"
        }
        Some(Kind::Execution) => {
            "SELECT r.title FROM execution x JOIN record r ON r.document = x.checklist WHERE x.document = ?1"
        }
        Some(Kind::StockMovement) => {
            "SELECT r.title FROM movement_line x JOIN record r ON r.document = x.part
              WHERE x.movement = ?1 ORDER BY x.line LIMIT 1"
        }
        Some(Kind::Person) => "SELECT name FROM name WHERE person = ?1 AND name IS NOT NULL",
        _ => return Ok(Some(title)),
    };
    let about = tx
        .prepare_cached(about)?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    Ok(Some(about.unwrap_or(title)))
}

/// A person's name, where the directory knows it.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn name(tx: &Tx<'_>, person: PersonId) -> Result<Option<String>, Error> {
    Ok(tx
        .prepare_cached("SELECT name FROM name WHERE person = ?1")?
        .query_row([person.0], |row| row.get(0))
        .optional()?
        .flatten())
}

/// The names of everybody the directory knows.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn names(tx: &Tx<'_>) -> Result<BTreeMap<PersonId, String>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT person, name FROM name WHERE name IS NOT NULL")?;
    let rows = statement.query_map([], |row| Ok((PersonId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
