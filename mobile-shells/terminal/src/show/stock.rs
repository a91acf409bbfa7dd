//! Levels, movements and parts.
//!
//! **Invariant**: every movement says who; a level below zero is called what
//! it is.

use std::fmt::Write;

use ronde_core::{
    model::Quantity,
    replica::{LevelLine, LevelState, MovementLine, PartLine, PartMoved, PartPage, PartRow},
};

use super::{Cell, Ink, Paper, Table, or_dash, orders::pending, short};

fn state(paper: &Paper, state: LevelState) -> Cell {
    let (key, ink) = match state {
        LevelState::Negative => ("level.negative", Ink::Bad),
        LevelState::Out => ("level.out", Ink::Bad),
        LevelState::Low => ("level.low", Ink::Warn),
        LevelState::Ok => return "".into(),
    };
    Cell::from(paper.words.say(key)).ink(ink)
}

fn amount(quantity: Quantity, unit: &str) -> Cell {
    Cell::from(format!("{quantity} {unit}").trim_end()).right()
}

/// Levels.
pub fn levels(paper: &Paper, levels: &[LevelLine]) -> String {
    let mut table = Table::new(&[
        "column.reference",
        "column.name",
        "column.store",
        "column.quantity",
        "column.point",
        "column.state",
    ]);
    for level in levels {
        let point = level.reorder_point.or(level.min);
        let point = point.map(|point| point.to_string());
        table.row([
            Cell::from(level.reference.as_str()).ink(Ink::Bold),
            level.name.as_str().into(),
            level.store.as_str().into(),
            amount(level.quantity, &level.unit),
            Cell::from(or_dash(point.as_deref())).right(),
            state(paper, level.state),
        ]);
    }
    table.text(paper)
}

/// Movements with quantities and who.
pub fn movements(paper: &Paper, movements: &[MovementLine]) -> String {
    let mut table = Table::new(&[]);
    for movement in movements {
        for (place, line) in movement.lines.iter().enumerate() {
            let first = place == 0;
            let only = |text: String| if first { text } else { String::new() };
            table.row([
                Cell::from(only(paper.when(movement.at))).ink(Ink::Dim),
                only(paper.words.of("movement", movement.kind.name()).to_owned()).into(),
                amount(line.quantity, line.unit.as_deref().unwrap_or_default()),
                part_name(line).into(),
                stores(line).into(),
                only(paper.who(movement.person)).into(),
                only(movement.work_order_number.clone().unwrap_or_default()).into(),
                Cell::from(only(marks(paper, movement))).ink(Ink::Warn),
                Cell::from(only(short(&movement.id.to_string()))).ink(Ink::Dim),
            ]);
        }
    }
    table.text(paper)
}

fn part_name(line: &PartMoved) -> String {
    match (&line.reference, &line.name) {
        (Some(reference), Some(name)) => format!("{reference}  {name}"),
        _ => short(&line.part.to_string()),
    }
}

fn stores(line: &PartMoved) -> String {
    match (&line.from, &line.to) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (Some(from), None) => format!("{from} →"),
        (None, Some(to)) => format!("→ {to}"),
        (None, None) => String::new(),
    }
}

/// What is to be noticed about a movement.
fn marks(paper: &Paper, movement: &MovementLine) -> String {
    let words = paper.words;
    let mut marks = Vec::new();
    marks.extend(movement.reason.clone());
    if movement.reversed_by.is_some() {
        marks.push(words.say("movement.reversed").to_owned());
    }
    if !movement.possible_duplicates.is_empty() {
        marks.push(words.say("movement.duplicate").to_owned());
    }
    if movement.pending > 0 {
        marks.push(words.fill("pending", &[&movement.pending]));
    }
    marks.join(" · ")
}

/// What was posted, and the levels it left.
pub fn posted(paper: &Paper, movement: &MovementLine, left: &[LevelLine]) -> String {
    movements(paper, std::slice::from_ref(movement)) + &levels(paper, left)
}

/// Parts a plan foresees.
pub fn planned(paper: &Paper, parts: &[PartLine]) -> String {
    let mut table = Table::new(&[]);
    for part in parts {
        let unit = part.unit.as_deref().unwrap_or_default();
        let there = paper.words.fill("available", &[&part.available]);
        let short_of = part.available < part.quantity;
        table.row([
            or_dash(part.reference.as_deref()).into(),
            or_dash(part.name.as_deref()).into(),
            amount(part.quantity, unit),
            Cell::from(there).ink(if short_of { Ink::Warn } else { Ink::Dim }),
        ]);
    }
    table.text(paper)
}

/// The list of parts.
pub fn parts(paper: &Paper, rows: &[PartRow]) -> String {
    let mut table = Table::new(&[
        "column.reference",
        "column.name",
        "column.quantity",
        "column.state",
    ]);
    for row in rows {
        table.row([
            Cell::from(row.reference.as_str()).ink(Ink::Bold),
            row.name.as_str().into(),
            amount(row.quantity, &row.unit),
            row.state.map_or(Cell::from(""), |it| state(paper, it)),
        ]);
    }
    table.text(paper)
}

/// A part's page.
pub fn part(paper: &Paper, page: &PartPage) -> String {
    let row = &page.row;
    let mut text = format!("{}  {}\n", paper.ink(Ink::Bold, &row.reference), row.name);
    let said = |quantity: Option<Quantity>| or_dash(quantity.map(|it| it.to_string()).as_deref());
    text += &paper.field("column.unit", &row.unit);
    text += &paper.field("column.min", &said(page.min));
    text += &paper.field("column.max", &said(page.max));
    text += &paper.field("column.point", &said(page.reorder_point));
    text += &paper.field("column.reorder", &said(page.reorder_quantity));
    if row.critical {
        let _ = writeln!(text, "  {}", paper.warn(paper.words.say("critical")));
    }
    text += &paper.field("column.id", &row.id.to_string());
    text += &paper.heading("heading.levels");
    text += &levels(paper, &page.levels);
    text += &paper.heading("heading.movements");
    text += &movements(paper, &page.movements);
    if page.pending > 0 {
        let mut table = Table::new(&[]);
        table.row([pending(paper, page.pending)]);
        text += &table.text(paper);
    }
    text + &paper.conflicts(&page.conflicts) + &paper.history(&page.history)
}
