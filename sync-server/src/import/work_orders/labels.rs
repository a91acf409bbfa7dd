//! What a work order is called for, how soon, how far it is: each with its spellings.
//!
//! **Invariant**: no spelling stands for two values of one enumeration.
//!
//! The row is in [`work_orders`](super).

use serde::Serialize;

use crate::import::label::Labelled;

/// Why a work order is done.
///
/// SAP's order types are numbered by each company as it pleases. What most agree on is kept: PM01
/// is corrective; PM02 and PM03 are preventive and systematic; PM04 is improvement (capital work).
/// The others (PM05 to PM19: accident damage, component repair, wear parts…) are work that was
/// made necessary, hence corrective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// Repairs for good.
    #[default]
    CorrectiveCurative,
    /// Repairs for now.
    CorrectivePalliative,
    /// By calendar or meter.
    PreventiveSystematic,
    /// When a limit is reached.
    PreventiveConditional,
    /// When a trend says so.
    PreventivePredictive,
    /// Makes it better than it was.
    Improvement,
    /// The law says so.
    Regulatory,
    /// A round.
    Round,
}

impl Labelled for OrderType {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (
            Self::CorrectiveCurative,
            &[
                "correctif curatif",
                "corrective curative",
                "curatif",
                "curative",
                "correctif",
                "corrective",
                "dépannage",
                "breakdown",
                "PM01",
                "PM05",
                "PM06",
                "PM07",
                "PM08",
                "PM09",
                "PM10",
                "PM11",
                "PM12",
                "PM13",
                "PM14",
                "PM15",
                "PM16",
                "PM17",
                "PM18",
                "PM19",
            ],
        ),
        (
            Self::CorrectivePalliative,
            &[
                "correctif palliatif",
                "corrective palliative",
                "palliatif",
                "palliative",
            ],
        ),
        (
            Self::PreventiveSystematic,
            &[
                "préventif systématique",
                "preventive systematic",
                "systématique",
                "systematic",
                "préventif",
                "preventive",
                "PM02",
                "PM03",
            ],
        ),
        (
            Self::PreventiveConditional,
            &[
                "préventif conditionnel",
                "preventive conditional",
                "conditionnel",
                "conditional",
            ],
        ),
        (
            Self::PreventivePredictive,
            &[
                "préventif prévisionnel",
                "preventive predictive",
                "prévisionnel",
                "predictive",
                "prédictif",
            ],
        ),
        (
            Self::Improvement,
            &["amélioration", "improvement", "améliorative", "PM04"],
        ),
        (
            Self::Regulatory,
            &["réglementaire", "regulatory", "contrôle réglementaire"],
        ),
        (Self::Round, &["ronde", "round", "tournée", "inspection"]),
    ];
}

/// How soon a work order is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum Priority {
    /// Now.
    P1,
    /// Today or tomorrow.
    P2,
    /// As it comes.
    #[default]
    P3,
    /// When there is time.
    P4,
}

impl Labelled for Priority {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (
            Self::P1,
            &["urgente", "urgent", "P1", "1", "très haute", "very high"],
        ),
        (Self::P2, &["haute", "high", "P2", "2", "élevée"]),
        (
            Self::P3,
            &["moyenne", "medium", "P3", "3", "normale", "normal"],
        ),
        (Self::P4, &["basse", "low", "P4", "4", "faible"]),
    ];
}

/// How far a work order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Not yet asked for.
    Draft,
    /// Asked for.
    ToPlan,
    /// Has a date and people.
    Planned,
    /// Somebody is at it.
    InProgress,
    /// Waits for something.
    OnHold,
    /// Done, to be checked.
    Done,
    /// Frozen.
    Closed,
    /// Will not be done.
    Cancelled,
}

impl Labelled for OrderStatus {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (Self::Draft, &["brouillon", "draft"]),
        (
            Self::ToPlan,
            &[
                "à planifier",
                "to plan",
                "à faire",
                "to do",
                "ouvert",
                "open",
            ],
        ),
        (
            Self::Planned,
            &["planifié", "planned", "planifiée", "scheduled"],
        ),
        (Self::InProgress, &["en cours", "in progress", "started"]),
        (
            Self::OnHold,
            &["en attente", "on hold", "suspendu", "waiting"],
        ),
        (
            Self::Done,
            &["terminé", "done", "terminée", "completed", "fait"],
        ),
        (Self::Closed, &["clôturé", "closed", "clôturée", "clos"]),
        (
            Self::Cancelled,
            &["annulé", "cancelled", "annulée", "canceled"],
        ),
    ];
}
