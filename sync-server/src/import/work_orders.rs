//! Work orders of another system, open ones and history alike.
//!
//! **Invariant**: a code is there once; everything but the title may be unknown. Costs keep their
//! sign, because exports hold credits.
//!
//! A SAP export is read without any mapping, down to its order types (see [`OrderType`]).

mod labels;

pub use labels::{OrderStatus, OrderType, Priority};

use chrono::NaiveDate;
use serde::Serialize;

use super::fields::{Field, needed, optional};
use super::row::Row;
use super::sheet::{Seen, Sheet};

pub(super) const FIELDS: &[Field] = &[
    optional(
        "code",
        &[
            "N° OT",
            "Numéro OT",
            "OT",
            "Numéro",
            "N°",
            "Order",
            "Number",
            "Order number",
            "Ordre",
        ],
        "number in the other system; once per file",
    ),
    needed(
        "title",
        &[
            "Titre",
            "Intitulé",
            "Objet",
            "Libellé",
            "Désignation",
            "Subject",
            "Summary",
            "Short text",
            "OriginalShorttext",
            "Désignation OT",
        ],
        "what is to be done, or what happened",
    ),
    optional(
        "description",
        &["Descriptif", "Long text", "Texte long", "Détail"],
        "several lines",
    ),
    optional(
        "equipment_code",
        &[
            "Code équipement",
            "Équipement",
            "Repère",
            "Equipment",
            "Asset",
            "Asset code",
            "Machine",
        ],
        "code of the equipment",
    ),
    optional(
        "equipment_name",
        &[
            "Nom équipement",
            "Désignation équipement",
            "Libellé équipement",
            "Asset name",
        ],
        "its name, where the code says little",
    ),
    optional(
        "type",
        &[
            "Nature",
            "Type d'OT",
            "Type OT",
            "Type de maintenance",
            "Order type",
            "PMType",
        ],
        "curatif, palliatif, préventif systématique, conditionnel or prévisionnel, amélioration, \
         réglementaire, ronde, or PM01, PM02…; empty: curatif",
    ),
    optional(
        "priority",
        &["Priorité", "Urgence"],
        "urgente, haute, moyenne, basse; empty: moyenne",
    ),
    optional(
        "status",
        &["Statut", "État", "State"],
        "brouillon, à planifier, planifié, en cours, en attente, terminé, clôturé, annulé",
    ),
    optional(
        "due",
        &[
            "Échéance",
            "Date d'échéance",
            "Due date",
            "Pour le",
            "Date limite",
        ],
        "a date",
    ),
    optional(
        "created_on",
        &[
            "Créé le",
            "Date de création",
            "Date",
            "Created",
            "Creation date",
            "BscStartDate",
            "Date de début de base",
        ],
        "a date",
    ),
    optional(
        "plan_code",
        &["Code plan", "Plan", "Gamme", "Code gamme"],
        "code of the plan",
    ),
    optional(
        "failure_mode",
        &["Mode de défaillance", "Défaillance", "Symptôme", "FM"],
        "how it failed",
    ),
    optional(
        "failure_cause",
        &["Cause", "Cause de défaillance"],
        "why it failed",
    ),
    optional(
        "failure_remedy",
        &["Remède", "Solution", "Remedy"],
        "what was done about it",
    ),
    optional(
        "hours",
        &["Heures", "Temps passé", "Durée h", "RunningTime"],
        "hours of work",
    ),
    optional(
        "cost",
        &["Coût", "Coût total", "Montant", "Total cost"],
        "may be negative (a credit)",
    ),
    optional(
        "location",
        &["Localisation", "Emplacement", "Lieu", "Zone"],
        "where",
    ),
];

/// One work order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WorkOrderRow {
    /// Where the row starts in its file.
    pub line: u64,
    /// Its number in the other system.
    pub code: Option<String>,
    /// What is to be done, or what happened.
    pub title: String,
    /// More of it.
    pub description: Option<String>,
    /// In the equipment file or known already.
    pub equipment_code: Option<String>,
    /// What people call the equipment.
    pub equipment_name: Option<String>,
    /// Why it is done.
    #[serde(rename = "type")]
    pub order_type: OrderType,
    /// How soon.
    pub priority: Priority,
    /// How far it is, where the file says so.
    pub status: Option<OrderStatus>,
    /// Until when.
    pub due: Option<NaiveDate>,
    /// Since when.
    pub created_on: Option<NaiveDate>,
    /// In the plan file or known already.
    pub plan_code: Option<String>,
    /// What failed.
    pub failure: FailureRow,
    /// Hours of work, in millionths.
    pub hours_micro: Option<i64>,
    /// Millionths of the site's currency; negative for a credit.
    pub cost_micro: Option<i64>,
    /// Where.
    pub location: Option<String>,
}

/// What failed, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FailureRow {
    /// How it failed.
    pub mode: Option<String>,
    /// Why it failed.
    pub cause: Option<String>,
    /// What was done about it.
    pub remedy: Option<String>,
}

pub(super) fn read(sheet: &mut Sheet<'_>) -> Vec<WorkOrderRow> {
    let mut codes = Seen::default();
    sheet.rows(|row| {
        let order = work_order(row);
        codes.once(row, "code", order.code.as_deref().unwrap_or_default());
        order
    })
}

fn work_order(row: &mut Row<'_>) -> WorkOrderRow {
    let title = row.title("title");
    WorkOrderRow {
        line: row.line(),
        code: row.code("code"),
        title: row.required("title", title),
        description: row.text("description"),
        equipment_code: row.code("equipment_code"),
        equipment_name: row.title("equipment_name"),
        order_type: row.label("type").unwrap_or_default(),
        priority: row.label("priority").unwrap_or_default(),
        status: row.label("status"),
        due: row.date("due"),
        created_on: row.date("created_on"),
        plan_code: row.code("plan_code"),
        failure: FailureRow {
            mode: row.title("failure_mode"),
            cause: row.text("failure_cause"),
            remedy: row.text("failure_remedy"),
        },
        hours_micro: row.micro("hours"),
        cost_micro: row.money_micro("cost"),
        location: row.title("location"),
    }
}
