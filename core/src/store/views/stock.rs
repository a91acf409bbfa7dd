//! Stock levels: for each part and store, a fold over its movement lines.
//!
//! **Invariant**: level = last count + Σ movements since, in the order of when
//! they happened (I4); a level may be negative, and then it is shown.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};
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

/// The reversal of a movement, where there is one.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn reversal_of(tx: &Tx<'_>, movement: DocumentId) -> Result<Option<DocumentId>, Error> {
    Ok(tx
        .prepare_cached("SELECT movement FROM movement_line WHERE reverses = ?1 LIMIT 1")?
        .query_row([movement.0], |row| Ok(DocumentId(row.get(0)?)))
        .optional()?)
}

/// Every store that some movement touched, in order.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn stores(tx: &Tx<'_>) -> Result<Vec<String>, Error> {
    let mut statement =
        tx.prepare_cached("SELECT DISTINCT store FROM stock_level ORDER BY store")?;
    let stores = statement.query_map([], |row| row.get(0))?;
    Ok(stores.collect::<Result<_, _>>()?)
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, movement: &StockMovement) -> Result<(), Error> {
    let posted = &movement.posted;
    let reverses = posted
        .reverses
        .filter(|of| stock_movement::reversal_id(*of) == id);
    for (line, moved) in posted.lines.iter().enumerate() {
        tx.prepare_cached(
            "INSERT INTO movement_line (movement, line, kind, reverses, part, from_store, to_store, quantity,
                                        at_ms, work_order, person)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id.0,
            i64::try_from(line).unwrap_or(i64::MAX),
            posted.kind.name(),
            reverses.map(|of| of.0),
            moved.part.0,
            moved.from.as_ref().map(|store| &store.0),
            moved.to.as_ref().map(|store| &store.0),
            moved.quantity.0,
            posted.at.0,
            posted.work_order.map(|order| order.0),
            posted.person.0
        ])?;
    }
    let mut places = places(tx, id)?;
    if let Some(reversed) = reverses {
        places.extend(self::places(tx, reversed)?);
    }
    recount(tx, places)
}

pub(super) fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    let mut places = places(tx, id)?;
    let reversed: Option<Option<uuid::Uuid>> = tx
        .prepare_cached("SELECT reverses FROM movement_line WHERE movement = ?1 LIMIT 1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    tx.prepare_cached("DELETE FROM movement_line WHERE movement = ?1")?
        .execute([id.0])?;
    if let Some(reversed) = reversed.flatten() {
        places.extend(self::places(tx, DocumentId(reversed))?);
    }
    recount(tx, places)
}

/// The parts and stores a movement touches.
fn places(tx: &Tx<'_>, movement: DocumentId) -> Result<BTreeSet<(DocumentId, String)>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT part, from_store FROM movement_line WHERE movement = ?1 AND from_store IS NOT NULL
         UNION SELECT part, to_store FROM movement_line WHERE movement = ?1 AND to_store IS NOT NULL",
    )?;
    let places = statement.query_map([movement.0], |row| {
        Ok((DocumentId(row.get(0)?), row.get(1)?))
    })?;
    Ok(places.collect::<Result<_, _>>()?)
}

fn recount(tx: &Tx<'_>, places: BTreeSet<(DocumentId, String)>) -> Result<(), Error> {
    for (part, store) in places {
        match level(tx, part, &store)? {
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
    }
    Ok(())
}

/// Folds the lines of one part in one store into its level, as
/// [`stock_movement::levels`](crate::document::stock_movement::levels) does;
/// `None` where nothing ever moved.
fn level(tx: &Tx<'_>, part: DocumentId, store: &str) -> Result<Option<Quantity>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT l.kind, l.quantity, l.to_store IS ?2,
                EXISTS (SELECT 1 FROM movement_line r WHERE r.reverses = l.movement)
           FROM movement_line l
          WHERE l.part = ?1 AND (l.from_store = ?2 OR l.to_store = ?2) AND l.kind <> ?3
          ORDER BY l.at_ms, l.movement, l.line",
    )?;
    let mut rows = statement.query(params![part.0, store, MovementKind::Reversal.name()])?;
    let mut level = None;
    while let Some(row) = rows.next()? {
        let (kind, quantity, arrives, reversed): (String, i64, bool, bool) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let (quantity, before) = (Quantity(quantity), level.unwrap_or(Quantity::ZERO));
        let counted = kind == MovementKind::Adjustment.name();
        level = Some(match (reversed, counted, arrives) {
            (true, ..) => before,
            // A count says what is there at its moment, whatever was thought.
            (_, true, _) => quantity,
            (_, _, true) => before.saturating_add(quantity),
            (_, _, false) => before.saturating_add(quantity.negated()),
        });
    }
    Ok(level)
}

#[cfg(test)]
mod tests;
