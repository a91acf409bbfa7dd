//! Dates as exports write them: `2026-03-31`, `31/03/2026`, each with or without a time of day.
//!
//! **Invariant**: a date that could be read in two orders is read day first, never guessed from
//! the other rows; years have four digits and months are never words.
//!
//! A time of day is checked and dropped: due dates and creation dates are days of the plant.

use chrono::{NaiveDate, NaiveTime};

use super::Reason;
use super::error::shown;

const YEAR_MIN: i32 = 1900;
const YEAR_MAX: i32 = 2199;

/// A day.
pub(super) fn date(written: &str) -> Result<NaiveDate, Reason> {
    day(written).ok_or_else(|| Reason::NotADate(shown(written)))
}

fn day(written: &str) -> Option<NaiveDate> {
    let written = match written.split_once([' ', 'T']) {
        Some((day, time)) if is_time(time) => day,
        Some(_) => return None,
        None => written,
    };
    let separator = written.chars().find(|c| !c.is_ascii_digit())?;
    let (year, month, day) = match *written.split(separator).collect::<Vec<_>>() {
        _ if !['-', '/', '.'].contains(&separator) => return None,
        [year, month, day] if year.len() == 4 => (year, month, day),
        [day, month, year] if year.len() == 4 => (year, month, day),
        _ => return None,
    };
    let year: i32 = number(year, 4)?.try_into().ok()?;
    let valid = (YEAR_MIN..=YEAR_MAX).contains(&year);
    let date = NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?)?;
    valid.then_some(date)
}

/// Digits only: `parse` alone would take a sign.
fn number(written: &str, digits_max: usize) -> Option<u32> {
    let digits = (1..=digits_max).contains(&written.len());
    (digits && written.bytes().all(|b| b.is_ascii_digit()))
        .then(|| written.parse().ok())
        .flatten()
}

fn is_time(written: &str) -> bool {
    let formats = ["%H:%M", "%H:%M:%S", "%H:%M:%S%.f"];
    let parses = |format: &&str| NaiveTime::parse_from_str(written, format).is_ok();
    formats.iter().any(parses)
}
