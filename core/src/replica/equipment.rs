//! Equipment: the tree, the page of a machine, and what its meters say.
//!
//! **Invariant**: a machine whose parent is not here, or that stands in a
//! circle, is shown at the top, never left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{HistoryLine, PlanRow, Replica, history, record};
use crate::{
    document::{
        Conflict,
        equipment::{self, Equipment, MeterKind, Reading, State},
    },
    error::{Error, Invalid},
    model::{DocumentId, Kind, PersonId, Quantity, Timestamp},
    store::{
        outbox,
        views::{self, EquipmentRow, OrderFilter, OrderRow},
    },
};

/// How many readings of a meter a page shows.
const READINGS_MAX: usize = 20;

/// Everything about one machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EquipmentPage {
    /// What the list shows.
    #[serde(flatten)]
    pub row: EquipmentRow,
    /// What it is a part of, from the top.
    pub path: Vec<String>,
    /// What its QR codes and NFC tags say.
    pub tags: Vec<String>,
    /// Long text.
    pub notes: String,
    /// Its meters, with what they said last.
    pub meters: Vec<MeterLine>,
    /// Its parts.
    pub children: Vec<EquipmentRow>,
    /// Its open orders.
    pub orders: Vec<OrderRow>,
    /// Its plans.
    pub plans: Vec<PlanRow>,
    /// What somebody should look at.
    pub conflicts: Vec<Conflict>,
    /// Who said what, in order.
    pub history: Vec<HistoryLine>,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

/// One meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeterLine {
    /// Its id on this machine.
    pub meter: String,
    /// What people call it.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Whether it only goes up.
    pub kind: MeterKind,
    /// The last readings, the latest first.
    pub readings: Vec<ReadingLine>,
}

/// What a meter said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReadingLine {
    /// In the meter's unit.
    pub value: Quantity,
    /// When it was read.
    pub at: Timestamp,
    /// Who wrote it down.
    pub person: PersonId,
    /// Their name.
    pub person_name: Option<String>,
    /// First reading after the meter was replaced or set back.
    pub restarted: bool,
}

impl Replica {
    /// Every machine as a tree: each followed by its parts, by code.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn equipment_tree(&self) -> Result<Vec<EquipmentRow>, Error> {
        Ok(tree(self.read(views::equipment)?))
    }

    /// A machine's page.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn equipment(&self, id: DocumentId) -> Result<EquipmentPage, Error> {
        let plans = self.plans_of(id)?;
        self.read(|tx| {
            let machine: Equipment = record(tx, Kind::Equipment, id)?;
            let names = views::names(tx)?;
            let row = views::machine(tx, id)?.ok_or(Error::Unknown {
                kind: Kind::Equipment.name(),
                id,
            })?;
            let all = views::equipment(tx)?;
            let open = OrderFilter {
                open: Some(true),
                equipment: Some(id),
                ..OrderFilter::default()
            };
            Ok(EquipmentPage {
                path: path(&all, &row),
                children: all.into_iter().filter(|it| it.parent == Some(id)).collect(),
                orders: views::orders(tx, &open)?,
                plans,
                meters: meters(&machine, &names),
                history: history(&machine.life, &names),
                pending: outbox::count_of(tx, id)?,
                row,
                tags: machine.tags,
                notes: machine.notes,
                conflicts: machine.life.conflicts,
            })
        })
    }

    /// Writes down what a meter says; the machine's only meter where none is
    /// named.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `unknown_meter`,
    /// `meter_missing`, or when the time is out of bounds.
    pub fn record_reading(
        &mut self,
        id: DocumentId,
        meter: Option<&str>,
        value: Quantity,
        at: Option<Timestamp>,
        restarted: bool,
    ) -> Result<(), Error> {
        self.act(|act| {
            act.edit(Kind::Equipment, id, |document, stamp| {
                let machine = Equipment::read(document)?;
                let meter = match meter {
                    Some(meter) => named_meter(&machine, meter)?,
                    None => match machine.meters.keys().collect::<Vec<_>>().as_slice() {
                        [only] => (*only).clone(),
                        [] => {
                            let message = "the equipment has no meter";
                            return Err(Invalid::new("unknown_meter", message).into());
                        }
                        several => {
                            let known: Vec<_> = several.iter().map(|it| it.as_str()).collect();
                            let message = format!("say which meter: {}", known.join(", "));
                            return Err(Invalid::new("meter_missing", message).into());
                        }
                    },
                };
                let reading = Reading {
                    value,
                    at: at.unwrap_or(stamp.at),
                    restarted,
                };
                equipment::record_reading(document, &meter, &reading, stamp).map(drop)
            })
        })
    }

    /// Says how a machine is.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn set_equipment_state(&mut self, id: DocumentId, state: State) -> Result<(), Error> {
        self.act(|act| {
            act.edit(Kind::Equipment, id, |document, stamp| {
                equipment::set(document, "state", &state, stamp)
            })
        })
    }
}

