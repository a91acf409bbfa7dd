//! What is asked, what is missing and what fails: a pure function of the items
//! and the answers, the same in every shell and on the relay.
//!
//! **Invariant**: an answer that is not asked for any more is kept but not
//! judged. One pass: items only depend on items before them.

mod calculation;
mod judgement;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use judgement::{Problem, Verdict};

use super::{AnswerValue, Answered, Outcome};
use crate::{
    document::checklist::{Asks, Condition, Item, Predicate, REPETITIONS_MAX, Test},
    model::Quantity,
};

/// What a review says about one item in one repetition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemState {
    /// The item.
    pub item: String,
    /// Which repetition of its group; 0 outside groups.
    pub repetition: u16,
    /// True when it is asked.
    pub visible: bool,
    /// True when it must be answered now.
    pub required: bool,
    /// Whether its answer passes.
    pub verdict: Verdict,
    /// The number that follows from others, for a calculated item.
    pub calculated: Option<Quantity>,
    /// What keeps the execution from being finalized.
    pub problem: Option<Problem>,
}

/// Reviews `answers` against the items of the version they answer.
///
/// Items come in their order, each repetition of one after the other. A
/// repeated item is asked as often as its group was answered, and as often as
/// it must be at least.
///
/// ```
/// use ronde_core::document::{checklist::{Asks, Item}, execution::{Problem, review}};
///
/// let mut oil = Item::new("oil", "Niveau d'huile", Asks::Outcome);
/// oil.required = true;
/// let states = review(&[oil], &[]);
/// assert_eq!(states[0].problem, Some(Problem::AnswerMissing));
/// assert!(review(&[], &[]).is_empty());
/// ```
pub fn review(items: &[Item], answers: &[Answered]) -> Vec<ItemState> {
    let mut review = Review {
        items: items.iter().map(|item| (item.id.as_str(), item)).collect(),
        answers: answers.iter().map(|given| (given.place(), given)).collect(),
        seen: BTreeMap::new(),
        stopped: false,
    };
    items.iter().flat_map(|item| review.item(item)).collect()
}

/// What is known so far.
pub(super) struct Review<'a> {
    items: BTreeMap<&'a str, &'a Item>,
    answers: BTreeMap<(&'a str, u16), &'a Answered>,
    /// Items already reviewed, by place.
    seen: BTreeMap<(&'a str, u16), ItemState>,
    /// True once an item failed that ends the checklist.
    stopped: bool,
}

impl<'a> Review<'a> {
    fn item(&mut self, item: &'a Item) -> Vec<ItemState> {
        let count = self.group(item).map_or(1, |(group, min_count)| {
            self.repetitions(group).max(min_count)
        });
        let states: Vec<_> = (0..count)
            .map(|repetition| self.repetition(item, repetition))
            .collect();
        for state in &states {
            let place = (item.id.as_str(), state.repetition);
            self.seen.insert(place, state.clone());
        }
        let fails = |state: &ItemState| state.verdict == Verdict::Fail;
        self.stopped |= item.on_fail.stop && states.iter().any(fails);
        states
    }

    fn repetition(&self, item: &'a Item, repetition: u16) -> ItemState {
        let visible = self.is_visible(item, repetition);
        let answered = self.answers.get(&(item.id.as_str(), repetition)).copied();
        let calculated = match &item.asks {
            Asks::Calculated {
                operation,
                operands,
                ..
            } if visible => Some(self.calculate(item, repetition, *operation, operands)),
            _ => None,
        };
        let required = visible && item.required && !self.stopped && item.asks.is_answered();
        let (verdict, problem) = if visible {
            judgement::judge(item, answered, calculated, required)
        } else {
            (Verdict::Unjudged, None)
        };
        ItemState {
            item: item.id.clone(),
            repetition,
            visible,
            required,
            verdict,
            calculated: calculated.and_then(Result::ok).flatten(),
            problem,
        }
    }

    /// The repeat group `item` is in, and how often it is asked at least.
    fn group(&self, item: &Item) -> Option<(&'a str, u16)> {
        let parent =
            |item: &Item| -> Option<&'a Item> { self.items.get(item.parent.as_deref()?).copied() };
        // Bounded, since what was not checked might point in a circle.
        std::iter::successors(parent(item), |above| parent(above))
            .take(self.items.len())
            .find_map(|above| match above.asks {
                Asks::Repeat { min_count, .. } => Some((above.id.as_str(), min_count)),
                _ => None,
            })
    }

    /// How often a group was answered.
    fn repetitions(&self, group: &str) -> u16 {
        let members = self.answers.iter().filter(|((id, _), answered)| {
            let member = self.items.get(id).and_then(|item| self.group(item));
            answered.is_given() && member.is_some_and(|(of, _)| of == group)
        });
        members
            .map(|((_, repetition), _)| repetition.saturating_add(1))
            .max()
            .unwrap_or(0)
            .min(REPETITIONS_MAX)
    }

    fn is_visible(&self, item: &Item, repetition: u16) -> bool {
        let parent = item.parent.as_deref();
        let shown = parent.is_none_or(|parent| {
            // A group itself stands once, before its repetitions.
            let places = [(parent, repetition), (parent, 0)];
            let state = places.iter().find_map(|place| self.seen.get(place));
            state.is_some_and(|state| state.visible)
        });
        shown
            && item
                .relevant_if
                .as_ref()
                .is_none_or(|condition| self.holds(condition, item, repetition))
    }

    fn holds(&self, condition: &Condition, item: &Item, repetition: u16) -> bool {
        let mut tests = condition.tests.iter();
        let passes = |test: &Test| {
            let mut states = self.seen_from(item, repetition, &test.item);
            states.any(|state| self.satisfies(state, &test.predicate)) != test.negated
        };
        if condition.any {
            tests.any(passes)
        } else {
            tests.all(passes)
        }
    }

    /// What `item` sees of another one: the same repetition of its own group,
    /// every one of another.
    fn seen_from<'b>(
        &'b self,
        item: &Item,
        repetition: u16,
        other: &'b str,
    ) -> impl Iterator<Item = &'b ItemState> {
        let group = self.group(item);
        let same = self
            .items
            .get(other)
            .is_some_and(|other| group.is_some() && self.group(other) == group);
        self.seen
            .range((other, 0)..=(other, u16::MAX))
            .map(|(_, state)| state)
            .filter(move |state| state.visible && (!same || state.repetition == repetition))
    }

    fn satisfies(&self, state: &ItemState, predicate: &Predicate) -> bool {
        let place = (state.item.as_str(), state.repetition);
        let answered = self.answers.get(&place).copied();
        let value = answered.and_then(|answered| answered.value.as_ref());
        let number = || state.calculated.or_else(|| value?.number());
        match predicate {
            Predicate::Answered => {
                state.calculated.is_some() || answered.is_some_and(Answered::is_given)
            }
            Predicate::Is(wanted) => value == Some(wanted),
            Predicate::AtLeast(least) => number().is_some_and(|number| number >= *least),
            Predicate::AtMost(most) => number().is_some_and(|number| number <= *most),
            Predicate::Includes(choice) => match value {
                Some(AnswerValue::One(taken)) => taken == choice,
                Some(AnswerValue::Many(taken)) => taken.contains(choice),
                _ => false,
            },
            Predicate::Fails => state.verdict == Verdict::Fail,
        }
    }
}

#[cfg(test)]
mod tests;
