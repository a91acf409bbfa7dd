//! The values a work order's entries hold.
//!
//! **Invariant**: field numbers (`#[n(…)]`), once released, keep their meaning.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Status, status};
use crate::{
    document::schema::{Code, Field, Group, Remark, Text, Title, Value, field, optional},
    error::Invalid,
    model::{Day, DocumentId, Line, PersonId, Quantity, Timestamp, stored_text},
};

/// The keys of a work order.
pub const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("title", Title, Describe),
    field!("type", OrderType, Describe),
    field!("priority", Priority, Schedule),
    field!("equipment", Option<DocumentId>, Describe),
    field!("plan", Option<Link>, Describe),
    Field {
        key: "status",
        many: false,
        judge: status::judge,
    },
    field!("assignees", Vec<PersonId>, Schedule),
    field!("due", Option<Day>, Schedule),
    field!("planned", Option<Planned>, Schedule),
    field!(many "intervention", Intervention, Work),
    field!("failure", Failure, Work),
    field!("downtime", Downtime, Work),
    field!(many "comment", Remark, Describe),
    field!("number", Code, Relay),
    field!("imported", Imported, Relay),
    field!("merged_into", Option<DocumentId>, Decide),
    field!(many "not_duplicate_of", bool, Decide),
];

/// The long texts of a work order.
pub const TEXTS: &[Text] = &[
    Text {
        name: "description",
        group: Group::Describe,
    },
    Text {
        name: "note",
        group: Group::Work,
    },
];

/// Why the work is done (DOMAIN.md, work_order).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// Mends for good.
    #[n(0)]
    CorrectiveCurative,
    /// Gets it going again for now.
    #[n(1)]
    CorrectivePalliative,
    /// By the calendar or a meter.
    #[n(2)]
    PreventiveSystematic,
    /// By a measured condition.
    #[n(3)]
    PreventiveConditional,
    /// By a forecast.
    #[n(4)]
    PreventivePredictive,
    /// Makes it better.
    #[n(5)]
    Improvement,
    /// Because the law says so.
    #[n(6)]
    Regulatory,
    /// A technician's round.
    #[n(7)]
    Round,
}

impl OrderType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::CorrectiveCurative,
        Self::CorrectivePalliative,
        Self::PreventiveSystematic,
        Self::PreventiveConditional,
        Self::PreventivePredictive,
        Self::Improvement,
        Self::Regulatory,
        Self::Round,
    ];

    /// True for a breakdown.
    pub const fn is_corrective(self) -> bool {
        matches!(self, Self::CorrectiveCurative | Self::CorrectivePalliative)
    }

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CorrectiveCurative => "corrective_curative",
            Self::CorrectivePalliative => "corrective_palliative",
            Self::PreventiveSystematic => "preventive_systematic",
            Self::PreventiveConditional => "preventive_conditional",
            Self::PreventivePredictive => "preventive_predictive",
            Self::Improvement => "improvement",
            Self::Regulatory => "regulatory",
            Self::Round => "round",
        }
    }
}

/// How urgent it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Urgent.
    #[n(1)]
    P1,
    /// High.
    #[n(2)]
    P2,
    /// Medium.
    #[n(3)]
    P3,
    /// Low.
    #[n(4)]
    P4,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Self; 4] = [Self::P1, Self::P2, Self::P3, Self::P4];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P1 => "p1",
            Self::P2 => "p2",
            Self::P3 => "p3",
            Self::P4 => "p4",
        }
    }
}

/// The plan and occurrence an order does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Link {
    /// The plan.
    #[n(0)]
    pub plan: DocumentId,
    /// Occurrence key, where the order stands for one.
    #[n(1)]
    pub occurrence: Option<String>,
}

/// Everything an order starts with, in one entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// One line.
    #[n(0)]
    pub title: String,
    /// Why the work is done.
    #[n(1)]
    pub order_type: OrderType,
    /// How urgent it is.
    #[n(2)]
    pub priority: Priority,
    /// The equipment concerned.
    #[n(3)]
    pub equipment: Option<DocumentId>,
    /// The plan it does.
    #[n(4)]
    pub plan: Option<Link>,
    /// Where it stands at first.
    #[n(5)]
    pub status: Status,
    /// What the device calls it until the relay numbers it.
    #[n(6)]
    pub provisional: String,
    /// Who is to do it.
    #[n(7)]
    pub assignees: Vec<PersonId>,
    /// Local date by which it is to be done.
    #[n(8)]
    pub due: Option<Day>,
    /// What came with an imported order.
    #[n(9)]
    pub imported: Option<Imported>,
}

