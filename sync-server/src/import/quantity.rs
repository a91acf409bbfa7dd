//! Decimal numbers as French and English exports write them, kept as millionths.
//!
//! **Invariant**: no float touches a quantity; what is written is what is kept, or it is an error.
//!
//! A single comma or point is always the decimal mark: `1,234` is one and a bit. Spaces may group
//! digits by three. Both marks in one number are refused rather than guessed.

use super::Reason;
use super::error::shown;

/// How many decimals are kept.
pub const DECIMALS_MAX: u32 = 6;
/// One, in millionths.
pub(super) const ONE_MICRO: i64 = 1_000_000;
/// The largest whole number, far above any stock, meter or price and far below an overflow.
const WHOLE_MAX: i64 = 1_000_000_000_000;

/// A number, in millionths.
pub(super) fn micro(written: &str) -> Result<i64, Reason> {
    let not_a_number = || Reason::NotANumber(shown(written));
    let unsigned = written.strip_prefix(['-', '\u{2212}']);
    let negative = unsigned.is_some();
    let digits = unsigned.unwrap_or(written).trim_start();
    let (whole, decimals) = digits.split_once([',', '.']).unwrap_or((digits, "0"));
    if decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Err(not_a_number());
    }
    let whole = whole_number(whole).ok_or_else(not_a_number)??;
    let decimals = decimals.trim_end_matches('0');
    if decimals.len() > DECIMALS_MAX as usize {
        return Err(Reason::TooManyDecimals(DECIMALS_MAX));
    }
    let fraction = format!("{decimals:0<6}").parse::<i64>();
    let value = whole * ONE_MICRO + fraction.map_err(|_| not_a_number())?;
    Ok(if negative { -value } else { value })
}

/// `None` where it is not a number, an error where it is too large a one.
fn whole_number(written: &str) -> Option<Result<i64, Reason>> {
    let mut groups = written.split([' ', '\u{a0}', '\u{202f}', '\u{2009}']);
    let first = groups.next()?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        digits.push_str(group);
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    let too_large = Reason::OutOfRange {
        min: -WHOLE_MAX,
        max: WHOLE_MAX,
    };
    Some(match significant.len() {
        0 if digits.is_empty() => return None,
        0 => Ok(0),
        1..=13 => match significant.parse::<i64>() {
            Ok(value) if value < WHOLE_MAX => Ok(value),
            _ => Err(too_large),
        },
        _ => Err(too_large),
    })
}
