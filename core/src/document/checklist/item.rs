//! What a checklist asks.
//!
//! **Invariant**: an item keeps its id through all versions, so that answers
//! can be compared over the years; field numbers, once released, keep their
//! meaning.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Bounds, Condition};
use crate::model::DocumentId;

/// The most repetitions of one group.
pub const REPETITIONS_MAX: u16 = 200;

/// One line of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Item {
    /// Stable id within the checklist.
    #[n(0)]
    pub id: String,
    /// One line.
    #[n(1)]
    pub label: String,
    /// How to do it.
    #[n(2)]
    pub help: Option<String>,
    /// What it asks for.
    #[n(3)]
    pub asks: Asks,
    /// The section or repeat group it is in; an earlier item.
    #[n(4)]
    pub parent: Option<String>,
    /// True when it must be answered, where it is relevant.
    #[n(5)]
    pub required: bool,
    /// True when a failure is a danger to people: its alert is critical.
    #[n(6)]
    pub safety: bool,
    /// When it is asked at all; always where nothing is said.
    #[n(7)]
    pub relevant_if: Option<Condition>,
    /// What a failure calls for.
    #[n(8)]
    pub on_fail: OnFail,
}

impl Item {
    /// An item that may be left unanswered and is always asked.
    pub fn new(id: &str, label: &str, asks: Asks) -> Self {
        Self {
            id: id.to_owned(),
            label: label.to_owned(),
            help: None,
            asks,
            parent: None,
            required: false,
            safety: false,
            relevant_if: None,
            on_fail: OnFail::default(),
        }
    }
}

/// What a failure calls for.
#[expect(clippy::struct_excessive_bools, reason = "a set of independent flags")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct OnFail {
    /// A comment is required.
    #[n(0)]
    pub comment: bool,
    /// A photo is required.
    #[n(1)]
    pub photo: bool,
    /// A corrective work order is proposed.
    #[n(2)]
    pub work_order: bool,
    /// An alert is raised.
    #[n(3)]
    pub alert: bool,
    /// The checklist ends here: what follows need not be answered.
    #[n(4)]
    pub stop: bool,
}

/// What an item asks for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Asks {
    /// Nothing: it heads the items that have it as parent.
    #[n(0)]
    Section,
    /// That it be read; where required, ticked.
    #[n(1)]
    Instruction,
    /// A tick.
    #[n(2)]
    Check,
    /// Conforming, not conforming or not applicable.
    #[n(3)]
    Outcome,
    /// Yes or no.
    #[n(4)]
    YesNo {
        /// The answer that passes, where one does.
        #[n(0)]
        expected: Option<bool>,
    },
    /// A number.
    #[n(5)]
    Number {
        /// Its unit.
        #[n(0)]
        unit: String,
        /// Where it fails or warns.
        #[n(1)]
        bounds: Bounds,
    },
    /// What a meter of the equipment says.
    #[n(6)]
    MeterReading {
        /// The meter's id.
        #[n(0)]
        meter: String,
        /// Where it fails or warns.
        #[n(1)]
        bounds: Bounds,
    },
    /// Words.
    #[n(7)]
    Text,
    /// One of several.
    #[n(8)]
    OneChoice {
        /// What can be chosen.
        #[n(0)]
        choices: Vec<Choice>,
    },
    /// Any of several.
    #[n(9)]
    ManyChoices {
        /// What can be chosen.
        #[n(0)]
        choices: Vec<Choice>,
    },
    /// A date.
    #[n(10)]
    Date,
    /// At least one photo.
    #[n(11)]
    Photo,
    /// That somebody signs.
    #[n(12)]
    Signature,
    /// A QR code or NFC tag.
    #[n(13)]
    Scan {
        /// What it must say, where that is known.
        #[n(0)]
        expected: Option<String>,
    },
    /// A part that was used.
    #[n(14)]
    ConsumedPart {
        /// Which one, where that is known.
        #[n(0)]
        part: Option<DocumentId>,
    },
    /// Nothing: the items that have it as parent are asked several times.
    #[n(15)]
    Repeat {
        /// How often at least.
        #[n(0)]
        min_count: u16,
        /// How often at most.
        #[n(1)]
        max_count: u16,
    },
    /// Nothing: a number that follows from others.
    #[n(16)]
    Calculated {
        /// How.
        #[n(0)]
        operation: Operation,
        /// From which earlier items, in order.
        #[n(1)]
        operands: Vec<String>,
        /// Its unit.
        #[n(2)]
        unit: String,
        /// Where it fails or warns.
        #[n(3)]
        bounds: Bounds,
    },
}

impl Asks {
    /// True when its answer is a number that can be calculated with.
    pub const fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Number { .. }
                | Self::MeterReading { .. }
                | Self::ConsumedPart { .. }
                | Self::Calculated { .. }
        )
    }

    /// True when people answer it.
    pub const fn is_answered(&self) -> bool {
        !matches!(
            self,
            Self::Section | Self::Repeat { .. } | Self::Calculated { .. }
        )
    }

    /// What judges its number, where it is one.
    pub const fn bounds(&self) -> Option<&Bounds> {
        match self {
            Self::Number { bounds, .. }
            | Self::MeterReading { bounds, .. }
            | Self::Calculated { bounds, .. } => Some(bounds),
            _ => None,
        }
    }
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Choice {
    /// Stable id within the item.
    #[n(0)]
    pub id: String,
    /// One line.
    #[n(1)]
    pub label: String,
    /// True when choosing it fails the item.
    #[n(2)]
    pub fails: bool,
}

/// How numbers are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// All together.
    #[n(0)]
    Sum,
    /// The first less the others.
    #[n(1)]
    Difference,
    /// All multiplied, rounded to the millionth.
    #[n(2)]
    Product,
}
