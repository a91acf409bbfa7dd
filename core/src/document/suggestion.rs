//! Pairs of documents that may stand for one real thing, for a person to judge.
//!
//! **Invariant**: a suggestion changes nothing; asking twice, or the other way
//! round, gives the same answer.

use super::{stock_movement::StockMovement, work_order::WorkOrder};
use crate::model::Timestamp;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// True when two people may have reported the same breakdown: both open and
/// corrective, on the same equipment, within 24 hours, and nobody said that
/// they are different or merged one into the other.
pub fn possible_duplicate_orders(a: &WorkOrder, b: &WorkOrder) -> bool {
    let waits = |order: &WorkOrder, other: &WorkOrder| {
        order.status.is_open()
            && order.order_type.is_corrective()
            && !order.life.deleted
            && order.merged_into.is_none()
            && !order.not_duplicate_of.contains(&other.life.id)
    };
    a.life.id != b.life.id
        && a.equipment.is_some()
        && a.equipment == b.equipment
        && within_a_day(a.life.created_at, b.life.created_at)
        && waits(a, b)
        && waits(b, a)
}

/// True when two people may have recorded the same part leaving or coming
/// back: the same kind of movement for the same order, a part and quantity in
/// common, different persons, within 24 hours. Reversed movements are the
/// caller's to leave out.
pub fn possible_duplicate_movements(a: &StockMovement, b: &StockMovement) -> bool {
    let shared = || {
        a.posted.lines.iter().any(|line| {
            let same = |other: &super::stock_movement::Line| {
                other.part == line.part && other.quantity == line.quantity
            };
            b.posted.lines.iter().any(same)
        })
    };
    a.life.id != b.life.id
        && a.posted.kind == b.posted.kind
        && a.posted.reverses.is_none()
        && a.posted.work_order.is_some()
        && a.posted.work_order == b.posted.work_order
        && a.posted.person != b.posted.person
        && within_a_day(a.posted.at, b.posted.at)
        && shared()
}

fn within_a_day(a: Timestamp, b: Timestamp) -> bool {
    a.0.abs_diff(b.0) <= DAY_MS
}
