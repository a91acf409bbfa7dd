//! `ronde plan …`
//!
//! **Invariant**: *order* on an occurrence that has an open order answers with
//! that one.

use ronde_core::{document::schema::Group, model::Kind, replica::NewExecution};
use serde_json::json;

use super::{Desk, orders};
use crate::{
    cli::{ExecuteArgs, OrderPlanArgs, PlanCommand, PlanListArgs},
    fault::Fault,
    setting::Setting,
    show::plans,
};

pub(super) fn run(setting: &Setting, command: PlanCommand) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    match command {
        PlanCommand::List(args) => list(&desk, &args),
        PlanCommand::Show(args) => {
            let id = desk.find(Kind::Plan, &args.name)?;
            let page = desk.replica.plan(id)?;
            desk.answer(&page, |paper| plans::page(paper, &page))
        }
        PlanCommand::Due(args) => {
            let rows = desk.replica.plans_due(args.days)?;
            desk.answer(&rows, |paper| plans::list(paper, &rows))
        }
        PlanCommand::Order(args) => order(&mut desk, &args),
        PlanCommand::Execute(args) => execute(&mut desk, &args),
    }
}

fn list(desk: &Desk<'_>, args: &PlanListArgs) -> Result<(), Fault> {
    let mut rows = match desk.find_optional(Kind::Equipment, args.equipment.as_ref())? {
        Some(machine) => desk.replica.plans_of(machine)?,
        None => desk.replica.plans()?,
    };
    if let Some(status) = args.status {
        rows.retain(|row| row.status == status);
    }
    desk.answer(&rows, |paper| plans::list(paper, &rows))
}

fn order(desk: &mut Desk<'_>, args: &OrderPlanArgs) -> Result<(), Fault> {
    let plan = desk.find(Kind::Plan, &args.plan)?;
    let made = desk.replica.order_plan(plan, args.occurrence.as_deref())?;
    let row = desk.replica.order(made.id)?;
    let more = json!({
        "created": made.created, "plan": row.plan, "occurrence": row.occurrence, "due": row.due,
        "title": row.title, "equipment": row.equipment, "type": row.order_type,
    });
    let key = match made.created {
        true => "order.made",
        false => "order.there",
    };
    orders::done(desk, made.id, Group::Describe, key, more)
}

fn execute(desk: &mut Desk<'_>, args: &ExecuteArgs) -> Result<(), Fault> {
    let plan = desk.find(Kind::Plan, &args.plan)?;
    let execution = NewExecution {
        occurrence: args.occurrence.clone(),
        work_order: desk.find_optional(Kind::WorkOrder, args.work_order.as_ref())?,
        on: desk.instant(args.on.as_ref())?,
        reading: args.reading,
        note: args.note.clone(),
    };
    let id = desk.replica.execute_plan(plan, &execution)?;
    let page = desk.replica.plan(plan)?;
    let line = page.executions.iter().find(|line| line.id == id);
    let value = json!({
        "id": id, "plan": plan, "occurrence": line.map(|line| &line.occurrence),
        "executed_at": line.map(|line| line.executed_at),
        "work_order": execution.work_order, "without_work_order": execution.work_order.is_none(),
        "next": page.row.next, "open_work_order": page.row.work_order,
    });
    desk.touched(value, Kind::PlanExecution, Group::Work, |paper| {
        plans::executed(paper, &page, execution.work_order.is_some())
    })
}
