//! A plan with a meter, alone or beside a calendar: whichever comes first ends the cycle, and
//! one execution starts both parts again.
//!
//! **Invariant:** the key is the cycle's index and nothing else, so a prediction that moves
//! from one reading to the next never makes a second order.
//!
//! Pointer: DOMAIN.md "Scheduling", meter.

use chrono::{Days, NaiveDate};

use super::{
    floating::{Last, due_after},
    occurrence::{Done, Facts, Occurrence, Reading},
    rule::{Calendar, Margins, Meter, Rule, in_range},
    step::{first_fixed_after, nth_fixed, steps_to},
};

/// More cycles than any plan has; a key beyond it was not written by this program.
const INDEX_MAX: u32 = 1_000_000;

/// The cycle that runs now.
#[derive(Clone, Debug)]
pub(super) struct Cycle<'a> {
    rule: &'a Rule,
    meter: &'a Meter,
    index: u32,
    /// Reading at which this cycle is due, in millionths of the meter's unit.
    threshold_micro: i64,
    last: Option<Last>,
    reading: Option<Reading>,
    /// More than 0 where it is known.
    daily_usage_micro: Option<i64>,
}

impl<'a> Cycle<'a> {
    /// Goes through what is done, oldest first.
    pub(super) fn new(rule: &'a Rule, meter: &'a Meter, facts: &Facts<'_>) -> Self {
        let mut cycle = Self {
            rule,
            meter,
            index: 0,
            threshold_micro: meter.first_micro,
            last: None,
            reading: facts.reading.filter(|reading| in_range(reading.on)),
            daily_usage_micro: facts.daily_usage_micro.filter(|usage| *usage > 0),
        };
        for (index, last, done) in in_order(facts.done) {
            cycle.threshold_micro = cycle.threshold_after(done);
            cycle.last = last.or(cycle.last);
            if let Some(index) = index {
                cycle.index = cycle.index.max(index + 1);
            }
        }
        cycle
    }

    /// The occurrence of this cycle; `None` while nothing tells when it will be due.
    pub(super) fn next(&self, margins: Margins, facts: &Facts<'_>) -> Option<Occurrence> {
        let key = format!("cycle:{}", self.index);
        let due = match facts.override_due {
            Some((moved, date)) if moved == key => date,
            _ => self.due()?,
        };
        Some(Occurrence::new(key, due, margins))
    }

    /// This cycle and those that follow when each is executed on its due date, or on `from`
    /// when it is overdue then, and the meter goes on as expected.
    pub(super) fn upcoming(
        mut self,
        margins: Margins,
        facts: &Facts<'_>,
        from: NaiveDate,
        count: usize,
    ) -> Vec<Occurrence> {
        let mut found = Vec::new();
        // One more than asked for: the first may be overdue, and so not listed.
        for _ in 0..=count {
            let Some(occurrence) = self.next(margins, facts) else {
                break;
            };
            let due = occurrence.due;
            if due >= from {
                found.push(occurrence);
            }
            self.execute(due, from.max(due));
        }
        found.truncate(count);
        found
    }

    fn due(&self) -> Option<NaiveDate> {
        let by_calendar = self
            .rule
            .calendar
            .as_ref()
            .and_then(|calendar| self.due_by_calendar(calendar));
        let due = by_calendar.into_iter().chain(self.due_by_meter()).min()?;
        Some(self.rule.effective_from.map_or(due, |date| due.max(date)))
    }

    fn due_by_calendar(&self, calendar: &Calendar) -> Option<NaiveDate> {
        match (self.last, self.rule.effective_from) {
            (Some(last), effective_from) if calendar.shift_percent == 0 => {
                let after = first_fixed_after(calendar, last.due.max(last.over_on)).ok()?;
                match effective_from {
                    Some(date) if date > after => first_fixed_from(calendar, date),
                    _ => Some(after),
                }
            }
            (Some(last), _) => due_after(calendar, last),
            (None, Some(date)) if calendar.shift_percent == 0 => first_fixed_from(calendar, date),
            (None, _) => Some(calendar.anchor),
        }
    }

