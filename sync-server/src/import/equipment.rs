//! Pieces of equipment: their tree, their state, their tags and meters.
//!
//! **Invariant**: codes and tags are there once, and no piece stands under itself. Whether a parent
//! that is not in the file exists is for the reader who has the site.

mod labels;

pub use labels::{Criticality, EquipmentState, MeterKind};

use std::collections::HashMap;

use serde::Serialize;

use super::error::{Reason, shown};
use super::fields::{Field, needed, optional};
use super::row::{Row, labelled};
use super::sheet::{Seen, Sheet};

pub(super) const FIELDS: &[Field] = &[
    needed(
        "code",
        &[
            "Code équipement",
            "Repère",
            "N° équipement",
            "Équipement",
            "Equipment code",
            "Equipment",
            "Asset",
            "Asset code",
        ],
        "what identifies it in the plant; once per file",
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
        "what people call it",
    ),
    optional(
        "parent_code",
        &[
            "Parent",
            "Code parent",
            "Équipement parent",
            "Père",
            "Parent equipment",
        ],
        "code of what it is a part of; empty: it stands alone",
    ),
    optional(
        "location",
        &["Localisation", "Emplacement", "Lieu", "Zone"],
        "where it is",
    ),
    optional(
        "criticality",
        &["Criticité", "Classe", "Class"],
        "A, B or C; empty: B",
    ),
    optional(
        "state",
        &["État", "Statut", "Status"],
        "en service, dégradé, en panne, arrêt planifié, réformé; empty: en service",
    ),
    optional(
        "tags",
        &[
            "Étiquettes",
            "Étiquette",
            "Tag",
            "QR",
            "NFC",
            "Code-barres",
            "Barcode",
        ],
        "QR and NFC identifiers, separated by | or ,",
    ),
    optional(
        "meters",
        &["Compteurs", "Compteur", "Meter"],
        "id:unit:kind, separated by |; kind cumulatif or jauge, as heures:h:cumulatif",
    ),
];

/// One piece of equipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EquipmentRow {
    /// Where the row starts in its file.
    pub line: u64,
    /// Once per file.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is a part of; in this file or known already.
    pub parent_code: Option<String>,
    /// Where it is.
    pub location: Option<String>,
    /// How much its failure costs.
    pub criticality: Criticality,
    /// Whether it runs.
    pub state: EquipmentState,
    /// QR and NFC identifiers.
    pub tags: Vec<String>,
    /// What is read on it.
    pub meters: Vec<MeterRow>,
}

/// One meter of a piece of equipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeterRow {
    /// Once per piece of equipment.
    pub id: String,
    /// As on the dial.
    pub unit: String,
    /// How its readings behave.
    pub kind: MeterKind,
}

pub(super) fn read(sheet: &mut Sheet<'_>) -> Vec<EquipmentRow> {
    let (mut codes, mut tags) = (Seen::default(), Seen::default());
    let rows = sheet.rows(|row| {
        let equipment = equipment(row);
        codes.once(row, "code", &equipment.code);
        for tag in &equipment.tags {
            tags.once(row, "tags", tag);
        }
        equipment
    });
    report_loops(sheet, &rows);
    rows
}

fn equipment(row: &mut Row<'_>) -> EquipmentRow {
    let (code, name) = (row.code("code"), row.title("name"));
    EquipmentRow {
        line: row.line(),
        code: row.required("code", code),
        name: row.required("name", name),
        parent_code: row.code("parent_code"),
        location: row.title("location"),
        criticality: row.label("criticality").unwrap_or_default(),
        state: row.label("state").unwrap_or_default(),
        tags: row.codes("tags"),
        meters: meters(row),
    }
}

fn meters(row: &mut Row<'_>) -> Vec<MeterRow> {
    let mut meters: Vec<MeterRow> = Vec::new();
    for entry in row.texts("meters") {
        let Some(meter) = row.checked("meters", meter(&entry)) else {
            continue;
        };
        if meters.iter().any(|known| known.id == meter.id) {
            let (value, first_line) = (shown(&meter.id), row.line());
            row.report("meters", Reason::Duplicate { value, first_line });
        }
        meters.push(meter);
    }
    meters
}

fn meter(entry: &str) -> Result<MeterRow, Reason> {
    let parts: Vec<&str> = entry.split(':').map(str::trim).collect();
    match *parts {
        [id, unit, kind] if !id.is_empty() && !unit.is_empty() => Ok(MeterRow {
            id: id.to_owned(),
            unit: unit.to_owned(),
            kind: labelled(kind)?,
        }),
        _ => Err(Reason::NotOfForm {
            value: shown(entry),
            form: "id:unit:kind",
        }),
    }
}

/// Reports each piece of equipment from which the way up comes back to itself.
fn report_loops(sheet: &mut Sheet<'_>, rows: &[EquipmentRow]) {
    let places: HashMap<&str, usize> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| (row.code.as_str(), place))
        .collect();
    let parent = |place: usize| {
        let code = rows.get(place)?.parent_code.as_deref()?;
        places.get(code).copied()
    };
    // The walk that first came by, per piece: each is walked over once, however deep the tree.
    let mut walked_by: Vec<Option<usize>> = vec![None; rows.len()];
    for start in 0..rows.len() {
        let mut here = start;
        while walked_by[here].is_none() {
            walked_by[here] = Some(start);
            match parent(here) {
                Some(up) => here = up,
                None => break,
            }
        }
        if walked_by[here] == Some(start) && parent(here).is_some() {
            let reason = Reason::Contradiction("the way up from it comes back to itself");
            sheet.report(rows[here].line, "parent_code", reason);
        }
    }
}