/// Facts of an order that another system kept before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Imported {
    /// Its number there.
    #[n(0)]
    pub reference: Option<String>,
    /// Local date it was opened.
    #[n(1)]
    pub opened_on: Option<Day>,
    /// Cost in the site's currency.
    #[n(2)]
    pub cost: Option<Quantity>,
    /// Running hours of the equipment.
    #[n(3)]
    pub hours: Option<Quantity>,
    /// Where on the equipment.
    #[n(4)]
    pub location: Option<String>,
}

/// When an order is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Planned {
    /// Planned start.
    #[n(0)]
    pub start: Timestamp,
    /// Planned end.
    #[n(1)]
    pub end: Timestamp,
}

/// What an interval of time was spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// Work at the equipment.
    #[n(0)]
    Work,
    /// On the way.
    #[n(1)]
    Travel,
    /// Waiting.
    #[n(2)]
    Wait,
}

impl WorkKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Work, Self::Travel, Self::Wait];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Travel => "travel",
            Self::Wait => "wait",
        }
    }
}

/// One interval somebody spent on the order.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Intervention {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// Start, by the device's clock.
    #[n(1)]
    pub start: Timestamp,
    /// End; none while it runs.
    #[n(2)]
    pub end: Option<Timestamp>,
    /// Work, travel or wait.
    #[n(3)]
    pub kind: WorkKind,
}

/// What failed and how it was mended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Failure {
    /// Failure mode.
    #[n(0)]
    pub mode: Option<String>,
    /// Cause.
    #[n(1)]
    pub cause: Option<String>,
    /// Remedy.
    #[n(2)]
    pub remedy: Option<String>,
}

/// How long production stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Downtime {
    /// Minutes.
    #[n(0)]
    pub minutes: u32,
}

impl Value for OrderType {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for Priority {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for Link {
    fn check(&self) -> Result<(), Invalid> {
        optional(self.occurrence.as_ref(), Line::CODE)
    }
}

impl Value for Option<Link> {
    fn check(&self) -> Result<(), Invalid> {
        self.as_ref().map_or(Ok(()), Value::check)
    }
}

impl Value for Vec<PersonId> {
    fn check(&self) -> Result<(), Invalid> {
        if self.len() > 50 {
            return Err(Invalid::new("too_many_assignees", "more than 50 assignees"));
        }
        Ok(())
    }
}

impl Value for Option<Planned> {
    fn check(&self) -> Result<(), Invalid> {
        match self {
            Some(planned) => interval(planned.start, Some(planned.end)),
            None => Ok(()),
        }
    }
}

impl Value for Intervention {
    fn check(&self) -> Result<(), Invalid> {
        interval(self.start, self.end)
    }
}

impl Value for Failure {
    fn check(&self) -> Result<(), Invalid> {
        [&self.mode, &self.cause, &self.remedy]
            .into_iter()
            .try_for_each(|text| optional(text.as_ref(), Line::TITLE))
    }
}

impl Value for Downtime {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        Title(self.title.clone()).check()?;
        self.plan.check()?;
        self.assignees.check()?;
        stored_text(&self.provisional, Line::CODE)?;
        self.imported.as_ref().map_or(Ok(()), Value::check)
    }
}

impl Value for Imported {
    fn check(&self) -> Result<(), Invalid> {
        optional(self.reference.as_ref(), Line::CODE)?;
        optional(self.location.as_ref(), Line::TITLE)
    }
}

fn interval(start: Timestamp, end: Option<Timestamp>) -> Result<(), Invalid> {
    let end = end.unwrap_or(start);
    if !start.is_plausible() || !end.is_plausible() {
        return Err(Invalid::new(
            "implausible_time",
            "the time is before 2000 or after 2200",
        ));
    }
    if end < start {
        return Err(Invalid::new(
            "interval_reversed",
            "the interval ends before it starts",
        ));
    }
    Ok(())
}
