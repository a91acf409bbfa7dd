//! Answering one item, and what follows from it elsewhere: a meter's reading
//! goes to the equipment, a used part leaves its store.
//!
//! **Invariant**: the answer and what follows from it are one transaction; an
//! answer of the wrong kind writes nothing at all.

use super::ItemLine;
use crate::{
    document::{
        checklist::{Asks, Checklist, Item},
        equipment::{self, Equipment, Reading},
        execution::{self, Answer, AnswerValue, ContentHash, Execution, Problem, review},
        part::Store,
        plan::Plan,
        stock_movement::{Line as MovedLine, MovementKind, Posted},
        work_order::WorkOrder,
    },
    error::{Error, Invalid},
    model::{DocumentId, Kind, Line, Quantity, check_text},
    replica::{Act, Replica, record, stock},
    store::views,
};

/// What somebody says about one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerInput {
    /// The answer; where there is none, the one that counts stays.
    pub value: Option<AnswerValue>,
    /// A remark; where there is none, those that were made stay.
    pub comment: Option<String>,
    /// Photos to add.
    pub photos: Vec<ContentHash>,
    /// True to take the answer back: it is empty then.
    pub take_back: bool,
    /// The store a used part was taken from: it is issued there at once.
    pub issue_from: Option<String>,
}

impl Replica {
    /// Answers one item of an execution, and says what became of it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `unknown_item`,
    /// `finalized`, `wrong_answer_type`, `unknown_choice`, `nothing_to_change`,
    /// or saying what is out of bounds.
    pub fn answer_item(
        &mut self,
        id: DocumentId,
        item: &str,
        repetition: u16,
        input: &AnswerInput,
    ) -> Result<ItemLine, Error> {
        let movement = DocumentId(self.world().uuid());
        self.act(|act| {
            let known: Execution = record(act.tx(), Kind::Execution, id)?;
            let checklist: Checklist = record(act.tx(), Kind::Checklist, known.checklist)?;
            let version = checklist.version(known.version);
            let items = version.map_or(&[][..], |version| version.items.as_slice());
            let asked = items
                .iter()
                .find(|it| it.id == item && it.asks.is_answered());
            let Some(asked) = asked else {
                let message = "the version it runs asks no such item";
                return Err(Invalid::new("unknown_item", message).into());
            };
            let mut answer = merged(&known, item, repetition, input)?;
            consume(act, &known, &mut answer, item, repetition, input, movement)?;
            act.edit(Kind::Execution, id, |document, stamp| {
                execution::answer(document, item, repetition, answer.clone(), stamp)?;
                judge(items, &Execution::read(document)?, item, repetition)
            })?;
            if input.value.is_some() {
                note_reading(act, &known, asked, &answer)?;
            }
            Ok(())
        })?;
        let page = self.execution(id)?;
        let mut lines = page.items.into_iter();
        lines
            .find(|line| line.item == item && line.repetition == repetition)
            .ok_or(Error::Malformed("execution"))
    }
}

/// What is to be written: what was said now over what counts already.
fn merged(
    known: &Execution,
    item: &str,
    repetition: u16,
    input: &AnswerInput,
) -> Result<Answer, Error> {
    if input.take_back {
        return Ok(Answer::default());
    }
    if input.value.is_none() && input.comment.is_none() && input.photos.is_empty() {
        return Err(Invalid::new("nothing_to_change", "say what is to be answered").into());
    }
    let before = known.answer(item, repetition);
    let remarks = || {
        let comments = before.map_or(&[][..], |it| it.comments.as_slice());
        let texts: Vec<_> = comments.iter().map(|said| said.text.as_str()).collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    };
    let mut photos = before.map_or(Vec::new(), |it| it.photos.clone());
    photos.extend_from_slice(&input.photos);
    Ok(Answer {
        value: input
            .value
            .clone()
            .or_else(|| before.and_then(|it| it.value.clone())),
        comment: match &input.comment {
            Some(text) => Some(check_text(text, Line::PROSE)?),
            None => remarks(),
        },
        photos,
    })
}

/// Refuses an answer that is none to this item.
fn judge(items: &[Item], now: &Execution, item: &str, repetition: u16) -> Result<(), Error> {
    let states = review(items, &now.answers);
    let state = states
        .iter()
        .find(|state| state.item == item && state.repetition == repetition);
    match state.and_then(|state| state.problem) {
        Some(Problem::WrongAnswerType) => {
            let message = "the answer is not of the kind the item asks for";
            Err(Invalid::new("wrong_answer_type", message).into())
        }
        Some(Problem::UnknownChoice) => {
            Err(Invalid::new("unknown_choice", "the item has no such choice").into())
        }
        _ => Ok(()),
    }
}

/// Issues a part that was used, and names the movement in the answer. What an
/// earlier answer to the same item issued is reversed.
fn consume(
    act: &Act<'_>,
    known: &Execution,
    answer: &mut Answer,
    item: &str,
    repetition: u16,
    input: &AnswerInput,
    id: DocumentId,
) -> Result<(), Error> {
    let before = known
        .answer(item, repetition)
        .and_then(|it| it.value.as_ref());
    let issued = match before {
        Some(AnswerValue::Part {
            movement: Some(movement),
            ..
        }) => Some(*movement),
        _ => None,
    };
    let Some(AnswerValue::Part {
        part,
        quantity,
        movement,
    }) = &mut answer.value
    else {
        return match issued {
            Some(issued) => stock::reverse(act, issued, "answer changed").map(drop),
            None => Ok(()),
        };
    };
    if input.value.is_none() {
        return Ok(());
    }
    if let Some(issued) = issued {
        stock::reverse(act, issued, "answer changed")?;
        *movement = None;
    }
    let Some(store) = &input.issue_from else {
        return Ok(());
    };
    if *quantity == Quantity::ZERO {
        return Ok(());
    }
    let posted = Posted {
        kind: MovementKind::Issue,
        lines: vec![MovedLine {
            part: *part,
            quantity: *quantity,
            from: Some(Store(check_text(store, Line::CODE)?)),
            to: None,
            unit_cost: None,
        }],
        work_order: known.work_order,
        person: act.person(),
        at: act.at(),
        reason: None,
        reverses: None,
    };
    stock::post(act, id, &posted)?;
    *movement = Some(id);
    Ok(())
}

/// Writes what a meter said to the equipment it belongs to.
fn note_reading(
    act: &Act<'_>,
    known: &Execution,
    item: &Item,
    answer: &Answer,
) -> Result<(), Error> {
    let (Asks::MeterReading { meter, .. }, Some(AnswerValue::Number(value))) =
        (&item.asks, &answer.value)
    else {
        return Ok(());
    };
    let order: Option<WorkOrder> = match known.work_order {
        Some(order) => views::record(act.tx(), Kind::WorkOrder, order)?,
        None => None,
    };
    let plan: Option<Plan> = match &known.plan {
        Some(link) => views::record(act.tx(), Kind::Plan, link.plan)?,
        None => None,
    };
    let machine = order
        .and_then(|order| order.equipment)
        .or_else(|| plan.and_then(|plan| plan.equipment));
    let Some(machine) = machine else {
        return Ok(());
    };
    let here: Option<Equipment> = views::record(act.tx(), Kind::Equipment, machine)?;
    if !here.is_some_and(|machine| machine.meters.contains_key(meter)) {
        return Ok(());
    }
    let reading = Reading {
        value: *value,
        at: act.at(),
        restarted: false,
    };
    act.edit(Kind::Equipment, machine, |document, stamp| {
        equipment::record_reading(document, meter, &reading, stamp).map(drop)
    })
}
