//! The values equipment entries hold.
//!
//! **Invariant**: field numbers (`#[n(…)]`), once released, keep their meaning.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::schema::{
        Field, Group, OptionalTitle, Reference, Tags, Text, Title, Value, at_most, field,
        identifier, optional,
    },
    error::Invalid,
    model::{DocumentId, Line, Quantity, Timestamp, stored_text},
};

/// The keys of equipment.
pub const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("code", Reference, Describe),
    field!("name", Title, Describe),
    field!("parent", Option<DocumentId>, Describe),
    field!("location", OptionalTitle, Describe),
    field!("criticality", Criticality, Describe),
    field!("tags", Tags, Describe),
    field!("state", State, Work),
    field!(many "meter", Meter, Describe),
    field!(many "reading", Reading, Work),
];

/// The long texts of equipment.
pub const TEXTS: &[Text] = &[Text {
    name: "notes",
    group: Group::Describe,
}];

/// The most meters one machine starts with.
const METERS_MAX: usize = 50;

/// How much depends on a machine.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// Production or safety stops with it.
    #[n(0)]
    A,
    /// Production suffers.
    #[n(1)]
    B,
    /// It can wait.
    #[default]
    #[n(2)]
    C,
}

impl Criticality {
    /// Every criticality, the highest first.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
        }
    }
}

/// How a machine is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It runs.
    #[default]
    #[n(0)]
    InService,
    /// It runs, but not as it should.
    #[n(1)]
    Degraded,
    /// It broke down.
    #[n(2)]
    Down,
    /// It was stopped on purpose.
    #[n(3)]
    PlannedStop,
    /// It will not run again.
    #[n(4)]
    Retired,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::InService,
        Self::Degraded,
        Self::Down,
        Self::PlannedStop,
        Self::Retired,
    ];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InService => "in_service",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::PlannedStop => "planned_stop",
            Self::Retired => "retired",
        }
    }
}

/// One meter of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Meter {
    /// What people call it.
    #[n(0)]
    pub name: String,
    /// Its unit.
    #[n(1)]
    pub unit: String,
    /// Whether it only goes up.
    #[n(2)]
    pub kind: MeterKind,
}

/// Whether a meter only goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum MeterKind {
    /// It counts: hours, kilometres, cycles.
    #[n(0)]
    Cumulative,
    /// It shows: temperature, pressure.
    #[n(1)]
    Gauge,
}

/// One meter a machine starts with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NewMeter {
    /// Its id on this machine.
    #[n(0)]
    pub id: String,
    /// What it is.
    #[n(1)]
    pub meter: Meter,
}

/// What a meter said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Reading {
    /// In the meter's unit.
    #[n(0)]
    pub value: Quantity,
    /// When it was read, by the reader's clock.
    #[n(1)]
    pub at: Timestamp,
    /// True for the first reading after the meter was replaced or set back: it
    /// may be lower than the one before.
    #[n(2)]
    pub restarted: bool,
}

/// Everything a machine starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The plant's code.
    #[n(0)]
    pub code: String,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// What it is a part of.
    #[n(2)]
    pub parent: Option<DocumentId>,
    /// Where it stands.
    #[n(3)]
    pub location: Option<String>,
    /// How much depends on it.
    #[n(4)]
    pub criticality: Criticality,
    /// What its QR codes and NFC tags say.
    #[n(5)]
    pub tags: Vec<String>,
    /// Its meters.
    #[n(6)]
    pub meters: Vec<NewMeter>,
}

impl Value for Criticality {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for State {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for Meter {
    fn check(&self) -> Result<(), Invalid> {
        Title(self.name.clone()).check()?;
        stored_text(&self.unit, Line::CODE)
    }
}

impl Value for Reading {
    fn check(&self) -> Result<(), Invalid> {
        if !self.at.is_plausible() {
            return Err(Invalid::new(
                "implausible_time",
                "the time is before 2000 or after 2200",
            ));
        }
        Ok(())
    }
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        Reference(self.code.clone()).check()?;
        Title(self.name.clone()).check()?;
        optional(self.location.as_ref(), Line::TITLE)?;
        Tags(self.tags.clone()).check()?;
        at_most(&self.meters, METERS_MAX)?;
        self.meters.iter().try_for_each(|new| {
            identifier(&new.id)?;
            new.meter.check()
        })
    }
}
