//! How many there are: a fold over movements by when they happened.
//!
//! A count says what was there at its moment. So an issue that happened before
//! it and arrives late does not lower the level again, one that happened after
//! it does (DOMAIN.md, "count with late issues"). A reversed movement counts
//! as if it had never been: the level is then what it would have been without
//! the mistake, also across a count in between.
//!
//! **Invariant**: the result depends on the set of movements, not on their
//! order; a level below zero is kept and shown, never corrected.

use std::collections::{BTreeMap, BTreeSet};

use super::{MovementKind, Posted, StockMovement, reversal_id};
use crate::{
    document::part::Store,
    model::{DocumentId, Quantity, Timestamp},
};

/// One movement's effect on one part in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The movement.
    pub movement: DocumentId,
    /// When it happened.
    pub at: Timestamp,
    /// By how much the level changed; for a count, the difference it found.
    pub change: Quantity,
    /// The level after it.
    pub level: Quantity,
}

/// The steps of every part in every store, in order; none where all were
/// reversed.
pub type Steps = BTreeMap<(DocumentId, Store), Vec<Step>>;

/// Plays the movements in the order in which they happened.
pub fn fold<'a>(movements: impl IntoIterator<Item = (DocumentId, &'a Posted)>) -> Steps {
    // By id, so that the same movement given twice counts once.
    let movements: BTreeMap<_, _> = movements.into_iter().collect();
    let reversed: BTreeSet<_> = movements
        .iter()
        .filter_map(|(id, posted)| posted.reverses.filter(|of| reversal_id(*of) == *id))
        .collect();
    let mut ordered: Vec<_> = movements
        .into_iter()
        .filter(|(_, posted)| posted.kind != MovementKind::Reversal)
        .collect();
    ordered.sort_by_key(|(id, posted)| (posted.at, *id));

    let mut steps = Steps::new();
    for (movement, posted) in ordered {
        for line in &posted.lines {
            let sides = [
                (&line.from, line.quantity.negated()),
                (&line.to, line.quantity),
            ];
            for (store, change) in sides {
                let Some(store) = store else { continue };
                // Also for what was reversed: that place has a level, nothing.
                let steps = steps.entry((line.part, store.clone())).or_default();
                if reversed.contains(&movement) {
                    continue;
                }
                let before = steps.last().map_or(Quantity::ZERO, |step| step.level);
                let level = match posted.kind {
                    MovementKind::Adjustment => line.quantity,
                    _ => before.saturating_add(change),
                };
                steps.push(Step {
                    movement,
                    at: posted.at,
                    change: level.saturating_add(before.negated()),
                    level,
                });
            }
        }
    }
    steps
}

/// How many there are of each part in each store after these movements.
pub fn levels<'a>(
    movements: impl IntoIterator<Item = &'a StockMovement>,
) -> BTreeMap<(DocumentId, Store), Quantity> {
    let posted = movements
        .into_iter()
        .map(|movement| (movement.life.id, &movement.posted));
    fold(posted)
        .into_iter()
        .map(|(place, steps)| {
            let level = steps.last().map_or(Quantity::ZERO, |step| step.level);
            (place, level)
        })
        .collect()
}

#[cfg(test)]
mod tests;
