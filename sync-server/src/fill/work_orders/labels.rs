//! The words of files as the words of documents.
//!
//! **Invariant**: every word has one meaning; the matches are exhaustive.

use ronde_core::document::work_order::{OrderType, Priority, Status};

use crate::import::{self, OrderStatus};

pub(super) fn order_type(row: import::OrderType) -> OrderType {
    match row {
        import::OrderType::CorrectiveCurative => OrderType::CorrectiveCurative,
        import::OrderType::CorrectivePalliative => OrderType::CorrectivePalliative,
        import::OrderType::PreventiveSystematic => OrderType::PreventiveSystematic,
        import::OrderType::PreventiveConditional => OrderType::PreventiveConditional,
        import::OrderType::PreventivePredictive => OrderType::PreventivePredictive,
        import::OrderType::Improvement => OrderType::Improvement,
        import::OrderType::Regulatory => OrderType::Regulatory,
        import::OrderType::Round => OrderType::Round,
    }
}

pub(super) fn priority(row: import::Priority) -> Priority {
    match row {
        import::Priority::P1 => Priority::P1,
        import::Priority::P2 => Priority::P2,
        import::Priority::P3 => Priority::P3,
        import::Priority::P4 => Priority::P4,
    }
}

pub(super) fn status(row: OrderStatus) -> Status {
    match row {
        OrderStatus::Draft => Status::Draft,
        OrderStatus::ToPlan => Status::ToPlan,
        OrderStatus::Planned => Status::Planned,
        OrderStatus::InProgress => Status::InProgress,
        OrderStatus::OnHold => Status::OnHold,
        OrderStatus::Done => Status::Done,
        OrderStatus::Closed => Status::Closed,
        OrderStatus::Cancelled => Status::Cancelled,
    }
}
