//! Where the device stands, what waits, what there is today, what was found,
//! who works here.
//!
//! **Invariant**: what is not synced is never said in passing: it has a line,
//! a time and a reason.

use std::fmt::Write;

use ronde_core::{
    model::Kind,
    replica::{Found, PersonRow, Status, Today, Why},
};

use super::{Cell, Ink, Paper, Table, or_dash, orders, plans, short};

/// Where the device stands.
pub fn status(paper: &Paper, status: &Status) -> String {
    let words = paper.words;
    let mut text = format!(
        "{}  {}\n",
        paper.ink(Ink::Bold, &status.site_code),
        status.site_name
    );
    let person = match &status.person_name {
        Some(name) => name.clone(),
        None => short(&status.person.to_string()),
    };
    let roles: Vec<_> = status
        .roles
        .iter()
        .map(|role| words.of("role", role.name()))
        .collect();
    text += &paper.field("column.person", &format!("{person} ({})", roles.join(", ")));
    text += &paper.field("column.device", &status.device.to_string());
    let last = match status.last_sync {
        Some(at) => words.fill("last_sync", &[&paper.when(at)]),
        None => words.say("never_synced").to_owned(),
    };
    text += &paper.field("column.sync", &last);
    let count = |count: u32, ink: Ink| match count {
        0 => "0".to_owned(),
        count => paper.ink(ink, &count.to_string()),
    };
    text += &paper.field("column.pending", &count(status.pending, Ink::Warn));
    text += &paper.field("column.refused", &count(status.refused, Ink::Bad));
    text += &paper.field("column.conflicts", &count(status.conflicts, Ink::Warn));
    text += &paper.field("column.alerts", &count(status.alerts, Ink::Warn));
    text += &paper.field("column.documents", &status.documents.to_string());
    text += &paper.field("column.cursor", &status.cursor.to_string());
    text += &paper.field("column.digest", &status.digest);
    if status.catching_up {
        let _ = writeln!(text, "  {}", words.say("catching_up"));
    }
    if let Some(code) = &status.last_problem {
        let said = words.find(&format!("why.{code}"));
        let said = said.or_else(|| words.find(&format!("error.{code}")));
        let said = said.unwrap_or(code).replace("{}", "…");
        let _ = writeln!(text, "  {}", paper.warn(&said));
    }
    if status.pending + status.refused > 0 {
        let _ = writeln!(text, "  {}", words.say("see_why"));
    }
    text
}

/// What is not at the relay yet, and why.
pub fn why(paper: &Paper, all: &[Why], explain: impl Fn(&Why) -> String) -> String {
    if all.is_empty() {
        let text = paper.words.say("all_sent");
        return format!("{}\n", paper.ink(Ink::Good, text));
    }
    let mut text = String::new();
    for why in all {
        let kind = paper.words.of("kind", why.kind.name());
        let title = match why.title.is_empty() {
            true => short(&why.document.to_string()),
            false => why.title.clone(),
        };
        let title = paper.ink(Ink::Bold, &title);
        let changes = paper.words.fill("changes", &[&why.changes]);
        let _ = writeln!(
            text,
            "{kind}  {title}  {changes}, {}",
            paper.when(why.since)
        );
        let _ = writeln!(text, "    {} [{}]", explain(why), why.code);
    }
    text
}

/// What there is today.
pub fn today(paper: &Paper, today: &Today) -> String {
    let words = paper.words;
    let mut text = format!("{}\n", paper.ink(Ink::Bold, &paper.day(today.date)));
    if !today.timers.is_empty() {
        text += &paper.heading("heading.timers");
        let mut table = Table::new(&[]);
        for timer in &today.timers {
            table.row([
                Cell::from(timer.name.as_str()).ink(Ink::Bold),
                timer.title.as_str().into(),
                words.of("work", timer.kind.name()).into(),
                words.fill("since", &[&paper.when(timer.since)]).into(),
            ]);
        }
        text += &table.text(paper);
    }
    text += &paper.heading("heading.mine");
    text += &orders::list(paper, &today.orders);
    text += &paper.heading("heading.due");
    text += &orders::list(paper, &today.due);
    if !today.plans.is_empty() {
        text += &paper.heading("heading.plans_due");
        text += &plans::list(paper, &today.plans);
    }
    let counts = [&today.pending, &today.refused, &today.conflicts];
    let counts = words.fill(
        "today.counts",
        &counts.map(|it| it as &dyn std::fmt::Display),
    );
    let _ = writeln!(text, "\n{counts}");
    text
}

/// What was found.
pub fn found(paper: &Paper, found: &[Found]) -> String {
    let mut table = Table::new(&[]);
    for hit in found {
        let name = match hit.kind {
            Kind::Person => short(&hit.document.to_string()),
            _ => hit.name.clone(),
        };
        table.row([
            Cell::from(paper.words.of("kind", hit.kind.name())).ink(Ink::Dim),
            Cell::from(name).ink(Ink::Bold),
            hit.title.as_str().into(),
        ]);
    }
    table.text(paper)
}

/// Who works here.
pub fn people(paper: &Paper, rows: &[PersonRow]) -> String {
    let words = paper.words;
    let mut table = Table::new(&["column.name", "column.roles", "column.team", "column.id"]);
    for row in rows {
        let roles: Vec<_> = row
            .roles
            .iter()
            .map(|role| words.of("role", role.name()))
            .collect();
        let roles = match row.active {
            true => roles.join(", "),
            false => words.say("left_the_site").to_owned(),
        };
        let name = row.name.clone().unwrap_or_else(|| "–".to_owned());
        let name = match row.me {
            true => format!("{name} {}", words.say("me")),
            false => name,
        };
        table.row([
            name.into(),
            roles.into(),
            or_dash(row.team.as_deref()).into(),
            Cell::from(row.id.to_string()).ink(Ink::Dim),
        ]);
    }
    table.text(paper)
}
