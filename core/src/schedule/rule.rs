//! What a plan says about time: its calendar step, its meter step and its margins.
//! Plain values that are stored inside documents (CBOR, keyed by index) and shown as JSON.
//!
//! **Invariant:** nothing here computes; a value that passed [`Rule::check`] can be stepped
//! without overflow, and one that did not is refused by every function of this module.
//!
//! Pointer: DOMAIN.md "Scheduling"; the arithmetic is in `step.rs`.

use chrono::{Datelike, NaiveDate};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::encoding;

/// The first year that dates of business may lie in.
pub const YEAR_MIN: i32 = 1900;
/// The last year that dates of business may lie in; a series ends there.
pub const YEAR_MAX: i32 = 2199;
/// The longest step, in units.
pub const EVERY_MAX: u32 = 1000;

/// The unit of a calendar step.
///
/// A week is seven days wherever it starts, so ISO 8601 week 53 needs no rule of its own.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Unit {
    /// One date to the next.
    #[n(0)]
    Day,
    /// Seven days.
    #[n(1)]
    Week,
    /// The same day of the following month, or its last day where that month is shorter.
    #[n(2)]
    Month,
    /// Twelve months; 29 February becomes 28 February in common years.
    #[n(3)]
    Year,
}

/// A repetition by the calendar: `anchor`, then every `every` `unit`s.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Calendar {
    /// Due date of the first occurrence, a local date of the site.
    #[cbor(n(0), with = "encoding::date")]
    pub anchor: NaiveDate,
    /// Units between two occurrences, 1 to [`EVERY_MAX`].
    #[n(1)]
    pub every: u32,
    /// What `every` counts.
    #[n(2)]
    pub unit: Unit,
    /// How much of a late or early completion moves the following date, in percent:
    /// 0 keeps the anchor's dates (fixed), 100 starts again from the completion (floating).
    #[n(3)]
    pub shift_percent: u8,
}

/// A repetition by a meter: the reading at the last execution plus a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Meter {
    /// Id of the equipment's meter.
    #[n(0)]
    pub meter: String,
    /// Distance between two occurrences, in millionths of the meter's unit; more than 0.
    #[n(1)]
    pub step_micro: i64,
    /// Reading at which the first occurrence is due, in millionths of the meter's unit.
    #[n(2)]
    pub first_micro: i64,
}

/// When a plan is due. With a calendar and a meter, whichever comes first.
///
/// The whole value is one atomic group: two people who edit a rule at once never get a
/// mixture of their two rules.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Rule {
    /// The calendar part.
    #[n(0)]
    pub calendar: Option<Calendar>,
    /// The meter part.
    #[n(1)]
    pub meter: Option<Meter>,
    /// Nothing is due before this date. Set it when a rule replaces another, or when a plan
    /// with an old anchor starts now.
    #[cbor(n(2), with = "encoding::optional_date", has_nil)]
    pub effective_from: Option<NaiveDate>,
}

/// The room around a due date, in whole days.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize,
)]
pub struct Margins {
    /// How long before the due date a work order is made.
    #[n(0)]
    pub lead_days: u16,
    /// How long after the due date the plan is not yet overdue.
    #[n(1)]
    pub grace_days: u16,
    /// How far from the due date, before or after, an execution still complies.
    #[n(2)]
    pub tolerance_days: u16,
}

/// Why a rule cannot be scheduled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRule {
    /// Neither part is there, so nothing would ever be due.
    #[error("a rule needs a calendar or a meter")]
    Empty,
    /// The step is not in 1 to [`EVERY_MAX`].
    #[error("every must be between 1 and 1000, not {0}")]
    Every(u32),
    /// The shift is above 100.
    #[error("shift must be between 0 and 100 percent, not {0}")]
    Shift(u8),
    /// A date of the rule, or the date an occurrence is moved to, is outside
    /// [`YEAR_MIN`] to [`YEAR_MAX`].
    #[error("{0} is outside the years 1900 to 2199")]
    Year(NaiveDate),
    /// The meter part names no meter.
    #[error("the meter part names no meter")]
    NoMeter,
    /// The meter's step is zero or negative.
    #[error("the meter step must be more than 0")]
    MeterStep,
}

impl Rule {
    /// Says whether this rule can be scheduled. Forms call it to show what is wrong; the
    /// functions of this module call it because documents come from outside.
    ///
    /// # Errors
    /// The first [`InvalidRule`] found, calendar before meter.
    ///
    /// ```
    /// use ronde_core::schedule::{Calendar, InvalidRule, Rule, Unit};
    ///
    /// let anchor = "2026-01-31".parse().unwrap();
    /// let monthly = Calendar { anchor, every: 1, unit: Unit::Month, shift_percent: 0 };
    /// let mut rule = Rule { calendar: Some(monthly), meter: None, effective_from: None };
    /// assert_eq!(rule.check(), Ok(()));
    ///
    /// rule.calendar.as_mut().unwrap().every = 0;
    /// assert_eq!(rule.check(), Err(InvalidRule::Every(0)));
    /// ```
    pub fn check(&self) -> Result<(), InvalidRule> {
        if self.calendar.is_none() && self.meter.is_none() {
            return Err(InvalidRule::Empty);
        }
        if let Some(calendar) = &self.calendar {
            check_year(calendar.anchor)?;
            if !(1..=EVERY_MAX).contains(&calendar.every) {
                return Err(InvalidRule::Every(calendar.every));
            }
            if calendar.shift_percent > 100 {
                return Err(InvalidRule::Shift(calendar.shift_percent));
            }
        }
        if let Some(meter) = &self.meter {
            if meter.meter.trim().is_empty() {
                return Err(InvalidRule::NoMeter);
            }
            if meter.step_micro <= 0 {
                return Err(InvalidRule::MeterStep);
            }
        }
        self.effective_from.map_or(Ok(()), check_year)
    }
}

/// Whether a date lies in the years that are scheduled.
pub(super) fn in_range(date: NaiveDate) -> bool {
    (YEAR_MIN..=YEAR_MAX).contains(&date.year())
}

/// Refuses a date outside the years that are scheduled.
pub(super) fn check_year(date: NaiveDate) -> Result<(), InvalidRule> {
    if in_range(date) {
        Ok(())
    } else {
        Err(InvalidRule::Year(date))
    }
}