/// A meter by its id, or by its name in any case of letters.
fn named_meter(machine: &Equipment, text: &str) -> Result<String, Error> {
    let mut meters = machine.meters.iter();
    let wanted = text.to_lowercase();
    let found = meters.find(|(id, meter)| *id == text || meter.name.to_lowercase() == wanted);
    match found {
        Some((id, _)) => Ok(id.clone()),
        None => Err(Invalid::new("unknown_meter", "the equipment has no such meter").into()),
    }
}

fn meters(machine: &Equipment, names: &BTreeMap<PersonId, String>) -> Vec<MeterLine> {
    let lines = machine.meters.iter().map(|(id, meter)| {
        let readings = machine.readings.get(id).map_or(&[][..], Vec::as_slice);
        let lines = readings
            .iter()
            .rev()
            .take(READINGS_MAX)
            .map(|taken| ReadingLine {
                value: taken.value,
                at: taken.taken_at,
                person: taken.witness.by,
                person_name: names.get(&taken.witness.by).cloned(),
                restarted: taken.restarted,
            });
        MeterLine {
            meter: id.clone(),
            name: meter.name.clone(),
            unit: meter.unit.clone(),
            kind: meter.kind,
            readings: lines.collect(),
        }
    });
    lines.collect()
}

/// Names from the top down to what `row` is a part of.
fn path(all: &[EquipmentRow], row: &EquipmentRow) -> Vec<String> {
    let mut path = Vec::new();
    let mut seen = BTreeSet::from([row.id]);
    let mut parent = row.parent;
    while let Some(above) = parent.and_then(|id| all.iter().find(|it| it.id == id)) {
        if !seen.insert(above.id) {
            break;
        }
        path.push(above.name.clone());
        parent = above.parent;
    }
    path.reverse();
    path
}

/// Orders machines so that each stands before its parts.
fn tree(all: Vec<EquipmentRow>) -> Vec<EquipmentRow> {
    let here: BTreeSet<_> = all.iter().map(|row| row.id).collect();
    let mut children = BTreeMap::<Option<DocumentId>, Vec<EquipmentRow>>::new();
    for row in all {
        let parent = row.parent.filter(|parent| here.contains(parent));
        children.entry(parent).or_default().push(row);
    }
    let mut tree = Vec::with_capacity(here.len());
    let mut waiting: Vec<_> = children.remove(&None).unwrap_or_default();
    waiting.reverse();
    loop {
        while let Some(row) = waiting.pop() {
            let below = children.remove(&Some(row.id)).unwrap_or_default();
            let depth = row.depth + 1;
            tree.push(row);
            let below = below.into_iter().rev();
            waiting.extend(below.map(|row| EquipmentRow { depth, ..row }));
        }
        // What is left stands in a circle: one of it is shown at the top.
        match children.pop_first() {
            Some((_, rest)) => waiting.extend(rest.into_iter().rev()),
            None => return tree,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::equipment::Criticality;

    fn row(id: u128, parent: Option<u128>) -> EquipmentRow {
        let id_of = |id| DocumentId(uuid::Uuid::from_u128(id));
        EquipmentRow {
            id: id_of(id),
            code: format!("E{id}"),
            name: format!("Machine {id}"),
            parent: parent.map(id_of),
            depth: 0,
            location: None,
            criticality: Criticality::C,
            state: State::InService,
            open_orders: 0,
        }
    }

    fn shape(rows: &[EquipmentRow]) -> Vec<(&str, u32)> {
        rows.iter()
            .map(|row| (row.code.as_str(), row.depth))
            .collect()
    }

    #[test]
    fn each_machine_stands_before_its_parts() {
        let rows = tree(vec![
            row(1, None),
            row(2, Some(3)),
            row(3, Some(1)),
            row(4, Some(99)),
        ]);

        assert_eq!(shape(&rows), [("E1", 0), ("E3", 1), ("E2", 2), ("E4", 0)]);
    }

    #[test]
    fn machines_in_a_circle_are_shown_once_each() {
        let rows = tree(vec![row(1, Some(2)), row(2, Some(1)), row(3, Some(3))]);

        let mut codes: Vec<_> = rows.iter().map(|row| row.code.as_str()).collect();
        codes.sort_unstable();
        assert_eq!(codes, ["E1", "E2", "E3"]);
    }
}
