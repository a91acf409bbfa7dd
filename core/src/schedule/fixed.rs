//! The series of a fixed calendar: its dates never move, whatever was done when.
//!
//! **Invariant:** of the missed occurrences exactly one gets an order, the others are skipped;
//! none is lost and none is met twice.
//!
//! Pointer: DOMAIN.md "Scheduling", fixed; after an outage.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::{
    Generation, SKIPPED_MAX,
    occurrence::{Facts, Occurrence},
    rule::{Calendar, Margins},
    step::{nth_fixed, steps_to},
};

/// A fixed calendar together with what is known of its occurrences.
pub(super) struct Series<'a> {
    calendar: &'a Calendar,
    margins: Margins,
    effective_from: Option<NaiveDate>,
    /// The first occurrence that is owed.
    first: u32,
    done: BTreeSet<u32>,
    /// Dates on which an earlier rule of this plan was executed or skipped.
    done_before: BTreeSet<NaiveDate>,
    open: BTreeSet<u32>,
    /// Dates for which an earlier rule of this plan has an open order.
    open_before: BTreeSet<NaiveDate>,
    moved: Option<(u32, NaiveDate)>,
}

impl<'a> Series<'a> {
    pub(super) fn new(
        calendar: &'a Calendar,
        effective_from: Option<NaiveDate>,
        margins: Margins,
        facts: &Facts<'_>,
    ) -> Self {
        // An index past the end of the series names nothing, whoever wrote it.
        let index =
            |key: &str| index_of(key, effective_from).filter(|k| nth_fixed(calendar, *k).is_ok());
        let mut series = Self {
            calendar,
            margins,
            effective_from,
            first: 0,
            done: BTreeSet::new(),
            done_before: BTreeSet::new(),
            open: BTreeSet::new(),
            open_before: BTreeSet::new(),
            moved: facts
                .override_due
                .and_then(|(key, due)| Some((index(key)?, due))),
        };
        for done in facts.done {
            match (index(&done.key), done.due) {
                (Some(k), _) => _ = series.done.insert(k),
                (None, Some(due)) => _ = series.done_before.insert(due),
                (None, None) => {}
            }
        }
        for open in facts.open {
            match (index(&open.key), open.due) {
                (Some(k), _) => _ = series.open.insert(k),
                (None, Some(due)) => _ = series.open_before.insert(due),
                (None, None) => {}
            }
        }
        series.first = match effective_from {
            Some(date) => steps_to(calendar.anchor, calendar, date),
            // A plan brought over from elsewhere with its last execution owes nothing older.
            None => series.done.first().copied().unwrap_or(0),
        };
        series
    }

    /// The earliest occurrence that is not over.
    pub(super) fn next(&self) -> Option<Occurrence> {
        let regular = self.regular(self.first).next();
        regular
            .into_iter()
            .chain(self.moved())
            .min_by_key(|(k, due)| (*due, *k))
            .map(|(k, due)| self.occurrence(k, due))
    }

    /// The first `count` occurrences that are not over and are due on `from` or later.
    pub(super) fn upcoming(&self, from: NaiveDate, count: usize) -> Vec<Occurrence> {
        let start = steps_to(self.calendar.anchor, self.calendar, from).max(self.first);
        let mut found: Vec<(u32, NaiveDate)> = self.regular(start).take(count).collect();
        found.extend(self.moved().filter(|(_, due)| *due >= from));
        found.sort_unstable_by_key(|(k, due)| (*due, *k));
        found.truncate(count);
        found
            .into_iter()
            .map(|(k, due)| self.occurrence(k, due))
            .collect()
    }

