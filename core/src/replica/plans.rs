//! Plans: lists, what is due, and their pages.
//!
//! **Invariant**: a due date is [`schedule`]'s word over the facts of this
//! device; nothing is stored that could disagree with it.

mod act;
mod page;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::{Replica, today};
use crate::{
    document::plan::{Plan, PlanKind, Status},
    error::Error,
    model::{Day, DocumentId, Kind, Timestamp},
    schedule::{self, Occurrence, business_date},
    store::{
        Tx,
        views::{self, OrderFilter, PlanFacts},
    },
};

pub use act::{Made, NewExecution};
pub use page::{PartLine, PlanExecutionLine, PlanPage, RuleLine};

pub(super) use act::executed_by_order;
pub(super) use page::parts_of;

/// One line of the list of plans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// The plan.
    pub id: DocumentId,
    /// The plant's code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// By the calendar or meter, or by a condition.
    pub kind: PlanKind,
    /// Whether it generates orders.
    pub status: Status,
    /// What it maintains.
    pub equipment: Option<DocumentId>,
    /// Its code.
    pub equipment_code: Option<String>,
    /// Its name.
    pub equipment_name: Option<String>,
    /// The next occurrence: the earliest that is neither executed nor skipped.
    pub next: Option<Occurrence>,
    /// How soon that is; none without one.
    pub due_state: Option<DueState>,
    /// Local date it was last executed.
    pub last_executed: Option<Day>,
    /// The open order of the next occurrence.
    pub work_order: Option<DocumentId>,
    /// What that is called.
    pub work_order_number: Option<String>,
}

/// How soon a plan is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DueState {
    /// Later than its grace allows (*en retard*).
    Overdue,
    /// Today, or late within its grace.
    Due,
    /// Its order may be made already.
    Opening,
    /// Later.
    Ahead,
}

impl Replica {
    /// Every plan, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn plans(&self) -> Result<Vec<PlanRow>, Error> {
        let now = self.world().now();
        self.read(|tx| {
            let plans: Vec<Plan> = views::records(tx, Kind::Plan)?;
            plans.iter().map(|plan| row(tx, plan, now)).collect()
        })
    }

    /// The plans of one machine, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn plans_of(&self, equipment: DocumentId) -> Result<Vec<PlanRow>, Error> {
        let now = self.world().now();
        self.read(|tx| {
            let plans = views::plans_of_equipment(tx, equipment)?;
            plans.iter().map(|plan| row(tx, plan, now)).collect()
        })
    }

    /// Active plans that are overdue, due, or open or due within `days`, the
    /// most urgent first.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn plans_due(&self, days: u16) -> Result<Vec<PlanRow>, Error> {
        let now = self.world().now();
        self.read(|tx| plans_due(tx, now, days))
    }
}

/// See [`Replica::plans_due`].
pub(super) fn plans_due(tx: &Tx<'_>, now: Timestamp, days: u16) -> Result<Vec<PlanRow>, Error> {
    let today = today::date(tx, now)?;
    let until = today
        .checked_add_days(Days::new(days.into()))
        .unwrap_or(today);
    let plans: Vec<Plan> = views::records(tx, Kind::Plan)?;
    let mut due = Vec::new();
    for plan in plans.iter().filter(|plan| plan.generates()) {
        let row = row(tx, plan, now)?;
        if row.next.as_ref().is_some_and(|next| next.opens <= until) {
            due.push(row);
        }
    }
    due.sort_by_key(|row| {
        let date = row.next.as_ref().map(|next| next.due);
        (row.due_state, date, row.name.clone())
    });
    Ok(due)
}

/// The next occurrence of a plan by the facts here; none for a conditional
/// plan, one that is not on this device, and one whose series has ended.
pub(super) fn next(
    tx: &Tx<'_>,
    plan: DocumentId,
    now: Timestamp,
) -> Result<Option<Occurrence>, Error> {
    let Some(plan): Option<Plan> = views::record(tx, Kind::Plan, plan)? else {
        return Ok(None);
    };
    let zone = today::zone(tx)?;
    let facts = PlanFacts::of(tx, &plan, zone)?;
    let coming = upcoming(&plan, &facts, business_date(now.0, zone), 0);
    Ok(coming.into_iter().next())
}

/// The next occurrence, then those due from `today` on, `count` in all.
fn upcoming(plan: &Plan, facts: &PlanFacts, today: NaiveDate, count: usize) -> Vec<Occurrence> {
    let Some(rule) = &plan.rule else {
        return Vec::new();
    };
    // A rule was checked when it was written; one from a newer program that
    // this one cannot step has no dates here.
    let Ok(Some(next)) = schedule::next(rule, plan.margins, &facts.facts()) else {
        return Vec::new();
    };
    let after = schedule::upcoming(rule, plan.margins, &facts.facts(), today, count);
    let mut all = vec![next];
    for occurrence in after.unwrap_or_default() {
        if occurrence.key != all[0].key && all.len() < count {
            all.push(occurrence);
        }
    }
    all
}

/// One line of the list.
fn row(tx: &Tx<'_>, plan: &Plan, now: Timestamp) -> Result<PlanRow, Error> {
    let zone = today::zone(tx)?;
    let today = business_date(now.0, zone);
    let facts = PlanFacts::of(tx, plan, zone)?;
    let next = upcoming(plan, &facts, today, 0).into_iter().next();
    let id = plan.life.id;
    let mut orders = views::orders(
        tx,
        &OrderFilter {
            open: Some(true),
            plan: Some(id),
            ..OrderFilter::default()
        },
    )?;
    let key = next.as_ref().map(|next| next.key.as_str());
    orders.retain(|order| key.is_some() && order.occurrence.as_deref() == key);
    let order = orders.into_iter().next();
    let equipment = match plan.equipment {
        Some(machine) => views::machine(tx, machine)?,
        None => None,
    };
    Ok(PlanRow {
        id,
        code: plan.code.clone(),
        name: plan.name.clone(),
        kind: plan.kind,
        status: plan.status,
        equipment: plan.equipment,
        equipment_code: equipment.as_ref().map(|machine| machine.code.clone()),
        equipment_name: equipment.map(|machine| machine.name),
        due_state: next.as_ref().map(|next| due_state(next, today)),
        next,
        last_executed: facts
            .done
            .iter()
            .filter_map(|it| it.executed_on)
            .max()
            .map(Day),
        work_order_number: order.as_ref().map(|order| order.name().to_owned()),
        work_order: order.map(|order| order.id),
    })
}

fn due_state(next: &Occurrence, today: NaiveDate) -> DueState {
    if schedule::is_overdue(next, today) {
        DueState::Overdue
    } else if next.due <= today {
        DueState::Due
    } else if next.opens <= today {
        DueState::Opening
    } else {
        DueState::Ahead
    }
}
