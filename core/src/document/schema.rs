//! What a document of each kind may hold, as data: its keys and long texts,
//! how a value is checked, and which field group it belongs to.
//!
//! The guard judges every operation of a change against these tables, and
//! [`permission`](super::permission) says who may touch which group.
//!
//! **Invariant**: default deny. A key, text or value that is not described
//! here is never merged.

mod values;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use values::{OptionalTitle, Reference, Tags};
pub(super) use values::{at_most, identifier, optional};

use super::{
    Entry, checklist, equipment, execution, part, person, plan, plan_execution, site,
    stock_movement, work_order,
};
use crate::{
    error::Invalid,
    model::{Kind, Line, stored_text},
};

/// What a change does to a document, as far as rights are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Creates it, or edits what it says.
    Describe,
    /// Plans and assigns it.
    Schedule,
    /// Does it: status in the field, interventions, answers, readings.
    Work,
    /// Decides about it: cancel, close, reopen, validate, publish.
    Decide,
    /// Posts a stock movement.
    Post,
    /// Only the relay writes it.
    Relay,
}

impl Group {
    /// Every group.
    pub const ALL: [Self; 6] = [
        Self::Describe,
        Self::Schedule,
        Self::Work,
        Self::Decide,
        Self::Post,
        Self::Relay,
    ];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Schedule => "schedule",
            Self::Work => "work",
            Self::Decide => "decide",
            Self::Post => "post",
            Self::Relay => "relay",
        }
    }
}

/// A value that can stand in an entry.
pub trait Value: Encode<()> + for<'b> Decode<'b, ()> + PartialEq {
    /// Judges a value that was typed here or arrived from elsewhere.
    ///
    /// # Errors
    ///
    /// [`Invalid`] naming what is wrong.
    fn check(&self) -> Result<(), Invalid>;
}

/// One key of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key, or the part before the slash.
    pub key: &'static str,
    /// True when the key goes on: `answer/<item>/<repetition>`.
    pub many: bool,
    /// Checks the encoded value and says which group it belongs to.
    pub judge: fn(&[u8]) -> Result<Group, Invalid>,
}

/// One long text of a kind.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// The key in the root map.
    pub name: &'static str,
    /// Who may edit it.
    pub group: Group,
}

/// A field whose values all belong to one group.
macro_rules! field {
    ($key:literal, $value:ty, $group:ident) => {
        $crate::document::schema::Field {
            key: $key,
            many: false,
            judge: |bytes| {
                $crate::document::schema::checked::<$value>(bytes)?;
                Ok($crate::document::schema::Group::$group)
            },
        }
    };
    (many $key:literal, $value:ty, $group:ident) => {
        $crate::document::schema::Field {
            many: true,
            ..$crate::document::schema::field!($key, $value, $group)
        }
    };
}
pub(super) use field;

/// The keys a document of this kind may hold.
pub const fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Site => site::FIELDS,
        Kind::Person => person::FIELDS,
        Kind::Equipment => equipment::FIELDS,
        Kind::Plan => plan::FIELDS,
        Kind::PlanExecution => plan_execution::FIELDS,
        Kind::Checklist => checklist::FIELDS,
        Kind::Execution => execution::FIELDS,
        Kind::WorkOrder => work_order::FIELDS,
        Kind::Part => part::FIELDS,
        Kind::StockMovement => stock_movement::FIELDS,
        Kind::Alert => &[],
    }
}

/// The keys every document may hold.
const COMMON: &[Field] = &[
    field!(many "edited", bool, Describe),
    field!("deleted", Deletion, Decide),
];

/// The long texts a document of this kind holds.
pub const fn texts(kind: Kind) -> &'static [Text] {
    match kind {
        Kind::Equipment => equipment::TEXTS,
        Kind::WorkOrder => work_order::TEXTS,
        _ => &[],
    }
}

/// Checks one entry and says which group it touches.
///
/// # Errors
///
/// [`Invalid`] for an unknown key, a value of the wrong type or out of bounds,
/// or an implausible time.
pub fn judge(kind: Kind, entry: &Entry) -> Result<Group, Invalid> {
    if !entry.at.is_plausible() {
        return Err(Invalid::new(
            "implausible_time",
            "the time is before 2000 or after 2200",
        ));
    }
    if entry.after.len() > AFTER_MAX {
        return Err(Invalid::new(
            "too_many_predecessors",
            "the entry follows too many others",
        ));
    }
    judge_value(kind, &entry.key, &entry.value)
}

/// Checks an encoded value for a key and says which group it touches.
pub(super) fn judge_value(kind: Kind, key: &str, value: &[u8]) -> Result<Group, Invalid> {
    let (head, rest) = match key.split_once('/') {
        Some((head, rest)) => (head, Some(rest)),
        None => (key, None),
    };
    let field = COMMON
        .iter()
        .chain(fields(kind))
        .find(|field| field.key == head && field.many == rest.is_some())
        .ok_or_else(|| Invalid::new("unknown_field", "the field is not known here"))?;
    stored_text(key, Line::TITLE)?;
    (field.judge)(value)
}

/// The most entries one entry may follow: as many people cannot be concurrent.
const AFTER_MAX: usize = 64;

/// Reads and checks a value.
///
/// # Errors
///
/// [`Invalid`] with code `wrong_type`, or what [`Value::check`] says.
pub fn checked<V: Value>(bytes: &[u8]) -> Result<V, Invalid> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value: V = decoder
        .decode()
        .map_err(|_| Invalid::new("wrong_type", "the value has the wrong type"))?;
    if decoder.position() != bytes.len() {
        return Err(Invalid::new(
            "wrong_type",
            "the value has something behind it",
        ));
    }
    value.check()?;
    Ok(value)
}

impl Value for bool {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

macro_rules! id_value {
    ($($id:ty),*) => {$(
        impl Value for $id {
            fn check(&self) -> Result<(), Invalid> {
                Ok(())
            }
        }
        impl Value for Option<$id> {
            fn check(&self) -> Result<(), Invalid> {
                Ok(())
            }
        }
    )*};
}
id_value!(crate::model::DocumentId, crate::model::PersonId);

/// A title, name or label.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Title(#[n(0)] pub String);

impl Value for Title {
    fn check(&self) -> Result<(), Invalid> {
        required(&self.0)?;
        stored_text(&self.0, Line::TITLE)
    }
}

/// A code, reference or short label that may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Code(#[n(0)] pub String);

impl Value for Code {
    fn check(&self) -> Result<(), Invalid> {
        stored_text(&self.0, Line::CODE)
    }
}

/// A comment or note: several lines.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Remark(#[n(0)] pub String);

impl Value for Remark {
    fn check(&self) -> Result<(), Invalid> {
        required(&self.0)?;
        stored_text(&self.0, Line::PROSE)
    }
}

/// Refuses an empty text.
///
/// # Errors
///
/// [`Invalid`] with code `text_empty`.
pub fn required(text: &str) -> Result<(), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new("text_empty", "the text is empty"));
    }
    Ok(())
}

/// The deletion mark of any document: what its author had seen of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Deletion {
    /// Why; empty when nobody said.
    #[n(0)]
    pub reason: String,
    /// How many entries the document had when it was marked: one more later
    /// means that somebody edited without having seen the mark.
    #[n(1)]
    pub entries_seen: u32,
}

impl Value for Deletion {
    fn check(&self) -> Result<(), Invalid> {
        stored_text(&self.reason, Line::PROSE)
    }
}
