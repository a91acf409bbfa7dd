//! Nesting: where the yearly service falls in the window of the monthly one, only the yearly
//! one is done.
//!
//! **Invariant:** what absorbs is itself never absorbed, so no work disappears in a chain.
//!
//! Pointer: DOMAIN.md "Scheduling", nesting.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::occurrence::Occurrence;

/// An occurrence of a plan that belongs to a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nested {
    /// The plan.
    pub plan: Uuid,
    /// The family: plans of one equipment of which the larger contain the smaller.
    pub family: String,
    /// The plan's place in its family; a higher level contains the lower ones.
    pub level: u32,
    /// The occurrence.
    pub occurrence: Occurrence,
}

/// An occurrence that need not be done, and the one that contains its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absorbed {
    /// The plan whose occurrence is absorbed.
    pub plan: Uuid,
    /// Key of the absorbed occurrence.
    pub key: String,
    /// The plan whose occurrence absorbs it.
    pub by_plan: Uuid,
    /// Key of the absorbing occurrence.
    pub by_key: String,
}

/// Says which occurrences are absorbed, in the order of the input.
///
/// An occurrence is absorbed when one of a higher level of its family is due within its window,
/// from its `opens` to its `overdue_after`: on that date it could have been done in time. Of
/// several, the highest level counts, then the nearest due date, then the earlier one, then the
/// smaller plan id. What is absorbed absorbs nothing.
///
/// ```
/// use ronde_core::schedule::{Nested, Occurrence, absorb};
/// use uuid::Uuid;
///
/// let date = |text: &str| text.parse().unwrap();
/// let nested = |plan, level, due: &str, opens: &str, overdue_after: &str| Nested {
///     plan: Uuid::from_u128(plan),
///     family: "press 4".into(),
///     level,
///     occurrence: Occurrence {
///         key: "0".into(),
///         due: date(due),
///         opens: date(opens),
///         overdue_after: date(overdue_after),
///     },
/// };
/// let yearly = nested(1, 2, "2026-06-03", "2026-05-20", "2026-06-10");
/// let june = nested(2, 1, "2026-06-01", "2026-05-28", "2026-06-05");
/// let may = nested(2, 1, "2026-05-01", "2026-04-28", "2026-05-05");
///
/// let absorbed = absorb(&[yearly.clone(), june]);
/// assert_eq!(absorbed[0].plan, Uuid::from_u128(2));
/// assert_eq!(absorbed[0].by_plan, Uuid::from_u128(1));
/// assert!(absorb(&[yearly, may]).is_empty());
/// ```
pub fn absorb(occurrences: &[Nested]) -> Vec<Absorbed> {
    let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, nested) in occurrences.iter().enumerate() {
        families.entry(&nested.family).or_default().push(i);
    }
    let mut absorbed_by: Vec<Option<usize>> = vec![None; occurrences.len()];
    for mut members in families.into_values() {
        members.sort_by_key(|i| std::cmp::Reverse(occurrences[*i].level));
        // From the highest level down, so that whoever may absorb is settled already.
        for (place, &lower) in members.iter().enumerate() {
            absorbed_by[lower] = members[..place]
                .iter()
                .copied()
                .filter(|higher| absorbed_by[*higher].is_none())
                .filter(|higher| contains(&occurrences[lower], &occurrences[*higher]))
                .min_by_key(|higher| preference(&occurrences[lower], &occurrences[*higher]));
        }
    }
    occurrences
        .iter()
        .zip(absorbed_by)
        .filter_map(|(nested, by)| Some((nested, &occurrences[by?])))
        .map(|(nested, by)| Absorbed {
            plan: nested.plan,
            key: nested.occurrence.key.clone(),
            by_plan: by.plan,
            by_key: by.occurrence.key.clone(),
        })
        .collect()
}

fn contains(lower: &Nested, higher: &Nested) -> bool {
    let window = lower.occurrence.opens..=lower.occurrence.overdue_after;
    higher.level > lower.level && window.contains(&higher.occurrence.due)
}

/// Smallest first.
fn preference<'a>(lower: &Nested, higher: &'a Nested) -> impl Ord + use<'a> {
    let due = higher.occurrence.due;
    let distance = due.signed_duration_since(lower.occurrence.due).abs();
    let level = std::cmp::Reverse(higher.level);
    (level, distance, due, higher.plan, &higher.occurrence.key)
}
