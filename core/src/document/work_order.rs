//! Work orders (OT): what is to be done, who does it, how far it is.
//!
//! **Invariant**: a completion is never hidden by a cancellation, hours and
//! comments of everybody stand, and what the office decided stays visible
//! (DOMAIN.md, "What concurrent work must become").

mod fields;
mod status;
mod time_spent;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use fields::{
    Created, Downtime, Failure, Imported, Intervention, Link, OrderType, Planned, Priority,
    WorkKind,
};
pub(super) use fields::{FIELDS, TEXTS};
pub use status::{Status, StatusChange};
pub use time_spent::minutes_by_person;

use super::{
    Document, Entries, Life, Stamp, Witness,
    plain::Fold,
    schema::{Code, Remark, Title, Value},
};
use crate::{
    error::{Error, Invalid},
    model::{Day, DocumentId, EntryId, Line, PersonId, check_text},
};

/// A work order as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkOrder {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The relay's number (`OT-2026-00042`); none before it was synced.
    pub number: Option<String>,
    /// What the device called it meanwhile.
    pub provisional: String,
    /// One line.
    pub title: String,
    /// Long text.
    pub description: String,
    /// Completion note (*compte rendu*).
    pub note: String,
    /// Why the work is done.
    #[serde(rename = "type")]
    pub order_type: OrderType,
    /// P1 (urgent) to P4 (low).
    pub priority: Priority,
    /// The equipment concerned.
    pub equipment: Option<DocumentId>,
    /// The plan and occurrence it does.
    pub plan: Option<Link>,
    /// Where it stands.
    pub status: Status,
    /// Why it waits or was cancelled, where somebody said.
    pub reason: Option<String>,
    /// Who is to do it.
    pub assignees: Vec<PersonId>,
    /// Who worked on it, assigned or not.
    pub contributors: Vec<PersonId>,
    /// Local date by which it is to be done.
    pub due: Option<Day>,
    /// When it is planned.
    pub planned: Option<Planned>,
    /// Time spent, by intervention id.
    pub interventions: BTreeMap<String, Intervention>,
    /// Minutes per person, overlapping intervals counted once.
    pub minutes: BTreeMap<PersonId, i64>,
    /// What failed and how it was mended.
    pub failure: Option<Failure>,
    /// How long production stood.
    pub downtime: Option<Downtime>,
    /// Comments in order.
    pub comments: Vec<Comment>,
    /// What came with an imported order.
    pub imported: Option<Imported>,
    /// The order this one was merged into as a duplicate.
    pub merged_into: Option<DocumentId>,
    /// Orders somebody looked at and found different.
    pub not_duplicate_of: Vec<DocumentId>,
}

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// What it says.
    pub text: String,
    /// Who and when.
    #[serde(flatten)]
    pub witness: Witness,
}

/// Writes the first entry of a new work order.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds.
pub fn create(
    document: &mut Document,
    created: &Created,
    description: &str,
    stamp: &Stamp,
) -> Result<(), Error> {
    created.check()?;
    document.write("created", created, stamp)?;
    if description.is_empty() {
        return Ok(());
    }
    document.set_text("description", description, stamp)
}

/// Takes a step, ending the author's running interventions when the work stops
/// and starting one when it starts. Reopening starts none.
///
/// # Errors
///
/// [`Error::Invalid`] with code `transition` when the step may not follow, or
/// `reason_missing`.
pub fn step(
    document: &mut Document,
    to: Status,
    reason: Option<&str>,
    stamp: &Stamp,
) -> Result<(), Error> {
    let order = WorkOrder::read(document)?;
    if !order.status.may_become(to) {
        let message = format!("{} cannot follow {}", to.name(), order.status.name());
        return Err(Invalid::new("transition", message).into());
    }
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    // Reopening is a decision about finished work: it needs a reason too.
    if reason.is_none()
        && (to.needs_reason() || order.status == Status::Done && to == Status::InProgress)
    {
        return Err(Invalid::new("reason_missing", "this step needs a reason").into());
    }
    let change = StatusChange {
        to,
        reason: reason.map(str::to_owned),
    };
    change.check()?;
    document.write("status", &change, stamp)?;
    if order.status == Status::Done {
        // Who reopens or closes it decides; nobody works by that.
        Ok(())
    } else if to == Status::InProgress {
        begin(document, WorkKind::Work, stamp)
    } else {
        end_running(document, &order, stamp)
    }
}

/// Starts the author's clock.
///
/// # Errors
///
/// [`Error::Malformed`] when the document is not a work order.
pub fn begin(document: &mut Document, kind: WorkKind, stamp: &Stamp) -> Result<(), Error> {
    let intervention = Intervention {
        person: stamp.by,
        start: stamp.at,
        end: None,
        kind,
    };
    let name = EntryId::of(format!("{} {}", stamp.by, stamp.at.0).as_bytes());
    document.write(&format!("intervention/{name}"), &intervention, stamp)
}

fn end_running(document: &mut Document, order: &WorkOrder, stamp: &Stamp) -> Result<(), Error> {
    for (name, running) in &order.interventions {
        if running.person == stamp.by && running.end.is_none() {
            // A clock that went back meanwhile must not make a negative interval.
            let ended = Intervention {
                end: Some(stamp.at.max(running.start)),
                ..running.clone()
            };
            document.write(&format!("intervention/{name}"), &ended, stamp)?;
        }
    }
    Ok(())
}

