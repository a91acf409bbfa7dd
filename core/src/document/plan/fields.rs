//! The values a plan's entries hold.
//!
//! **Invariant**: field numbers (`#[n(…)]`), once released, keep their meaning.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::{
        schema::{Field, Reference, Title, Value, at_most, field, identifier, required},
        work_order::Priority,
    },
    error::Invalid,
    model::{Day, DocumentId, Line, Quantity, stored_text},
    schedule::{InvalidRule, Margins, Rule},
};

/// The keys of a plan.
pub const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("code", Reference, Describe),
    field!("name", Title, Describe),
    field!("equipment", Option<DocumentId>, Describe),
    field!("rule", Option<Rule>, Schedule),
    field!("margins", Margins, Schedule),
    field!("checklists", Vec<DocumentId>, Describe),
    field!("parts", Vec<PlannedPart>, Describe),
    field!("estimated_minutes", Option<u32>, Describe),
    field!("nesting", Option<Nesting>, Schedule),
    field!("priority", Priority, Schedule),
    field!("status", Status, Decide),
    field!("override", Option<Moved>, Schedule),
];

/// The most parts one plan uses.
const PARTS_MAX: usize = 200;
/// The longest lead, grace or tolerance: ten years.
const MARGIN_DAYS_MAX: u16 = 3_660;

/// What makes a plan due.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// The calendar, a meter or both.
    #[default]
    #[n(0)]
    Systematic,
    /// A measured condition: somebody asks for it.
    #[n(1)]
    Conditional,
}

impl PlanKind {
    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Systematic => "systematic",
            Self::Conditional => "conditional",
        }
    }
}

/// Whether a plan generates orders; of concurrent words the later in this list
/// counts.
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
pub enum Status {
    /// It does.
    #[default]
    #[n(0)]
    Active,
    /// Not for now.
    #[n(1)]
    Suspended,
    /// Never again.
    #[n(2)]
    Retired,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Retired];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
        }
    }
}

/// A part an execution will use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct PlannedPart {
    /// The part.
    #[n(0)]
    pub part: DocumentId,
    /// How much, more than nothing.
    #[n(1)]
    pub quantity: Quantity,
}

/// A plan's place among plans that contain each other.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Nesting {
    /// What they have in common.
    #[n(0)]
    pub family: String,
    /// The higher contains the lower.
    #[n(1)]
    pub level: u32,
}

/// An occurrence that was moved to another date by hand.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Moved {
    /// The occurrence.
    #[n(0)]
    pub key: String,
    /// Its date now.
    #[n(1)]
    pub due: Day,
}

/// Everything a plan starts with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The plant's code.
    #[n(0)]
    pub code: String,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// What it maintains.
    #[n(2)]
    pub equipment: Option<DocumentId>,
    /// What makes it due.
    #[n(3)]
    pub kind: PlanKind,
    /// When it is due; none for a conditional plan.
    #[n(4)]
    pub rule: Option<Rule>,
    /// The room around a due date.
    #[n(5)]
    pub margins: Margins,
    /// What is to be answered.
    #[n(6)]
    pub checklists: Vec<DocumentId>,
    /// What will be used.
    #[n(7)]
    pub parts: Vec<PlannedPart>,
    /// How long it takes.
    #[n(8)]
    pub estimated_minutes: Option<u32>,
    /// Where it stands in its family of plans.
    #[n(9)]
    pub nesting: Option<Nesting>,
    /// The priority of its orders.
    #[n(10)]
    pub priority: Priority,
}

impl Created {
    /// A plan without a rule, parts or checklists, of medium priority.
    pub fn new(code: &str, name: &str) -> Self {
        Self {
            code: code.to_owned(),
            name: name.to_owned(),
            equipment: None,
            kind: PlanKind::default(),
            rule: None,
            margins: Margins::default(),
            checklists: Vec::new(),
            parts: Vec::new(),
            estimated_minutes: None,
            nesting: None,
            priority: Priority::P3,
        }
    }
}

impl Value for Option<Rule> {
    fn check(&self) -> Result<(), Invalid> {
        let Some(rule) = self else {
            return Ok(());
        };
        rule.check().map_err(|why| {
            let code = match why {
                InvalidRule::Year(_) => "rule_year",
                InvalidRule::Every(_) => "rule_every",
                InvalidRule::Shift(_) => "rule_shift",
                InvalidRule::NoMeter | InvalidRule::MeterStep => "rule_meter",
                _ => "rule_empty",
            };
            Invalid::new(code, why.to_string())
        })?;
        let meter = rule.meter.as_ref();
        meter.map_or(Ok(()), |meter| identifier(&meter.meter))
    }
}

impl Value for Margins {
    fn check(&self) -> Result<(), Invalid> {
        let longest = self.lead_days.max(self.grace_days).max(self.tolerance_days);
        if longest > MARGIN_DAYS_MAX {
            return Err(Invalid::new("margins", "a margin is at most ten years"));
        }
        Ok(())
    }
}

impl Value for Status {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for Vec<PlannedPart> {
    fn check(&self) -> Result<(), Invalid> {
        at_most(self, PARTS_MAX)?;
        if self.iter().any(|part| part.quantity <= Quantity::ZERO) {
            return Err(Invalid::new(
                "line_quantity",
                "the quantity is more than nothing",
            ));
        }
        Ok(())
    }
}

impl Value for Option<Nesting> {
    fn check(&self) -> Result<(), Invalid> {
        self.as_ref().map_or(Ok(()), |nesting| {
            required(&nesting.family)?;
            stored_text(&nesting.family, Line::TITLE)
        })
    }
}

impl Value for Option<Moved> {
    fn check(&self) -> Result<(), Invalid> {
        self.as_ref().map_or(Ok(()), |moved| {
            required(&moved.key)?;
            stored_text(&moved.key, Line::CODE)
        })
    }
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        Reference(self.code.clone()).check()?;
        Title(self.name.clone()).check()?;
        self.rule.check()?;
        self.margins.check()?;
        self.checklists.check()?;
        self.parts.check()?;
        self.nesting.check()
    }
}
