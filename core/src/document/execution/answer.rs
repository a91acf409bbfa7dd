//! Answers, and what becomes of those given apart.
//!
//! **Invariant** (DOMAIN.md, "What concurrent work must become"): not
//! conforming outweighs conforming; photos and multiple choices are united;
//! every other difference is kept beside the later answer.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::ContentHash;
use crate::{
    document::{
        Conflict, Entries, Entry, Witness,
        schema::{Value, at_most, identifier, optional},
    },
    error::Invalid,
    model::{Day, DocumentId, Line, PersonId, Quantity, stored_text},
};

const PHOTOS_MAX: usize = 50;
const CHOICES_MAX: usize = 100;

/// What somebody answers to one item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Answer {
    /// The answer itself; none where only a photo or comment is given, and
    /// where an answer is taken back.
    #[n(0)]
    pub value: Option<AnswerValue>,
    /// A remark about it.
    #[n(1)]
    pub comment: Option<String>,
    /// Pictures, by the hash of their bytes; sorted.
    #[n(2)]
    pub photos: Vec<ContentHash>,
}

/// An answer itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum AnswerValue {
    /// Ticked or not.
    #[n(0)]
    Check(#[n(0)] bool),
    /// Conforming or not.
    #[n(1)]
    Outcome(#[n(0)] Outcome),
    /// Yes or no.
    #[n(2)]
    YesNo(#[n(0)] bool),
    /// A number, or what a meter says.
    #[n(3)]
    Number(#[n(0)] Quantity),
    /// Words.
    #[n(4)]
    Text(#[n(0)] String),
    /// The id of the choice.
    #[n(5)]
    One(#[n(0)] String),
    /// The ids of the choices, sorted.
    #[n(6)]
    Many(#[n(0)] Vec<String>),
    /// A local date.
    #[n(7)]
    Date(#[n(0)] Day),
    /// Who signed.
    #[n(8)]
    Signature(#[n(0)] PersonId),
    /// What the code or tag said.
    #[n(9)]
    Scan(#[n(0)] String),
    /// A part that was used.
    #[n(10)]
    Part {
        /// Which one.
        #[n(0)]
        part: DocumentId,
        /// How much.
        #[n(1)]
        quantity: Quantity,
        /// The stock movement that says so too.
        #[n(2)]
        movement: Option<DocumentId>,
    },
}

/// Conforming or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Conforming (*conforme*).
    #[n(0)]
    Ok,
    /// Not conforming (*non conforme*).
    #[n(1)]
    Nok,
    /// Not applicable (*sans objet*).
    #[n(2)]
    NotApplicable,
}

/// What counts as the answer to one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// The item.
    pub item: String,
    /// Which repetition of its group; 0 outside groups.
    pub repetition: u16,
    /// What counts; none where it was taken back or is only a photo.
    pub value: Option<AnswerValue>,
    /// Who said it, the first one decided.
    pub witnesses: Vec<Witness>,
    /// What others said at the same time, attributed.
    pub others: Vec<Other>,
    /// What people remarked about it, attributed.
    pub comments: Vec<Said>,
    /// Everybody's photos.
    pub photos: Vec<ContentHash>,
}

/// What somebody else answered at the same time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Other {
    /// Their answer.
    pub value: AnswerValue,
    /// Who and when.
    #[serde(flatten)]
    pub witness: Witness,
}

/// A remark about an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// What it says.
    pub text: String,
    /// Who and when.
    #[serde(flatten)]
    pub witness: Witness,
}

impl Answer {
    /// An answer without remark or photo.
    pub fn new(value: AnswerValue) -> Self {
        Self {
            value: Some(value),
            ..Self::default()
        }
    }

    /// The same with its lists sorted, each member once.
    pub(super) fn in_order(mut self) -> Self {
        self.photos.sort_unstable();
        self.photos.dedup();
        if let Some(AnswerValue::Many(choices)) = &mut self.value {
            choices.sort_unstable();
            choices.dedup();
        }
        self
    }
}

impl Answered {
    /// What orders answers: the item, then the repetition.
    pub fn place(&self) -> (&str, u16) {
        (&self.item, self.repetition)
    }

    /// True when there is a value or a photo.
    pub fn is_given(&self) -> bool {
        self.value.is_some() || !self.photos.is_empty()
    }
}

impl AnswerValue {
    /// The number it says, where it says one.
    pub const fn number(&self) -> Option<Quantity> {
        match self {
            Self::Number(number)
            | Self::Part {
                quantity: number, ..
            } => Some(*number),
            _ => None,
        }
    }

    pub(in crate::document) fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Text(text) => stored_text(text, Line::PROSE),
            Self::Scan(text) => stored_text(text, Line::TITLE),
            Self::One(choice) => identifier(choice),
            Self::Many(choices) => {
                at_most(choices, CHOICES_MAX)?;
                choices.iter().try_for_each(|choice| identifier(choice))?;
                sorted(choices)
            }
            Self::Part { quantity, .. } if *quantity < Quantity::ZERO => Err(Invalid::new(
                "quantity_negative",
                "the quantity is negative",
            )),
            _ => Ok(()),
        }
    }
}

impl Value for Answer {
    fn check(&self) -> Result<(), Invalid> {
        self.value.iter().try_for_each(AnswerValue::check)?;
        optional(self.comment.as_ref(), Line::PROSE)?;
        at_most(&self.photos, PHOTOS_MAX)?;
        sorted(&self.photos)
    }
}

fn sorted<T: Ord>(list: &[T]) -> Result<(), Invalid> {
    if list.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(Invalid::new("list_order", "the list is not in order"));
    }
    Ok(())
}

/// The key of an answer.
pub(super) fn key(item: &str, repetition: u16) -> String {
    format!("answer/{item}/{repetition}")
}

/// What counts about `key`, which ends in `rest`; `None` when nobody said
/// anything readable, or about no item.
pub(super) fn settle(
    entries: &Entries,
    key: &str,
    rest: &str,
) -> Option<(Answered, Option<Conflict>)> {
    let (item, repetition) = rest.split_once('/')?;
    let number: u16 = repetition.parse().ok()?;
    if number.to_string() != repetition {
        return None;
    }
    let heads: Vec<(Answer, &Entry)> = entries
        .heads(key)
        .into_iter()
        .filter_map(|entry| Some((entry.decode()?, entry)))
        .collect();
    let mut given: Vec<(&AnswerValue, &Entry)> = heads
        .iter()
        .filter_map(|(answer, entry)| Some((answer.value.as_ref()?, *entry)))
        .collect();
    given.sort_by_key(|(value, entry)| {
        let fails = **value == AnswerValue::Outcome(Outcome::Nok);
        (fails, entry.at, entry.id)
    });
    let mut value = given.last().map(|(value, _)| (*value).clone());
    let (mut witnesses, mut others) = (Vec::new(), Vec::new());
    for (said, entry) in given.into_iter().rev() {
        let witness = Witness::of(entry);
        match (&mut value, said) {
            (Some(AnswerValue::Many(all)), AnswerValue::Many(some)) => {
                let united: BTreeSet<_> = all.drain(..).chain(some.iter().cloned()).collect();
                all.extend(united);
                witnesses.push(witness);
            }
            (Some(value), said) if value == said => witnesses.push(witness),
            (_, said) => others.push(Other {
                value: said.clone(),
                witness,
            }),
        }
    }
    if witnesses.is_empty() {
        witnesses.extend(heads.iter().map(|(_, entry)| Witness::of(entry)));
    }
    let comments = heads.iter().filter_map(|(answer, entry)| {
        Some(Said {
            text: answer.comment.clone()?,
            witness: Witness::of(entry),
        })
    });
    let photos: BTreeSet<_> = heads
        .iter()
        .flat_map(|(answer, _)| &answer.photos)
        .collect();
    let answered = Answered {
        item: item.to_owned(),
        repetition: number,
        comments: comments.collect(),
        photos: photos.into_iter().copied().collect(),
        value,
        witnesses,
        others,
    };
    (!heads.is_empty()).then(|| {
        let conflict = conflict(key, &answered);
        (answered, conflict)
    })
}

/// The flag for answers that cannot both be true: two texts can.
fn conflict(key: &str, answered: &Answered) -> Option<Conflict> {
    let text = |value: &AnswerValue| matches!(value, AnswerValue::Text(_));
    let all_texts = answered.value.as_ref().is_some_and(text)
        && answered.others.iter().all(|other| text(&other.value));
    if answered.others.is_empty() || all_texts {
        return None;
    }
    let others = answered.others.iter().map(|other| other.witness.entry);
    Some(Conflict {
        field: key.to_owned(),
        code: "concurrent_answer".to_owned(),
        entries: std::iter::once(answered.witnesses[0].entry)
            .chain(others)
            .collect(),
    })
}
