//! Dates of business: which local date an instant belongs to, and when a local date begins.
//!
//! **Invariant:** defined for every zone and every input. Where a zone has no midnight, the
//! date begins at the first instant that it has; a date that a zone left out altogether begins
//! where the following date does.
//!
//! Pointer: DOMAIN.md, dates of business are local dates of the site's IANA time zone.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::{GapInfo, Tz};

use super::rule::{YEAR_MAX, YEAR_MIN};

/// The local date of an instant in milliseconds since 1970-01-01T00:00Z. Instants outside the
/// years 1900 to 2199 count as the first or the last of those days: a device's clock may be
/// anything, and that is no reason to fail.
///
/// ```
/// use ronde_core::schedule::business_date;
///
/// let at_ms = 1_767_225_600_000; // 2026-01-01T00:00Z
/// let date = |zone| business_date(at_ms, zone).to_string();
/// assert_eq!(date(chrono_tz::Europe::Paris), "2026-01-01");
/// assert_eq!(date(chrono_tz::America::New_York), "2025-12-31");
/// ```
pub fn business_date(at_ms: i64, zone: Tz) -> NaiveDate {
    // Far instants are brought near first, since an offset added to them would not fit.
    let near_ms = at_ms.clamp(-3_000_000_000_000, 8_000_000_000_000);
    let instant = DateTime::from_timestamp_millis(near_ms).unwrap_or_default();
    clamp(instant.with_timezone(&zone).date_naive())
}

/// The first instant of a local date, in milliseconds since 1970-01-01T00:00Z. A date outside
/// the years 1900 to 2199 counts as the first or the last of those days.
///
/// Where clocks go back over midnight, a date has two first minutes: the earlier one counts.
///
/// ```
/// use ronde_core::schedule::{business_date, start_of_day_ms};
///
/// // Cairo goes from 23:59:59 on 23 April 2026 to 01:00 on the 24th.
/// let date = "2026-04-24".parse().unwrap();
/// let start_ms = start_of_day_ms(date, chrono_tz::Africa::Cairo);
/// assert_eq!(business_date(start_ms, chrono_tz::Africa::Cairo), date);
/// assert_ne!(business_date(start_ms - 1, chrono_tz::Africa::Cairo), date);
/// ```
pub fn start_of_day_ms(date: NaiveDate, zone: Tz) -> i64 {
    let midnight = clamp(date).and_time(NaiveTime::MIN);
    let start = match zone.from_local_datetime(&midnight) {
        LocalResult::Single(start) | LocalResult::Ambiguous(start, _) => Some(start),
        LocalResult::None => GapInfo::new(&midnight, &zone).and_then(|gap| gap.end),
    };
    // A gap has an end in every zone that exists; were there one without, UTC would do.
    start.map_or(midnight.and_utc().timestamp_millis(), |start| {
        start.timestamp_millis()
    })
}

/// The nearest date in the years that are scheduled.
fn clamp(date: NaiveDate) -> NaiveDate {
    let bound = match date.year() {
        year if year < YEAR_MIN => NaiveDate::from_ymd_opt(YEAR_MIN, 1, 1),
        year if year > YEAR_MAX => NaiveDate::from_ymd_opt(YEAR_MAX, 12, 31),
        _ => None,
    };
    bound.unwrap_or(date)
}
