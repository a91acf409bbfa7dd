//! *Créer un OT* from a plan, and recording that a plan was executed.
//!
//! **Invariant**: one order and one execution per occurrence, whoever makes
//! them: their ids follow from plan and occurrence.

use serde::Serialize;

use super::{next, upcoming};
use crate::{
    document::{
        equipment::{self, Equipment, Reading},
        plan::{self, Plan},
        plan_execution::{self, Created, Execution, Outcome, PlanExecution},
        work_order::{self, Link, WorkOrder},
    },
    error::{Error, Invalid},
    model::{Day, DocumentId, Kind, Quantity, Timestamp},
    replica::{Act, Replica, orders, record, today},
    schedule::business_date,
    store::views::{self, OrderFilter, PlanFacts},
};

/// How many occurrences ahead may be named.
const AHEAD_MAX: usize = 100;

/// An order that was made, or was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Made {
    /// The order.
    pub id: DocumentId,
    /// False when the occurrence had its order already.
    pub created: bool,
}

/// That a plan was executed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewExecution {
    /// Which occurrence; the next one where nothing is said.
    pub occurrence: Option<String>,
    /// The order that did it; none for an execution without one.
    pub work_order: Option<DocumentId>,
    /// When; now where nothing is said.
    pub on: Option<Timestamp>,
    /// The plan's meter then.
    pub reading: Option<Quantity>,
    /// A remark.
    pub note: Option<String>,
}

impl Replica {
    /// Opens an order for a plan's next occurrence, or for a later one that is
    /// named, filled in with what the plan says. Where that occurrence has an
    /// open order, it is that one.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `plan_retired` or
    /// `unknown_occurrence`.
    pub fn order_plan(&mut self, id: DocumentId, occurrence: Option<&str>) -> Result<Made, Error> {
        let fresh = DocumentId(self.world().uuid());
        let device = self.account().device;
        self.act(|act| {
            let tx = act.tx();
            let plan: Plan = record(tx, Kind::Plan, id)?;
            if plan.life.deleted || plan.status == plan::Status::Retired {
                return Err(Invalid::new("plan_retired", "the plan is not in use any more").into());
            }
            let chosen = choose(act, &plan, occurrence)?;
            let mut order_id = fresh;
            if let Some((key, _)) = &chosen {
                let open = OrderFilter {
                    open: Some(true),
                    plan: Some(id),
                    ..OrderFilter::default()
                };
                let orders = views::orders(tx, &open)?;
                let waits = orders.iter().find(|it| it.occurrence.as_ref() == Some(key));
                if let Some(order) = waits {
                    return Ok(Made {
                        id: order.id,
                        created: false,
                    });
                }
                // One that was cancelled keeps its id; this is another one.
                let derived = plan::order_id(id, key);
                if views::kind(tx, derived)?.is_none() {
                    order_id = derived;
                }
            }
            let provisional = orders::provisional(act, device)?;
            let occurrence = chosen.as_ref().map(|(key, due)| (key.as_str(), *due));
            let created = plan.order(occurrence, provisional);
            act.create(Kind::WorkOrder, order_id, |document, stamp| {
                work_order::create(document, &created, "", stamp)
            })?;
            Ok(Made {
                id: order_id,
                created: true,
            })
        })
    }

    /// Records that a plan was executed, with an order or without one; its
    /// last execution and next due date move with it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code
    /// `unknown_occurrence`, `executed_already`, or saying what is out of
    /// bounds.
    pub fn execute_plan(
        &mut self,
        id: DocumentId,
        new: &NewExecution,
    ) -> Result<DocumentId, Error> {
        let fresh = self.world().uuid();
        self.act(|act| {
            let tx = act.tx();
            let plan: Plan = record(tx, Kind::Plan, id)?;
            let order: Option<WorkOrder> = new
                .work_order
                .map(|order| record(tx, Kind::WorkOrder, order))
                .transpose()?;
            let of_order = order.as_ref().and_then(|order| order.plan.as_ref());
            let of_order = of_order
                .filter(|link| link.plan == id)
                .and_then(|link| link.occurrence.as_deref());
            let chosen = choose(act, &plan, new.occurrence.as_deref().or(of_order))?;
            // A conditional plan has no occurrences of its own.
            let (key, due) = match (chosen, new.work_order) {
                (Some((key, due)), _) => (key, Some(due)),
                (None, Some(order)) => (format!("order:{order}"), None),
                (None, None) => (format!("once:{fresh}"), None),
            };
            let execution = Execution {
                on: new.on.unwrap_or(act.at()),
                person: act.person(),
                work_order: new.work_order,
                reading: new.reading,
                note: new.note.clone(),
            };
            if let Some(reading) = execution.reading {
                note_reading(act, &plan, reading, execution.on)?;
            }
            let written = write_execution(act, id, &key, due, execution)?;
            written.ok_or_else(|| {
                let message = "this occurrence was executed already";
                Invalid::new("executed_already", message).into()
            })
        })
    }
}

