//! Work orders: the list and the page.
//!
//! **Invariant**: the page shows everything that is tied to the order, and
//! says "nothing" where there is nothing.

use std::fmt::Write;

use ronde_core::{
    document::work_order::{Priority, Status},
    model::Day,
    replica::{OrderPage, OrderRow},
};

use super::{Cell, Ink, Paper, Table, checklists, duration, or_dash, prose, short, stock};

/// The ink of a status.
const fn status_ink(status: Status) -> Ink {
    match status {
        Status::InProgress => Ink::Good,
        Status::OnHold => Ink::Warn,
        Status::Closed | Status::Cancelled => Ink::Dim,
        _ => Ink::Plain,
    }
}

fn due(paper: &Paper, row: &OrderRow) -> Cell {
    let Some(due) = row.due else {
        return "–".into();
    };
    let text = paper.day(due);
    match row.status.is_open() && due.0 < paper.today {
        true => Cell::from(format!("{text} {}", paper.words.say("late"))).ink(Ink::Bad),
        false => text.into(),
    }
}

/// The list.
pub fn list(paper: &Paper, rows: &[OrderRow]) -> String {
    let mut table = Table::new(&[
        "column.number",
        "column.priority",
        "column.status",
        "column.title",
        "column.equipment",
        "column.due",
        "column.assignees",
        "column.sync",
    ]);
    for row in rows {
        let urgent = match row.priority {
            Priority::P1 if row.status.is_open() => Ink::Bad,
            _ => Ink::Plain,
        };
        table.row([
            Cell::from(row.name()).ink(Ink::Bold),
            Cell::from(row.priority.name().to_uppercase()).ink(urgent),
            Cell::from(paper.words.of("status", row.status.name())).ink(status_ink(row.status)),
            row.title.as_str().into(),
            or_dash(row.equipment_code.as_deref()).into(),
            due(paper, row),
            paper.people(&row.assignees).into(),
            pending(paper, row.pending),
        ]);
    }
    table.text(paper)
}

/// Whether something waits to be sent.
pub(super) fn pending(paper: &Paper, pending: u32) -> Cell {
    match pending {
        0 => "".into(),
        count => Cell::from(paper.words.fill("pending", &[&count])).ink(Ink::Warn),
    }
}

/// The page.
pub fn page(paper: &Paper, page: &OrderPage) -> String {
    let (words, row) = (paper.words, &page.row);
    let mut text = format!("{}  {}\n", paper.ink(Ink::Bold, row.name()), row.title);
    let status = words.of("status", row.status.name());
    let status = match &page.reason {
        Some(reason) => format!("{status} — {reason}"),
        None => status.to_owned(),
    };
    text += &paper.field("column.status", &paper.ink(status_ink(row.status), &status));
    text += &paper.field("column.type", words.of("type", row.order_type.name()));
    text += &paper.field("column.priority", words.of("priority", row.priority.name()));
    if row.number.is_some() {
        text += &paper.field("column.provisional", &row.provisional);
    }
    let equipment = match (&row.equipment_code, &row.equipment_name) {
        (Some(code), Some(name)) => format!("{code}  {name}"),
        _ => or_dash(row.equipment.map(|id| short(&id.to_string())).as_deref()),
    };
    text += &paper.field("column.equipment", &equipment);
    text += &paper.field("column.plan", &plan(paper, page));
    let due = row.due.map(|due| paper.day(due));
    text += &paper.field("column.due", &or_dash(due.as_deref()));
    if let Some(planned) = page.planned {
        let planned = format!(
            "{} → {}",
            paper.when(planned.start),
            paper.when(planned.end)
        );
        text += &paper.field("column.planned", &planned);
    }
    text += &paper.field("column.assignees", &paper.people(&row.assignees));
    text += &paper.field("column.contributors", &paper.people(&page.contributors));
    let made = format!(
        "{}, {}",
        paper.when(row.created_at),
        paper.who(row.created_by)
    );
    text += &paper.field("column.created", &made);
    if row.pending > 0 {
        let pending = paper.warn(&words.fill("pending", &[&row.pending]));
        text += &paper.field("column.sync", &pending);
    }
    text += &paper.field("column.id", &row.id.to_string());
    for (key, said) in [
        ("heading.description", &page.description),
        ("heading.note", &page.note),
    ] {
        if !said.is_empty() {
            text += &(paper.heading(key) + &prose(said));
        }
    }
    text += &failure(paper, page);
    text += &linked(paper, page);
    text += &paper.conflicts(&page.conflicts);
    text += &paper.history(&page.history);
    if !page.actions.is_empty() {
        let actions = page.actions.iter().map(|action| {
            let name = serde_json::to_value(action).unwrap_or_default();
            words
                .of("action", name.as_str().unwrap_or_default())
                .to_owned()
        });
        let actions = actions.collect::<Vec<_>>().join(", ");
        let _ = write!(text, "\n{} : {actions}\n", words.say("possible_now"));
    }
    text
}

