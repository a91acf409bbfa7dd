//! Dates that follow from the last execution: floating, and everything between fixed and
//! floating.
//!
//! **Invariant:** the following date is always later than the execution it follows, so no
//! late execution leaves a trail of dates that are already past.
//!
//! Pointer: DOMAIN.md "Scheduling", floating and shift %.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use uuid::Uuid;

use super::{
    occurrence::{Done, Facts, Occurrence},
    rule::{Calendar, Margins, in_range},
    step::{add, first_fixed_after, nth_fixed, steps_to},
};

/// The occurrence that a following date is counted from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    /// The date it was due.
    pub due: NaiveDate,
    /// The date it was executed; for one that was skipped, the date it was due.
    pub over_on: NaiveDate,
}

impl Last {
    /// Reads a finished occurrence. Dates that a wrong clock put outside 1900 to 2199 count as
    /// missing; without any date nothing can be counted from it.
    pub(super) fn of(done: &Done) -> Option<Self> {
        let executed_on = done.executed_on.filter(|date| in_range(*date));
        let due = done.due.filter(|date| in_range(*date));
        Some(Self {
            due: due.or(executed_on)?,
            over_on: executed_on.or(due)?,
        })
    }
}

/// The due date after `last`. `None` when the series has ended.
///
/// Floating: execution ⊕ every. Between fixed and floating, the due date moves towards the
/// execution by `shift_percent` of the days between them (whole days, the rest dropped) and
/// every is added to that; an occurrence that did not move off the anchor's own dates is
/// followed by the anchor's next date, so that a day 31 survives February.
pub(super) fn due_after(calendar: &Calendar, last: Last) -> Option<NaiveDate> {
    let late_days = last.over_on.signed_duration_since(last.due).num_days();
    let moved_days = late_days * i64::from(calendar.shift_percent) / 100;
    if calendar.shift_percent < 100 && moved_days == 0 {
        let k = steps_to(calendar.anchor, calendar, last.due);
        if nth_fixed(calendar, k) == Ok(last.due) {
            return first_fixed_after(calendar, last.due.max(last.over_on)).ok();
        }
    }
    let base = last.due.checked_add_signed(Duration::days(moved_days))?;
    let after = last.over_on.succ_opt()?;
    let steps = steps_to(base, calendar, after).max(1);
    add(base, calendar, steps).ok()
}

/// The first due date, before anything was executed.
fn first_due(calendar: &Calendar, effective_from: Option<NaiveDate>) -> NaiveDate {
    effective_from.map_or(calendar.anchor, |date| calendar.anchor.max(date))
}

/// The occurrence that is due now: there is never more than one.
pub(super) fn next(
    calendar: &Calendar,
    effective_from: Option<NaiveDate>,
    margins: Margins,
    facts: &Facts<'_>,
) -> Option<Occurrence> {
    let by_key: BTreeMap<&str, &Done> = {
        let mut sorted: Vec<&Done> = facts.done.iter().collect();
        sorted.sort_by_key(|done| (Last::of(done).map(|last| last.over_on), done.execution));
        sorted.into_iter().map(|done| (&*done.key, done)).collect()
    };
    let latest = facts
        .done
        .iter()
        .filter_map(|done| Some((Last::of(done)?.over_on, done.execution, done)))
        .max_by_key(|(over_on, execution, _)| (*over_on, *execution));
    let mut key = key_after(latest.map(|(.., done)| done.execution));
    let mut due = match latest.and_then(|(.., done)| Last::of(done)) {
        Some(last) => due_after(calendar, last)?,
        None => first_due(calendar, effective_from),
    };
    // The latest by date may itself be followed by one executed early or skipped without a
    // date: its key is taken, so go on along the keys.
    for _ in 0..facts.done.len() {
        let Some(done) = by_key.get(&*key) else { break };
        let last = Last::of(done).unwrap_or(Last { due, over_on: due });
        key = key_after(Some(done.execution));
        due = due_after(calendar, last)?;
    }
    let mut due = effective_from.map_or(due, |date| due.max(date));
    if let Some((moved, date)) = facts.override_due
        && moved == key
    {
        due = date;
    }
    Some(Occurrence::new(key, due, margins))
}

/// The next occurrence and those that follow when each is executed on its due date, or on
/// `from` when it is overdue then. Only the first has a key that may be stored.
pub(super) fn upcoming(
    calendar: &Calendar,
    margins: Margins,
    first: &Occurrence,
    from: NaiveDate,
    count: usize,
) -> Vec<Occurrence> {
    let projected = |(i, due): (usize, NaiveDate)| match i {
        0 => first.clone(),
        _ => Occurrence::new(format!("projected:{i}"), due, margins),
    };
    std::iter::successors(Some(first.due), |due| {
        let over_on = from.max(*due);
        due_after(calendar, Last { due: *due, over_on })
    })
    .enumerate()
    .filter(|(_, due)| *due >= from)
    .take(count)
    .map(projected)
    .collect()
}

fn key_after(execution: Option<Uuid>) -> String {
    execution.map_or_else(|| "after:anchor".into(), |id| format!("after:{id}"))
}
