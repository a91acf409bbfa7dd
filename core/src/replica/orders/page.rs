//! The page of an order: everything that is tied to it (DOMAIN.md, "What must
//! be linked", 4).
//!
//! **Invariant**: the page loads no document; what it offers to do is what
//! status and rights allow, so that no shell repeats a rule.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    document::{
        Conflict,
        checklist::Checklist,
        execution::State,
        permission::{Grant, granted},
        plan::Plan,
        schema::Group,
        work_order::{
            Comment, Downtime, Failure, Imported, Planned, Status, WorkKind, WorkOrder,
            minutes_by_person,
        },
    },
    error::Error,
    model::{DocumentId, Kind, PersonId, Roles, Timestamp},
    replica::{
        ChecklistRow, ExecutionPage, HistoryLine, MovementLine, PartLine, Replica,
        checklists::execution_page, history, plans, record, stock,
    },
    store::{
        Tx,
        views::{self, OrderRow},
    },
};

/// Everything about one order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderPage {
    /// What the list shows.
    #[serde(flatten)]
    pub row: OrderRow,
    /// Long text.
    pub description: String,
    /// Completion note.
    pub note: String,
    /// Why it waits or was cancelled.
    pub reason: Option<String>,
    /// When it is planned.
    pub planned: Option<Planned>,
    /// Who worked on it, assigned or not.
    pub contributors: Vec<PersonId>,
    /// What failed and how it was mended.
    pub failure: Option<Failure>,
    /// How long production stood.
    pub downtime: Option<Downtime>,
    /// Comments in order.
    pub comments: Vec<Comment>,
    /// What came with an imported order.
    pub imported: Option<Imported>,
    /// The order this one was merged into as a duplicate.
    pub merged_into: Option<DocumentId>,
    /// Its plan.
    pub plan_detail: Option<PlanLine>,
    /// The plan's checklists, each with its execution for this order.
    pub checklists: Vec<ChecklistLine>,
    /// Parts the plan foresees.
    pub planned_parts: Vec<PartLine>,
    /// Executions for this order, with their results.
    pub executions: Vec<ExecutionPage>,
    /// Time spent.
    pub interventions: Vec<InterventionLine>,
    /// Minutes per person up to now, overlapping intervals counted once.
    pub minutes: BTreeMap<PersonId, i64>,
    /// Stock movements, with quantities and who.
    pub movements: Vec<MovementLine>,
    /// Its alerts.
    pub alerts: Vec<DocumentId>,
    /// What somebody should look at.
    pub conflicts: Vec<Conflict>,
    /// Who said what, in order.
    pub history: Vec<HistoryLine>,
    /// Names of the people on this page, where the directory knows them.
    pub people: BTreeMap<PersonId, String>,
    /// What this person may do with it now.
    pub actions: Vec<Action>,
}

/// The plan an order does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanLine {
    /// The plan.
    pub id: DocumentId,
    /// Its code, where it is on this device.
    pub code: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The occurrence the order stands for.
    pub occurrence: Option<String>,
}

/// A checklist to be run for an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChecklistLine {
    /// The checklist.
    #[serde(flatten)]
    pub checklist: ChecklistRow,
    /// Its execution for this order; none before it was run.
    pub execution: Option<DocumentId>,
    /// How far that is.
    pub state: Option<State>,
}

/// One interval somebody spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InterventionLine {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub person_name: Option<String>,
    /// Work, travel or wait.
    pub kind: WorkKind,
    /// Start, by the device's clock.
    pub start: Timestamp,
    /// End; none while it runs.
    pub end: Option<Timestamp>,
    /// Whole minutes, up to now while it runs.
    pub minutes: i64,
}

/// Something to do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the step of its name")]
pub enum Action {
    Start,
    Hold,
    Resume,
    Done,
    Cancel,
    Close,
    Reopen,
    Assign,
    Edit,
    Comment,
}

impl Replica {
    /// The page of an order.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn order_page(&self, id: DocumentId) -> Result<OrderPage, Error> {
        let (now, roles, me) = (self.world().now(), self.roles()?, self.person());
        self.read(|tx| page(tx, id, now, &roles, me))
    }
}

