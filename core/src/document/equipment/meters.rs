//! Meters and the series of what they said.
//!
//! **Invariant**: a cumulative meter that went down without having been
//! replaced is flagged, whatever order the readings arrived in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Meter, MeterKind, NewMeter, Reading};
use crate::{
    document::{Conflict, Witness, plain::Fold},
    model::{EntryId, Quantity, Timestamp},
};

/// One reading in its series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Its name in the document, to correct it by.
    pub name: String,
    /// In the meter's unit.
    pub value: Quantity,
    /// When it was read.
    pub taken_at: Timestamp,
    /// First reading after the meter was replaced or set back.
    pub restarted: bool,
    /// Who wrote it down, and when.
    #[serde(flatten)]
    pub witness: Witness,
}

/// The meters a machine started with, as changed and added to since.
pub(super) fn all(fold: &mut Fold<'_>, first: Vec<NewMeter>) -> BTreeMap<String, Meter> {
    let mut meters: BTreeMap<_, _> = first
        .into_iter()
        .map(|meter| (meter.id, meter.meter))
        .collect();
    let entries = fold.entries;
    for (key, id) in entries.under("meter") {
        if let Some(meter) = fold.plain(key) {
            meters.insert(id.to_owned(), meter);
        }
    }
    meters
}

/// Every meter's readings by the time they were taken.
pub(super) fn readings(
    fold: &mut Fold<'_>,
    meters: &BTreeMap<String, Meter>,
) -> BTreeMap<String, Vec<Taken>> {
    let mut series = BTreeMap::<String, Vec<Taken>>::new();
    for (key, rest) in fold.entries.under("reading") {
        let Some((meter, name)) = rest.split_once('/') else {
            continue;
        };
        let Some(settled) = fold.entries.plain::<Reading>(key) else {
            continue;
        };
        fold.conflicts
            .extend(settled.conflict(key, "concurrent_edit"));
        series.entry(meter.to_owned()).or_default().push(Taken {
            name: name.to_owned(),
            value: settled.value.value,
            taken_at: settled.value.at,
            restarted: settled.value.restarted,
            witness: settled.witness(),
        });
    }
    for (meter, taken) in &mut series {
        taken
            .sort_by(|left, right| (left.taken_at, &left.name).cmp(&(right.taken_at, &right.name)));
        let counts = meters
            .get(meter)
            .is_some_and(|meter| meter.kind == MeterKind::Cumulative);
        if counts {
            fold.conflicts.extend(decreases(meter, taken));
        }
    }
    series
}

fn decreases<'a>(meter: &'a str, taken: &'a [Taken]) -> impl Iterator<Item = Conflict> + 'a {
    taken
        .windows(2)
        .filter(|pair| pair[1].value < pair[0].value && !pair[1].restarted)
        .map(move |pair| Conflict {
            field: format!("reading/{meter}/{}", pair[1].name),
            code: "reading_decreased".to_owned(),
            entries: [&pair[1], &pair[0]]
                .map(|taken| -> EntryId { taken.witness.entry })
                .to_vec(),
        })
}
