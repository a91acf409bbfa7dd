//! Maintenance plans: what is done to which equipment, how often, with what.
//!
//! **Invariant**: the interval is whole (every, unit, anchor), as the schedule treats it as one
//! value; a meter is whole too (id and step).
//!
//! Codes of equipment, checklists and parts are resolved by the reader who has the site.

mod planned_parts;

pub use planned_parts::PlanPartRow;

use chrono::NaiveDate;
use serde::Serialize;

use super::error::Reason;
use super::fields::{Field, needed, optional};
use super::label::Labelled;
use super::row::Row;
use super::sheet::{Seen, Sheet};

/// The longest interval, in its own unit.
const EVERY_MAX: u32 = 1_000;
/// The longest lead, grace or tolerance: ten years.
const DAYS_MAX: u32 = 3_650;
const MINUTES_MAX: u32 = 100_000;
const LEVEL_MAX: u32 = 100;

pub(super) const FIELDS: &[Field] = &[
    needed(
        "code",
        &["Code plan", "Code gamme", "Plan", "Gamme", "Plan code"],
        "once per file",
    ),
    needed(
        "name",
        &[
            "Désignation",
            "Nom",
            "Libellé",
            "Intitulé",
            "Designation",
            "Title",
        ],
        "what is done; the title of its work orders",
    ),
    needed(
        "equipment_code",
        &[
            "Code équipement",
            "Équipement",
            "Repère",
            "Equipment",
            "Asset",
        ],
        "code of the equipment",
    ),
    needed(
        "every",
        &[
            "Tous les",
            "Fréquence",
            "Intervalle",
            "Périodicité",
            "Interval",
        ],
        "1 to 1000",
    ),
    needed(
        "unit",
        &["Unité", "Unité de période", "Période", "Period"],
        "jour, semaine, mois or an",
    ),
    needed(
        "anchor",
        &[
            "Ancre",
            "Date d'ancrage",
            "Première échéance",
            "Début",
            "Anchor date",
            "Start",
        ],
        "first due date, from which the others are counted",
    ),
    optional(
        "shift_percent",
        &["Glissement", "Glissement %", "Shift"],
        "0 counts from the anchor, 100 from the last execution; empty: 0",
    ),
    optional(
        "lead_days",
        &[
            "Anticipation",
            "Délai d'anticipation",
            "Anticipation jours",
            "Lead",
        ],
        "how many days before its due date the work order is made; empty: 0",
    ),
    optional(
        "grace_days",
        &["Délai de grâce", "Grâce", "Grâce jours", "Grace"],
        "how many days after its due date it is overdue; empty: 0",
    ),
    optional(
        "tolerance_days",
        &["Tolérance", "Tolérance jours", "Tolerance"],
        "how many days around its due date it counts as done in time; empty: 0",
    ),
    optional(
        "checklist_codes",
        &[
            "Checklists",
            "Checklist",
            "Code checklist",
            "Listes de contrôle",
            "Liste de contrôle",
        ],
        "codes of its checklists, separated by | or ,",
    ),
    optional(
        "parts",
        &["Pièces", "Pièces prévues", "Planned parts"],
        "reference:quantity, separated by |, as 6205-2RS:2",
    ),
    optional(
        "estimated_minutes",
        &[
            "Durée estimée",
            "Durée min",
            "Durée estimée min",
            "Durée",
            "Duration",
        ],
        "minutes",
    ),
    optional(
        "family",
        &["Famille"],
        "plans of one family absorb each other",
    ),
    optional(
        "level",
        &["Niveau"],
        "the highest of a family wins; 1 to 100",
    ),
    optional(
        "meter_id",
        &["Compteur", "Meter"],
        "id of a meter of the equipment",
    ),
    optional(
        "meter_step",
        &["Pas compteur", "Pas", "Step"],
        "due again after so much on the meter",
    ),
];

