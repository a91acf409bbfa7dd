//! `ronde ot …`
//!
//! **Invariant**: each command is one action of the replica, except *new
//! --start*, which is two.

use ronde_core::{
    document::{
        schema::Group,
        work_order::{Downtime, Failure, Link, OrderType, Planned, Priority},
    },
    model::{DocumentId, Kind},
    replica::{Completion, NewOrder, OrderEdit, OrderFilter, OrderRow},
};
use serde_json::{Value, json};

use super::Desk;
use crate::{
    ask,
    cli::{Assign, Edit, FilterArgs, Finish, NewArgs, OrderCommand, WithReason, WithText},
    fault::Fault,
    input,
    setting::Setting,
    show::orders,
};

pub(super) fn run(setting: &Setting, command: OrderCommand) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    match command {
        OrderCommand::List(args) => list(&desk, &args),
        OrderCommand::Show(args) => show(&desk, &args.order),
        OrderCommand::New(args) => new(&mut desk, args),
        OrderCommand::Start(args) => {
            let id = desk.replica.find_order(&args.order)?;
            desk.replica.start_order(id)?;
            done(&desk, id, Group::Work, "order.started", json!({}))
        }
        OrderCommand::Hold(args) => {
            let (id, reason) = reasoned(&desk, &args)?;
            desk.replica.hold_order(id, &reason)?;
            done(&desk, id, Group::Work, "order.held", json!({}))
        }
        OrderCommand::Resume(args) => {
            let id = desk.replica.find_order(&args.order)?;
            desk.replica.resume_order(id)?;
            done(&desk, id, Group::Work, "order.resumed", json!({}))
        }
        OrderCommand::Done(args) => finish(&mut desk, args),
        OrderCommand::Cancel(args) => {
            let (id, reason) = reasoned(&desk, &args)?;
            desk.replica.cancel_order(id, &reason)?;
            done(&desk, id, Group::Decide, "order.cancelled", json!({}))
        }
        OrderCommand::Close(args) => {
            let id = desk.replica.find_order(&args.order)?;
            desk.replica.close_order(id)?;
            done(&desk, id, Group::Decide, "order.closed", json!({}))
        }
        OrderCommand::Reopen(args) => {
            let (id, reason) = reasoned(&desk, &args)?;
            desk.replica.reopen_order(id, &reason)?;
            done(&desk, id, Group::Work, "order.reopened", json!({}))
        }
        OrderCommand::Assign(args) => assign(&mut desk, &args),
        OrderCommand::Edit(args) => edit(&mut desk, args),
        OrderCommand::Comment(args) => comment(&mut desk, &args),
    }
}

/// Says what became of an order.
pub(super) fn done(
    desk: &Desk<'_>,
    id: DocumentId,
    group: Group,
    key: &'static str,
    more: Value,
) -> Result<(), Fault> {
    let row = desk.replica.order(id)?;
    let mut value = touched(&row);
    if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    desk.touched(value, Kind::WorkOrder, group, |paper| {
        format!("{}\n", paper.words.fill(key, &[&row.name(), &row.title]))
    })
}

/// What a changed order is, for a program.
fn touched(row: &OrderRow) -> Value {
    json!({
        "id": row.id, "number": row.number, "provisional": row.provisional,
        "status": row.status, "pending": row.pending,
    })
}

fn reasoned(desk: &Desk<'_>, args: &WithReason) -> Result<(DocumentId, String), Fault> {
    let id = desk.replica.find_order(&args.order)?;
    let reason = ask::required(desk.setting, input::joined(&args.reason), "ask.reason")?;
    Ok((id, reason))
}

fn list(desk: &Desk<'_>, args: &FilterArgs) -> Result<(), Fault> {
    let assignee = match (&args.assignee, args.mine) {
        (Some(person), _) => Some(desk.person(person)?),
        (None, true) => Some(desk.replica.person()),
        (None, false) => None,
    };
    let due_by = args.due.as_ref().map(|due| input::day(due, desk.today()));
    let filter = OrderFilter {
        open: (!args.all && args.status.is_none()).then_some(true),
        status: args.status,
        order_type: args.order_type,
        priority: args.priority,
        equipment: desk.find_optional(Kind::Equipment, args.equipment.as_ref())?,
        plan: desk.find_optional(Kind::Plan, args.plan.as_ref())?,
        assignee,
        due_by: due_by.transpose()?,
        count_max: args.limit,
    };
    let rows = desk.replica.orders(&filter)?;
    desk.answer(&rows, |paper| orders::list(paper, &rows))
}

fn show(desk: &Desk<'_>, order: &str) -> Result<(), Fault> {
    let id = desk.replica.find_order(order)?;
    let page = desk.replica.order_page(id)?;
    desk.answer(&page, |paper| orders::page(paper, &page))
}

