//! `ronde equipment …`
//!
//! **Invariant**: a reading is added, never changed.

use ronde_core::{document::schema::Group, model::Kind};
use serde_json::json;

use super::Desk;
use crate::{
    ask,
    cli::{EquipmentCommand, ReadingArgs},
    fault::Fault,
    input,
    setting::Setting,
    show::equipment,
};

pub(super) fn run(setting: &Setting, command: EquipmentCommand) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    match command {
        EquipmentCommand::List => {
            let rows = desk.replica.equipment_tree()?;
            desk.answer(&rows, |paper| equipment::list(paper, &rows))
        }
        EquipmentCommand::Show(args) => {
            let id = desk.find(Kind::Equipment, &args.name)?;
            let page = desk.replica.equipment(id)?;
            desk.answer(&page, |paper| equipment::page(paper, &page))
        }
        EquipmentCommand::Reading(args) => reading(&mut desk, &args),
        EquipmentCommand::State(args) => {
            let id = desk.find(Kind::Equipment, &args.equipment)?;
            desk.replica.set_equipment_state(id, args.state)?;
            let row = desk.replica.equipment(id)?.row;
            let value = json!({ "id": id, "code": row.code, "state": row.state });
            desk.touched(value, Kind::Equipment, Group::Work, |paper| {
                let state = paper.words.of("state", args.state.name());
                format!("{} : {state}\n", row.code)
            })
        }
    }
}

fn reading(desk: &mut Desk<'_>, args: &ReadingArgs) -> Result<(), Fault> {
    let id = desk.find(Kind::Equipment, &args.equipment)?;
    let value = match args.value {
        Some(value) => value,
        None => input::quantity(&ask::required(desk.setting, None, "ask.value")?)?,
    };
    let at = desk.instant(args.at.as_ref())?;
    let meter = args.meter.as_deref();
    desk.replica
        .record_reading(id, meter, value, at, args.restarted)?;
    let page = desk.replica.equipment(id)?;
    let answer = json!({
        "id": id, "code": page.row.code, "value": value, "meters": page.meters,
        "conflicts": page.conflicts,
    });
    desk.touched(answer, Kind::Equipment, Group::Work, |paper| {
        equipment::meters(paper, &page)
    })
}
