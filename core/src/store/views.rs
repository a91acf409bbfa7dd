//! Tables derived from documents: what lists, pages and searches read.
//!
//! **Invariant**: a row is a function of documents alone, so two replicas with
//! equal heads have equal rows, and a rebuild gives the same content.

mod equipment;
mod names;
mod orders;
mod plans;
mod runs;
mod search;
mod stock;

use rusqlite::{OptionalExtension, params};

pub use equipment::{EquipmentRow, equipment, machine};
pub use names::{Named, called, kind, matching, name, names, title, titled};
pub use orders::{OrderFilter, OrderRow, Timer, order, orders, timers};
pub use plans::{PlanFacts, executions_of_plan, plans_of_equipment};
pub use runs::{checklists_of, runs_of_order, runs_of_plan};
pub use search::{Found, search};
pub use stock::{Level, levels, movements_of, reversal_of, stores};

use super::{Tx, documents, state};
use crate::{
    document::Record,
    error::Error,
    model::{DocumentId, Kind},
};

/// Moves on whenever a table or what is written to it changes.
const VERSION: u32 = 2;

pub(crate) const TABLES: [&str; 14] = [
    "record",
    "conflict",
    "work_order",
    "assignee",
    "timer",
    "equipment",
    "execution",
    "plan_execution",
    "plan",
    "plan_checklist",
    "code",
    "movement_line",
    "stock_level",
    "search",
];

/// Rebuilds the views when another version of the program wrote them.
pub(super) fn upgrade(tx: &Tx<'_>) -> Result<(), Error> {
    if state::get(tx, &state::VIEWS)? == Some(VERSION) {
        return Ok(());
    }
    rebuild(tx)
}

/// Drops every view and derives it anew.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn rebuild(tx: &Tx<'_>) -> Result<(), Error> {
    for table in TABLES {
        tx.execute_batch(&format!("DROP TABLE IF EXISTS {table}"))?;
    }
    tx.execute_batch(include_str!("views/schema.sql"))?;
    documents::show_all(tx)?;
    state::set(tx, &state::VIEWS, &VERSION)
}

/// Writes the rows of one document.
pub(super) fn write(tx: &Tx<'_>, id: DocumentId, record: &Record) -> Result<(), Error> {
    let kind = record.kind();
    remove(tx, id, kind)?;
    let life = record.life();
    tx.prepare_cached(
        "INSERT INTO record (document, kind, title, deleted, updated_at_ms, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        id.0, kind.code(), record.title(), life.deleted, life.updated_at.0, record.to_json()?
    ])?;
    for conflict in record.conflicts() {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO conflict (document, field, code) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![id.0, conflict.field, conflict.code])?;
    }
    match record {
        Record::WorkOrder(order) => orders::write(tx, id, order)?,
        Record::StockMovement(movement) => stock::write(tx, id, movement)?,
        Record::Equipment(machine) => equipment::write(tx, id, machine)?,
        Record::Plan(plan) => plans::write(tx, id, plan)?,
        Record::PlanExecution(execution) => plans::write_execution(tx, id, execution)?,
        Record::Checklist(checklist) => runs::write_checklist(tx, id, checklist)?,
        Record::Execution(execution) => runs::write(tx, id, execution)?,
        _ => {}
    }
    for code in codes(record).into_iter().filter(|code| !code.is_empty()) {
        tx.prepare_cached("INSERT OR IGNORE INTO code (code, kind, document) VALUES (?1, ?2, ?3)")?
            .execute(params![code, kind.code(), id.0])?;
    }
    if !life.deleted {
        search::write(tx, id, record)?;
    }
    Ok(())
}

/// What people call the document, besides its title.
fn codes(record: &Record) -> Vec<&str> {
    match record {
        Record::WorkOrder(order) => {
            let reference = order
                .imported
                .as_ref()
                .and_then(|imported| imported.reference.as_deref());
            [
                order.number.as_deref(),
                Some(order.provisional.as_str()),
                reference,
            ]
            .into_iter()
            .flatten()
            .collect()
        }
        Record::Equipment(equipment) => vec![&equipment.code],
        Record::Part(part) => vec![&part.reference],
        Record::Plan(plan) => vec![&plan.code],
        Record::Checklist(checklist) => vec![&checklist.code],
        _ => Vec::new(),
    }
}

