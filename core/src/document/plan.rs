//! Maintenance plans (*gammes*): what is to be done on which equipment, when,
//! with which checklists and parts.
//!
//! **Invariant**: a rule is one value; two people who change it apart never
//! make a mixture. A plan that anybody suspended generates nothing until
//! somebody has seen both and decided.

mod fields;

use serde::{Deserialize, Serialize};

pub(super) use fields::FIELDS;
pub use fields::{Created, Moved, Nesting, PlanKind, PlannedPart, Status};

use super::{
    Document, Life, Stamp,
    plain::{self, Fold},
    schema::{Reference, Title, Value},
    work_order::{self, Link, OrderType, Priority},
};
use crate::{
    error::Error,
    model::{Day, DocumentId},
    schedule::{Margins, Rule},
};

const PLAIN: &[&str] = &[
    "code",
    "name",
    "equipment",
    "rule",
    "margins",
    "checklists",
    "parts",
    "estimated_minutes",
    "nesting",
    "priority",
    "status",
    "override",
];

/// A plan as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The plant's code.
    pub code: String,
    /// What people call it; the title of its orders.
    pub name: String,
    /// What it maintains.
    pub equipment: Option<DocumentId>,
    /// By the calendar or meter, or by a condition.
    #[serde(rename = "plan_kind")]
    pub kind: PlanKind,
    /// When it is due; none for a conditional plan.
    pub rule: Option<Rule>,
    /// The room around a due date.
    pub margins: Margins,
    /// What is to be answered.
    pub checklists: Vec<DocumentId>,
    /// What will be used.
    pub parts: Vec<PlannedPart>,
    /// How long it takes.
    pub estimated_minutes: Option<u32>,
    /// Where it stands in its family of plans.
    pub nesting: Option<Nesting>,
    /// The priority of its orders.
    pub priority: Priority,
    /// Whether it generates orders.
    pub status: Status,
    /// One occurrence that was moved by hand.
    #[serde(rename = "override")]
    pub moved: Option<Moved>,
}

/// The id of the order of one occurrence: whoever makes it, it is one.
pub fn order_id(plan: DocumentId, occurrence: &str) -> DocumentId {
    DocumentId::derived(plan, "work_order", occurrence)
}

/// The id of the execution of one occurrence.
pub fn execution_id(plan: DocumentId, occurrence: &str) -> DocumentId {
    DocumentId::derived(plan, "plan_execution", occurrence)
}

/// Writes the first entry of a new plan.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(document: &mut Document, created: &Created, stamp: &Stamp) -> Result<(), Error> {
    plain::create(document, created, stamp)
}

/// Sets one plain field: `name`, `rule`, `checklists`, `status`, `override`…
///
/// # Errors
///
/// [`Error::Invalid`] when the value is out of bounds or the field unknown.
pub fn set<V: Value>(
    document: &mut Document,
    field: &str,
    value: &V,
    stamp: &Stamp,
) -> Result<(), Error> {
    plain::set(document, PLAIN, field, value, stamp)
}

impl Plan {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as a plan.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("plan");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let code = fold.plain("code");
        let name = fold.plain("name");
        let equipment = fold.plain("equipment");
        let rule = fold.plain("rule");
        let margins = fold.plain("margins");
        let checklists = fold.plain("checklists");
        let parts = fold.plain("parts");
        let estimated_minutes = fold.plain("estimated_minutes");
        let nesting = fold.plain("nesting");
        let priority = fold.plain("priority");
        let status = fold.heaviest("status", |status: &Status| *status);
        let moved = fold.plain("override");
        Ok(Self {
            code: code.unwrap_or(Reference(created.code)).0,
            name: name.unwrap_or(Title(created.name)).0,
            equipment: equipment.unwrap_or(created.equipment),
            kind: created.kind,
            rule: rule.unwrap_or(created.rule),
            margins: margins.unwrap_or(created.margins),
            checklists: checklists.unwrap_or(created.checklists),
            parts: parts.unwrap_or(created.parts),
            estimated_minutes: estimated_minutes.unwrap_or(created.estimated_minutes),
            nesting: nesting.unwrap_or(created.nesting),
            priority: priority.unwrap_or(created.priority),
            status: status.unwrap_or_default(),
            moved: moved.flatten(),
            life,
        })
    }

    /// True when the scheduler makes orders for it.
    pub fn generates(&self) -> bool {
        self.status == Status::Active && !self.life.deleted && self.rule.is_some()
    }

    /// The order *Créer un OT* opens, and the scheduler makes: filled in with
    /// what the plan says. `occurrence` is the key and due date it stands for.
    pub fn order(
        &self,
        occurrence: Option<(&str, Day)>,
        provisional: String,
    ) -> work_order::Created {
        work_order::Created {
            title: self.name.clone(),
            order_type: match self.kind {
                PlanKind::Systematic => OrderType::PreventiveSystematic,
                PlanKind::Conditional => OrderType::PreventiveConditional,
            },
            priority: self.priority,
            equipment: self.equipment,
            plan: Some(Link {
                plan: self.life.id,
                occurrence: occurrence.map(|(key, _)| key.to_owned()),
            }),
            status: work_order::Status::ToPlan,
            provisional,
            assignees: Vec::new(),
            due: occurrence.map(|(_, due)| due),
            imported: None,
        }
    }
}
