//! Whether an answer passes, and what is still missing about it.
//!
//! **Invariant**: a failing answer never keeps an execution from being
//! finalized; only what is missing or unreadable does.

use serde::{Deserialize, Serialize};

use super::{AnswerValue, Answered, Asks, Item, Outcome, Quantity, calculation::OutOfRange};
use crate::document::checklist::{Bounds, Choice};

/// Whether an answer passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is none, or nothing to judge it by.
    Unjudged,
    /// It passes.
    Pass,
    /// It is near a bound.
    Warn,
    /// It fails.
    Fail,
}

/// What keeps an execution from being finalized.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    /// A required item has no answer.
    AnswerMissing,
    /// A failure calls for a comment.
    CommentMissing,
    /// A failure calls for a photo.
    PhotoMissing,
    /// The answer is not of the kind the item asks for.
    WrongAnswerType,
    /// The choice is not one of the item's.
    UnknownChoice,
    /// The calculation has no result within the range.
    CalculationOutOfRange,
}

impl Problem {
    /// The stable code, key of the translated message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AnswerMissing => "answer_missing",
            Self::CommentMissing => "comment_missing",
            Self::PhotoMissing => "photo_missing",
            Self::WrongAnswerType => "wrong_answer_type",
            Self::UnknownChoice => "unknown_choice",
            Self::CalculationOutOfRange => "calculation_out_of_range",
        }
    }

    pub(in super::super) const fn message(self) -> &'static str {
        match self {
            Self::AnswerMissing => "an answer is required",
            Self::CommentMissing => "a failure needs a comment",
            Self::PhotoMissing => "a failure needs a photo",
            Self::WrongAnswerType => "the answer is of another kind",
            Self::UnknownChoice => "the choice is not one of the item's",
            Self::CalculationOutOfRange => "the calculation is out of range",
        }
    }
}

/// Judges a visible item.
pub(super) fn judge(
    item: &Item,
    answered: Option<&Answered>,
    calculated: Option<Result<Option<Quantity>, OutOfRange>>,
    required: bool,
) -> (Verdict, Option<Problem>) {
    if let Some(result) = calculated {
        return match (result, item.asks.bounds()) {
            (Ok(Some(number)), Some(bounds)) => (within(bounds, number), None),
            (Ok(_), _) => (Verdict::Unjudged, None),
            (Err(OutOfRange), _) => (Verdict::Unjudged, Some(Problem::CalculationOutOfRange)),
        };
    }
    let value = answered.and_then(|answered| answered.value.as_ref());
    let verdict = match value.map(|value| verdict(&item.asks, value)).transpose() {
        Ok(verdict) => verdict.unwrap_or(Verdict::Unjudged),
        Err(problem) => return (Verdict::Unjudged, Some(problem)),
    };
    let problem = if required && !is_enough(&item.asks, answered) {
        Some(Problem::AnswerMissing)
    } else if verdict == Verdict::Fail {
        on_fail(item, answered)
    } else {
        None
    };
    (verdict, problem)
}

/// True when a required item is answered.
fn is_enough(asks: &Asks, answered: Option<&Answered>) -> bool {
    let Some(answered) = answered else {
        return false;
    };
    match (asks, &answered.value) {
        (Asks::Photo, _) => !answered.photos.is_empty(),
        (_, None) => false,
        (Asks::Check | Asks::Instruction, Some(value)) => *value == AnswerValue::Check(true),
        (_, Some(AnswerValue::Text(text) | AnswerValue::Scan(text))) => !text.trim().is_empty(),
        (_, Some(AnswerValue::Many(choices))) => !choices.is_empty(),
        _ => true,
    }
}

fn on_fail(item: &Item, answered: Option<&Answered>) -> Option<Problem> {
    let comment = answered.is_some_and(|answered| {
        let mut comments = answered.comments.iter();
        comments.any(|said| !said.text.trim().is_empty())
    });
    let photo = answered.is_some_and(|answered| !answered.photos.is_empty());
    if item.on_fail.comment && !comment {
        Some(Problem::CommentMissing)
    } else if item.on_fail.photo && !photo {
        Some(Problem::PhotoMissing)
    } else {
        None
    }
}

fn verdict(asks: &Asks, value: &AnswerValue) -> Result<Verdict, Problem> {
    let passes = |passes| if passes { Verdict::Pass } else { Verdict::Fail };
    Ok(match (asks, value) {
        (Asks::Outcome, AnswerValue::Outcome(outcome)) => match outcome {
            Outcome::Ok => Verdict::Pass,
            Outcome::Nok => Verdict::Fail,
            Outcome::NotApplicable => Verdict::Unjudged,
        },
        (Asks::YesNo { expected }, AnswerValue::YesNo(answer)) => match expected {
            Some(expected) => passes(answer == expected),
            None => Verdict::Unjudged,
        },
        (
            Asks::Number { bounds, .. } | Asks::MeterReading { bounds, .. },
            AnswerValue::Number(number),
        ) => within(bounds, *number),
        (Asks::OneChoice { choices }, AnswerValue::One(taken)) => passes(!fails(choices, taken)?),
        (Asks::ManyChoices { choices }, AnswerValue::Many(taken)) => {
            let mut any = false;
            for taken in taken {
                any |= fails(choices, taken)?;
            }
            passes(!any)
        }
        (Asks::Scan { expected }, AnswerValue::Scan(scanned)) => match expected {
            Some(expected) => passes(scanned == expected),
            None => Verdict::Unjudged,
        },
        (Asks::Check | Asks::Instruction, AnswerValue::Check(_))
        | (Asks::Text, AnswerValue::Text(_))
        | (Asks::Date, AnswerValue::Date(_))
        | (Asks::Signature, AnswerValue::Signature(_))
        | (Asks::ConsumedPart { .. }, AnswerValue::Part { .. }) => Verdict::Unjudged,
        _ => return Err(Problem::WrongAnswerType),
    })
}

fn fails(choices: &[Choice], taken: &str) -> Result<bool, Problem> {
    let mut choices = choices.iter();
    choices
        .find(|choice| choice.id == taken)
        .map(|choice| choice.fails)
        .ok_or(Problem::UnknownChoice)
}

fn within(bounds: &Bounds, number: Quantity) -> Verdict {
    if bounds.fails(number) {
        Verdict::Fail
    } else if bounds.warns(number) {
        Verdict::Warn
    } else if bounds.are_set() {
        Verdict::Pass
    } else {
        Verdict::Unjudged
    }
}
