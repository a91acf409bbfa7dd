//! What each store holds on the day of the import.
//!
//! **Invariant**: one level per part and store. Whether the part is known, and counted that
//! finely, is for the reader who has the site.

use serde::Serialize;

use super::fields::{Field, needed, optional};
use super::row::{Row, not_negative};
use super::sheet::{Seen, Sheet};

pub(super) const FIELDS: &[Field] = &[
    needed(
        "part_reference",
        &[
            "Référence",
            "Réf",
            "Référence article",
            "Code article",
            "Article",
            "Pièce",
            "Reference",
            "Part",
            "Part number",
        ],
        "reference of the part",
    ),
    needed(
        "store",
        &["Magasin", "Code magasin", "Dépôt", "Warehouse"],
        "where it lies",
    ),
    needed(
        "quantity",
        &["Quantité", "Qté", "Stock", "Qty", "On hand"],
        "how much, zero or more",
    ),
    optional(
        "unit_cost",
        &["Coût unitaire", "Prix unitaire", "PU", "PMP", "Unit price"],
        "price of one unit",
    ),
];

/// What one store holds of one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockLevelRow {
    /// Where the row starts in its file.
    pub line: u64,
    /// In the parts file or known already.
    pub part_reference: String,
    /// Where it lies.
    pub store: String,
    /// Millionths of the part's unit.
    pub quantity_micro: i64,
    /// Millionths of the site's currency.
    pub unit_cost_micro: Option<i64>,
}

pub(super) fn read(sheet: &mut Sheet<'_>) -> Vec<StockLevelRow> {
    let mut levels = Seen::default();
    sheet.rows(|row| {
        let level = level(row);
        if !level.part_reference.is_empty() && !level.store.is_empty() {
            let key = format!("{} ({})", level.part_reference, level.store);
            levels.once(row, "part_reference", &key);
        }
        level
    })
}

fn level(row: &mut Row<'_>) -> StockLevelRow {
    let (reference, store) = (row.code("part_reference"), row.code("store"));
    let (quantity, unit_cost) = (row.micro("quantity"), row.money_micro("unit_cost"));
    StockLevelRow {
        line: row.line(),
        part_reference: row.required("part_reference", reference),
        store: row.required("store", store),
        quantity_micro: row.required("quantity", quantity),
        unit_cost_micro: unit_cost.and_then(|cost| row.checked("unit_cost", not_negative(cost))),
    }
}
