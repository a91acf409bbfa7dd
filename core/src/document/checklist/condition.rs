//! When an item is relevant: tests on the answers of earlier items.
//!
//! **Invariant**: a condition is data and not recursive, so reading one costs
//! what it weighs, and it means the same on every device.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::{execution::AnswerValue, schema::identifier},
    error::Invalid,
    model::Quantity,
};

/// Tests that must hold, all of them or any.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Condition {
    /// True when one test is enough; false when all must hold.
    #[n(0)]
    pub any: bool,
    /// The tests, at least one.
    #[n(1)]
    pub tests: Vec<Test>,
}

/// One test on one earlier item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Test {
    /// The item. Of a repeated one, its answer in the same repetition counts,
    /// or any where the tested item stands outside the group.
    #[n(0)]
    pub item: String,
    /// What must be so.
    #[n(1)]
    pub predicate: Predicate,
    /// True when it must not be so.
    #[n(2)]
    pub negated: bool,
}

/// What may be so about an answer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// There is one.
    #[n(0)]
    Answered,
    /// It is exactly this.
    #[n(1)]
    Is(#[n(0)] AnswerValue),
    /// It is this number or more.
    #[n(2)]
    AtLeast(#[n(0)] Quantity),
    /// It is this number or less.
    #[n(3)]
    AtMost(#[n(0)] Quantity),
    /// The choice with this id is taken.
    #[n(4)]
    Includes(#[n(0)] String),
    /// It fails.
    #[n(5)]
    Fails,
}

impl Predicate {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Is(value) => value.check(),
            Self::Includes(choice) => identifier(choice),
            _ => Ok(()),
        }
    }
}
