//! A plan's page: its rule, its dates, what was executed, what it needs.
//!
//! **Invariant**: an execution without an order is shown as exactly that.

use chrono::NaiveDate;
use serde::Serialize;

use super::{PlanRow, row, upcoming};
use crate::{
    document::{
        Conflict,
        checklist::Checklist,
        part::Part,
        plan::{Moved, Nesting, Plan},
        plan_execution::{Outcome, PlanExecution},
    },
    error::Error,
    model::{Day, DocumentId, Kind, PersonId, Quantity, Timestamp},
    replica::{ChecklistRow, HistoryLine, Replica, history, record, stock, today},
    schedule::{Margins, Occurrence, Rule, Unit, business_date, is_compliant},
    store::{
        Tx, outbox,
        views::{self, OrderFilter, OrderRow, PlanFacts},
    },
};

/// How many dates a page shows.
const UPCOMING_COUNT: usize = 12;
/// How many executions a page shows.
const EXECUTIONS_MAX: u32 = 50;

/// Everything about one plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanPage {
    /// What the list shows.
    #[serde(flatten)]
    pub row: PlanRow,
    /// When it is due; none for a conditional plan.
    pub rule: Option<RuleLine>,
    /// The room around a due date.
    pub margins: Margins,
    /// Where it stands in its family of plans.
    pub nesting: Option<Nesting>,
    /// One occurrence that was moved by hand.
    pub moved: Option<Moved>,
    /// How long it takes.
    pub estimated_minutes: Option<u32>,
    /// The next dates.
    pub upcoming: Vec<Occurrence>,
    /// What is to be answered.
    pub checklists: Vec<ChecklistRow>,
    /// What will be used, and whether it is there.
    pub parts: Vec<PartLine>,
    /// Its orders, open ones first.
    pub orders: Vec<OrderRow>,
    /// What became of its occurrences, the latest first.
    pub executions: Vec<PlanExecutionLine>,
    /// What somebody should look at.
    pub conflicts: Vec<Conflict>,
    /// Who said what, in order.
    pub history: Vec<HistoryLine>,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

/// A rule with quantities as people write them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleLine {
    /// First due date by the calendar.
    pub anchor: Option<NaiveDate>,
    /// Units between two occurrences.
    pub every: Option<u32>,
    /// What `every` counts.
    pub unit: Option<Unit>,
    /// 0 fixed … 100 floating.
    pub shift_percent: Option<u8>,
    /// The equipment's meter.
    pub meter: Option<String>,
    /// Distance between two occurrences by that meter.
    pub meter_step: Option<Quantity>,
    /// Reading at which the first one is due.
    pub meter_first: Option<Quantity>,
    /// Nothing is due before this date.
    pub effective_from: Option<NaiveDate>,
}

/// A part a plan uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartLine {
    /// The part.
    pub part: DocumentId,
    /// Its reference, where it is on this device.
    pub reference: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// How much is planned.
    pub quantity: Quantity,
    /// Its unit.
    pub unit: Option<String>,
    /// How much there is in all stores together.
    pub available: Quantity,
}

/// What became of one occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanExecutionLine {
    /// The plan execution.
    pub id: DocumentId,
    /// The occurrence.
    pub occurrence: String,
    /// Local date it was due.
    pub due: Option<Day>,
    /// `executed`, `skipped`, `absorbed`; none until somebody said.
    pub outcome: Option<&'static str>,
    /// When it was executed.
    pub executed_at: Option<Timestamp>,
    /// By whom.
    pub person: Option<PersonId>,
    /// Their name.
    pub person_name: Option<String>,
    /// By which order.
    pub work_order: Option<DocumentId>,
    /// What that is called.
    pub work_order_number: Option<String>,
    /// True when it was executed without an order (*exécution constatée sans
    /// OT*).
    pub without_work_order: bool,
    /// Within the tolerance; none where that cannot be said.
    pub compliant: Option<bool>,
    /// The plan's meter then.
    pub reading: Option<Quantity>,
    /// A remark, or why it was skipped.
    pub note: Option<String>,
    /// The plan whose occurrence contains it.
    pub absorbed_by: Option<DocumentId>,
    /// True when people said different things about it.
    pub disputed: bool,
}

impl Replica {
    /// A plan's page.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn plan(&self, id: DocumentId) -> Result<PlanPage, Error> {
        let now = self.world().now();
        self.read(|tx| page(tx, id, now))
    }
}

