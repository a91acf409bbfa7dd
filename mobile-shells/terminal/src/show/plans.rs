//! Plans: lists, pages and what is due.
//!
//! **Invariant**: an execution without an order is shown as *exécution
//! constatée sans OT*.

use std::fmt::Write;

use ronde_core::{
    model::Day,
    replica::{DueState, PlanExecutionLine, PlanPage, PlanRow, RuleLine},
};

use super::{
    Cell, Ink, Paper, Table, duration, or_dash,
    orders::{self, day},
    short, stock,
};

fn due(paper: &Paper, row: &PlanRow) -> Cell {
    let Some(next) = &row.next else {
        return "–".into();
    };
    let (key, ink) = match row.due_state {
        Some(DueState::Overdue) => ("due.overdue", Ink::Bad),
        Some(DueState::Due) => ("due.due", Ink::Warn),
        Some(DueState::Opening) => ("due.opening", Ink::Good),
        _ => return paper.day(Day(next.due)).into(),
    };
    let text = format!("{} {}", paper.day(Day(next.due)), paper.words.say(key));
    Cell::from(text).ink(ink)
}

/// A list of plans.
pub fn list(paper: &Paper, rows: &[PlanRow]) -> String {
    let mut table = Table::new(&[
        "column.code",
        "column.name",
        "column.equipment",
        "column.due",
        "column.last",
        "column.order",
        "column.status",
    ]);
    for row in rows {
        table.row([
            Cell::from(row.code.as_str()).ink(Ink::Bold),
            row.name.as_str().into(),
            or_dash(row.equipment_code.as_deref()).into(),
            due(paper, row),
            day(paper, row.last_executed).into(),
            or_dash(row.work_order_number.as_deref()).into(),
            paper.words.of("plan_status", row.status.name()).into(),
        ]);
    }
    table.text(paper)
}

/// A rule in words.
fn rule(paper: &Paper, rule: &RuleLine) -> String {
    let words = paper.words;
    let mut said = Vec::new();
    if let (Some(every), Some(unit)) = (rule.every, rule.unit) {
        let unit = serde_json::to_value(unit).unwrap_or_default();
        let unit = words.of("unit", unit.as_str().unwrap_or_default());
        said.push(words.fill("rule.every", &[&every, &unit]));
    }
    match rule.shift_percent {
        Some(0) => said.push(words.say("rule.fixed").to_owned()),
        Some(100) => said.push(words.say("rule.floating").to_owned()),
        Some(shift) => said.push(words.fill("rule.shift", &[&shift])),
        None => {}
    }
    if let (Some(meter), Some(step)) = (&rule.meter, rule.meter_step) {
        said.push(words.fill("rule.meter", &[&step, meter]));
    }
    said.join(", ")
}

/// A plan's page.
pub fn page(paper: &Paper, page: &PlanPage) -> String {
    let (words, row) = (paper.words, &page.row);
    let mut text = format!("{}  {}\n", paper.ink(Ink::Bold, &row.code), row.name);
    text += &paper.field("column.status", words.of("plan_status", row.status.name()));
    let kind = words.of("plan_kind", row.kind.name());
    text += &paper.field("column.type", kind);
    let equipment = match (&row.equipment_code, &row.equipment_name) {
        (Some(code), Some(name)) => format!("{code}  {name}"),
        _ => "–".to_owned(),
    };
    text += &paper.field("column.equipment", &equipment);
    if let Some(said) = &page.rule {
        text += &paper.field("column.rule", &rule(paper, said));
    }
    let margins = page.margins;
    let margins = [
        &margins.lead_days,
        &margins.grace_days,
        &margins.tolerance_days,
    ];
    let margins = words.fill("margins", &margins.map(|it| it as &dyn std::fmt::Display));
    text += &paper.field("column.margins", &margins);
    if let Some(minutes) = page.estimated_minutes {
        text += &paper.field("column.duration", &duration(i64::from(minutes)));
    }
    text += &paper.field("column.last", &day(paper, row.last_executed));
    text += &paper.field("column.id", &row.id.to_string());
    text += &paper.heading("heading.upcoming");
    let mut table = Table::new(&[]);
    for occurrence in &page.upcoming {
        let late = occurrence.overdue_after < paper.today;
        let ink = if late { Ink::Bad } else { Ink::Plain };
        let key = occurrence.key.as_str();
        let key = if key.starts_with("projected:") {
            ""
        } else {
            key
        };
        table.row([
            Cell::from(paper.day(Day(occurrence.due))).ink(ink),
            Cell::from(key).ink(Ink::Dim),
        ]);
    }
    text += &table.text(paper);
    text += &paper.heading("heading.checklists");
    let mut table = Table::new(&[]);
    for checklist in &page.checklists {
        table.row([
            checklist.code.as_str().into(),
            checklist.name.as_str().into(),
        ]);
    }
    text += &table.text(paper);
    text += &paper.heading("heading.planned_parts");
    text += &stock::planned(paper, &page.parts);
    text += &paper.heading("heading.orders");
    text += &match page.orders.is_empty() {
        true => Table::new(&[]).text(paper),
        false => orders::list(paper, &page.orders),
    };
    text += &paper.heading("heading.plan_executions");
    text += &executions(paper, &page.executions);
    text + &paper.conflicts(&page.conflicts) + &paper.history(&page.history)
}

fn executions(paper: &Paper, lines: &[PlanExecutionLine]) -> String {
    let words = paper.words;
    let mut table = Table::new(&[]);
    for line in lines {
        let outcome = words.of("plan_outcome", line.outcome.unwrap_or("unknown"));
        let by = match (
            line.without_work_order,
            line.work_order,
            &line.work_order_number,
        ) {
            (true, ..) => words.say("without_order").to_owned(),
            (_, _, Some(number)) => number.clone(),
            (_, Some(order), None) => short(&order.to_string()),
            _ => String::new(),
        };
        let compliant = match line.compliant {
            Some(false) => Cell::from(words.say("late")).ink(Ink::Warn),
            _ => "".into(),
        };
        let disputed = match line.disputed {
            true => Cell::from(words.say("answer.disputed")).ink(Ink::Warn),
            false => "".into(),
        };
        table.row([
            day(paper, line.due).into(),
            outcome.into(),
            Cell::from(line.executed_at.map_or(String::new(), |at| paper.when(at))),
            line.person.map_or(String::new(), |it| paper.who(it)).into(),
            by.into(),
            compliant,
            or_dash(line.note.as_deref()).into(),
            disputed,
        ]);
    }
    table.text(paper)
}

/// What executing a plan moved.
pub fn executed(paper: &Paper, page: &PlanPage, with_order: bool) -> String {
    let words = paper.words;
    let key = match with_order {
        true => "plan.executed",
        false => "plan.executed_without",
    };
    let mut text = words.fill(key, &[&page.row.name]);
    if let Some(next) = &page.row.next {
        let date = paper.day(Day(next.due));
        let _ = write!(text, " {}", words.fill("plan.next", &[&date]));
    }
    text.push('\n');
    text
}
