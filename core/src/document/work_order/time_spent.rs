//! Hours: per person, overlapping intervals counted once.
//!
//! **Invariant**: nobody is in two places, so hours are unions, not sums
//! (DOMAIN.md, "two start one order").

use std::collections::BTreeMap;

use super::Intervention;
use crate::model::{PersonId, Timestamp};

/// Minutes each person spent; a running interval counts up to `now` if given.
pub fn minutes_by_person<'a>(
    interventions: impl IntoIterator<Item = &'a Intervention>,
    now: Option<Timestamp>,
) -> BTreeMap<PersonId, i64> {
    let mut intervals = BTreeMap::<PersonId, Vec<(i64, i64)>>::new();
    for intervention in interventions {
        let end = intervention.end.or(now).unwrap_or(intervention.start);
        let interval = (intervention.start.0, end.0.max(intervention.start.0));
        intervals
            .entry(intervention.person)
            .or_default()
            .push(interval);
    }
    intervals
        .into_iter()
        .map(|(person, intervals)| (person, union_ms(intervals) / 60_000))
        .collect()
}

fn union_ms(mut intervals: Vec<(i64, i64)>) -> i64 {
    intervals.sort_unstable();
    let mut total_ms = 0_i64;
    let mut covered_to = i64::MIN;
    for (start, end) in intervals {
        let from = start.max(covered_to);
        if end > from {
            total_ms = total_ms.saturating_add(end - from);
        }
        covered_to = covered_to.max(end);
    }
    total_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::work_order::WorkKind;

    #[test]
    fn overlapping_intervals_of_one_person_count_once() {
        let person = "0190b5c0-0000-7000-8000-000000000001".parse().unwrap();
        let spent = |start: i64, end: Option<i64>| Intervention {
            person,
            start: Timestamp(start * 60_000),
            end: end.map(|end| Timestamp(end * 60_000)),
            kind: WorkKind::Work,
        };

        let minutes = minutes_by_person(
            &[spent(0, Some(30)), spent(20, Some(50)), spent(60, None)],
            Some(Timestamp(70 * 60_000)),
        );

        assert_eq!(minutes[&person], 60);
    }
}