fn page(
    tx: &Tx<'_>,
    id: DocumentId,
    now: Timestamp,
    roles: &Roles,
    me: PersonId,
) -> Result<OrderPage, Error> {
    let order: WorkOrder = record(tx, Kind::WorkOrder, id)?;
    let row = views::order(tx, id)?.ok_or(Error::Unknown {
        kind: Kind::WorkOrder.name(),
        id,
    })?;
    let names = views::names(tx)?;
    let occurrence = order
        .plan
        .as_ref()
        .and_then(|link| Some((link.plan, link.occurrence.as_deref()?)));
    let runs = views::runs_of_order(tx, id, occurrence)?;
    let plan: Option<Plan> = match &order.plan {
        Some(link) => views::record(tx, Kind::Plan, link.plan)?,
        None => None,
    };
    let mut checklists = Vec::new();
    for checklist in match &order.plan {
        Some(link) => views::checklists_of(tx, link.plan)?,
        None => Vec::new(),
    } {
        let here: Option<Checklist> = views::record(tx, Kind::Checklist, checklist)?;
        let run = runs.iter().find(|run| run.checklist == checklist);
        checklists.extend(here.as_ref().map(|here| ChecklistLine {
            checklist: ChecklistRow::of(here),
            execution: run.map(|run| run.life.id),
            state: run.map(|run| run.state),
        }));
    }
    let executions = runs.iter().map(|run| execution_page(tx, run, &names));
    let people = people(&order, &names);
    Ok(OrderPage {
        actions: actions(&order, roles, me),
        plan_detail: order.plan.as_ref().map(|link| PlanLine {
            id: link.plan,
            code: plan.as_ref().map(|plan| plan.code.clone()),
            name: plan.as_ref().map(|plan| plan.name.clone()),
            occurrence: link.occurrence.clone(),
        }),
        planned_parts: match &plan {
            Some(plan) => plans::parts_of(tx, plan)?,
            None => Vec::new(),
        },
        checklists,
        executions: executions.collect::<Result<_, _>>()?,
        interventions: interventions(&order, &names, now),
        minutes: minutes_by_person(order.interventions.values(), Some(now)),
        movements: stock::movement_lines(tx, Some(id), None)?,
        alerts: Vec::new(),
        history: history(&order.life, &names),
        people,
        row,
        description: order.description,
        note: order.note,
        reason: order.reason,
        planned: order.planned,
        contributors: order.contributors,
        failure: order.failure,
        downtime: order.downtime,
        comments: order.comments,
        imported: order.imported,
        merged_into: order.merged_into,
        conflicts: order.life.conflicts,
    })
}

fn interventions(
    order: &WorkOrder,
    names: &BTreeMap<PersonId, String>,
    now: Timestamp,
) -> Vec<InterventionLine> {
    let mut lines: Vec<_> = order
        .interventions
        .values()
        .map(|spent| InterventionLine {
            person: spent.person,
            person_name: names.get(&spent.person).cloned(),
            kind: spent.kind,
            start: spent.start,
            end: spent.end,
            minutes: minutes_by_person([spent], Some(now))
                .values()
                .copied()
                .sum(),
        })
        .collect();
    lines.sort_by_key(|line| (line.start, line.person));
    lines
}

fn people(order: &WorkOrder, names: &BTreeMap<PersonId, String>) -> BTreeMap<PersonId, String> {
    let history = order.life.history.iter().map(|event| event.witness.by);
    let all = order
        .assignees
        .iter()
        .chain(&order.contributors)
        .copied()
        .chain(history);
    all.filter_map(|person| Some((person, names.get(&person)?.clone())))
        .collect()
}

/// What status and rights allow.
fn actions(order: &WorkOrder, roles: &Roles, me: PersonId) -> Vec<Action> {
    let may = |group| match granted(roles, Kind::WorkOrder, group) {
        Grant::Yes => true,
        Grant::Assigned => order.assignees.contains(&me),
        Grant::No => false,
    };
    let (status, frozen) = (order.status, order.status == Status::Closed);
    let runs = super::steps::is_running(order, me);
    let all = [
        (
            Action::Start,
            status.is_open() && status != Status::OnHold && !runs && may(Group::Work),
        ),
        (
            Action::Hold,
            status.may_become(Status::OnHold) && may(Group::Work),
        ),
        (Action::Resume, status == Status::OnHold && may(Group::Work)),
        (
            Action::Done,
            status.may_become(Status::Done) && may(Group::Work),
        ),
        (
            Action::Cancel,
            status.may_become(Status::Cancelled) && may(Group::Decide),
        ),
        (
            Action::Close,
            status.may_become(Status::Closed) && may(Group::Decide),
        ),
        (Action::Reopen, status == Status::Done && may(Group::Work)),
        (Action::Assign, !frozen && may(Group::Schedule)),
        (Action::Edit, !frozen && may(Group::Describe)),
        (Action::Comment, may(Group::Describe)),
    ];
    all.into_iter()
        .filter_map(|(action, allowed)| allowed.then_some(action))
        .collect()
}
