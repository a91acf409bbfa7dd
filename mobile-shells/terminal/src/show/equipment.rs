//! Equipment: the tree and the page.
//!
//! **Invariant**: depth is shown by indentation, state by words.

use ronde_core::{
    document::equipment::State,
    replica::{EquipmentPage, EquipmentRow},
};

use super::{Cell, Ink, Paper, Table, or_dash, orders, plans, prose};

const fn ink(state: State) -> Ink {
    match state {
        State::InService => Ink::Plain,
        State::Degraded | State::PlannedStop => Ink::Warn,
        State::Down => Ink::Bad,
        State::Retired => Ink::Dim,
    }
}

/// The tree.
pub fn list(paper: &Paper, rows: &[EquipmentRow]) -> String {
    let mut table = Table::new(&[
        "column.code",
        "column.name",
        "column.criticality",
        "column.state",
        "column.location",
        "column.open_orders",
    ]);
    for row in rows {
        let indent = "  ".repeat(usize::try_from(row.depth).unwrap_or_default());
        let open = match row.open_orders {
            0 => String::new(),
            count => count.to_string(),
        };
        table.row([
            Cell::from(row.code.as_str()).ink(Ink::Bold),
            format!("{indent}{}", row.name).into(),
            row.criticality.name().to_uppercase().into(),
            Cell::from(paper.words.of("state", row.state.name())).ink(ink(row.state)),
            or_dash(row.location.as_deref()).into(),
            Cell::from(open).right(),
        ]);
    }
    table.text(paper)
}

/// A machine's page.
pub fn page(paper: &Paper, page: &EquipmentPage) -> String {
    let row = &page.row;
    let mut text = format!("{}  {}\n", paper.ink(Ink::Bold, &row.code), row.name);
    let state = paper.ink(ink(row.state), paper.words.of("state", row.state.name()));
    text += &paper.field("column.state", &state);
    text += &paper.field("column.criticality", &row.criticality.name().to_uppercase());
    if !page.path.is_empty() {
        text += &paper.field("column.parent", &page.path.join(" › "));
    }
    text += &paper.field("column.location", &or_dash(row.location.as_deref()));
    if !page.tags.is_empty() {
        text += &paper.field("column.tags", &page.tags.join(", "));
    }
    text += &paper.field("column.id", &row.id.to_string());
    if !page.notes.is_empty() {
        text += &(paper.heading("heading.notes") + &prose(&page.notes));
    }
    text += &meters(paper, page);
    if !page.children.is_empty() {
        text += &paper.heading("heading.children");
        text += &list(paper, &page.children);
    }
    text += &paper.heading("heading.orders");
    text += &match page.orders.is_empty() {
        true => Table::new(&[]).text(paper),
        false => orders::list(paper, &page.orders),
    };
    if !page.plans.is_empty() {
        text += &paper.heading("heading.plans");
        text += &plans::list(paper, &page.plans);
    }
    text + &paper.conflicts(&page.conflicts) + &paper.history(&page.history)
}

/// What the meters said last.
pub fn meters(paper: &Paper, page: &EquipmentPage) -> String {
    if page.meters.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[]);
    for meter in &page.meters {
        let Some(last) = meter.readings.first() else {
            table.row([
                meter.meter.as_str().into(),
                meter.name.as_str().into(),
                "–".into(),
            ]);
            continue;
        };
        table.row([
            meter.meter.as_str().into(),
            meter.name.as_str().into(),
            Cell::from(format!("{} {}", last.value, meter.unit)).right(),
            Cell::from(paper.when(last.at)).ink(Ink::Dim),
            paper.who(last.person).into(),
        ]);
    }
    paper.heading("heading.meters") + &table.text(paper)
}
