//! Calendar arithmetic: how far one step goes.
//!
//! **Invariant:** every result lies in the years 1900 to 2199 or is an error, and nothing here
//! loops over dates.
//!
//! Pointer: DOMAIN.md "Scheduling". Weeks are ISO 8601 weeks of seven days. RFC 5545 leaves out
//! a month that lacks the day (`FREQ=MONTHLY;BYMONTHDAY=31`); a maintenance task does not skip
//! February, so the date is clamped to the month's end instead.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::rule::{Calendar, Unit, in_range};

/// A date past the years 1900 to 2199: the series has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the date is outside the years 1900 to 2199")]
pub struct OutOfRange;

/// The due date of occurrence `k` of a fixed calendar: anchor ⊕ k · every, computed from the
/// anchor (never from the date before, which would lose the day 31 for good) and clamped to the
/// month's end. `shift_percent` plays no part.
///
/// # Errors
/// [`OutOfRange`] when the date is outside the years 1900 to 2199.
///
/// ```
/// use ronde_core::schedule::{Calendar, OutOfRange, Unit, nth_fixed};
///
/// let anchor = "2026-01-31".parse().unwrap();
/// let monthly = Calendar { anchor, every: 1, unit: Unit::Month, shift_percent: 0 };
/// assert_eq!(nth_fixed(&monthly, 1), Ok("2026-02-28".parse().unwrap()));
/// assert_eq!(nth_fixed(&monthly, 2), Ok("2026-03-31".parse().unwrap()));
/// assert_eq!(nth_fixed(&monthly, u32::MAX), Err(OutOfRange));
/// ```
pub fn nth_fixed(calendar: &Calendar, k: u32) -> Result<NaiveDate, OutOfRange> {
    add(calendar.anchor, calendar, k)
}

/// `start` ⊕ `steps` · every.
pub(super) fn add(
    start: NaiveDate,
    calendar: &Calendar,
    steps: u32,
) -> Result<NaiveDate, OutOfRange> {
    let count = u64::from(calendar.every) * u64::from(steps);
    let months = |count: u64| {
        let count = u32::try_from(count).ok()?;
        start.checked_add_months(Months::new(count))
    };
    match calendar.unit {
        Unit::Day => start.checked_add_days(Days::new(count)),
        Unit::Week => start.checked_add_days(Days::new(count.saturating_mul(7))),
        Unit::Month => months(count),
        Unit::Year => months(count.saturating_mul(12)),
    }
    .filter(|date| in_range(*date))
    .ok_or(OutOfRange)
}

/// The smallest number of steps that takes `start` to `date` or past it; where the series ends
/// before that, some number past its end.
pub(super) fn steps_to(start: NaiveDate, calendar: &Calendar, date: NaiveDate) -> u32 {
    if date <= start {
        return 0;
    }
    let every = i64::from(calendar.every.max(1));
    let days = date.signed_duration_since(start).num_days();
    let months = i64::from(date.year() - start.year()) * 12 + i64::from(date.month())
        - i64::from(start.month());
    // By months the quotient is at most one step short: the last step may end in the right
    // month on an earlier day.
    let floor = match calendar.unit {
        Unit::Day => days / every,
        Unit::Week => days / (every * 7),
        Unit::Month => months / every,
        Unit::Year => months / (every * 12),
    };
    let floor = u32::try_from(floor).unwrap_or(0);
    match add(start, calendar, floor) {
        Ok(reached) if reached < date => floor + 1,
        _ => floor,
    }
}

/// The first date of the anchor's own series that is later than `date`.
pub(super) fn first_fixed_after(
    calendar: &Calendar,
    date: NaiveDate,
) -> Result<NaiveDate, OutOfRange> {
    let day_after = date.checked_add_days(Days::new(1)).ok_or(OutOfRange)?;
    nth_fixed(calendar, steps_to(calendar.anchor, calendar, day_after))
}
