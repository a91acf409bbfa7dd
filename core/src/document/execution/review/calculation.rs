//! Numbers that follow from others.
//!
//! **Invariant**: nothing is calculated from a part of the operands: until all
//! are answered there is no result.

use super::{Item, Quantity, Review};
use crate::document::checklist::Operation;

/// The result is past the range of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfRange;

impl Review<'_> {
    /// Calculates; an operand that is repeated counts with every repetition.
    pub(super) fn calculate(
        &self,
        item: &Item,
        repetition: u16,
        operation: Operation,
        operands: &[String],
    ) -> Result<Option<Quantity>, OutOfRange> {
        let mut numbers = Vec::new();
        for operand in operands {
            let mut found = false;
            for state in self.seen_from(item, repetition, operand) {
                let place = (state.item.as_str(), state.repetition);
                let answered = self.answers.get(&place);
                let value = answered.and_then(|answered| answered.value.as_ref());
                let number = state.calculated.or_else(|| value?.number());
                let Some(number) = number else {
                    return Ok(None);
                };
                numbers.push(number);
                found = true;
            }
            if !found {
                return Ok(None);
            }
        }
        let Some((first, rest)) = numbers.split_first() else {
            return Ok(None);
        };
        rest.iter()
            .try_fold(*first, |sum, number| match operation {
                Operation::Sum => sum.checked_add(*number),
                Operation::Difference => sum.0.checked_sub(number.0).map(Quantity),
                Operation::Product => sum.times(*number),
            })
            .map(Some)
            .ok_or(OutOfRange)
    }
}
