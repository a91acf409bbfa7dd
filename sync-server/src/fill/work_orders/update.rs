//! What a row changes in an order that exists.
//!
//! **Invariant**: a field, text or status that a person wrote stays, and a
//! closed order is frozen; what another system booked on it is always noted.

use ronde_core::document::{
    schema::Title,
    work_order::{self, Imported, Link, Status, StatusChange, WorkOrder},
};

use super::{
    super::{
        changes::{Changes, touched},
        file::File,
    },
    Order,
};

pub(super) fn changes(file: &File<'_>, now: &WorkOrder, order: Order) -> Changes {
    if now.life.deleted {
        return Changes::kept();
    }
    let row = order.created;
    let mut changes = Changes::default();
    let imported = now.imported.clone().unwrap_or_default();
    if let Some(to) = row.imported {
        changes.set(
            work_order::set,
            "imported",
            &imported,
            merged(file, &imported, to),
        );
    }
    if now.status == Status::Closed {
        let is_same = now.title == row.title && now.status == row.status;
        changes.kept |= !is_same;
        return changes;
    }
    let (life, title) = (&now.life, Title(now.title.clone()));
    changes.set_unless_touched(life, work_order::set, "title", &title, Title(row.title));
    if file.says("type") {
        changes.set_unless_touched(
            life,
            work_order::set,
            "type",
            &now.order_type,
            row.order_type,
        );
    }
    if file.says("priority") {
        changes.set_unless_touched(
            life,
            work_order::set,
            "priority",
            &now.priority,
            row.priority,
        );
    }
    if row.equipment.is_some() {
        let (now, to) = (&now.equipment, row.equipment);
        changes.set_unless_touched(life, work_order::set, "equipment", now, to);
    }
    let plan = |link: &Option<Link>| link.as_ref().map(|link| link.plan);
    if row.plan.is_some() && plan(&row.plan) != plan(&now.plan) {
        changes.set_unless_touched(life, work_order::set, "plan", &now.plan, row.plan);
    }
    if file.says("due") {
        changes.set_unless_touched(life, work_order::set, "due", &now.due, row.due);
    }
    if let Some(failure) = order.failure {
        let known = now.failure.clone().unwrap_or_default();
        changes.set_unless_touched(life, work_order::set, "failure", &known, failure);
    }
    text(
        &mut changes,
        now,
        "description",
        &now.description,
        order.description,
    );
    text(&mut changes, now, "note", &now.note, order.note);
    if file.says("status") {
        step(&mut changes, now, row.status);
    }
    changes
}

/// What the file says of an order's past, over what is known.
fn merged(file: &File<'_>, now: &Imported, to: Imported) -> Imported {
    Imported {
        reference: to.reference.or_else(|| now.reference.clone()),
        opened_on: if file.says("created_on") {
            to.opened_on
        } else {
            now.opened_on
        },
        cost: if file.says("cost") { to.cost } else { now.cost },
        hours: if file.says("hours") {
            to.hours
        } else {
            now.hours
        },
        location: match file.says("location") {
            true => to.location,
            false => now.location.clone(),
        },
    }
}

/// Replaces a long text that nobody here wrote.
fn text(changes: &mut Changes, now: &WorkOrder, name: &'static str, known: &str, to: String) {
    if to.is_empty() || to == known {
        return;
    }
    if touched(&now.life, &format!("edited/{name}")) {
        changes.kept = true;
    } else {
        changes.add(move |document, stamp| document.set_text(name, &to, stamp));
    }
}

/// Takes the steps to where the file says the order is, unless somebody here
/// took one already or none leads there.
fn step(changes: &mut Changes, now: &WorkOrder, to: Status) {
    if now.status == to {
        return;
    }
    let path = match touched(&now.life, "status") {
        true => Vec::new(),
        false => path(now.status, to),
    };
    if path.is_empty() {
        changes.kept = true;
        return;
    }
    changes.add(move |document, stamp| {
        path.iter().try_for_each(|to| {
            let change = StatusChange {
                to: *to,
                reason: None,
            };
            document.write("status", &change, stamp)
        })
    });
}

/// The shortest way from one status to another; empty where there is none.
fn path(from: Status, to: Status) -> Vec<Status> {
    let mut met = vec![from];
    let mut ways = vec![Vec::new()];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let end = way.last().copied().unwrap_or(from);
            for next in Status::ALL {
                if !end.may_become(next) || met.contains(&next) {
                    continue;
                }
                met.push(next);
                let way = [way.as_slice(), &[next]].concat();
                if next == to {
                    return way;
                }
                longer.push(way);
            }
        }
        ways = longer;
    }
    Vec::new()
}
