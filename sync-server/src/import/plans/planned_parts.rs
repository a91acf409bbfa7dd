//! The parts a plan is expected to use, written in one cell.
//!
//! **Invariant**: a reference comes once, with more than zero of it.
//!
//! The row is in [`plans`](super).

use serde::Serialize;

use crate::import::error::{Reason, shown};
use crate::import::quantity;
use crate::import::row::{Row, not_negative};

/// A part that a plan uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanPartRow {
    /// In the parts file or known already.
    pub reference: String,
    /// Millionths of the part's unit.
    pub quantity_micro: i64,
}

/// Reads the cell of planned parts.
pub(super) fn parts(row: &mut Row<'_>) -> Vec<PlanPartRow> {
    let mut parts: Vec<PlanPartRow> = Vec::new();
    for entry in row.texts("parts") {
        let Some(part) = row.checked("parts", part(&entry)) else {
            continue;
        };
        if parts.iter().any(|known| known.reference == part.reference) {
            let (value, first_line) = (shown(&part.reference), row.line());
            row.report("parts", Reason::Duplicate { value, first_line });
        }
        parts.push(part);
    }
    parts
}

fn part(entry: &str) -> Result<PlanPartRow, Reason> {
    let halves = entry.rsplit_once(':');
    let Some((reference, quantity)) = halves.filter(|(reference, _)| !reference.trim().is_empty())
    else {
        return Err(Reason::NotOfForm {
            value: shown(entry),
            form: "reference:quantity",
        });
    };
    let quantity_micro = not_negative(quantity::micro(quantity.trim())?)?;
    if quantity_micro == 0 {
        return Err(Reason::Contradiction("must be more than zero"));
    }
    Ok(PlanPartRow {
        reference: reference.trim().to_owned(),
        quantity_micro,
    })
}
