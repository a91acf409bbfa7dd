//! Checklists, executions and their items.
//!
//! **Invariant**: an answer that fails says so in words, and so does what is
//! missing.

use std::fmt::Write;

use ronde_core::{
    document::{
        checklist::{Asks, Checklist},
        execution::{AnswerValue, Outcome, Problem, Verdict},
    },
    replica::{ChecklistRow, ExecutionPage, ItemLine},
};

use super::{Cell, Ink, Paper, Table, or_dash, orders::pending, short};

/// The list of checklists.
pub fn list(paper: &Paper, rows: &[ChecklistRow]) -> String {
    let mut table = Table::new(&[
        "column.code",
        "column.name",
        "column.version",
        "column.items",
        "column.required",
    ]);
    for row in rows {
        let version = row.version.map(|version| version.to_string());
        table.row([
            Cell::from(row.code.as_str()).ink(Ink::Bold),
            row.name.as_str().into(),
            Cell::from(or_dash(version.as_deref())).right(),
            Cell::from(row.items.to_string()).right(),
            Cell::from(row.required.to_string()).right(),
        ]);
    }
    table.text(paper)
}

/// A checklist with the items of the version in force.
pub fn checklist(paper: &Paper, checklist: &Checklist) -> String {
    let mut text = format!(
        "{}  {}\n",
        paper.ink(Ink::Bold, &checklist.code),
        checklist.name
    );
    text += &paper.field("column.id", &checklist.life.id.to_string());
    let Some(version) = checklist.current() else {
        text += &paper.field("column.version", "–");
        return text;
    };
    text += &paper.field("column.version", &version.number.to_string());
    text += &paper.heading("heading.items");
    let mut table = Table::new(&[]);
    for item in &version.items {
        let required = match item.required {
            true => paper.words.say("required"),
            false => "",
        };
        table.row([
            Cell::from(item.id.as_str()).ink(Ink::Dim),
            item.label.as_str().into(),
            asks(paper, &item.asks).into(),
            required.into(),
        ]);
    }
    text + &table.text(paper) + &paper.conflicts(&checklist.life.conflicts)
}

/// What an item asks for.
fn asks(paper: &Paper, asks: &Asks) -> String {
    let words = paper.words;
    let kind = serde_json::to_value(asks).unwrap_or_default();
    let kind = kind.get("kind").and_then(|kind| kind.as_str());
    let kind = words.of("asks", kind.unwrap_or_default()).to_owned();
    match asks {
        Asks::Number { unit, bounds } => {
            let bound = |it: Option<ronde_core::model::Quantity>| {
                it.map_or("…".to_owned(), |it| it.to_string())
            };
            match bounds.min.or(bounds.max).is_some() {
                true => format!(
                    "{kind} {unit} [{} ; {}]",
                    bound(bounds.min),
                    bound(bounds.max)
                ),
                false => format!("{kind} {unit}"),
            }
        }
        Asks::OneChoice { choices } | Asks::ManyChoices { choices } => {
            let choices: Vec<_> = choices.iter().map(|choice| choice.label.as_str()).collect();
            format!("{kind} : {}", choices.join(" / "))
        }
        _ => kind,
    }
}

/// An answer in words.
fn value(paper: &Paper, line: &ItemLine) -> String {
    let words = paper.words;
    let yes = |yes: bool| words.say(if yes { "yes" } else { "no" }).to_owned();
    let label = |id: &String| match &line.asks {
        Some(Asks::OneChoice { choices } | Asks::ManyChoices { choices }) => choices
            .iter()
            .find(|choice| choice.id == *id)
            .map_or(id.clone(), |choice| choice.label.clone()),
        _ => id.clone(),
    };
    let Some(value) = &line.value else {
        return match (line.calculated, line.photos.len()) {
            (Some(number), _) => number.to_string(),
            (None, 0) => "–".to_owned(),
            (None, count) => words.fill("photos", &[&count]),
        };
    };
    match value {
        AnswerValue::Check(ticked) => match ticked {
            true => "✓".to_owned(),
            false => yes(false),
        },
        AnswerValue::YesNo(said) => yes(*said),
        AnswerValue::Outcome(outcome) => words
            .of(
                "outcome",
                match outcome {
                    Outcome::Ok => "ok",
                    Outcome::Nok => "nok",
                    Outcome::NotApplicable => "not_applicable",
                },
            )
            .to_owned(),
        AnswerValue::Number(number) => match &line.asks {
            Some(Asks::Number { unit, .. }) => format!("{number} {unit}"),
            _ => number.to_string(),
        },
        AnswerValue::Text(text) | AnswerValue::Scan(text) => text.clone(),
        AnswerValue::One(id) => label(id),
        AnswerValue::Many(ids) => ids.iter().map(label).collect::<Vec<_>>().join(", "),
        AnswerValue::Date(day) => paper.day(*day),
        AnswerValue::Signature(person) => paper.who(*person),
        AnswerValue::Part { part, quantity, .. } => {
            format!("{quantity} × {}", short(&part.to_string()))
        }
    }
}

/// The words for what keeps an item from being complete.
fn problem(paper: &Paper, problem: Problem) -> &'static str {
    paper.words.say(match problem {
        Problem::AnswerMissing => "problem.answer_missing",
        Problem::CommentMissing => "problem.comment_missing",
        Problem::PhotoMissing => "problem.photo_missing",
        Problem::WrongAnswerType => "problem.wrong_answer_type",
        Problem::UnknownChoice => "problem.unknown_choice",
        Problem::CalculationOutOfRange => "problem.calculation_out_of_range",
    })
}

