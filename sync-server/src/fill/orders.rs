//! Which work order a row stands for.
//!
//! **Invariant**: the same row is the same order in every import of its file:
//! by its number in the other system, by the occurrence it does, or by what it
//! says and how often it was said before.

use std::collections::{HashMap, HashSet};

use ronde_core::{
    Error,
    document::{
        plan::{self, Plan},
        work_order::{Link, WorkOrder},
    },
    model::{Day, DocumentId, Kind},
    schedule::{self, Facts},
    store::{documents, views},
};
use sha2::{Digest, Sha256};

use super::file::File;
use crate::import::WorkOrderRow;

/// The order of a row.
pub(super) struct Target {
    pub(super) id: DocumentId,
    /// As it is now, where it exists.
    pub(super) now: Option<Box<WorkOrder>>,
}

/// Finds the orders of rows, in the order of the file.
#[derive(Default)]
pub(super) struct Targets {
    /// How often each content without a number was met.
    met: HashMap<[u8; 32], u32>,
    /// Orders that rows before stand for.
    taken: HashSet<DocumentId>,
}

impl Targets {
    /// The order of the next row.
    pub(super) fn find(
        &mut self,
        file: &File<'_>,
        row: &WorkOrderRow,
        link: Option<&Link>,
    ) -> Result<Target, Error> {
        let target = self.target(file, row, link)?;
        self.taken.insert(target.id);
        Ok(target)
    }

    fn target(
        &mut self,
        file: &File<'_>,
        row: &WorkOrderRow,
        link: Option<&Link>,
    ) -> Result<Target, Error> {
        if let Some(code) = &row.code
            && let Some(now) = numbered(file, code)?
        {
            let id = now.life.id;
            return Ok(Target {
                id,
                now: Some(Box::new(now)),
            });
        }
        let own = match &row.code {
            Some(code) => file.id(Kind::WorkOrder, code),
            None => file.id(Kind::WorkOrder, &self.content_key(row)),
        };
        let of_occurrence = link.and_then(|link| {
            let occurrence = link.occurrence.as_deref()?;
            Some(plan::order_id(link.plan, occurrence))
        });
        // One occurrence has one order: a second row about it is another order,
        // and stays it.
        let id = match of_occurrence.filter(|id| !self.taken.contains(id)) {
            Some(id) if documents::held(file.tx, own)?.is_none() => id,
            _ => own,
        };
        let now = views::record(file.tx, Kind::WorkOrder, id)?;
        Ok(Target {
            id,
            now: now.map(Box::new),
        })
    }

    /// What the row says, and how many said the same before it.
    fn content_key(&mut self, row: &WorkOrderRow) -> String {
        let hash = content_hash(row);
        let met = self.met.entry(hash).or_default();
        let key = format!("{}#{met}", data_encoding::HEXLOWER.encode(&hash));
        *met += 1;
        key
    }
}

/// The order that an earlier import gave this number.
fn numbered(file: &File<'_>, code: &str) -> Result<Option<WorkOrder>, Error> {
    for id in views::called(file.tx, Kind::WorkOrder, code)? {
        let order: Option<WorkOrder> = views::record(file.tx, Kind::WorkOrder, id)?;
        let is_it = |order: &WorkOrder| {
            let imported = order.imported.as_ref();
            imported.is_some_and(|it| it.reference.as_deref() == Some(code))
        };
        if let Some(order) = order.filter(is_it) {
            return Ok(Some(order));
        }
    }
    Ok(None)
}

/// The link of an order to its plan, and to the occurrence it is due for.
///
/// Only a fixed calendar says from the date alone which occurrence that is.
pub(super) fn link(plan: &Plan, due: Option<Day>) -> Link {
    let occurrence = || {
        let due = due?.0;
        let rule = plan.rule.as_ref()?;
        let is_fixed = rule.meter.is_none() && rule.calendar.as_ref()?.shift_percent == 0;
        let found = schedule::upcoming(rule, plan.margins, &Facts::default(), due, 1).ok()?;
        let first = found.into_iter().next()?;
        (is_fixed && first.due == due).then_some(first.key)
    };
    Link {
        plan: plan.life.id,
        occurrence: occurrence(),
    }
}

/// A hash of what a row says. Fields are named one by one: what a later
/// program reads besides must not make all orders new.
fn content_hash(row: &WorkOrderRow) -> [u8; 32] {
    let date = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string());
    let micro = |micro: Option<i64>| micro.map(|micro| micro.to_string());
    let said = [
        Some(row.title.clone()),
        row.description.clone(),
        row.equipment_code.clone(),
        row.equipment_name.clone(),
        Some(format!("{:?}", row.order_type)),
        Some(format!("{:?}", row.priority)),
        row.status.map(|status| format!("{status:?}")),
        date(row.due),
        date(row.created_on),
        row.plan_code.clone(),
        row.failure.mode.clone(),
        row.failure.cause.clone(),
        row.failure.remedy.clone(),
        micro(row.hours_micro),
        micro(row.cost_micro),
        row.location.clone(),
    ];
    let mut hash = Sha256::new();
    for text in said {
        let text = text.unwrap_or_default();
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
