//! Work orders as lists show them.
//!
//! **Invariant**: a list never loads a document.

use rusqlite::{named_params, params};
use serde::Serialize;

use super::{Tx, read_detail};
use crate::{
    document::work_order::WorkOrder,
    error::Error,
    model::{DocumentId, PersonId},
};

/// Which orders a list shows; everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Only open ones, or only finished ones.
    pub open: Option<bool>,
    /// Only with this status.
    pub status: Option<String>,
    /// Only of this equipment.
    pub equipment: Option<DocumentId>,
    /// Only of this plan.
    pub plan: Option<DocumentId>,
    /// Only assigned to this person.
    pub assignee: Option<PersonId>,
    /// Only due on this ISO date or before.
    pub due_by: Option<String>,
    /// At most so many.
    pub count_max: Option<u32>,
}

/// One line of a list.
#[derive(Clone, Debug, Serialize)]
pub struct OrderRow {
    /// The order.
    #[serde(flatten)]
    pub order: WorkOrder,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

/// The orders that match, the most urgent first.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn orders(tx: &Tx<'_>, filter: &OrderFilter) -> Result<Vec<OrderRow>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT r.detail, (SELECT count(*) FROM outbox o WHERE o.document = w.document)
           FROM work_order w JOIN record r ON r.document = w.document
          WHERE NOT r.deleted
            AND (:open IS NULL OR w.open = :open)
            AND (:status IS NULL OR w.status = :status)
            AND (:equipment IS NULL OR w.equipment = :equipment)
            AND (:plan IS NULL OR w.plan = :plan)
            AND (:assignee IS NULL OR EXISTS
                 (SELECT 1 FROM assignee a WHERE a.work_order = w.document AND a.person = :assignee))
            AND (:due_by IS NULL OR w.due <= :due_by)
          ORDER BY w.open DESC, w.priority, w.due IS NULL, w.due, w.created_at_ms DESC, w.document
          LIMIT :count_max",
    )?;
    let rows = statement.query_map(
        named_params! {
            ":open": filter.open,
            ":status": filter.status,
            ":equipment": filter.equipment.map(|id| id.0),
            ":plan": filter.plan.map(|id| id.0),
            ":assignee": filter.assignee.map(|id| id.0),
            ":due_by": filter.due_by,
            ":count_max": filter.count_max.map_or(-1, i64::from),
        },
        |row| Ok((row.get::<_, String>(0)?, row.get(1)?)),
    )?;
    rows.map(|row| {
        let (detail, pending) = row?;
        Ok(OrderRow {
            order: read_detail(&detail)?,
            pending,
        })
    })
    .collect()
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, order: &WorkOrder) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO work_order (document, number, provisional, type, priority, status, open, equipment,
                                 plan, occurrence, due, created_at_ms, created_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        id.0,
        order.number,
        order.provisional,
        order.order_type.name(),
        order.priority as u8,
        order.status.name(),
        order.status.is_open(),
        order.equipment.map(|id| id.0),
        order.plan.as_ref().map(|link| link.plan.0),
        order.plan.as_ref().and_then(|link| link.occurrence.as_deref()),
        order.due.map(|day| day.to_string()),
        order.life.created_at.0,
        order.life.created_by.0,
    ])?;
    for person in &order.assignees {
        tx.prepare_cached("INSERT OR IGNORE INTO assignee (work_order, person) VALUES (?1, ?2)")?
            .execute(params![id.0, person.0])?;
    }
    Ok(())
}
