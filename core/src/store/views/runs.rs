//! Checklists and their executions as pages show them.
//!
//! **Invariant**: a plan's checklists are what the plan says and what the
//! checklists say, whichever arrived first.

use rusqlite::params;

use super::{Tx, records_of};
use crate::{
    document::{checklist::Checklist, execution::Execution},
    error::Error,
    model::DocumentId,
};

/// The checklists of a plan: in the plan's order, then those that name it.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn checklists_of(tx: &Tx<'_>, plan: DocumentId) -> Result<Vec<DocumentId>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT checklist FROM plan_checklist WHERE plan = ?1
          GROUP BY checklist ORDER BY min(said_by <> plan), min(place), checklist",
    )?;
    let ids = statement.query_map([plan.0], |row| Ok(DocumentId(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// The executions done for an order, or for the occurrence it stands for; the
/// first one first.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn runs_of_order(
    tx: &Tx<'_>,
    order: DocumentId,
    occurrence: Option<(DocumentId, &str)>,
) -> Result<Vec<Execution>, Error> {
    records_of(
        tx,
        "SELECT r.detail FROM execution e JOIN record r ON r.document = e.document
          WHERE NOT r.deleted
            AND (e.work_order = ?1 OR e.work_order IS NULL AND e.plan = ?2 AND e.occurrence = ?3)
          ORDER BY e.created_at_ms, e.document",
        params![
            order.0,
            occurrence.map(|(plan, _)| plan.0),
            occurrence.map(|(_, key)| key)
        ],
    )
}

/// The executions done for a plan, the latest first, at most `count_max`.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn runs_of_plan(
    tx: &Tx<'_>,
    plan: DocumentId,
    count_max: u32,
) -> Result<Vec<Execution>, Error> {
    records_of(
        tx,
        "SELECT r.detail FROM execution e JOIN record r ON r.document = e.document
          WHERE e.plan = ?1 AND NOT r.deleted ORDER BY e.created_at_ms DESC, e.document LIMIT ?2",
        params![plan.0, count_max],
    )
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, execution: &Execution) -> Result<(), Error> {
    let link = execution.plan.as_ref();
    tx.prepare_cached(
        "INSERT INTO execution (document, checklist, work_order, plan, occurrence, state, created_at_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id.0,
        execution.checklist.0,
        execution.work_order.map(|order| order.0),
        link.map(|link| link.plan.0),
        link.and_then(|link| link.occurrence.as_deref()),
        execution.state.name(),
        execution.life.created_at.0,
    ])?;
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM execution WHERE document = ?1")?
        .execute([id.0])?;
    Ok(())
}

pub(super) fn write_checklist(
    tx: &Tx<'_>,
    id: DocumentId,
    checklist: &Checklist,
) -> Result<(), Error> {
    let pairs = checklist.plans.iter().map(|plan| (*plan, id));
    link(tx, id, pairs)
}

pub(super) fn remove_checklist(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    unlink(tx, id)
}

/// Notes which plans and checklists `said_by` says belong together.
pub(super) fn link(
    tx: &Tx<'_>,
    said_by: DocumentId,
    pairs: impl IntoIterator<Item = (DocumentId, DocumentId)>,
) -> Result<(), Error> {
    for (place, (plan, checklist)) in (0_i64..).zip(pairs) {
        tx.prepare_cached(
            "INSERT OR IGNORE INTO plan_checklist (plan, checklist, said_by, place) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![plan.0, checklist.0, said_by.0, place])?;
    }
    Ok(())
}

pub(super) fn unlink(tx: &Tx<'_>, said_by: DocumentId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM plan_checklist WHERE said_by = ?1")?
        .execute([said_by.0])?;
    Ok(())
}
