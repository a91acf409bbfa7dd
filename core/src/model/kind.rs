//! The kinds of documents and their fixed codes.
//!
//! **Invariant**: a code, once released, is never reused or changed.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// What a document is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The plant itself.
    #[n(1)]
    Site,
    /// Somebody who works there.
    #[n(2)]
    Person,
    /// A machine, or a part of one, that is maintained.
    #[n(3)]
    Equipment,
    /// A preventive maintenance plan.
    #[n(4)]
    Plan,
    /// One execution of one occurrence of a plan.
    #[n(5)]
    PlanExecution,
    /// A checklist template with its published versions.
    #[n(6)]
    Checklist,
    /// One run of one checklist version.
    #[n(7)]
    Execution,
    /// A work order (OT).
    #[n(8)]
    WorkOrder,
    /// A spare part.
    #[n(9)]
    Part,
    /// One posted stock movement.
    #[n(10)]
    StockMovement,
    /// One episode of one alert.
    #[n(11)]
    Alert,
}

impl Kind {
    /// Every kind, in code order.
    pub const ALL: [Self; 11] = [
        Self::Site,
        Self::Person,
        Self::Equipment,
        Self::Plan,
        Self::PlanExecution,
        Self::Checklist,
        Self::Execution,
        Self::WorkOrder,
        Self::Part,
        Self::StockMovement,
        Self::Alert,
    ];

    /// The number that stands for the kind on disk.
    pub const fn code(self) -> u8 {
        match self {
            Self::Site => 1,
            Self::Person => 2,
            Self::Equipment => 3,
            Self::Plan => 4,
            Self::PlanExecution => 5,
            Self::Checklist => 6,
            Self::Execution => 7,
            Self::WorkOrder => 8,
            Self::Part => 9,
            Self::StockMovement => 10,
            Self::Alert => 11,
        }
    }

    /// The kind with this code, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The name used in code, JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Person => "person",
            Self::Equipment => "equipment",
            Self::Plan => "plan",
            Self::PlanExecution => "plan_execution",
            Self::Checklist => "checklist",
            Self::Execution => "execution",
            Self::WorkOrder => "work_order",
            Self::Part => "part",
            Self::StockMovement => "stock_movement",
            Self::Alert => "alert",
        }
    }
}