    /// What a scheduler that runs on `today` has to make and to skip.
    pub(super) fn generate(&self, today: NaiveDate) -> Generation {
        let horizon = today
            .checked_add_days(Days::new(self.margins.lead_days.into()))
            .unwrap_or(NaiveDate::MAX);
        let mut opened: Vec<(u32, NaiveDate)> = self
            .regular(self.first)
            .take_while(|(_, due)| *due <= horizon)
            .chain(self.moved().filter(|(_, due)| *due <= horizon))
            .collect();
        opened.sort_unstable_by_key(|(k, due)| (*due, *k));

        // What is due by today counts as missed as soon as a later one is due by today as well,
        // also when that later one is over or has its order. What is still ahead is never missed.
        let newest_due = self.newest_due(today);
        let split = opened.partition_point(|(_, due)| *due <= today);
        let ahead = opened.split_off(split);
        let mut missed = opened;
        let is_waiting = |(k, due): &(u32, NaiveDate)| !self.has_order(*k, *due);
        let order = match missed.last() {
            Some(last) if newest_due.is_none_or(|newest| last.1 >= newest) => missed.pop(),
            _ => None,
        };
        let order = order
            .filter(is_waiting)
            .or_else(|| ahead.into_iter().find(is_waiting))
            .map(|(k, due)| self.occurrence(k, due));
        missed.retain(is_waiting);
        let kept = missed.len().saturating_sub(SKIPPED_MAX);
        let skipped = missed
            .drain(kept..)
            .map(|(k, due)| self.occurrence(k, due))
            .collect();
        Generation { order, skipped }
    }

    /// The latest due date by `today`, of occurrences in whatever state.
    fn newest_due(&self, today: NaiveDate) -> Option<NaiveDate> {
        let day_after = today.checked_add_days(Days::new(1))?;
        let mut k = steps_to(self.calendar.anchor, self.calendar, day_after);
        // The moved occurrence counts on its new date, so its regular date is passed over.
        loop {
            k = k.checked_sub(1).filter(|k| *k >= self.first)?;
            if self.moved.is_none_or(|(moved, _)| moved != k) {
                break;
            }
        }
        nth_fixed(self.calendar, k).ok()
    }

    /// Occurrences on their regular dates from `k` on that are not over.
    fn regular(&self, k: u32) -> impl Iterator<Item = (u32, NaiveDate)> {
        (k..)
            .map_while(|k| Some((k, nth_fixed(self.calendar, k).ok()?)))
            .filter(|(k, due)| {
                self.moved.is_none_or(|(moved, _)| moved != *k) && self.is_owed(*k, *due)
            })
    }

    /// The occurrence that was moved by hand, on its new date, unless it is over.
    fn moved(&self) -> impl Iterator<Item = (u32, NaiveDate)> {
        self.moved.into_iter().filter(|(k, _)| {
            *k >= self.first
                && nth_fixed(self.calendar, *k).is_ok_and(|regular| self.is_owed(*k, regular))
        })
    }

    fn is_owed(&self, k: u32, regular: NaiveDate) -> bool {
        !self.done.contains(&k) && !self.done_before.contains(&regular)
    }

    fn has_order(&self, k: u32, due: NaiveDate) -> bool {
        self.open.contains(&k) || self.open_before.contains(&due)
    }

    fn occurrence(&self, k: u32, due: NaiveDate) -> Occurrence {
        let key = match self.effective_from {
            Some(date) => format!("{date}:{k}"),
            None => k.to_string(),
        };
        Occurrence::new(key, due, self.margins)
    }
}

/// The index in a key of this very series. A rule that took effect later numbers from its
/// anchor again, so its keys carry that date: otherwise its occurrence 6 would be the old
/// rule's occurrence 6, executed long ago.
fn index_of(key: &str, effective_from: Option<NaiveDate>) -> Option<u32> {
    let digits = match effective_from {
        Some(date) => key.strip_prefix(&date.to_string())?.strip_prefix(':')?,
        None => key,
    };
    let index: u32 = digits.parse().ok()?;
    // "007" and "+7" are not how 7 is written.
    (index.to_string() == digits).then_some(index)
}
