//! An execution as a screen shows it: each item with its answer and state.
//!
//! **Invariant**: answers to items that are no longer asked, or that this
//! device does not know, are shown as such, never left out.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    document::{
        Conflict, Witness,
        checklist::{Asks, Checklist, Item, OnFail},
        execution::{
            AnswerValue, Answered, ContentHash, Execution, Other, Problem, Said, Signed, State,
            Verdict, review,
        },
    },
    error::Error,
    model::{DocumentId, Kind, PersonId, Quantity, Timestamp},
    store::{Tx, outbox, views},
};

/// One execution of a checklist.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExecutionPage {
    /// The execution.
    pub id: DocumentId,
    /// The checklist.
    pub checklist: DocumentId,
    /// The checklist's code, where it is on this device.
    pub checklist_code: Option<String>,
    /// The checklist's name.
    pub checklist_name: Option<String>,
    /// The version it runs.
    pub version: Option<u32>,
    /// The version in force, where that is another one.
    pub newer_version: Option<u32>,
    /// How far it is.
    pub state: State,
    /// The order it is done for.
    pub work_order: Option<DocumentId>,
    /// The plan it is done for.
    pub plan: Option<DocumentId>,
    /// The occurrence of that plan.
    pub occurrence: Option<String>,
    /// Who started it.
    pub person: PersonId,
    /// Their name.
    pub person_name: Option<String>,
    /// When, by their device's clock.
    pub started_at: Timestamp,
    /// How many items are answered.
    pub answered: usize,
    /// How many problems keep it from being finalized.
    pub missing: usize,
    /// How many answers fail.
    pub failed: usize,
    /// Every item in order, each repetition of one after the other.
    pub items: Vec<ItemLine>,
    /// Who signed.
    pub signatures: Vec<SignatureLine>,
    /// What somebody should look at.
    pub conflicts: Vec<Conflict>,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

/// One item in one repetition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ItemLine {
    /// The item's id.
    pub item: String,
    /// Which repetition of its group; 0 outside groups.
    pub repetition: u16,
    /// What it says; its id where this device does not know the item.
    pub label: String,
    /// How to do it.
    pub help: Option<String>,
    /// What it asks for; none where this device does not know the item.
    pub asks: Option<Asks>,
    /// True when it is asked.
    pub visible: bool,
    /// True when it must be answered now.
    pub required: bool,
    /// True when a failure is a danger to people.
    pub safety: bool,
    /// Whether its answer passes.
    pub verdict: Verdict,
    /// What its failure calls for; none while it does not fail.
    pub calls_for: Option<OnFail>,
    /// The number that follows from others.
    pub calculated: Option<Quantity>,
    /// What keeps the execution from being finalized.
    pub problem: Option<Problem>,
    /// What counts as the answer.
    pub value: Option<AnswerValue>,
    /// Who said it.
    pub person: Option<PersonId>,
    /// Their name.
    pub person_name: Option<String>,
    /// When, by their device's clock.
    pub at: Option<Timestamp>,
    /// What others said at the same time.
    pub others: Vec<Other>,
    /// Remarks.
    pub comments: Vec<Said>,
    /// Photos, by the hash of their bytes.
    pub photos: Vec<ContentHash>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureLine {
    /// Who signed.
    pub person: PersonId,
    /// Their name.
    pub person_name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// True when what they signed is what the execution says now.
    pub current: bool,
}

/// Names of people, by id.
type Names = BTreeMap<PersonId, String>;