fn new(desk: &mut Desk<'_>, args: NewArgs) -> Result<(), Fault> {
    let setting = desk.setting;
    let asks = args.title.is_empty();
    let title = ask::required(setting, input::joined(&args.title), "ask.title")?;
    let equipment = match asks {
        true => ask::optional(setting, args.equipment, "ask.equipment")?,
        false => args.equipment,
    };
    let plan = desk.find_optional(Kind::Plan, args.plan.as_ref())?;
    let assignees = args.assign.iter().map(|person| desk.person(person));
    let order = NewOrder {
        description: args.description.unwrap_or_default(),
        order_type: args.order_type.unwrap_or(match plan {
            Some(_) => OrderType::PreventiveSystematic,
            None => OrderType::CorrectiveCurative,
        }),
        priority: args.priority.unwrap_or(Priority::P3),
        equipment: desk.find_optional(Kind::Equipment, equipment.as_ref())?,
        plan: plan.map(|plan| Link {
            plan,
            occurrence: args.occurrence.clone(),
        }),
        due: args
            .due
            .as_ref()
            .map(|due| input::day(due, desk.today()))
            .transpose()?,
        assignees: assignees.collect::<Result<_, _>>()?,
        ..NewOrder::new(&title)
    };
    let id = desk.replica.new_order(&order)?;
    if args.start {
        desk.replica.start_order(id)?;
    }
    done(desk, id, Group::Describe, "order.made", json!({}))
}

fn finish(desk: &mut Desk<'_>, args: Finish) -> Result<(), Fault> {
    let id = desk.replica.find_order(&args.order)?;
    let failure = Failure {
        mode: args.mode,
        cause: args.cause,
        remedy: args.remedy,
    };
    let completion = Completion {
        note: ask::optional(desk.setting, args.note, "ask.note")?,
        failure: (failure != Failure::default()).then_some(failure),
        downtime: args.downtime.map(|minutes| Downtime { minutes }),
        despite: args.despite,
    };
    let execution = desk.replica.finish_order(id, &completion)?;
    let more = json!({ "plan_execution": execution });
    done(desk, id, Group::Work, "order.done", more)
}

fn assign(desk: &mut Desk<'_>, args: &Assign) -> Result<(), Fault> {
    let id = desk.replica.find_order(&args.order)?;
    if args.people.is_empty() && !args.nobody {
        let label = desk.setting.words.say("ask.people");
        return Err(Fault::Usage("argument_missing", label.to_owned()));
    }
    let people = args.people.iter().map(|person| desk.person(person));
    let mut people = people.collect::<Result<Vec<_>, _>>()?;
    if args.add {
        people.extend(desk.replica.order(id)?.assignees);
    }
    desk.replica.assign_order(id, &people)?;
    let assignees = desk.replica.order(id)?.assignees;
    let more = json!({ "assignees": assignees });
    done(desk, id, Group::Schedule, "order.assigned", more)
}

/// What was said, where "-" says "none any more".
#[expect(
    clippy::option_option,
    reason = "not said, none, and some are three things"
)]
fn cleared<T>(
    text: Option<&String>,
    read: impl FnOnce(&str) -> Result<T, Fault>,
) -> Result<Option<Option<T>>, Fault> {
    match text.map(String::as_str) {
        None => Ok(None),
        Some("-") => Ok(Some(None)),
        Some(text) => Ok(Some(Some(read(text)?))),
    }
}

fn edit(desk: &mut Desk<'_>, args: Edit) -> Result<(), Fault> {
    let id = desk.replica.find_order(&args.order)?;
    let instant = |text: &str| input::instant(text, desk.zone, desk.now());
    let start = cleared(args.start.as_ref(), instant)?;
    let planned = match (start, args.end) {
        (None, _) => None,
        (Some(None), _) => Some(None),
        (Some(Some(start)), end) => Some(Some(Planned {
            start,
            end: end.as_deref().map(instant).transpose()?.unwrap_or(start),
        })),
    };
    let occurrence = args.occurrence;
    let edit = OrderEdit {
        title: args.title,
        description: args.description,
        note: args.note,
        order_type: args.order_type,
        priority: args.priority,
        equipment: cleared(args.equipment.as_ref(), |text| {
            desk.find(Kind::Equipment, text)
        })?,
        plan: cleared(args.plan.as_ref(), |text| {
            let plan = desk.find(Kind::Plan, text)?;
            Ok(Link { plan, occurrence })
        })?,
        due: cleared(args.due.as_ref(), |text| input::day(text, desk.today()))?,
        planned,
    };
    let schedules = edit.priority.is_some() || edit.due.is_some() || edit.planned.is_some();
    desk.replica.edit_order(id, &edit)?;
    let group = match schedules {
        true => Group::Schedule,
        false => Group::Describe,
    };
    done(desk, id, group, "order.edited", json!({}))
}

fn comment(desk: &mut Desk<'_>, args: &WithText) -> Result<(), Fault> {
    let id = desk.replica.find_order(&args.order)?;
    let text = ask::required(desk.setting, input::joined(&args.text), "ask.comment")?;
    desk.replica.comment_order(id, &text)?;
    done(desk, id, Group::Describe, "order.commented", json!({}))
}
