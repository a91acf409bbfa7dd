//! Rows of parts become spare parts.
//!
//! **Invariant**: what the stores hold is not here: see
//! [`stock_levels`](super::stock_levels).

use ronde_core::{
    Error,
    document::{
        part::{self, Created, Decimals, Part, Store, Stores},
        schema::{Code, Title, Value},
    },
    model::{Kind, Quantity},
};

use super::{changes::Changes, file::File, known::Known};
use crate::import::PartRow;

pub(super) fn fill(file: &mut File<'_>, rows: &[PartRow]) -> Result<(), Error> {
    let known = Known::<Part>::read(file, rows.iter().map(|row| &*row.reference))?;
    for row in rows {
        let created = created(row);
        let stores = created.stores.clone();
        if !(file.fits(row.line, "stores", Stores(stores).check())
            && file.fits(row.line, "name", created.check()))
        {
            continue;
        }
        if let Some(now) = known.get(&row.reference) {
            let changes = changes(file, now, created);
            file.update(Kind::Part, now.life.id, changes);
            continue;
        }
        let id = file.id(Kind::Part, &row.reference);
        file.create(Kind::Part, id, move |document, stamp| {
            part::create(document, &created, stamp)
        });
    }
    Ok(())
}

fn created(row: &PartRow) -> Created {
    Created {
        reference: row.reference.clone(),
        name: row.name.clone(),
        unit: row.unit.clone(),
        // The importer allows 0 to 6.
        decimals: u8::try_from(row.decimals).unwrap_or(u8::MAX),
        stores: row.stores.iter().cloned().map(Store).collect(),
        min: row.min_micro.map(Quantity),
        max: row.max_micro.map(Quantity),
        reorder_point: row.reorder_point_micro.map(Quantity),
        reorder_quantity: row.reorder_quantity_micro.map(Quantity),
        critical: false,
    }
}

fn changes(file: &File<'_>, now: &Part, row: Created) -> Changes {
    if now.life.deleted {
        return Changes::kept();
    }
    let mut changes = Changes::default();
    changes.set(part::set, "name", &Title(now.name.clone()), Title(row.name));
    if file.says("unit") {
        changes.set(part::set, "unit", &Code(now.unit.clone()), Code(row.unit));
    }
    if file.says("decimals") {
        changes.set(
            part::set,
            "decimals",
            &Decimals(now.decimals),
            Decimals(row.decimals),
        );
    }
    if file.says("stores") {
        changes.set(
            part::set,
            "stores",
            &Stores(now.stores.clone()),
            Stores(row.stores),
        );
    }
    let quantities = [
        ("min", now.min, row.min),
        ("max", now.max, row.max),
        ("reorder_point", now.reorder_point, row.reorder_point),
        (
            "reorder_quantity",
            now.reorder_quantity,
            row.reorder_quantity,
        ),
    ];
    for (field, now, to) in quantities {
        if file.says(field) {
            changes.set(part::set, field, &now, to);
        }
    }
    changes
}
