//! Spare parts: what they are, and when to order them again.
//!
//! **Invariant**: references are there once, and no limit is finer than the part's own decimals.
//!
//! What the stores hold is another file: [`stock_levels`](super::stock_levels).

use serde::Serialize;

use super::error::Reason;
use super::fields::{Field, needed, optional};
use super::quantity::{DECIMALS_MAX, ONE_MICRO};
use super::row::Row;
use super::sheet::{Seen, Sheet};

pub(super) const FIELDS: &[Field] = &[
    needed(
        "reference",
        &[
            "Référence",
            "Réf",
            "Référence article",
            "Code article",
            "Article",
            "Part number",
            "Code",
        ],
        "what identifies it in the stores; once per file",
    ),
    needed(
        "name",
        &[
            "Désignation",
            "Nom",
            "Libellé",
            "Designation",
            "Description",
        ],
        "what it is",
    ),
    optional(
        "unit",
        &["Unité", "U", "UdM", "UOM"],
        "what it is counted in; empty: u",
    ),
    optional(
        "decimals",
        &["Décimales", "Nombre de décimales"],
        "how finely it is counted, 0 to 6; empty: 0",
    ),
    optional(
        "min",
        &[
            "Stock mini",
            "Mini",
            "Stock minimum",
            "Minimum",
            "Min stock",
        ],
        "never below",
    ),
    optional(
        "max",
        &[
            "Stock maxi",
            "Maxi",
            "Stock maximum",
            "Maximum",
            "Max stock",
        ],
        "never above",
    ),
    optional(
        "reorder_point",
        &[
            "Point de commande",
            "Seuil de commande",
            "Seuil",
            "Seuil de réapprovisionnement",
        ],
        "stock is low below it",
    ),
    optional(
        "reorder_quantity",
        &[
            "Quantité de commande",
            "Quantité à commander",
            "Qté de commande",
            "Reorder qty",
        ],
        "how much to order",
    ),
    optional(
        "stores",
        &["Magasins", "Magasin", "Store", "Warehouse", "Warehouses"],
        "where it is kept, separated by | or ,",
    ),
];

/// One spare part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartRow {
    /// Where the row starts in its file.
    pub line: u64,
    /// Once per file.
    pub reference: String,
    /// What it is.
    pub name: String,
    /// What it is counted in.
    pub unit: String,
    /// How finely it is counted.
    pub decimals: u32,
    /// Millionths of the unit.
    pub min_micro: Option<i64>,
    /// Millionths of the unit.
    pub max_micro: Option<i64>,
    /// Millionths of the unit.
    pub reorder_point_micro: Option<i64>,
    /// Millionths of the unit.
    pub reorder_quantity_micro: Option<i64>,
    /// Where it is kept.
    pub stores: Vec<String>,
}

pub(super) fn read(sheet: &mut Sheet<'_>) -> Vec<PartRow> {
    let mut references = Seen::default();
    sheet.rows(|row| {
        let part = part(row);
        references.once(row, "reference", &part.reference);
        part
    })
}

fn part(row: &mut Row<'_>) -> PartRow {
    let (reference, name) = (row.code("reference"), row.title("name"));
    let part = PartRow {
        line: row.line(),
        reference: row.required("reference", reference),
        name: row.required("name", name),
        unit: row.code("unit").unwrap_or_else(|| "u".to_owned()),
        decimals: row.whole("decimals", 0, DECIMALS_MAX).unwrap_or(0),
        min_micro: row.micro("min"),
        max_micro: row.micro("max"),
        reorder_point_micro: row.micro("reorder_point"),
        reorder_quantity_micro: row.micro("reorder_quantity"),
        stores: row.codes("stores"),
    };
    let quantities = [
        ("min", part.min_micro),
        ("max", part.max_micro),
        ("reorder_point", part.reorder_point_micro),
        ("reorder_quantity", part.reorder_quantity_micro),
    ];
    let step = ONE_MICRO / 10_i64.pow(part.decimals.min(DECIMALS_MAX));
    for (field, micro) in quantities {
        if micro.is_some_and(|micro| micro % step != 0) {
            row.report(field, Reason::TooManyDecimals(part.decimals));
        }
    }
    if let (Some(min), Some(max)) = (part.min_micro, part.max_micro)
        && min > max
    {
        row.report("max", Reason::Contradiction("is less than the minimum"));
    }
    part
}
