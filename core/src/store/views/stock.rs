//! Stock levels: for each part and store, a fold over its movement lines, the
//! same as [`stock_movement::fold`] makes of whole documents.
//!
//! **Invariant**: level = last count + Σ movements since that nobody reversed,
//! in the order of when they happened (I4); a level may be negative, and then it is shown.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::{Tx, records_of};
use crate::{
    document::stock_movement::{self, MovementKind, StockMovement},
    error::Error,
    model::{DocumentId, Kind, Quantity},
};

/// How much of a part a store has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The part.
    pub part: DocumentId,
    /// The store.
    pub store: String,
    /// How much, possibly less than nothing.
    pub quantity: Quantity,
}

/// The levels of one part, or of all.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn levels(tx: &Tx<'_>, part: Option<DocumentId>) -> Result<Vec<Level>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT part, store, quantity FROM stock_level WHERE ?1 IS NULL OR part = ?1 ORDER BY part, store",
    )?;
    let rows = statement.query_map([part.map(|part| part.0)], |row| {
        Ok(Level {
            part: DocumentId(row.get(0)?),
            store: row.get(1)?,
            quantity: Quantity(row.get(2)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The movements of one order, one part, or all; the latest first.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn movements_of(
    tx: &Tx<'_>,
    work_order: Option<DocumentId>,
    part: Option<DocumentId>,
) -> Result<Vec<StockMovement>, Error> {
    records_of(
        tx,
        "SELECT r.detail FROM record r
          WHERE r.kind = ?3 AND r.document IN
                (SELECT l.movement FROM movement_line l
                  WHERE (?1 IS NULL OR l.work_order = ?1) AND (?2 IS NULL OR l.part = ?2))
          ORDER BY (SELECT max(l.at_ms) FROM movement_line l WHERE l.movement = r.document) DESC, r.document",
        params![work_order.map(|id| id.0), part.map(|id| id.0), Kind::StockMovement.code()],
    )
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, movement: &StockMovement) -> Result<(), Error> {
    let posted = &movement.posted;
    for (line, moved) in posted.lines.iter().enumerate() {
        tx.prepare_cached(
            "INSERT INTO movement_line (movement, line, kind, part, from_store, to_store, quantity, at_ms, work_order, person)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            id.0,
            i64::try_from(line).unwrap_or(i64::MAX),
            posted.kind.name(),
            moved.part.0,
            moved.from.as_ref().map(|store| &store.0),
            moved.to.as_ref().map(|store| &store.0),
            moved.quantity.0,
            posted.at.0,
            posted.work_order.map(|order| order.0),
            posted.person.0
        ])?;
    }
    for moved in &posted.lines {
        for store in [&moved.from, &moved.to].into_iter().flatten() {
            recount(tx, moved.part, &store.0)?;
        }
    }
    // What it reverses counts no more, wherever that was.
    if let Some(reversed) = posted.reverses {
        for (part, store) in places(tx, reversed)? {
            recount(tx, part, &store)?;
        }
    }
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    let touched = places(tx, id)?;
    tx.prepare_cached("DELETE FROM movement_line WHERE movement = ?1")?
        .execute([id.0])?;
    for (part, store) in touched {
        recount(tx, part, &store)?;
    }
    Ok(())
}

/// The parts of a movement with the stores they left or came to.
fn places(tx: &Tx<'_>, movement: DocumentId) -> Result<Vec<(DocumentId, String)>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT part, from_store FROM movement_line WHERE movement = ?1 AND from_store IS NOT NULL
          UNION SELECT part, to_store FROM movement_line WHERE movement = ?1 AND to_store IS NOT NULL",
    )?;
    let rows = statement.query_map([movement.0], |row| {
        Ok((DocumentId(row.get(0)?), row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Folds the lines of one part in one store into its level.
fn recount(tx: &Tx<'_>, part: DocumentId, store: &str) -> Result<(), Error> {
    let mut statement = tx.prepare_cached(
        "SELECT kind, quantity, to_store IS ?2, movement FROM movement_line
          WHERE part = ?1 AND (from_store = ?2 OR to_store = ?2) AND kind <> ?3
          ORDER BY at_ms, movement, line",
    )?;
    let mut rows = statement.query(params![part.0, store, MovementKind::Reversal.name()])?;
    let mut level = None;
    while let Some(row) = rows.next()? {
        let (kind, quantity, arrives): (String, i64, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let before = level.unwrap_or(Quantity::ZERO);
        if is_reversed(tx, DocumentId(row.get(3)?))? {
            level = Some(before);
            continue;
        }
        level = Some(match (kind == MovementKind::Adjustment.name(), arrives) {
            // A count says what is there at its moment, whatever was thought.
            (true, _) => Quantity(quantity),
            (false, true) => before.saturating_add(Quantity(quantity)),
            (false, false) => before.saturating_add(Quantity(quantity).negated()),
        });
    }
    match level {
        Some(level) => tx
            .prepare_cached(
                "INSERT INTO stock_level (part, store, quantity) VALUES (?1, ?2, ?3)
                 ON CONFLICT (part, store) DO UPDATE SET quantity = excluded.quantity",
            )?
            .execute(params![part.0, store, level.0])?,
        None => tx
            .prepare_cached("DELETE FROM stock_level WHERE part = ?1 AND store = ?2")?
            .execute(params![part.0, store])?,
    };
    Ok(())
}

/// True when the one movement that may reverse this one is here.
fn is_reversed(tx: &Tx<'_>, movement: DocumentId) -> Result<bool, Error> {
    Ok(tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM movement_line WHERE movement = ?1 AND kind = ?2)",
        )?
        .query_row(
            params![
                stock_movement::reversal_id(movement).0,
                MovementKind::Reversal.name()
            ],
            |row| row.get(0),
        )?)
}

#[cfg(test)]
mod tests;
