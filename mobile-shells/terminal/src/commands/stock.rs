//! `ronde stock …`
//!
//! **Invariant**: one command posts one movement, by whoever uses the device.

use ronde_core::{
    document::{schema::Group, stock_movement::MovementKind},
    model::Kind,
    replica::{LevelState, MovementLine, NewLine, NewMovement},
};

use super::Desk;
use crate::{
    ask,
    cli::{LevelArgs, MoveArgs, MovementArgs, ReverseArgs, StockCommand},
    fault::Fault,
    input,
    setting::Setting,
    show::stock,
};

pub(super) fn run(setting: &Setting, command: StockCommand) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    match command {
        StockCommand::Levels(args) => levels(&desk, &args),
        StockCommand::Entry(args) => post(&mut desk, MovementKind::Entry, args),
        StockCommand::Issue(args) => post(&mut desk, MovementKind::Issue, args),
        StockCommand::Return(args) => post(&mut desk, MovementKind::Return, args),
        StockCommand::Transfer(args) => post(&mut desk, MovementKind::Transfer, args),
        StockCommand::Adjust(args) => post(&mut desk, MovementKind::Adjustment, args),
        StockCommand::Scrap(args) => post(&mut desk, MovementKind::Scrap, args),
        StockCommand::Reverse(args) => reverse(&mut desk, &args),
        StockCommand::Movements(args) => movements(&desk, &args),
    }
}

fn levels(desk: &Desk<'_>, args: &LevelArgs) -> Result<(), Fault> {
    let part = desk.find_optional(Kind::Part, args.part.as_ref())?;
    let mut levels = desk.replica.levels(part)?;
    if let Some(store) = &args.store {
        levels.retain(|level| level.store.eq_ignore_ascii_case(store));
    }
    if args.low {
        levels.retain(|level| level.state != LevelState::Ok);
    }
    desk.answer(&levels, |paper| stock::levels(paper, &levels))
}

fn post(desk: &mut Desk<'_>, kind: MovementKind, args: MoveArgs) -> Result<(), Fault> {
    use MovementKind::{Issue, Scrap, Transfer};
    let mut words = args.lines.clone();
    if words.is_empty() {
        words.push(ask::required(desk.setting, None, "ask.part")?);
    }
    if words.len() == 1 {
        words.push(ask::required(desk.setting, None, "ask.quantity")?);
    }
    if !words.len().is_multiple_of(2) {
        let label = desk.setting.words.say("ask.quantity");
        return Err(Fault::Usage("argument_missing", label.to_owned()));
    }
    let leaves = matches!(kind, Issue | Scrap);
    let store = args.store;
    let (mut from, mut to) = (args.from, args.to);
    if leaves {
        from = from.or(store);
    } else if kind != Transfer {
        to = to.or(store);
    }
    if kind == Transfer {
        from = Some(ask::required(desk.setting, from, "ask.from")?);
        to = Some(ask::required(desk.setting, to, "ask.to")?);
    }
    let reason = match kind.needs_reason() {
        true => Some(ask::required(desk.setting, args.reason, "ask.reason")?),
        false => args.reason,
    };
    let mut lines = Vec::new();
    for pair in words.chunks(2) {
        lines.push(NewLine {
            part: desk.find(Kind::Part, &pair[0])?,
            quantity: input::quantity(&pair[1])?,
            from: from.clone(),
            to: to.clone(),
            unit_cost: args.cost,
        });
    }
    let movement = desk.replica.post_movement(&NewMovement {
        kind,
        lines,
        work_order: desk.find_optional(Kind::WorkOrder, args.work_order.as_ref())?,
        reason,
        at: desk.instant(args.at.as_ref())?,
    })?;
    posted(desk, &movement)
}

fn reverse(desk: &mut Desk<'_>, args: &ReverseArgs) -> Result<(), Fault> {
    let movement = desk.find(Kind::StockMovement, &args.movement)?;
    let reason = ask::required(desk.setting, input::joined(&args.reason), "ask.reason")?;
    let movement = desk.replica.reverse_movement(movement, &reason)?;
    posted(desk, &movement)
}

/// Says what was posted, and what is left of it.
fn posted(desk: &Desk<'_>, movement: &MovementLine) -> Result<(), Fault> {
    let mut levels = Vec::new();
    for line in &movement.lines {
        let touched = [&line.from, &line.to];
        let of_part = desk.replica.levels(Some(line.part))?;
        levels.extend(of_part.into_iter().filter(|level| {
            let mut touched = touched.iter();
            touched.any(|store| store.as_ref() == Some(&level.store))
        }));
    }
    let mut value = serde_json::json!(movement);
    value["levels"] = serde_json::json!(levels);
    desk.touched(value, Kind::StockMovement, Group::Post, |paper| {
        stock::posted(paper, movement, &levels)
    })
}

fn movements(desk: &Desk<'_>, args: &MovementArgs) -> Result<(), Fault> {
    let order = desk.find_optional(Kind::WorkOrder, args.work_order.as_ref())?;
    let part = desk.find_optional(Kind::Part, args.part.as_ref())?;
    let mut movements = desk.replica.movements(order, part)?;
    movements.truncate(args.limit);
    desk.answer(&movements, |paper| stock::movements(paper, &movements))
}
