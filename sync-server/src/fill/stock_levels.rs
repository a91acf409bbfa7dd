//! Rows of stock become counts: what each store holds on the day of the
//! import.
//!
//! **Invariant**: a level that is as the file says is not counted again, and
//! neither is what was counted the same today: importing a file again after
//! somebody took a part does not bring the part back.

use std::collections::BTreeMap;

use ronde_core::{
    Error,
    document::{
        part::{Part, Store},
        schema::Value,
        stock_movement::{self, Line, MovementKind, Posted, StockMovement},
    },
    model::{DocumentId, Kind, Quantity},
    schedule,
    store::views,
};

use super::{
    file::{File, derived},
    known::Known,
};
use crate::{
    import::{Reason, StockLevelRow},
    site::desk::RELAY,
};

pub(super) fn fill(file: &mut File<'_>, rows: &[StockLevelRow]) -> Result<(), Error> {
    let known = Known::<Part>::read(file, rows.iter().map(|row| &*row.part_reference))?;
    let levels: BTreeMap<(DocumentId, String), Quantity> = views::levels(file.tx, None)?
        .into_iter()
        .map(|level| ((level.part, level.store), level.quantity))
        .collect();
    for row in rows {
        let Some(part) = known.get(&row.part_reference) else {
            file.unknown(row.line, "part_reference", "part", &row.part_reference);
            continue;
        };
        let counted = Quantity(row.quantity_micro);
        if counted.decimals() > part.decimals {
            let reason = Reason::TooManyDecimals(part.decimals.into());
            file.report(row.line, "quantity", reason);
            continue;
        }
        let part = part.life.id;
        let level = levels.get(&(part, row.store.clone()));
        if level == Some(&counted) {
            continue;
        }
        let Some(id) = count_id(file, part, &row.store, counted)? else {
            continue;
        };
        let posted = Posted {
            kind: MovementKind::Adjustment,
            lines: vec![Line {
                part,
                quantity: counted,
                from: None,
                to: Some(Store(row.store.clone())),
                unit_cost: row.unit_cost_micro.map(Quantity),
            }],
            work_order: None,
            person: RELAY,
            at: file.ground.now,
            reason: None,
            reverses: None,
        };
        if file.fits(row.line, "store", posted.check()) {
            file.create(Kind::StockMovement, id, move |document, stamp| {
                stock_movement::post(document, &posted, stamp)
            });
        }
    }
    Ok(())
}

/// The id of the next count of one place today; `None` where the last one
/// counted the same.
fn count_id(
    file: &File<'_>,
    part: DocumentId,
    store: &str,
    counted: Quantity,
) -> Result<Option<DocumentId>, Error> {
    let today = file.today();
    let movements = views::movements_of(file.tx, None, Some(part))?;
    let is_reversed = |id| movements.iter().any(|it| it.posted.reverses == Some(id));
    let of_today = |it: &&StockMovement| {
        let posted = &it.posted;
        let place = |line: &Line| line.to.as_ref().is_some_and(|to| to.0 == store);
        posted.kind == MovementKind::Adjustment
            && posted.person == RELAY
            && posted.lines.iter().any(place)
            && schedule::business_date(posted.at.0, file.ground.time_zone) == today
    };
    // The latest comes first.
    let counts: Vec<_> = movements.iter().filter(of_today).collect();
    if let Some(last) = counts.first()
        && !is_reversed(last.life.id)
        && last
            .posted
            .lines
            .iter()
            .any(|line| line.quantity == counted)
    {
        return Ok(None);
    }
    let key = format!("{part}\n{store}\n{today}\n{}", counts.len());
    Ok(Some(derived(file.ground, "count", &key)))
}
