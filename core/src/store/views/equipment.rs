//! Equipment as lists show it.
//!
//! **Invariant**: a list reads columns only, however many readings there are.

use rusqlite::{Row, params};
use serde::Serialize;

use super::{Tx, named};
use crate::{
    document::equipment::{Criticality, Equipment, State},
    error::Error,
    model::DocumentId,
};

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EquipmentRow {
    /// The machine.
    pub id: DocumentId,
    /// The plant's code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<DocumentId>,
    /// How deep it stands in the tree; 0 at the top.
    pub depth: u32,
    /// Where it stands.
    pub location: Option<String>,
    /// How much depends on it.
    pub criticality: Criticality,
    /// How it is.
    pub state: State,
    /// Open orders on it.
    pub open_orders: u32,
}

const SELECT: &str = "
    SELECT e.document, e.code, r.title, e.parent, e.location, e.criticality, e.state,
           (SELECT count(*) FROM work_order w WHERE w.equipment = e.document AND w.open)
      FROM equipment e JOIN record r ON r.document = e.document";

/// Every machine, by code; all at depth 0.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn equipment(tx: &Tx<'_>) -> Result<Vec<EquipmentRow>, Error> {
    let mut statement = tx.prepare_cached(&format!(
        "{SELECT} WHERE NOT r.deleted ORDER BY e.code, e.document"
    ))?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push(read(row)?);
    }
    Ok(all)
}

/// One machine; `None` when it is not here.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn machine(tx: &Tx<'_>, id: DocumentId) -> Result<Option<EquipmentRow>, Error> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} WHERE e.document = ?1"))?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(read).transpose()
}

fn read(row: &Row<'_>) -> Result<EquipmentRow, Error> {
    let criticality: String = row.get(5)?;
    let state: String = row.get(6)?;
    Ok(EquipmentRow {
        id: DocumentId(row.get(0)?),
        code: row.get(1)?,
        name: row.get(2)?,
        parent: row.get::<_, Option<uuid::Uuid>>(3)?.map(DocumentId),
        depth: 0,
        location: row.get(4)?,
        criticality: named(&Criticality::ALL, Criticality::name, &criticality)?,
        state: named(&State::ALL, State::name, &state)?,
        open_orders: row.get(7)?,
    })
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, machine: &Equipment) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO equipment (document, code, parent, location, criticality, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        id.0,
        machine.code,
        machine.parent.map(|parent| parent.0),
        machine.location,
        machine.criticality.name(),
        machine.state.name(),
    ])?;
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM equipment WHERE document = ?1")?
        .execute([id.0])?;
    Ok(())
}