/// What to say about an answer: whether it fails, and what is missing.
pub fn verdict(paper: &Paper, line: &ItemLine) -> Option<String> {
    let mut said = Vec::new();
    match line.verdict {
        Verdict::Fail => said.push(paper.bad(paper.words.say("verdict.fail"))),
        Verdict::Warn => said.push(paper.warn(paper.words.say("verdict.warn"))),
        Verdict::Pass => said.push(paper.ink(Ink::Good, paper.words.say("verdict.pass"))),
        Verdict::Unjudged => {}
    }
    said.extend(line.problem.map(|it| paper.warn(problem(paper, it))));
    if line.calls_for.is_some_and(|calls| calls.work_order) {
        said.push(paper.words.say("calls_for.work_order").to_owned());
    }
    (!said.is_empty()).then(|| format!("  {}", said.join(" · ")))
}

/// One line per execution.
pub fn executions(paper: &Paper, pages: &[ExecutionPage]) -> String {
    let mut table = Table::new(&[
        "column.id",
        "column.started",
        "column.name",
        "column.status",
        "column.missing",
        "column.failed",
        "column.sync",
    ]);
    for page in pages {
        let failed = match page.failed {
            0 => Cell::from("0"),
            count => Cell::from(count.to_string()).ink(Ink::Bad),
        };
        table.row([
            page.id.to_string().into(),
            paper.when(page.started_at).into(),
            or_dash(page.checklist_name.as_deref()).into(),
            paper.words.of("execution", page.state.name()).into(),
            Cell::from(page.missing.to_string()).right(),
            failed.right(),
            pending(paper, page.pending),
        ]);
    }
    table.text(paper)
}

/// An execution with every item that is asked.
pub fn execution(paper: &Paper, page: &ExecutionPage) -> String {
    let mut text = results(paper, page);
    text += &paper.field("column.id", &page.id.to_string());
    text + &summary(paper, page) + &paper.conflicts(&page.conflicts)
}

/// An execution's results, as its page and its order's page show them.
pub fn results(paper: &Paper, page: &ExecutionPage) -> String {
    let words = paper.words;
    let version = page.version.map(|version| version.to_string());
    let mut text = format!(
        "  {}  {}  v{}  {}  {}\n",
        paper.ink(Ink::Bold, &or_dash(page.checklist_code.as_deref())),
        or_dash(page.checklist_name.as_deref()),
        or_dash(version.as_deref()),
        words.of("execution", page.state.name()),
        paper.ink(
            Ink::Dim,
            &format!(
                "{}, {}",
                paper.when(page.started_at),
                paper.who(page.person)
            )
        ),
    );
    if let Some(newer) = page.newer_version {
        let _ = writeln!(text, "  {}", words.fill("checklist.newer", &[&newer]));
    }
    let mut table = Table::new(&[]);
    for line in page
        .items
        .iter()
        .filter(|line| line.visible || line.value.is_some())
    {
        if matches!(line.asks, Some(Asks::Section | Asks::Repeat { .. })) {
            table.row([Cell::from(line.label.as_str()).ink(Ink::Bold)]);
            continue;
        }
        table.row(item(paper, line));
    }
    text += &table.text(paper);
    for signature in &page.signatures {
        let by = paper.who(signature.person);
        let key = match signature.current {
            true => "signed",
            false => "signed_before",
        };
        let _ = writeln!(
            text,
            "  {}",
            words.fill(key, &[&by, &paper.when(signature.at)])
        );
    }
    text
}

fn item(paper: &Paper, line: &ItemLine) -> [Cell; 5] {
    let label = match line.repetition {
        0 => line.label.clone(),
        repetition => format!("{} ({})", line.label, repetition + 1),
    };
    let ink = match line.verdict {
        Verdict::Fail => Ink::Bad,
        Verdict::Warn => Ink::Warn,
        Verdict::Pass => Ink::Good,
        Verdict::Unjudged => Ink::Plain,
    };
    let mut said: Vec<String> = Vec::new();
    match line.verdict {
        Verdict::Fail => said.push(paper.words.say("verdict.fail").to_owned()),
        Verdict::Warn => said.push(paper.words.say("verdict.warn").to_owned()),
        Verdict::Pass | Verdict::Unjudged => {}
    }
    said.extend(line.problem.map(|it| problem(paper, it).to_owned()));
    said.extend(
        line.comments
            .iter()
            .map(|said| format!("« {} »", said.text)),
    );
    if !line.others.is_empty() {
        said.push(paper.words.say("answer.disputed").to_owned());
    }
    let by = line.person.map(|person| paper.who(person));
    [
        Cell::from(line.item.as_str()).ink(Ink::Dim),
        label.into(),
        Cell::from(value(paper, line)).ink(ink),
        Cell::from(by.unwrap_or_default()).ink(Ink::Dim),
        said.join(" · ").into(),
    ]
}

/// How far an execution is, in one line.
pub fn summary(paper: &Paper, page: &ExecutionPage) -> String {
    let words = paper.words;
    let counts = [&page.answered, &page.missing, &page.failed];
    let text = words.fill(
        "checklist.summary",
        &counts.map(|it| it as &dyn std::fmt::Display),
    );
    format!("  {text}\n")
}

/// What to ask for one item.
pub fn prompt(paper: &Paper, line: &ItemLine) -> String {
    let asked = line.asks.as_ref().map(|it| asks(paper, it));
    let required = match line.required {
        true => " *",
        false => "",
    };
    let repetition = match line.repetition {
        0 => String::new(),
        repetition => format!(" ({})", repetition + 1),
    };
    format!(
        "{}{repetition}{required} [{}]",
        paper.ink(Ink::Bold, &line.label),
        asked.unwrap_or_default()
    )
}
