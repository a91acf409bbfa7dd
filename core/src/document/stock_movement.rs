//! Stock movements: what was brought, taken, moved or counted, by whom, and
//! for which order.
//!
//! **Invariant**: a posted movement never changes and is never unmade; a
//! mistake is a reversal, which has the one id its movement gives it.

mod fields;
mod levels;

use serde::{Deserialize, Serialize};

pub(super) use fields::FIELDS;
pub use fields::{Line, MovementKind, Posted};
pub use levels::{Step, Steps, fold, levels};

use super::{Conflict, Document, Life, Stamp, Witness, schema::Value};
use crate::{
    error::{Error, Invalid},
    model::{DocumentId, Quantity},
};

/// A movement as its document says it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockMovement {
    /// The common part. A deletion mark does not unmake a movement.
    #[serde(flatten)]
    pub life: Life,
    /// What was posted.
    #[serde(flatten)]
    pub posted: Posted,
}

/// The id of the movement that reverses `movement`: a movement is reversed at
/// most once, wherever it is done.
pub fn reversal_id(movement: DocumentId) -> DocumentId {
    DocumentId::derived(movement, "reversal", "")
}

/// Posts a movement. Posting exactly the same again changes nothing.
///
/// # Errors
///
/// [`Error::Invalid`] when a line does not fit the kind, with code
/// `reason_missing` for a reversal or scrap without one, `reversal_id` for a
/// reversal under another id than [`reversal_id`], and `already_posted`.
pub fn post(document: &mut Document, posted: &Posted, stamp: &Stamp) -> Result<(), Error> {
    posted.check()?;
    let reason = posted.reason.as_deref().unwrap_or("");
    if posted.kind.needs_reason() && reason.trim().is_empty() {
        return Err(Invalid::new("reason_missing", "this movement needs a reason").into());
    }
    if !named_as_it_must_be(document.id(), posted) {
        return Err(Invalid::new("reversal_id", "the reversal has another id").into());
    }
    match document.entries().plain_first::<Posted>("posted") {
        Some(before) if before == *posted => Ok(()),
        Some(_) => Err(Invalid::new("already_posted", "a posted movement never changes").into()),
        None => document.write("posted", posted, stamp),
    }
}

/// What reverses `movement`: the same lines the other way round. The document
/// to post it in has the id [`reversal_id`].
///
/// # Errors
///
/// [`Error::Invalid`] with code `reverses_reversal`: post the movement again
/// instead.
pub fn reversal(movement: &StockMovement, reason: &str, stamp: &Stamp) -> Result<Posted, Error> {
    let posted = &movement.posted;
    if posted.kind == MovementKind::Reversal {
        return Err(Invalid::new("reverses_reversal", "a reversal is not reversed").into());
    }
    let lines = posted.lines.iter().cloned();
    Ok(Posted {
        kind: MovementKind::Reversal,
        lines: lines
            .map(|line| Line {
                from: line.to,
                to: line.from,
                ..line
            })
            .collect(),
        work_order: posted.work_order,
        person: stamp.by,
        at: stamp.at,
        reason: Some(reason.to_owned()),
        reverses: Some(movement.life.id),
    })
}

impl StockMovement {
    /// Reads what was posted first; anything else said later is flagged.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when nothing was ever posted.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("stock movement");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let said: Vec<_> = entries
            .about("posted")
            .iter()
            .filter_map(|entry| Some((entry.decode::<Posted>()?, Witness::of(entry))))
            .collect();
        let (posted, first) = said.first().cloned().ok_or_else(malformed)?;
        let conflict = |code: &str, entries| Conflict {
            field: "posted".to_owned(),
            code: code.to_owned(),
            entries,
        };
        let mut others = said.iter().filter(|(other, _)| *other != posted).peekable();
        if others.peek().is_some() {
            let others = others.map(|(_, witness)| witness.entry);
            let all = std::iter::once(first.entry).chain(others).collect();
            life.conflicts.push(conflict("posted_twice", all));
        }
        if !named_as_it_must_be(life.id, &posted) {
            life.conflicts
                .push(conflict("reversal_id", vec![first.entry]));
        }
        Ok(Self { life, posted })
    }

    /// What the lines cost together, to the millionth; `None` where a line
    /// says no cost, and past the range.
    pub fn cost(&self) -> Option<Quantity> {
        let mut lines = self.posted.lines.iter();
        lines.try_fold(Quantity::ZERO, |sum, line| {
            sum.checked_add(line.unit_cost?.times(line.quantity)?)
        })
    }
}

fn named_as_it_must_be(id: DocumentId, posted: &Posted) -> bool {
    posted
        .reverses
        .is_none_or(|movement| reversal_id(movement) == id)
}
