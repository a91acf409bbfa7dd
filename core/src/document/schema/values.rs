//! Checks of the plain values that several kinds use.
//!
//! **Invariant**: every list that a device can send has a named maximum.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Value, required};
use crate::{
    error::Invalid,
    model::{Day, DocumentId, Line, Quantity, Roles, stored_text},
};

/// The most documents one field may refer to.
const REFERENCES_MAX: usize = 200;
/// The most tags of one document.
const TAGS_MAX: usize = 20;

macro_rules! free_value {
    ($($value:ty),*) => {$(
        impl Value for $value {
            fn check(&self) -> Result<(), Invalid> {
                Ok(())
            }
        }
    )*};
}
free_value!(u8, u32, Option<u32>, Option<Day>);

impl Value for Vec<DocumentId> {
    fn check(&self) -> Result<(), Invalid> {
        at_most(self, REFERENCES_MAX)
    }
}

impl Value for Option<Quantity> {
    fn check(&self) -> Result<(), Invalid> {
        if self.is_some_and(|quantity| quantity < Quantity::ZERO) {
            return Err(Invalid::new(
                "quantity_negative",
                "the quantity is negative",
            ));
        }
        Ok(())
    }
}

impl Value for Roles {
    fn check(&self) -> Result<(), Invalid> {
        if !self.iter().is_sorted_by(|left, right| left < right) {
            return Err(Invalid::new("roles_order", "the roles are not in order"));
        }
        Ok(())
    }
}

/// Words on a label: what a QR code or NFC tag says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Tags(#[n(0)] pub Vec<String>);

impl Value for Tags {
    fn check(&self) -> Result<(), Invalid> {
        at_most(&self.0, TAGS_MAX)?;
        self.0.iter().try_for_each(|tag| {
            required(tag)?;
            stored_text(tag, Line::TITLE)
        })
    }
}

/// A code that may not be empty.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Reference(#[n(0)] pub String);

impl Value for Reference {
    fn check(&self) -> Result<(), Invalid> {
        required(&self.0)?;
        stored_text(&self.0, Line::CODE)
    }
}

/// A short text that may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct OptionalTitle(#[n(0)] pub Option<String>);

impl Value for OptionalTitle {
    fn check(&self) -> Result<(), Invalid> {
        optional(self.0.as_ref(), Line::TITLE)
    }
}

/// Judges a text that may be absent.
pub(in crate::document) fn optional(text: Option<&String>, limit: Line) -> Result<(), Invalid> {
    text.map_or(Ok(()), |text| stored_text(text, limit))
}

/// Refuses a list with more than `max` members.
pub(in crate::document) fn at_most<T>(list: &[T], max: usize) -> Result<(), Invalid> {
    if list.len() > max {
        return Err(Invalid::new("too_many", format!("more than {max}")));
    }
    Ok(())
}

/// Judges an id that people choose and keys contain: `heures`, `b3`, `n_1`.
pub(in crate::document) fn identifier(text: &str) -> Result<(), Invalid> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if text.is_empty() || text.len() > 32 || !text.bytes().all(fits) {
        return Err(Invalid::new(
            "identifier",
            "an identifier is 1 to 32 letters, digits, dots, dashes or underscores",
        ));
    }
    Ok(())
}