/// Takes the rows of one document away.
pub(super) fn remove(tx: &Tx<'_>, id: DocumentId, kind: Kind) -> Result<(), Error> {
    let known = tx
        .prepare_cached("DELETE FROM record WHERE document = ?1")?
        .execute([id.0])?;
    if known == 0 {
        return Ok(());
    }
    tx.prepare_cached("DELETE FROM conflict WHERE document = ?1")?
        .execute([id.0])?;
    tx.prepare_cached("DELETE FROM code WHERE document = ?1")?
        .execute([id.0])?;
    search::remove(tx, id, kind)?;
    match kind {
        Kind::WorkOrder => orders::remove(tx, id)?,
        Kind::Execution => runs::remove(tx, id)?,
        Kind::Checklist => runs::remove_checklist(tx, id)?,
        Kind::PlanExecution => plans::remove_execution(tx, id)?,
        Kind::Plan => plans::remove(tx, id)?,
        Kind::StockMovement => stock::remove(tx, id)?,
        Kind::Equipment => equipment::remove(tx, id)?,
        Kind::Site | Kind::Person | Kind::Part | Kind::Alert => {}
    }
    Ok(())
}

/// One record, without loading its document; `None` when it is not here.
///
/// # Errors
///
/// [`Error::Damaged`] when the row does not read back: rebuild the views.
pub fn record<R: serde::de::DeserializeOwned>(
    tx: &Tx<'_>,
    kind: Kind,
    id: DocumentId,
) -> Result<Option<R>, Error> {
    let detail: Option<String> = tx
        .prepare_cached("SELECT detail FROM record WHERE document = ?1 AND kind = ?2")?
        .query_row(params![id.0, kind.code()], |row| row.get(0))
        .optional()?;
    detail.map(|detail| read_detail(&detail)).transpose()
}

/// Every record of a kind that is not deleted, by title.
///
/// # Errors
///
/// As [`record`].
pub fn records<R: serde::de::DeserializeOwned>(tx: &Tx<'_>, kind: Kind) -> Result<Vec<R>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT detail FROM record WHERE kind = ?1 AND NOT deleted ORDER BY title, document",
    )?;
    let rows = statement.query_map([kind.code()], |row| row.get::<_, String>(0))?;
    rows.map(|row| read_detail(&row?)).collect()
}

/// The records a query of document ids names, in its order.
pub(super) fn records_of<R: serde::de::DeserializeOwned>(
    tx: &Tx<'_>,
    ids: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<R>, Error> {
    let mut statement = tx.prepare_cached(ids)?;
    let rows = statement.query_map(parameters, |row| row.get::<_, String>(0))?;
    rows.map(|row| read_detail(&row?)).collect()
}

pub(super) fn read_detail<R: serde::de::DeserializeOwned>(detail: &str) -> Result<R, Error> {
    serde_json::from_str(detail).map_err(|cause| Error::Damaged("view", cause.into()))
}

/// The value that has this name in SQL.
fn named<T: Copy>(all: &[T], name_of: fn(T) -> &'static str, name: &str) -> Result<T, Error> {
    let mut all = all.iter().copied();
    all.find(|known| name_of(*known) == name)
        .ok_or_else(|| Error::Damaged("view", "unknown name".into()))
}

/// The highest of the numbers that begin with `prefix`; 0 where none was given.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn last_number(tx: &Tx<'_>, prefix: &str) -> Result<u64, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT number FROM work_order WHERE number >= ?1 AND number < ?1 || 'a'
          ORDER BY length(number) DESC, number DESC LIMIT 1",
    )?;
    let number: Option<String> = statement.query_row([prefix], |row| row.get(0)).optional()?;
    Ok(number
        .and_then(|number| number.strip_prefix(prefix)?.parse().ok())
        .unwrap_or(0))
}

/// How many things somebody should look at.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn conflict_count(tx: &Tx<'_>) -> Result<u32, Error> {
    Ok(tx
        .prepare_cached("SELECT count(*) FROM conflict")?
        .query_row([], |row| row.get(0))?)
}