    /// The date of the reading that reached the threshold, or else the date on which the
    /// expected use reaches it, rounded up to whole days.
    fn due_by_meter(&self) -> Option<NaiveDate> {
        let reading = self.reading?;
        let missing_micro = i128::from(self.threshold_micro) - i128::from(reading.value_micro);
        if missing_micro <= 0 {
            return Some(reading.on);
        }
        let usage_micro = i128::from(self.daily_usage_micro?);
        let days = u64::try_from((missing_micro + usage_micro - 1) / usage_micro).ok()?;
        reading
            .on
            .checked_add_days(Days::new(days))
            .filter(|date| in_range(*date))
    }

    /// Where the meter is due after `done`. A skip moves the threshold on by whole steps, past
    /// the reading where there is one; a cycle that the calendar alone made due leaves it.
    fn threshold_after(&self, done: &Done) -> i64 {
        let step_micro = self.meter.step_micro;
        match (done.executed_on, done.reading_micro) {
            (Some(_), Some(reading_micro)) => reading_micro.saturating_add(step_micro),
            (Some(_) | None, None) => self.threshold_micro.saturating_add(step_micro),
            (None, Some(reading_micro)) => {
                let past = i128::from(reading_micro) - i128::from(self.threshold_micro);
                if past < 0 {
                    return self.threshold_micro;
                }
                let steps = past / i128::from(step_micro) + 1;
                let moved = i128::from(self.threshold_micro) + steps * i128::from(step_micro);
                i64::try_from(moved).unwrap_or(i64::MAX)
            }
        }
    }

    /// Supposes that this cycle is executed on `on`.
    fn execute(&mut self, due: NaiveDate, on: NaiveDate) {
        let step_micro = self.meter.step_micro;
        let base_micro = self.reading.map_or(self.threshold_micro, |reading| {
            let days = on.signed_duration_since(reading.on).num_days().max(0);
            let used = self.daily_usage_micro.unwrap_or(0).saturating_mul(days);
            reading.value_micro.saturating_add(used)
        });
        self.threshold_micro = base_micro.saturating_add(step_micro);
        self.last = Some(Last { due, over_on: on });
        self.index += 1;
    }
}

/// The first date of the anchor's own series on `date` or later.
fn first_fixed_from(calendar: &Calendar, date: NaiveDate) -> Option<NaiveDate> {
    nth_fixed(calendar, steps_to(calendar.anchor, calendar, date)).ok()
}

/// What is done, oldest first, with its cycle's index. Cycles keep the order of their indices
/// even where a later one was executed before an earlier one was due, or where one has no date;
/// what an earlier rule of the plan did comes in by its date.
fn in_order(done: &[Done]) -> Vec<(Option<u32>, Option<Last>, &Done)> {
    let mut all: Vec<_> = done
        .iter()
        .map(|done| (index_of(&done.key), Last::of(done), done))
        .collect();
    all.sort_by_key(|(index, last, done)| (*index, last.map(|last| last.over_on), done.execution));
    let mut reached = None;
    let mut dated: Vec<_> = all
        .into_iter()
        .map(|(index, last, done)| {
            let own = last.map(|last| last.over_on);
            if index.is_some() {
                reached = reached.max(own);
            }
            let date = if index.is_some() { reached } else { own };
            (date, (index, last, done))
        })
        .collect();
    // Stable: equal dates stay in the order of their indices.
    dated.sort_by_key(|(date, _)| *date);
    dated.into_iter().map(|(_, entry)| entry).collect()
}

fn index_of(key: &str) -> Option<u32> {
    let digits = key.strip_prefix("cycle:")?;
    let index: u32 = digits.parse().ok().filter(|index| *index < INDEX_MAX)?;
    (index.to_string() == digits).then_some(index)
}
