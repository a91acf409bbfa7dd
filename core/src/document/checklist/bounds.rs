//! What a number may be.
//!
//! **Invariant**: bounds judge, they never refuse: a number outside is a fact.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::schema::optional,
    error::Invalid,
    model::{Line, Quantity},
};

/// Where a number fails, and where it only warns; each end belongs to what is
/// allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Bounds {
    /// Below it the item fails.
    #[n(0)]
    pub min: Option<Quantity>,
    /// Above it the item fails.
    #[n(1)]
    pub max: Option<Quantity>,
    /// Below it the item warns.
    #[n(2)]
    pub warn_min: Option<Quantity>,
    /// Above it the item warns.
    #[n(3)]
    pub warn_max: Option<Quantity>,
    /// What to tell whoever reads a number outside.
    #[n(4)]
    pub message: Option<String>,
}

impl Bounds {
    /// True when `value` fails.
    pub fn fails(&self, value: Quantity) -> bool {
        outside(value, self.min, self.max)
    }

    /// True when `value` warns or fails.
    pub fn warns(&self, value: Quantity) -> bool {
        self.fails(value) || outside(value, self.warn_min, self.warn_max)
    }

    /// True when there is anything to judge by.
    pub fn are_set(&self) -> bool {
        [self.min, self.max, self.warn_min, self.warn_max]
            .iter()
            .any(Option::is_some)
    }

    pub(super) fn check(&self) -> Result<(), Invalid> {
        let reversed = |min: Option<Quantity>, max: Option<Quantity>| {
            min.zip(max).is_some_and(|(min, max)| min > max)
        };
        if reversed(self.min, self.max) || reversed(self.warn_min, self.warn_max) {
            return Err(Invalid::new(
                "bounds_reversed",
                "the lower bound is above the upper one",
            ));
        }
        optional(self.message.as_ref(), Line::TITLE)
    }
}

fn outside(value: Quantity, min: Option<Quantity>, max: Option<Quantity>) -> bool {
    min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max)
}