/// One maintenance plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// Where the row starts in its file.
    pub line: u64,
    /// Once per file.
    pub code: String,
    /// The title of its work orders.
    pub name: String,
    /// In the equipment file or known already.
    pub equipment_code: String,
    /// How many units lie between two occurrences.
    pub every: u32,
    /// What `every` counts.
    pub unit: PeriodUnit,
    /// The first due date.
    pub anchor: NaiveDate,
    /// 0 fixed to 100 floating.
    pub shift_percent: u32,
    /// Days before the due date.
    pub lead_days: u32,
    /// Days after the due date.
    pub grace_days: u32,
    /// Days around the due date.
    pub tolerance_days: u32,
    /// In the checklist file or known already.
    pub checklist_codes: Vec<String>,
    /// What it is planned to use.
    pub parts: Vec<PlanPartRow>,
    /// How long it takes one person.
    pub estimated_minutes: Option<u32>,
    /// Plans that absorb each other.
    pub family: Option<String>,
    /// The highest of a family wins.
    pub level: Option<u32>,
    /// What else makes it due.
    pub meter: Option<PlanMeterRow>,
}

/// A meter that makes a plan due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanMeterRow {
    /// A meter of the plan's equipment.
    pub id: String,
    /// Millionths of the meter's unit.
    pub step_micro: i64,
}

/// What an interval counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodUnit {
    /// Days.
    #[default]
    Day,
    /// Weeks.
    Week,
    /// Months, clamped to their end.
    Month,
    /// Years.
    Year,
}

impl Labelled for PeriodUnit {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (Self::Day, &["jour", "day", "jours", "days", "j", "d"]),
        (Self::Week, &["semaine", "week", "semaines", "weeks", "sem"]),
        (Self::Month, &["mois", "month", "months"]),
        (
            Self::Year,
            &["an", "year", "ans", "année", "années", "years"],
        ),
    ];
}

pub(super) fn read(sheet: &mut Sheet<'_>) -> Vec<PlanRow> {
    let mut codes = Seen::default();
    sheet.rows(|row| {
        let plan = plan(row);
        codes.once(row, "code", &plan.code);
        plan
    })
}

fn plan(row: &mut Row<'_>) -> PlanRow {
    let (code, name) = (row.code("code"), row.title("name"));
    let equipment_code = row.code("equipment_code");
    let (every, unit) = (row.whole("every", 1, EVERY_MAX), row.label("unit"));
    let anchor = row.date("anchor");
    let plan = PlanRow {
        line: row.line(),
        code: row.required("code", code),
        name: row.required("name", name),
        equipment_code: row.required("equipment_code", equipment_code),
        every: row.required("every", every),
        unit: row.required("unit", unit),
        anchor: row.required("anchor", anchor),
        shift_percent: row.whole("shift_percent", 0, 100).unwrap_or(0),
        lead_days: row.whole("lead_days", 0, DAYS_MAX).unwrap_or(0),
        grace_days: row.whole("grace_days", 0, DAYS_MAX).unwrap_or(0),
        tolerance_days: row.whole("tolerance_days", 0, DAYS_MAX).unwrap_or(0),
        checklist_codes: row.codes("checklist_codes"),
        parts: planned_parts::parts(row),
        estimated_minutes: row.whole("estimated_minutes", 0, MINUTES_MAX),
        family: row.code("family"),
        level: row.whole("level", 1, LEVEL_MAX),
        meter: meter(row),
    };
    if plan.level.is_some() && plan.family.is_none() {
        row.report("level", Reason::Contradiction("a level needs a family"));
    }
    plan
}

fn meter(row: &mut Row<'_>) -> Option<PlanMeterRow> {
    match (row.code("meter_id"), row.micro("meter_step")) {
        (Some(_), Some(0)) => {
            row.report(
                "meter_step",
                Reason::Contradiction("must be more than zero"),
            );
            None
        }
        (Some(id), Some(step_micro)) => Some(PlanMeterRow { id, step_micro }),
        (Some(_), None) => {
            row.report("meter_step", Reason::Contradiction("a meter needs a step"));
            None
        }
        (None, Some(_)) => {
            row.report("meter_id", Reason::Contradiction("a step needs a meter"));
            None
        }
        (None, None) => None,
    }
}
