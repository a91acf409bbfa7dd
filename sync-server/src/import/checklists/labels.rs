//! How an item is answered and what a bad answer calls for: each with its spellings.
//!
//! **Invariant**: no spelling stands for two values of one enumeration.
//!
//! The row is in [`checklists`](super).

use serde::Serialize;

use crate::import::label::Labelled;

/// How an item is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// Not at all; it is read.
    #[default]
    Instruction,
    /// Ticked.
    Check,
    /// OK, not OK or not applicable.
    OkNok,
    /// Yes or no.
    YesNo,
    /// A number in a unit.
    Number,
    /// A reading of a meter of the equipment.
    Meter,
    /// A text.
    Text,
    /// One of the choices.
    OneOf,
    /// Any of the choices.
    ManyOf,
    /// A day.
    Date,
    /// A photo.
    Photo,
    /// A signature.
    Signature,
    /// A scanned code.
    Scan,
    /// A part that was used.
    Part,
}

impl Labelled for ItemKind {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (Self::Instruction, &["consigne", "instruction"]),
        (Self::Check, &["case", "check", "case à cocher", "fait"]),
        (
            Self::OkNok,
            &[
                "OK/NOK",
                "ok_nok",
                "OK/NOK/SO",
                "conformité",
                "conforme/non conforme",
            ],
        ),
        (Self::YesNo, &["oui/non", "yes/no"]),
        (
            Self::Number,
            &["nombre", "number", "mesure", "numérique", "valeur"],
        ),
        (
            Self::Meter,
            &[
                "relevé compteur",
                "meter",
                "relevé",
                "compteur",
                "meter reading",
            ],
        ),
        (Self::Text, &["texte", "text"]),
        (Self::OneOf, &["choix unique", "one_of", "choix", "liste"]),
        (
            Self::ManyOf,
            &["choix multiple", "many_of", "choix multiples"],
        ),
        (Self::Date, &["date"]),
        (Self::Photo, &["photo"]),
        (Self::Signature, &["signature"]),
        (Self::Scan, &["scan", "lecture code", "QR"]),
        (Self::Part, &["pièce", "part", "pièce consommée"]),
    ];
}

/// What a bad answer calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFail {
    /// Say why.
    Comment,
    /// Show it.
    Photo,
    /// Open a corrective work order.
    Corrective,
    /// Tell the supervisor.
    Alert,
    /// Stop the equipment.
    Stop,
}

impl Labelled for OnFail {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (Self::Comment, &["commentaire", "comment"]),
        (Self::Photo, &["photo"]),
        (
            Self::Corrective,
            &[
                "OT correctif",
                "corrective",
                "correctif",
                "corrective work order",
            ],
        ),
        (Self::Alert, &["alerte", "alert"]),
        (Self::Stop, &["arrêt", "stop"]),
    ];
}
