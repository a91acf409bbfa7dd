//! When people work on a site.
//!
//! **Invariant**: the shifts of a checked calendar are in order and do not
//! overlap; a shift ends on the day it starts (a night is two shifts).

use chrono::{Datelike, NaiveDateTime, Timelike};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::schema::{Value, at_most},
    error::Invalid,
    model::Day,
};

const SHIFTS_MAX: usize = 70;
const CLOSED_MAX: usize = 1_000;
const DAY_MINUTES: u16 = 24 * 60;

/// Working hours of a week, and the days without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct WorkingCalendar {
    /// Hours of a usual week, in order.
    #[n(0)]
    pub shifts: Vec<Shift>,
    /// Public holidays and other days without work.
    #[n(1)]
    pub closed: Vec<Day>,
}

/// One stretch of work on one day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(array)]
pub struct Shift {
    /// ISO 8601: 1 is Monday, 7 is Sunday.
    #[n(0)]
    pub weekday: u8,
    /// Minutes after midnight at which it starts.
    #[n(1)]
    pub start_minutes: u16,
    /// Minutes after midnight at which it ends, at most 1440.
    #[n(2)]
    pub end_minutes: u16,
}

impl WorkingCalendar {
    /// True when people work at this local time.
    pub fn is_open(&self, local: NaiveDateTime) -> bool {
        if self.closed.contains(&Day(local.date())) {
            return false;
        }
        let minute = local.hour() * 60 + local.minute();
        self.shifts.iter().any(|shift| {
            u32::from(shift.weekday) == local.weekday().number_from_monday()
                && (u32::from(shift.start_minutes)..u32::from(shift.end_minutes)).contains(&minute)
        })
    }
}

impl Value for WorkingCalendar {
    fn check(&self) -> Result<(), Invalid> {
        at_most(&self.shifts, SHIFTS_MAX)?;
        at_most(&self.closed, CLOSED_MAX)?;
        let sound = self.shifts.iter().all(|shift| {
            (1..=7).contains(&shift.weekday)
                && shift.start_minutes < shift.end_minutes
                && shift.end_minutes <= DAY_MINUTES
        });
        let ordered = self.shifts.windows(2).all(|pair| {
            (pair[0].weekday, pair[0].end_minutes) <= (pair[1].weekday, pair[1].start_minutes)
        });
        if !sound || !ordered {
            return Err(Invalid::new(
                "working_hours",
                "shifts are in order, within a day, and do not overlap",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_and_the_night_are_closed() {
        let calendar = WorkingCalendar {
            shifts: vec![Shift {
                weekday: 1,
                start_minutes: 8 * 60,
                end_minutes: 12 * 60,
            }],
            closed: vec![Day("2026-04-06".parse().unwrap())],
        };
        let open = |text: &str| calendar.is_open(text.parse().unwrap());

        calendar.check().unwrap();
        assert!(open("2026-03-30T08:00:00"));
        assert!(!open("2026-03-30T12:00:00"), "ends at noon");
        assert!(!open("2026-03-31T09:00:00"), "a Tuesday");
        assert!(!open("2026-04-06T09:00:00"), "Easter Monday");
    }

    #[test]
    fn overlapping_shifts_are_refused() {
        let shift = |start_minutes, end_minutes| Shift {
            weekday: 2,
            start_minutes,
            end_minutes,
        };
        let calendar = |shifts| WorkingCalendar {
            shifts,
            closed: vec![],
        };

        assert!(calendar(vec![shift(0, 10), shift(10, 20)]).check().is_ok());
        assert!(calendar(vec![shift(0, 11), shift(10, 20)]).check().is_err());
        assert!(calendar(vec![shift(0, 1441)]).check().is_err());
    }
}
