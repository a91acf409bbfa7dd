//! Rows of work orders become orders, with the equipment they name.
//!
//! **Invariant**: what people did since an earlier import stands: a field that
//! somebody wrote, and a closed order, stay as they are. An order whose file
//! says no status is to be planned.

mod labels;
mod update;

use std::collections::HashMap;

use ronde_core::{
    Error,
    document::{
        equipment::{self, Equipment},
        plan::{Plan, order_id},
        schema::{Title, Value},
        work_order::{self, Created, Failure, Imported, Link, Status},
    },
    model::{Day, DocumentId, Kind, Line, Quantity, check_text},
};

use super::{
    file::File,
    items::one_line,
    known::Known,
    orders::{self, Targets},
};
use crate::import::{FailureRow, WorkOrderRow};
use labels::{order_type, priority, status};
use update::changes;

/// An order as a row says it is.
struct Order {
    created: Created,
    description: String,
    /// None where the row says nothing about it.
    failure: Option<Failure>,
    /// What did not fit into the failure.
    note: String,
}

pub(super) fn fill(file: &mut File<'_>, rows: &[WorkOrderRow]) -> Result<(), Error> {
    let codes =
        |of: fn(&WorkOrderRow) -> Option<&String>| rows.iter().filter_map(of).map(String::as_str);
    let plans = Known::<Plan>::read(file, codes(|row| row.plan_code.as_ref()))?;
    let mut machines = Machines {
        known: Known::read(file, codes(|row| row.equipment_code.as_ref()))?,
        made: HashMap::new(),
    };
    let mut targets = Targets::default();
    for row in rows {
        let plan = row.plan_code.as_deref().and_then(|code| plans.get(code));
        if let (Some(code), None) = (&row.plan_code, plan) {
            file.unknown(row.line, "plan_code", "plan", code);
            continue;
        }
        let equipment = machines.of(file, row);
        let equipment = equipment.or_else(|| plan.and_then(|plan| plan.equipment));
        let mut link = plan.map(|plan| orders::link(plan, row.due.map(Day)));
        let target = targets.find(file, row, link.as_ref())?;
        if let Some(link) = &mut link {
            // Only the order that has the occurrence's id does it.
            let is_its = |key: &String| order_id(link.plan, key) == target.id;
            link.occurrence = link.occurrence.take().filter(is_its);
        }
        let Some(order) = checked(file, row, equipment, link) else {
            continue;
        };
        match target.now {
            Some(now) => {
                let changes = changes(file, &now, order);
                file.update(Kind::WorkOrder, target.id, changes);
            }
            None => create(file, target.id, order),
        }
    }
    Ok(())
}

/// Equipment by code: the site's, and what this file makes.
struct Machines {
    known: Known<Equipment>,
    made: HashMap<String, DocumentId>,
}

impl Machines {
    /// The equipment of a row; made where the site has none of that code.
    fn of(&mut self, file: &mut File<'_>, row: &WorkOrderRow) -> Option<DocumentId> {
        let named = row.equipment_name.as_ref();
        let code = row.equipment_code.as_ref().or(named)?;
        if row.equipment_code.is_none()
            && let Some(only) = self.known.only(|it| it.name == *code)
        {
            return Some(only.life.id);
        }
        if let Some(id) = self.known.id(code).or(self.made.get(code).copied()) {
            return Some(id);
        }
        let id = file.id(Kind::Equipment, code);
        let created = equipment::Created {
            code: code.clone(),
            name: named.unwrap_or(code).clone(),
            ..equipment::Created::default()
        };
        if !file.fits(row.line, "equipment_code", created.check()) {
            return None;
        }
        file.create(Kind::Equipment, id, move |document, stamp| {
            equipment::create(document, &created, stamp)
        });
        self.made.insert(code.clone(), id);
        Some(id)
    }
}

fn checked(
    file: &mut File<'_>,
    row: &WorkOrderRow,
    equipment: Option<DocumentId>,
    plan: Option<Link>,
) -> Option<Order> {
    let created = Created {
        title: row.title.clone(),
        order_type: order_type(row.order_type),
        priority: priority(row.priority),
        equipment,
        plan,
        status: row.status.map_or(Status::ToPlan, status),
        provisional: row.code.clone().unwrap_or_default(),
        assignees: Vec::new(),
        due: row.due.map(Day),
        imported: Some(Imported {
            reference: row.code.clone(),
            opened_on: row.created_on.map(Day),
            cost: row.cost_micro.map(Quantity),
            hours: row.hours_micro.map(Quantity),
            location: row.location.clone(),
        }),
    };
    let description = row.description.as_deref().unwrap_or_default();
    let description = check_text(description, Line::PROSE);
    let (failure, note) = failure(&row.failure);
    let note = check_text(&note, Line::PROSE);
    let fits = file.fits(row.line, "title", Title(row.title.clone()).check())
        && file.fits(row.line, "location", created.imported.check_all())
        && file.fits(row.line, "code", created.check())
        && file.fits(row.line, "failure_mode", failure.check_all())
        && file.fits(row.line, "description", description.clone().map(drop))
        && file.fits(row.line, "failure_remedy", note.clone().map(drop));
    fits.then_some(Order {
        created,
        description: description.unwrap_or_default(),
        failure,
        note: note.unwrap_or_default(),
    })
}

/// Checks what may be absent.
trait CheckAll {
    fn check_all(&self) -> Result<(), ronde_core::error::Invalid>;
}

impl<V: Value> CheckAll for Option<V> {
    fn check_all(&self) -> Result<(), ronde_core::error::Invalid> {
        self.as_ref().map_or(Ok(()), Value::check)
    }
}

/// What failed, in lines; what is longer than a line also stands in the note.
fn failure(row: &FailureRow) -> (Option<Failure>, String) {
    if *row == FailureRow::default() {
        return (None, String::new());
    }
    let mut note = Vec::new();
    let mut line = |text: &Option<String>| {
        let text = text.as_ref()?;
        let short = one_line(text);
        if short.is_some() {
            note.push(text.clone());
        }
        Some(short.unwrap_or_else(|| text.clone()))
    };
    let failure = Failure {
        mode: row.mode.clone(),
        cause: line(&row.cause),
        remedy: line(&row.remedy),
    };
    (Some(failure), note.join("\n\n"))
}

fn create(file: &mut File<'_>, id: DocumentId, order: Order) {
    file.create(Kind::WorkOrder, id, move |document, stamp| {
        work_order::create(document, &order.created, &order.description, stamp)?;
        if let Some(failure) = &order.failure {
            // Not `set`: an order that comes closed has failed all the same.
            document.write("failure", failure, stamp)?;
        }
        document.set_text("note", &order.note, stamp)
    });
}