/// The occurrence meant, with its due date: the one named, or the next one.
/// `None` for a plan that has none.
fn choose(act: &Act<'_>, plan: &Plan, named: Option<&str>) -> Result<Option<(String, Day)>, Error> {
    let zone = today::zone(act.tx())?;
    let facts = PlanFacts::of(act.tx(), plan, zone)?;
    let today = business_date(act.at().0, zone);
    let mut coming = upcoming(plan, &facts, today, AHEAD_MAX).into_iter();
    let Some(named) = named else {
        return Ok(coming.next().map(|next| (next.key, Day(next.due))));
    };
    // A projected date is for display: its key is not known yet.
    let found = coming.find(|it| it.key == named && !named.starts_with("projected:"));
    if let Some(found) = found {
        return Ok(Some((found.key, Day(found.due))));
    }
    // One that passed, of which there is an order or an execution.
    let open = facts.open.iter().map(|it| (&it.key, it.due));
    let mut known = open.chain(facts.done.iter().map(|it| (&it.key, it.due)));
    let Some((key, due)) = known.find(|(key, _)| *key == named) else {
        let message = "the plan has no such occurrence ahead";
        return Err(Invalid::new("unknown_occurrence", message).into());
    };
    Ok(Some((key.clone(), Day(due.unwrap_or(today)))))
}

/// Records the execution of one occurrence; `None` when another order, or
/// nobody's order, executed it before.
fn write_execution(
    act: &Act<'_>,
    plan: DocumentId,
    key: &str,
    due: Option<Day>,
    execution: Execution,
) -> Result<Option<DocumentId>, Error> {
    let id = plan::execution_id(plan, key);
    let known: Option<PlanExecution> = views::record(act.tx(), Kind::PlanExecution, id)?;
    let before = known.as_ref().and_then(PlanExecution::executed);
    if before.is_some_and(|it| it.work_order != execution.work_order || it.work_order.is_none()) {
        return Ok(None);
    }
    let created = Created {
        plan,
        occurrence: key.to_owned(),
        due,
    };
    act.create(Kind::PlanExecution, id, |document, stamp| {
        plan_execution::record(document, &created, &Outcome::Executed(execution), stamp)
    })?;
    Ok(Some(id))
}

/// What an order that is done says about its plan: the occurrence it stands
/// for, or the next one, was executed by it. `None` where it has no plan, or
/// the plan is not on this device and the order names no occurrence.
pub(in crate::replica) fn executed_by_order(
    act: &Act<'_>,
    order: &WorkOrder,
    note: Option<&str>,
) -> Result<Option<DocumentId>, Error> {
    let Some(Link { plan, occurrence }) = &order.plan else {
        return Ok(None);
    };
    let here: Option<Plan> = views::record(act.tx(), Kind::Plan, *plan)?;
    let (key, due) = match (occurrence, here) {
        (Some(key), Some(here)) => {
            let found = choose(act, &here, Some(key)).ok().flatten();
            (key.clone(), found.map(|(_, due)| due).or(order.due))
        }
        (Some(key), None) => (key.clone(), order.due),
        (None, Some(here)) => match next(act.tx(), here.life.id, act.at())? {
            Some(next) => (next.key, Some(Day(next.due))),
            None => (format!("order:{}", order.life.id), order.due),
        },
        (None, None) => return Ok(None),
    };
    let execution = Execution {
        on: act.at(),
        person: act.person(),
        work_order: Some(order.life.id),
        reading: None,
        note: note.map(str::to_owned),
    };
    write_execution(act, *plan, &key, due, execution)
}

/// Notes the plan's meter on its equipment too.
fn note_reading(act: &Act<'_>, plan: &Plan, value: Quantity, at: Timestamp) -> Result<(), Error> {
    let meter = plan.rule.as_ref().and_then(|rule| rule.meter.as_ref());
    let Some((meter, machine)) = meter.zip(plan.equipment) else {
        return Err(Invalid::new("unknown_meter", "the plan has no meter").into());
    };
    let here: Option<Equipment> = views::record(act.tx(), Kind::Equipment, machine)?;
    if !here.is_some_and(|machine| machine.meters.contains_key(&meter.meter)) {
        return Ok(());
    }
    let reading = Reading {
        value,
        at,
        restarted: false,
    };
    act.edit(Kind::Equipment, machine, |document, stamp| {
        equipment::record_reading(document, &meter.meter, &reading, stamp).map(drop)
    })
}
