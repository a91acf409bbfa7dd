//! Rows of equipment become machines in their tree.
//!
//! **Invariant**: no machine stands under itself, also where the file moves
//! what the site has; the state that somebody noted in the field stands.

use std::collections::HashMap;

use ronde_core::{
    Error,
    document::{
        equipment::{self, Created, Criticality, Equipment, Meter, MeterKind, NewMeter, State},
        schema::{OptionalTitle, Tags, Title, Value},
    },
    model::{DocumentId, Kind},
};

use super::{changes::Changes, file::File, known::Known};
use crate::import::{self, EquipmentRow, EquipmentState, MeterRow, Reason};

pub(super) fn fill(file: &mut File<'_>, rows: &[EquipmentRow]) -> Result<(), Error> {
    let named = rows
        .iter()
        .flat_map(|row| [Some(&row.code), row.parent_code.as_ref()]);
    let known = Known::<Equipment>::read(file, named.flatten().map(String::as_str))?;
    let ids: HashMap<&str, DocumentId> = rows
        .iter()
        .map(|row| {
            let id = known.id(&row.code);
            (
                &*row.code,
                id.unwrap_or_else(|| file.id(Kind::Equipment, &row.code)),
            )
        })
        .collect();
    let find = |code: &str| ids.get(code).copied().or_else(|| known.id(code));
    let mut parents: HashMap<DocumentId, DocumentId> = known
        .all()
        .filter_map(|it| Some((it.life.id, it.parent?)))
        .collect();
    for row in rows {
        let id = ids[&*row.code];
        let parent = row.parent_code.as_deref().and_then(&find);
        match (&row.parent_code, parent) {
            (Some(code), None) => file.unknown(row.line, "parent_code", "equipment", code),
            (_, Some(parent)) => _ = parents.insert(id, parent),
            (None, None) if file.says("parent_code") => _ = parents.remove(&id),
            (None, None) => {}
        }
        one(file, row, id, parent, known.get(&row.code));
    }
    for row in rows.iter().filter(|row| row.parent_code.is_some()) {
        if stands_under_itself(&parents, ids[&*row.code]) {
            let reason = Reason::Contradiction("the way up from it comes back to itself");
            file.report(row.line, "parent_code", reason);
        }
    }
    Ok(())
}

fn one(
    file: &mut File<'_>,
    row: &EquipmentRow,
    id: DocumentId,
    parent: Option<DocumentId>,
    now: Option<&Equipment>,
) {
    let created = Created {
        code: row.code.clone(),
        name: row.name.clone(),
        parent,
        location: row.location.clone(),
        criticality: criticality(row.criticality),
        tags: row.tags.clone(),
        meters: row.meters.iter().map(meter).collect(),
    };
    let tags = Tags(row.tags.clone()).check();
    let meters = Created {
        code: "-".to_owned(),
        name: "-".to_owned(),
        meters: created.meters.clone(),
        ..Created::default()
    };
    if !(file.fits(row.line, "tags", tags)
        && file.fits(row.line, "meters", meters.check())
        && file.fits(row.line, "name", created.check()))
    {
        return;
    }
    let state = state(row.state);
    match now {
        Some(now) => {
            let changes = changes(file, now, created, state);
            file.update(Kind::Equipment, id, changes);
        }
        None => file.create(Kind::Equipment, id, move |document, stamp| {
            equipment::create(document, &created, stamp)?;
            if state == State::default() {
                return Ok(());
            }
            equipment::set(document, "state", &state, stamp)
        }),
    }
}

fn changes(file: &File<'_>, now: &Equipment, row: Created, state: State) -> Changes {
    if now.life.deleted {
        return Changes::kept();
    }
    let mut changes = Changes::default();
    changes.set(
        equipment::set,
        "name",
        &Title(now.name.clone()),
        Title(row.name),
    );
    if file.says("parent_code") {
        changes.set(equipment::set, "parent", &now.parent, row.parent);
    }
    if file.says("location") {
        let location = OptionalTitle(now.location.clone());
        changes.set(
            equipment::set,
            "location",
            &location,
            OptionalTitle(row.location),
        );
    }
    if file.says("criticality") {
        changes.set(
            equipment::set,
            "criticality",
            &now.criticality,
            row.criticality,
        );
    }
    if file.says("tags") {
        changes.set(
            equipment::set,
            "tags",
            &Tags(now.tags.clone()),
            Tags(row.tags),
        );
    }
    if file.says("state") {
        changes.set_unless_touched(&now.life, equipment::set, "state", &now.state, state);
    }
    for NewMeter { id, meter } in row.meters {
        // A meter has no name in a file: what somebody called it stays.
        let known = now.meters.get(&id);
        if known.is_some_and(|known| known.unit == meter.unit && known.kind == meter.kind) {
            continue;
        }
        let name = known.map_or(meter.name, |known| known.name.clone());
        let meter = Meter { name, ..meter };
        changes.add(move |document, stamp| {
            equipment::set(document, &format!("meter/{id}"), &meter, stamp)
        });
    }
    changes
}

fn stands_under_itself(parents: &HashMap<DocumentId, DocumentId>, id: DocumentId) -> bool {
    let above = std::iter::successors(parents.get(&id), |above| parents.get(above));
    // A loop that it is not in is somebody else's: the walk has an end.
    above.take(parents.len()).any(|above| *above == id)
}

fn meter(row: &MeterRow) -> NewMeter {
    NewMeter {
        id: row.id.clone(),
        meter: Meter {
            name: row.id.clone(),
            unit: row.unit.clone(),
            kind: match row.kind {
                import::MeterKind::Cumulative => MeterKind::Cumulative,
                import::MeterKind::Gauge => MeterKind::Gauge,
            },
        },
    }
}

fn criticality(row: import::Criticality) -> Criticality {
    match row {
        import::Criticality::A => Criticality::A,
        import::Criticality::B => Criticality::B,
        import::Criticality::C => Criticality::C,
    }
}

fn state(row: EquipmentState) -> State {
    match row {
        EquipmentState::InService => State::InService,
        EquipmentState::Degraded => State::Degraded,
        EquipmentState::Down => State::Down,
        EquipmentState::PlannedStop => State::PlannedStop,
        EquipmentState::Retired => State::Retired,
    }
}
