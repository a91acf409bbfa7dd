//! How critical, in what state, metered how: each with its spellings.
//!
//! **Invariant**: no spelling stands for two values of one enumeration.
//!
//! The row is in [`equipment`](super).

use serde::Serialize;

use crate::import::label::Labelled;

/// How much the failure of a piece of equipment costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum Criticality {
    /// Stops the plant, or is a danger.
    A,
    /// Slows the plant down.
    #[default]
    B,
    /// Can wait.
    C,
}

impl Labelled for Criticality {
    const LABELS: &'static [(Self, &'static [&'static str])] =
        &[(Self::A, &["A"]), (Self::B, &["B"]), (Self::C, &["C"])];
}

/// Whether a piece of equipment runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EquipmentState {
    /// Runs.
    #[default]
    InService,
    /// Runs with a fault.
    Degraded,
    /// Broken down.
    Down,
    /// Stopped on purpose.
    PlannedStop,
    /// Never to run again.
    Retired,
}

impl Labelled for EquipmentState {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (
            Self::InService,
            &["en service", "in service", "en marche", "running"],
        ),
        (
            Self::Degraded,
            &["dégradé", "degraded", "dégradée", "mode dégradé"],
        ),
        (
            Self::Down,
            &[
                "en panne",
                "down",
                "panne",
                "hors service",
                "HS",
                "broken down",
            ],
        ),
        (
            Self::PlannedStop,
            &[
                "arrêt planifié",
                "planned stop",
                "arrêt programmé",
                "arrêt technique",
            ],
        ),
        (
            Self::Retired,
            &[
                "réformé",
                "retired",
                "réformée",
                "déclassé",
                "déclassée",
                "scrapped",
            ],
        ),
    ];
}

/// How the readings of a meter behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MeterKind {
    /// Only grows, as running hours do.
    Cumulative,
    /// Goes up and down, as a pressure does.
    Gauge,
}

impl Labelled for MeterKind {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (
            Self::Cumulative,
            &["cumulatif", "cumulative", "compteur", "counter"],
        ),
        (Self::Gauge, &["jauge", "gauge", "instantané"]),
    ];
}