fn plan(paper: &Paper, page: &OrderPage) -> String {
    let Some(plan) = &page.plan_detail else {
        return "–".to_owned();
    };
    let name = match (&plan.code, &plan.name) {
        (Some(code), Some(name)) => format!("{code}  {name}"),
        _ => short(&plan.id.to_string()),
    };
    match &plan.occurrence {
        Some(key) => format!("{name}  ({} {key})", paper.words.say("occurrence")),
        None => name,
    }
}

fn failure(paper: &Paper, page: &OrderPage) -> String {
    let mut text = String::new();
    if let Some(failure) = &page.failure {
        text += &paper.heading("heading.failure");
        for (key, said) in [
            ("column.mode", &failure.mode),
            ("column.cause", &failure.cause),
            ("column.remedy", &failure.remedy),
        ] {
            if let Some(said) = said {
                text += &paper.field(key, said);
            }
        }
    }
    if let Some(downtime) = page.downtime {
        let minutes = duration(i64::from(downtime.minutes));
        text += &paper.field("column.downtime", &minutes);
    }
    text
}

/// What is tied to the order: checklists, executions, parts, time, movements,
/// alerts, comments.
fn linked(paper: &Paper, page: &OrderPage) -> String {
    let words = paper.words;
    let mut text = paper.heading("heading.checklists");
    let mut table = Table::new(&[]);
    for line in &page.checklists {
        let state = match line.state {
            Some(state) => Cell::from(words.of("execution", state.name())).ink(Ink::Good),
            None => Cell::from(words.say("checklist.to_run")).ink(Ink::Warn),
        };
        let name = line.checklist.name.as_str();
        table.row([line.checklist.code.as_str().into(), name.into(), state]);
    }
    text += &table.text(paper);
    text += &paper.heading("heading.executions");
    if page.executions.is_empty() {
        text += &Table::new(&[]).text(paper);
    }
    for execution in &page.executions {
        text += &checklists::results(paper, execution);
    }
    if !page.planned_parts.is_empty() {
        text += &paper.heading("heading.planned_parts");
        text += &stock::planned(paper, &page.planned_parts);
    }
    text += &paper.heading("heading.interventions");
    let mut table = Table::new(&[]);
    for line in &page.interventions {
        let end = match line.end {
            Some(end) => paper.time(end).into(),
            None => Cell::from(words.say("running")).ink(Ink::Good),
        };
        table.row([
            paper.who(line.person).into(),
            words.of("work", line.kind.name()).into(),
            paper.when(line.start).into(),
            "→".into(),
            end,
            Cell::from(duration(line.minutes)).right(),
        ]);
    }
    text += &table.text(paper);
    text += &paper.heading("heading.movements");
    text += &stock::movements(paper, &page.movements);
    text += &paper.heading("heading.alerts");
    text += &Table::new(&[]).text(paper);
    if !page.comments.is_empty() {
        text += &paper.heading("heading.comments");
        for comment in &page.comments {
            let (at, by) = (
                paper.when(comment.witness.at),
                paper.who(comment.witness.by),
            );
            let _ = writeln!(text, "  {} {by}", paper.ink(Ink::Dim, &at));
            text += &prose(&comment.text).replace("  ", "    ");
        }
    }
    text
}

/// A due date, for lists of other nouns.
pub(super) fn day(paper: &Paper, day: Option<Day>) -> String {
    or_dash(day.map(|day| paper.day(day)).as_deref())
}
