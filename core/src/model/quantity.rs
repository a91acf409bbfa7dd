//! Fixed-point quantities and money: whole millionths, never floats.
//!
//! **Invariant**: arithmetic is exact or fails; nothing rounds silently.

use std::{fmt, str::FromStr};

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A quantity in millionths of its unit, from about −9.2 to 9.2 million million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Quantity(#[n(0)] pub i64);

/// Why a text is not a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidQuantity {
    /// Not digits with at most one decimal point or comma.
    #[error("a quantity is written like 12 or 0,5")]
    NotANumber,
    /// More than six decimals.
    #[error("a quantity has at most six decimals")]
    TooFine,
    /// Beyond nine million million.
    #[error("the quantity is too large")]
    TooLarge,
}

const MICROS: i64 = 1_000_000;

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// One whole unit.
    pub const ONE: Self = Self(MICROS);

    /// A whole number of units; `None` past the range.
    pub const fn whole(units: i64) -> Option<Self> {
        match units.checked_mul(MICROS) {
            Some(micros) => Some(Self(micros)),
            None => None,
        }
    }

    /// The exact sum; `None` past the range.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The product, rounded half away from zero to the millionth; `None` past
    /// the range.
    pub fn times(self, other: Self) -> Option<Self> {
        let exact = i128::from(self.0) * i128::from(other.0);
        let half = i128::from(MICROS / 2) * exact.signum();
        i64::try_from((exact + half) / i128::from(MICROS))
            .ok()
            .map(Self)
    }

    /// The sum, held at the range's end: for levels, which are shown, not posted.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The quantity with its sign changed, held at the range's end.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(self.0.saturating_neg())
    }

    /// How many decimals are needed to write it exactly, 0 to 6.
    pub const fn decimals(self) -> u8 {
        let mut rest = self.0 % MICROS;
        if rest == 0 {
            return 0;
        }
        let mut decimals = 6;
        while rest % 10 == 0 {
            rest /= 10;
            decimals -= 1;
        }
        decimals
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, micros) = (
            self.0.unsigned_abs() / MICROS.unsigned_abs(),
            self.0.unsigned_abs() % MICROS.unsigned_abs(),
        );
        let text = format!("{whole}.{micros:06}");
        f.pad(&format!(
            "{sign}{}",
            text.trim_end_matches('0').trim_end_matches('.')
        ))
    }
}

impl FromStr for Quantity {
    type Err = InvalidQuantity;

    /// Reads a decimal number with a point or a comma.
    ///
    /// ```
    /// use ronde_core::model::{InvalidQuantity, Quantity};
    ///
    /// assert_eq!("2,50".parse(), Ok(Quantity(2_500_000)));
    /// assert_eq!(Quantity(2_500_000).to_string(), "2.5");
    /// assert_eq!("1.2345678".parse::<Quantity>(), Err(InvalidQuantity::TooFine));
    /// ```
    fn from_str(text: &str) -> Result<Self, InvalidQuantity> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && decimals.is_empty()) || !numeric(whole) || !numeric(decimals) {
            return Err(InvalidQuantity::NotANumber);
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > 6 {
            return Err(InvalidQuantity::TooFine);
        }
        let number = |part: &str| match part {
            "" => Ok(0),
            part => part.parse::<i64>().map_err(|_| InvalidQuantity::TooLarge),
        };
        let micros = number(&format!("{decimals:0<6}"))?;
        number(whole)?
            .checked_mul(MICROS)
            .and_then(|value| value.checked_add(micros))
            .map(|value| Self(if negative { -value } else { value }))
            .ok_or(InvalidQuantity::TooLarge)
    }
}

impl Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in any::<i64>().prop_filter("range", |m| *m != i64::MIN)) {
            let quantity = Quantity(micros);

            prop_assert_eq!(quantity.to_string().parse(), Ok(quantity));
        }
    }

    #[test]
    fn products_round_half_away_from_zero() {
        let product = |a, b| Quantity(a).times(Quantity(b));

        assert_eq!(product(1_500_000, 2_500_000), Some(Quantity(3_750_000)));
        assert_eq!(product(1, 500_000), Some(Quantity(1)));
        assert_eq!(product(-1, 500_000), Some(Quantity(-1)));
        assert_eq!(product(1, 499_999), Some(Quantity(0)));
        assert_eq!(product(i64::MAX, 2_000_000), None);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "-", ".", "1e3", "NaN", "1.2.3", "１", "0x1"] {
            assert_eq!(
                text.parse::<Quantity>(),
                Err(InvalidQuantity::NotANumber),
                "{text}"
            );
        }
        assert_eq!(
            "99999999999999".parse::<Quantity>(),
            Err(InvalidQuantity::TooLarge)
        );
    }
}
