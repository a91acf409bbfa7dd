//! Rows of a checklist become its items.
//!
//! **Invariant**: the ids that a file does not give (sections, choices) follow
//! from the words they stand for, so the next version of the same file has the
//! same ids.

use std::collections::HashSet;

use ronde_core::{
    document::checklist::{Asks, Bounds, Choice, Item, OnFail},
    model::{Line, Quantity},
};
use sha2::{Digest, Sha256};

use crate::import::{self, ChecklistRow, ItemKind};

/// The items of one checklist, each section before what stands in it.
pub(super) fn items(rows: &[ChecklistRow]) -> Vec<Item> {
    let mut sections = HashSet::new();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let parent = row.section.as_ref().map(|title| {
            let id = named("s", title);
            if sections.insert(id.clone()) {
                items.push(Item::new(&id, title, Asks::Section));
            }
            id
        });
        items.push(Item {
            parent,
            ..item(row)
        });
    }
    items
}

/// One row, outside its section.
pub(super) fn item(row: &ChecklistRow) -> Item {
    let (label, help) = label(&row.label);
    let asks_for = |what| row.on_fail.contains(&what);
    Item {
        help,
        required: row.required,
        on_fail: OnFail {
            comment: asks_for(import::OnFail::Comment),
            photo: asks_for(import::OnFail::Photo),
            work_order: asks_for(import::OnFail::Corrective),
            alert: asks_for(import::OnFail::Alert),
            stop: asks_for(import::OnFail::Stop),
        },
        ..Item::new(&row.item_id, &label, asks(row))
    }
}

fn asks(row: &ChecklistRow) -> Asks {
    let bounds = || Bounds {
        min: row.min_micro.map(Quantity),
        max: row.max_micro.map(Quantity),
        warn_min: row.warn_min_micro.map(Quantity),
        warn_max: row.warn_max_micro.map(Quantity),
        message: None,
    };
    let choices = || {
        let choice = |label: &String| Choice {
            id: named("c", label),
            label: label.clone(),
            fails: false,
        };
        row.choices.iter().map(choice).collect()
    };
    match row.kind {
        ItemKind::Instruction => Asks::Instruction,
        ItemKind::Check => Asks::Check,
        ItemKind::OkNok => Asks::Outcome,
        // A file does not say which answer is the good one.
        ItemKind::YesNo => Asks::YesNo { expected: None },
        ItemKind::Number => Asks::Number {
            unit: row.unit.clone().unwrap_or_default(),
            bounds: bounds(),
        },
        // The item has the id of the meter it reads.
        ItemKind::Meter => Asks::MeterReading {
            meter: row.item_id.clone(),
            bounds: bounds(),
        },
        ItemKind::Text => Asks::Text,
        ItemKind::OneOf => Asks::OneChoice { choices: choices() },
        ItemKind::ManyOf => Asks::ManyChoices { choices: choices() },
        ItemKind::Date => Asks::Date,
        ItemKind::Photo => Asks::Photo,
        ItemKind::Signature => Asks::Signature,
        ItemKind::Scan => Asks::Scan { expected: None },
        ItemKind::Part => Asks::ConsumedPart { part: None },
    }
}

/// What is too long for one line is shown as help, whole.
fn label(text: &str) -> (String, Option<String>) {
    match one_line(text) {
        Some(label) => (label, Some(text.to_owned())),
        None => (text.to_owned(), None),
    }
}

/// The beginning of a text that does not fit into one line.
pub(super) fn one_line(text: &str) -> Option<String> {
    let max = Line::TITLE.chars_max;
    let first = text.lines().next().unwrap_or_default().trim();
    if first == text && first.chars().count() <= max {
        return None;
    }
    let start: String = first.chars().take(max - 1).collect();
    Some(format!("{}…", start.trim_end()))
}

fn named(prefix: &str, words: &str) -> String {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(words.as_bytes())[..6]);
    format!("{prefix}-{hash}")
}