fn page(tx: &Tx<'_>, id: DocumentId, now: Timestamp) -> Result<PlanPage, Error> {
    let plan: Plan = record(tx, Kind::Plan, id)?;
    let zone = today::zone(tx)?;
    let facts = PlanFacts::of(tx, &plan, zone)?;
    let names = views::names(tx)?;
    let mut checklists = Vec::new();
    for checklist in views::checklists_of(tx, id)? {
        let here: Option<Checklist> = views::record(tx, Kind::Checklist, checklist)?;
        checklists.extend(here.as_ref().map(ChecklistRow::of));
    }
    let mut executions = Vec::new();
    for execution in views::executions_of_plan(tx, id, EXECUTIONS_MAX)? {
        let mut line = execution_line(tx, &plan, &execution, zone)?;
        line.person_name = line.person.and_then(|person| names.get(&person).cloned());
        executions.push(line);
    }
    let orders = OrderFilter {
        plan: Some(id),
        count_max: Some(EXECUTIONS_MAX),
        ..OrderFilter::default()
    };
    Ok(PlanPage {
        row: row(tx, &plan, now)?,
        rule: plan.rule.as_ref().map(rule),
        margins: plan.margins,
        nesting: plan.nesting.clone(),
        moved: plan.moved.clone(),
        estimated_minutes: plan.estimated_minutes,
        upcoming: upcoming(&plan, &facts, business_date(now.0, zone), UPCOMING_COUNT),
        checklists,
        parts: parts_of(tx, &plan)?,
        orders: views::orders(tx, &orders)?,
        executions,
        history: history(&plan.life, &names),
        conflicts: plan.life.conflicts,
        pending: outbox::count_of(tx, id)?,
    })
}

/// What a plan will use, and whether it is there.
pub(in crate::replica) fn parts_of(tx: &Tx<'_>, plan: &Plan) -> Result<Vec<PartLine>, Error> {
    let parts = plan.parts.iter().map(|planned| {
        let part: Option<Part> = views::record(tx, Kind::Part, planned.part)?;
        let mut available = Quantity::ZERO;
        for level in part.iter().map(|part| stock::levels_of(tx, part)) {
            for level in level? {
                available = available.saturating_add(level.quantity);
            }
        }
        Ok(PartLine {
            part: planned.part,
            reference: part.as_ref().map(|part| part.reference.clone()),
            name: part.as_ref().map(|part| part.name.clone()),
            quantity: planned.quantity,
            unit: part.map(|part| part.unit),
            available,
        })
    });
    parts.collect()
}

fn rule(rule: &Rule) -> RuleLine {
    let (calendar, meter) = (rule.calendar.as_ref(), rule.meter.as_ref());
    RuleLine {
        anchor: calendar.map(|it| it.anchor),
        every: calendar.map(|it| it.every),
        unit: calendar.map(|it| it.unit),
        shift_percent: calendar.map(|it| it.shift_percent),
        meter: meter.map(|it| it.meter.clone()),
        meter_step: meter.map(|it| Quantity(it.step_micro)),
        meter_first: meter.map(|it| Quantity(it.first_micro)),
        effective_from: rule.effective_from,
    }
}

fn execution_line(
    tx: &Tx<'_>,
    plan: &Plan,
    execution: &PlanExecution,
    zone: chrono_tz::Tz,
) -> Result<PlanExecutionLine, Error> {
    let outcome = execution.outcome.as_ref().map(|said| &said.outcome);
    let executed = execution.executed();
    let work_order = executed.and_then(|executed| executed.work_order);
    let number = match work_order {
        Some(order) => views::order(tx, order)?.map(|order| order.name().to_owned()),
        None => None,
    };
    let compliant = executed.zip(execution.due).map(|(executed, due)| {
        let occurrence = Occurrence {
            key: execution.occurrence.clone(),
            due: due.0,
            opens: due.0,
            overdue_after: due.0,
        };
        let on = business_date(executed.on.0, zone);
        is_compliant(&occurrence, on, plan.margins.tolerance_days)
    });
    Ok(PlanExecutionLine {
        id: execution.life.id,
        occurrence: execution.occurrence.clone(),
        due: execution.due,
        outcome: outcome.map(|outcome| match outcome {
            Outcome::Executed(_) => "executed",
            Outcome::Skipped { .. } => "skipped",
            Outcome::Absorbed { .. } => "absorbed",
        }),
        executed_at: executed.map(|executed| executed.on),
        person: executed.map(|executed| executed.person),
        person_name: None,
        work_order,
        work_order_number: number,
        without_work_order: executed.is_some_and(|executed| executed.work_order.is_none()),
        compliant,
        reading: executed.and_then(|executed| executed.reading),
        note: match outcome {
            Some(Outcome::Skipped { reason }) => Some(reason.clone()),
            _ => executed.and_then(|executed| executed.note.clone()),
        },
        absorbed_by: match outcome {
            Some(Outcome::Absorbed { by }) => Some(*by),
            _ => None,
        },
        disputed: !execution.others.is_empty(),
    })
}
