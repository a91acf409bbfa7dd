//! What became of an occurrence, and which word counts.
//!
//! **Invariant**: field facts stand; see [`read`] for the order.

use std::cmp::Reverse;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::{
        Conflict, Entries, Entry, Witness,
        schema::{Group, Value, checked, optional},
    },
    error::Invalid,
    model::{DocumentId, Line, PersonId, Quantity, Timestamp, check_text, stored_text},
};

/// What became of an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Somebody did it.
    #[n(0)]
    Executed(#[n(0)] Execution),
    /// It will not be done.
    #[n(1)]
    Skipped {
        /// Why.
        #[n(0)]
        reason: String,
    },
    /// A larger plan's occurrence contains it.
    #[n(2)]
    Absorbed {
        /// That plan.
        #[n(0)]
        by: DocumentId,
    },
}

/// How an occurrence was executed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Execution {
    /// When.
    #[n(0)]
    pub on: Timestamp,
    /// By whom.
    #[n(1)]
    pub person: PersonId,
    /// By which order; none when it was done without (*exécution constatée
    /// sans OT*).
    #[n(2)]
    pub work_order: Option<DocumentId>,
    /// The plan's meter then.
    #[n(3)]
    pub reading: Option<Quantity>,
    /// A remark.
    #[n(4)]
    pub note: Option<String>,
}

/// What somebody said about an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// What they said.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Who wrote it, and when.
    pub witness: Witness,
}

impl Outcome {
    /// How it was executed, where it was.
    pub const fn execution(&self) -> Option<&Execution> {
        match self {
            Self::Executed(execution) => Some(execution),
            _ => None,
        }
    }

    pub(super) fn trimmed(mut self) -> Result<Self, Invalid> {
        match &mut self {
            Self::Executed(execution) => {
                if let Some(note) = &mut execution.note {
                    *note = check_text(note, Line::PROSE)?;
                }
            }
            Self::Skipped { reason } => *reason = check_text(reason, Line::PROSE)?,
            Self::Absorbed { .. } => {}
        }
        Ok(self)
    }
}

impl Value for Outcome {
    fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Executed(execution) if !execution.on.is_plausible() => Err(Invalid::new(
                "implausible_time",
                "the time is before 2000 or after 2200",
            )),
            Self::Executed(execution) => optional(execution.note.as_ref(), Line::PROSE),
            Self::Skipped { reason } => stored_text(reason, Line::PROSE),
            Self::Absorbed { .. } => Ok(()),
        }
    }
}

/// The field group of a word: whoever did it says so, the office skips.
pub(super) fn judge(bytes: &[u8]) -> Result<Group, Invalid> {
    Ok(match checked::<Outcome>(bytes)? {
        Outcome::Executed(_) => Group::Work,
        Outcome::Skipped { .. } | Outcome::Absorbed { .. } => Group::Decide,
    })
}

/// Everything said that nobody followed, what counts first: executions before
/// the rest, of executions the earlier one, of the rest the later one.
pub(super) fn read(entries: &Entries) -> (Vec<Happened>, Option<Conflict>) {
    let mut said: Vec<(Outcome, &Entry)> = entries
        .heads("outcome")
        .into_iter()
        .filter_map(|entry| Some((entry.decode()?, entry)))
        .collect();
    said.sort_by_key(|(outcome, entry)| match outcome.execution() {
        Some(execution) => (
            false,
            execution.on,
            Reverse(entry.rank),
            Reverse(entry.at),
            entry.id,
        ),
        None => (
            true,
            Timestamp(0),
            Reverse(entry.rank),
            Reverse(entry.at),
            entry.id,
        ),
    });
    // The same said twice is said once.
    let mut happened = Vec::<Happened>::new();
    for (outcome, entry) in said {
        if !happened.iter().any(|other| other.outcome == outcome) {
            happened.push(Happened {
                outcome,
                witness: Witness::of(entry),
            });
        }
    }
    let executed = happened
        .iter()
        .filter(|happened| happened.outcome.execution().is_some())
        .count();
    let code = match (executed, happened.len()) {
        (0, _) | (1, 1) => None,
        (executed, all) if executed < all => Some("executed_and_skipped"),
        _ => Some("executed_twice"),
    };
    let conflict = code.map(|code| Conflict {
        field: "outcome".to_owned(),
        code: code.to_owned(),
        entries: happened.iter().map(|said| said.witness.entry).collect(),
    });
    (happened, conflict)
}
