//! Grouped rows become checklists with one published version.
//!
//! **Invariant**: a version is published only where its items are not those in
//! force already; a draft that somebody is writing is never overwritten.

use ronde_core::{
    Error,
    document::{
        checklist::{self, Asks, Checklist, Created, Draft, Item, Published},
        schema::{Title, Value},
    },
    model::Kind,
};

use super::{changes::Changes, file::File, items, known::Known};
use crate::{import::ChecklistTable, site::desk::RELAY};

pub(super) fn fill(file: &mut File<'_>, tables: &[ChecklistTable]) -> Result<(), Error> {
    let known = Known::<Checklist>::read(file, tables.iter().map(|table| &*table.code))?;
    for table in tables {
        let Some(items) = checked(file, table) else {
            continue;
        };
        if let Some(now) = known.get(&table.code) {
            let changes = changes(now, table, items);
            file.update(Kind::Checklist, now.life.id, changes);
            continue;
        }
        let id = file.id(Kind::Checklist, &table.code);
        let created = created(table);
        file.create(Kind::Checklist, id, move |document, stamp| {
            checklist::create(document, &created, stamp)?;
            checklist::set(document, "draft", &Draft(items), stamp)?;
            checklist::publish(document, stamp).map(|_| ())
        });
    }
    Ok(())
}

fn created(table: &ChecklistTable) -> Created {
    Created {
        code: table.code.clone(),
        name: table.name.clone(),
        plans: Vec::new(),
    }
}

/// The items, where they can be published.
fn checked(file: &mut File<'_>, table: &ChecklistTable) -> Option<Vec<Item>> {
    let mut fits = true;
    for row in &table.items {
        let named = Published(vec![Item::new(&row.item_id, "-", Asks::Check)]).check();
        let alone = Published(vec![items::item(row)]).check();
        let section = row.section.clone().map_or(Ok(()), |it| Title(it).check());
        fits &= file.fits(row.line, "item_id", named)
            && file.fits(row.line, "label", alone)
            && file.fits(row.line, "section", section);
    }
    let items = items::items(&table.items);
    let fits = fits
        && file.fits(table.line, "checklist_name", created(table).check())
        && file.fits(
            table.line,
            "checklist_code",
            Published(items.clone()).check(),
        );
    fits.then_some(items)
}

fn changes(now: &Checklist, table: &ChecklistTable, items: Vec<Item>) -> Changes {
    if now.life.deleted {
        return Changes::kept();
    }
    let mut changes = Changes::default();
    let (name, file_name) = (Title(now.name.clone()), Title(table.name.clone()));
    changes.set(checklist::set, "name", &name, file_name);
    let in_force = now.current().map(|version| &version.items);
    if in_force == Some(&items) {
        return changes;
    }
    let is_free = match now.drafts.as_slice() {
        [] => true,
        [draft] => {
            draft.witness.by == RELAY || in_force == Some(&draft.items) || draft.items == items
        }
        _ => false,
    };
    if !is_free {
        changes.kept = true;
        return changes;
    }
    changes.add(move |document, stamp| {
        checklist::set(document, "draft", &Draft(items), stamp)?;
        checklist::publish(document, stamp).map(|_| ())
    });
    changes
}
