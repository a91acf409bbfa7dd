//! Checklists: one row per item, grouped under their code in the order of the file.
//!
//! **Invariant**: an item's id is there once in its checklist, because answers hang on it; a
//! checklist has one name; only what is measured has bounds, and they nest.

mod labels;

pub use labels::{ItemKind, OnFail};

use std::collections::HashMap;

use serde::Serialize;

use super::error::Reason;
use super::fields::{Field, needed, optional};
use super::label::Flag;
use super::row::Row;
use super::sheet::{Seen, Sheet};

pub(super) const FIELDS: &[Field] = &[
    needed(
        "checklist_code",
        &["Code checklist", "Checklist", "Code liste", "Code"],
        "what the items of one checklist share",
    ),
    needed(
        "checklist_name",
        &[
            "Nom checklist",
            "Nom de la checklist",
            "Désignation",
            "Nom",
            "Name",
        ],
        "on the first item at least",
    ),
    needed(
        "item_id",
        &["Id", "N° point", "Point", "Item", "Repère"],
        "once per checklist; never change it later",
    ),
    optional(
        "section",
        &["Rubrique", "Chapitre"],
        "heading the item stands under",
    ),
    needed(
        "label",
        &["Libellé", "Intitulé", "Question", "Contrôle", "Texte"],
        "what is asked",
    ),
    needed(
        "kind",
        &["Type", "Type de réponse", "Nature", "Answer type"],
        "consigne, case, OK/NOK, oui/non, nombre, relevé compteur, texte, choix unique, choix \
         multiple, date, photo, signature, scan, pièce",
    ),
    optional("unit", &["Unité"], "of a number or reading"),
    optional("min", &["Mini", "Minimum"], "out of tolerance below"),
    optional("max", &["Maxi", "Maximum"], "out of tolerance above"),
    optional(
        "warn_min",
        &["Alerte mini", "Seuil bas"],
        "worth a look below",
    ),
    optional(
        "warn_max",
        &["Alerte maxi", "Seuil haut"],
        "worth a look above",
    ),
    optional("required", &["Obligatoire"], "oui or non; empty: non"),
    optional(
        "choices",
        &["Choix", "Options"],
        "of a choice, separated by |",
    ),
    optional(
        "on_fail",
        &["Si non conforme", "Si NOK", "En cas d'écart"],
        "commentaire, photo, OT correctif, alerte, arrêt; separated by | or ,",
    ),
];

/// One checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChecklistTable {
    /// Where its first row starts in its file.
    pub line: u64,
    /// What its rows share.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// In the order of the file.
    pub items: Vec<ChecklistRow>,
}

/// One item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChecklistRow {
    /// Where the row starts in its file.
    pub line: u64,
    /// Once per checklist.
    pub item_id: String,
    /// The heading it stands under.
    pub section: Option<String>,
    /// What is asked.
    pub label: String,
    /// How it is answered.
    pub kind: ItemKind,
    /// What is measured.
    pub unit: Option<String>,
    /// Millionths of the unit; out of tolerance below.
    pub min_micro: Option<i64>,
    /// Millionths of the unit; out of tolerance above.
    pub max_micro: Option<i64>,
    /// Millionths of the unit; worth a look below.
    pub warn_min_micro: Option<i64>,
    /// Millionths of the unit; worth a look above.
    pub warn_max_micro: Option<i64>,
    /// Whether the checklist cannot be finalized without it.
    pub required: bool,
    /// What may be chosen.
    pub choices: Vec<String>,
    /// What a bad answer calls for.
    pub on_fail: Vec<OnFail>,
}

pub(super) fn read(sheet: &mut Sheet<'_>) -> Vec<ChecklistTable> {
    let mut ids: HashMap<String, Seen> = HashMap::new();
    let mut names: HashMap<String, Option<String>> = HashMap::new();
    let rows = sheet.rows(|row| {
        let (code, name) = (row.code("checklist_code"), row.title("checklist_name"));
        let code = row.required("checklist_code", code);
        let item = item(row);
        if !code.is_empty() {
            ids.entry(code.clone())
                .or_default()
                .once(row, "item_id", &item.item_id);
            let known = names.entry(code.clone()).or_default();
            if known.is_some() && name.is_some() && *known != name {
                let reason = Reason::Contradiction("another name than on the rows before");
                row.report("checklist_name", reason);
            }
            *known = known.take().or(name);
        }
        (code, item)
    });
    grouped(sheet, rows, &mut names)
}

fn grouped(
    sheet: &mut Sheet<'_>,
    rows: Vec<(String, ChecklistRow)>,
    names: &mut HashMap<String, Option<String>>,
) -> Vec<ChecklistTable> {
    let mut tables: Vec<ChecklistTable> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (code, item) in rows {
        if let Some(table) = places.get(&code).and_then(|place| tables.get_mut(*place)) {
            table.items.push(item);
            continue;
        }
        let name = names.remove(&code).flatten();
        if name.is_none() && !code.is_empty() {
            sheet.report(item.line, "checklist_name", Reason::Required);
        }
        places.insert(code.clone(), tables.len());
        tables.push(ChecklistTable {
            line: item.line,
            code,
            name: name.unwrap_or_default(),
            items: vec![item],
        });
    }
    tables
}

fn item(row: &mut Row<'_>) -> ChecklistRow {
    let (item_id, label) = (row.code("item_id"), row.text("label"));
    let kind = row.label("kind");
    let item = ChecklistRow {
        line: row.line(),
        item_id: row.required("item_id", item_id),
        section: row.title("section"),
        label: row.required("label", label),
        kind: row.required("kind", kind),
        unit: row.code("unit"),
        min_micro: row.signed_micro("min"),
        max_micro: row.signed_micro("max"),
        warn_min_micro: row.signed_micro("warn_min"),
        warn_max_micro: row.signed_micro("warn_max"),
        required: row.label("required") == Some(Flag::Yes),
        choices: row.texts("choices"),
        on_fail: row.labels("on_fail"),
    };
    // A kind that was not understood is reported already; what follows from it is not.
    if kind.is_some() {
        check_bounds(row, &item);
        check_choices(row, &item);
    }
    item
}

fn check_bounds(row: &mut Row<'_>, item: &ChecklistRow) {
    let bounds = [
        ("min", item.min_micro),
        ("warn_min", item.warn_min_micro),
        ("warn_max", item.warn_max_micro),
        ("max", item.max_micro),
    ];
    let measured = matches!(item.kind, ItemKind::Number | ItemKind::Meter);
    let mut floor = i64::MIN;
    for (field, bound) in bounds {
        let Some(bound) = bound else { continue };
        if !measured {
            row.report(
                field,
                Reason::Contradiction("only a number or a reading has bounds"),
            );
        } else if bound < floor {
            let order = "bounds must grow: min, warn_min, warn_max, max";
            row.report(field, Reason::Contradiction(order));
        }
        floor = floor.max(bound);
    }
}

fn check_choices(row: &mut Row<'_>, item: &ChecklistRow) {
    match item.kind {
        ItemKind::OneOf | ItemKind::ManyOf if item.choices.is_empty() => {
            row.report("choices", Reason::Required);
        }
        ItemKind::OneOf | ItemKind::ManyOf => {}
        _ if !item.choices.is_empty() => {
            row.report(
                "choices",
                Reason::Contradiction("only a choice has choices"),
            );
        }
        _ => {}
    }
}