/// Adds a comment.
///
/// # Errors
///
/// [`Error::Invalid`] when it is empty, too long or has hidden characters.
pub fn comment(document: &mut Document, text: &str, stamp: &Stamp) -> Result<(), Error> {
    let remark = Remark(check_text(text, Line::PROSE)?);
    remark.check()?;
    let name = EntryId::of(format!("{} {} {text}", stamp.by, stamp.at.0).as_bytes());
    document.write(&format!("comment/{name}"), &remark, stamp)
}

/// Replaces the `description` or the completion `note`.
///
/// # Errors
///
/// [`Error::Invalid`] when it is too long or the order is closed.
pub fn set_text(
    document: &mut Document,
    name: &str,
    text: &str,
    stamp: &Stamp,
) -> Result<(), Error> {
    frozen(&WorkOrder::read(document)?)?;
    document.set_text(name, text, stamp)
}

fn frozen(order: &WorkOrder) -> Result<(), Invalid> {
    if order.status == Status::Closed {
        let message = "a closed order is frozen; add a comment instead";
        return Err(Invalid::new("closed", message));
    }
    Ok(())
}

/// Sets one plain field: `title`, `priority`, `assignees`, `due`…
///
/// Saying again what already counts changes nothing.
///
/// # Errors
///
/// [`Error::Invalid`] when the value is out of bounds or the order is closed;
/// `number` and `imported`, which the relay keeps, are never frozen.
pub fn set<V: Value>(
    document: &mut Document,
    field: &str,
    value: &V,
    stamp: &Stamp,
) -> Result<(), Error> {
    value.check()?;
    let order = WorkOrder::read(document)?;
    if !matches!(field, "number" | "imported") {
        frozen(&order)?;
    }
    let now = document.entries().plain::<V>(field);
    if now.is_some_and(|now| now.value == *value && now.rivals.is_empty()) {
        return Ok(());
    }
    document.write(field, value, stamp)
}

impl WorkOrder {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as an order.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("work order");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        // Two devices may both have created the order of one occurrence: the
        // first by clock and id speaks, edits of either stand.
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let title = fold.plain("title").unwrap_or(Title(created.title)).0;
        let order_type = fold.plain("type").unwrap_or(created.order_type);
        let priority = fold.plain("priority").unwrap_or(created.priority);
        let equipment = fold.plain("equipment").unwrap_or(created.equipment);
        let plan = fold.plain("plan").unwrap_or(created.plan);
        let due = fold.plain("due").unwrap_or(created.due);
        let planned = fold.plain("planned").unwrap_or(None);
        let failure = fold.plain("failure");
        let downtime = fold.plain("downtime");
        let merged_into = fold.plain("merged_into").unwrap_or(None);
        let assignees = fold.plain("assignees").unwrap_or(created.assignees);
        let imported = entries.plain::<Imported>("imported").map(|it| it.value);
        let number = entries.plain::<Code>("number").map(|number| number.value.0);
        for event in &mut life.history {
            let mut said = entries.about(&event.field).iter();
            let said = said.find(|entry| entry.id == event.witness.entry);
            event.value = said.and_then(word);
        }
        let (step, conflicts) = status::read(&entries, created.status);
        life.conflicts.extend(conflicts);

        let interventions: BTreeMap<_, _> = entries
            .under("intervention")
            .filter_map(|(key, name)| Some((name.to_owned(), longest(&entries, key)?)))
            .collect();
        let mut contributors: Vec<_> = interventions.values().map(|spent| spent.person).collect();
        contributors.sort_unstable();
        contributors.dedup();
        Ok(Self {
            number,
            provisional: created.provisional,
            title,
            description: document.text("description"),
            note: document.text("note"),
            order_type,
            priority,
            equipment,
            plan,
            status: step.to,
            reason: step.reason,
            assignees,
            contributors,
            due,
            planned,
            minutes: minutes_by_person(interventions.values(), None),
            interventions,
            failure,
            downtime,
            comments: comments(&entries),
            imported: imported.or(created.imported),
            merged_into,
            not_duplicate_of: entries
                .under("not_duplicate_of")
                .filter(|(key, _)| entries.plain(key).is_some_and(|seen| seen.value))
                .filter_map(|(_, other)| other.parse().ok())
                .collect(),
            life,
        })
    }

    /// What to call it: the relay's number, or the provisional one.
    pub fn name(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.provisional)
    }
}

/// What an entry of the history said, where that is one word.
fn word(entry: &super::Entry) -> Option<String> {
    match entry.key.as_str() {
        "status" => {
            let step: StatusChange = entry.decode()?;
            let name = step.to.name();
            Some(
                step.reason
                    .map_or(name.to_owned(), |reason| format!("{name}: {reason}")),
            )
        }
        "priority" => Some(entry.decode::<Priority>()?.name().to_owned()),
        "type" => Some(entry.decode::<OrderType>()?.name().to_owned()),
        "title" => Some(entry.decode::<Title>()?.0),
        "number" => Some(entry.decode::<Code>()?.0),
        "due" => entry.decode::<Option<Day>>()?.map(|day| day.to_string()),
        _ => None,
    }
}

/// Of concurrent ends of one interval, the later one: hours are field facts.
fn longest(entries: &Entries, key: &str) -> Option<Intervention> {
    let settled =
        entries.settle::<Intervention, _>(key, |entry, spent| (spent.end, entry.at, entry.id))?;
    Some(settled.value)
}

fn comments(entries: &Entries) -> Vec<Comment> {
    let mut comments: Vec<_> = entries
        .under("comment")
        .filter_map(|(key, _)| {
            let settled = entries.plain::<Remark>(key)?;
            Some(Comment {
                witness: settled.witness(),
                text: settled.value.0,
            })
        })
        .collect();
    comments.sort_by_key(|comment| (comment.witness.at, comment.witness.entry));
    comments
}