/// Puts an execution and its checklist together.
pub(crate) fn execution_page(
    tx: &Tx<'_>,
    execution: &Execution,
    names: &Names,
) -> Result<ExecutionPage, Error> {
    let id = execution.life.id;
    let checklist: Option<Checklist> = views::record(tx, Kind::Checklist, execution.checklist)?;
    let version = checklist
        .as_ref()
        .and_then(|it| it.version(execution.version));
    let newer = checklist
        .as_ref()
        .and_then(|it| it.newer_than(execution.version));
    let items = version.map_or(&[][..], |version| version.items.as_slice());
    let items = lines(items, execution, names);
    let link = execution.plan.as_ref();
    Ok(ExecutionPage {
        id,
        checklist: execution.checklist,
        version: version.map(|version| version.number),
        newer_version: newer.map(|version| version.number),
        state: execution.state,
        work_order: execution.work_order,
        plan: link.map(|link| link.plan),
        occurrence: link.and_then(|link| link.occurrence.clone()),
        person: execution.life.created_by,
        person_name: names.get(&execution.life.created_by).cloned(),
        started_at: execution.life.created_at,
        answered: execution.answers.iter().filter(|it| it.is_given()).count(),
        missing: items.iter().filter(|line| line.problem.is_some()).count(),
        failed: items
            .iter()
            .filter(|line| line.verdict == Verdict::Fail)
            .count(),
        items,
        signatures: execution
            .signatures
            .iter()
            .map(|signed| signature(signed, names))
            .collect(),
        conflicts: execution.life.conflicts.clone(),
        pending: outbox::count_of(tx, id)?,
        checklist_code: checklist.as_ref().map(|it| it.code.clone()),
        checklist_name: checklist.map(|it| it.name),
    })
}

/// Every item of the version, then what was answered besides.
fn lines(items: &[Item], execution: &Execution, names: &Names) -> Vec<ItemLine> {
    let by_id: BTreeMap<_, _> = items.iter().map(|item| (item.id.as_str(), item)).collect();
    let states = review(items, &execution.answers);
    let mut lines = Vec::with_capacity(states.len());
    for state in states {
        let Some(item) = by_id.get(state.item.as_str()) else {
            continue;
        };
        let answered = execution.answer(&state.item, state.repetition);
        lines.push(ItemLine {
            label: item.label.clone(),
            help: item.help.clone(),
            asks: Some(item.asks.clone()),
            visible: state.visible,
            required: state.required,
            safety: item.safety,
            verdict: state.verdict,
            calls_for: (state.verdict == Verdict::Fail).then_some(item.on_fail),
            calculated: state.calculated,
            problem: state.problem,
            ..line(&state.item, state.repetition, answered, names)
        });
    }
    let unknown = execution.answers.iter().filter(|answered| {
        let mut known = lines.iter();
        !known.any(|line| (line.item.as_str(), line.repetition) == answered.place())
    });
    let unknown: Vec<_> = unknown
        .map(|answered| line(&answered.item, answered.repetition, Some(answered), names))
        .collect();
    lines.extend(unknown);
    lines
}

/// An answer without its item.
fn line(item: &str, repetition: u16, answered: Option<&Answered>, names: &Names) -> ItemLine {
    let witness: Option<&Witness> = answered.and_then(|it| it.witnesses.first());
    ItemLine {
        item: item.to_owned(),
        repetition,
        label: item.to_owned(),
        help: None,
        asks: None,
        visible: false,
        required: false,
        safety: false,
        verdict: Verdict::Unjudged,
        calls_for: None,
        calculated: None,
        problem: None,
        value: answered.and_then(|it| it.value.clone()),
        person: witness.map(|witness| witness.by),
        person_name: witness.and_then(|witness| names.get(&witness.by).cloned()),
        at: witness.map(|witness| witness.at),
        others: answered.map_or(Vec::new(), |it| it.others.clone()),
        comments: answered.map_or(Vec::new(), |it| it.comments.clone()),
        photos: answered.map_or(Vec::new(), |it| it.photos.clone()),
    }
}

fn signature(signed: &Signed, names: &Names) -> SignatureLine {
    SignatureLine {
        person: signed.person,
        person_name: names.get(&signed.person).cloned(),
        at: signed.witness.at,
        current: signed.current,
    }
}
