//! Rows of plans become maintenance plans, and their checklists know them.
//!
//! **Invariant**: a plan that begins owes nothing from before: an anchor in
//! the past takes effect today.

use std::collections::BTreeMap;

use ronde_core::{
    Error,
    document::{
        checklist::{self, Checklist},
        equipment::Equipment,
        part::Part,
        plan::{self, Created, Nesting, Plan, PlannedPart},
        schema::{Title, Value},
    },
    model::{DocumentId, Kind, Quantity},
    schedule::{Calendar, Margins, Meter, Rule, Unit},
};

use super::{changes::Changes, file::File, known::Known};
use crate::import::{PeriodUnit, PlanRow, Reason, shown};

/// What plans refer to.
struct Around {
    equipment: Known<Equipment>,
    checklists: Known<Checklist>,
    parts: Known<Part>,
}

pub(super) fn fill(file: &mut File<'_>, rows: &[PlanRow]) -> Result<(), Error> {
    let known = Known::<Plan>::read(file, rows.iter().map(|row| &*row.code))?;
    let machines = rows.iter().map(|row| &*row.equipment_code);
    let lists = rows.iter().flat_map(|row| &row.checklist_codes);
    let parts = rows.iter().flat_map(|row| &row.parts);
    let around = Around {
        equipment: Known::read(file, machines)?,
        checklists: Known::read(file, lists.map(String::as_str))?,
        parts: Known::read(file, parts.map(|part| &*part.reference))?,
    };
    let mut users = BTreeMap::<&str, Vec<DocumentId>>::new();
    for row in rows {
        let now = known.get(&row.code);
        let Some(created) = created(file, row, now, &around) else {
            continue;
        };
        let id = known
            .id(&row.code)
            .unwrap_or_else(|| file.id(Kind::Plan, &row.code));
        for code in &row.checklist_codes {
            users.entry(code).or_default().push(id);
        }
        match now {
            Some(now) => {
                let changes = changes(file, now, created);
                file.update(Kind::Plan, id, changes);
            }
            None => file.create(Kind::Plan, id, move |document, stamp| {
                plan::create(document, &created, stamp)
            }),
        }
    }
    link(file, &around.checklists, users);
    Ok(())
}

/// Tells checklists which plans they belong to.
fn link(
    file: &mut File<'_>,
    checklists: &Known<Checklist>,
    users: BTreeMap<&str, Vec<DocumentId>>,
) {
    for (code, users) in users {
        let Some(list) = checklists.get(code).filter(|list| !list.life.deleted) else {
            continue;
        };
        let mut plans = list.plans.clone();
        plans.extend(users.into_iter().filter(|id| !list.plans.contains(id)));
        let mut changes = Changes::default();
        changes.set(checklist::set, "plans", &list.plans, plans);
        file.update(Kind::Checklist, list.life.id, changes);
    }
}

fn created(
    file: &mut File<'_>,
    row: &PlanRow,
    now: Option<&Plan>,
    around: &Around,
) -> Option<Created> {
    let equipment = around.equipment.get(&row.equipment_code);
    if equipment.is_none() {
        file.unknown(row.line, "equipment_code", "equipment", &row.equipment_code);
    }
    if let (Some(meter), Some(equipment)) = (&row.meter, equipment)
        && !equipment.meters.contains_key(&meter.id)
    {
        file.unknown(row.line, "meter_id", "meter", &meter.id);
    }
    let mut checklists = Vec::new();
    for code in &row.checklist_codes {
        match around.checklists.id(code) {
            Some(id) => checklists.push(id),
            None => file.unknown(row.line, "checklist_codes", "checklist", code),
        }
    }
    let mut parts = Vec::new();
    for planned in &row.parts {
        let Some(part) = around.parts.get(&planned.reference) else {
            file.unknown(row.line, "parts", "part", &planned.reference);
            continue;
        };
        let quantity = Quantity(planned.quantity_micro);
        if quantity.decimals() > part.decimals {
            let reason = format!("`{}`: too many decimals", shown(&planned.reference));
            file.report(row.line, "parts", Reason::Unfit(reason));
        }
        let part = part.life.id;
        parts.push(PlannedPart { part, quantity });
    }
    let equipment = equipment?;
    let rule = Some(rule(file, row, now, equipment));
    let created = Created {
        equipment: Some(equipment.life.id),
        rule,
        margins: margins(row),
        checklists,
        parts,
        estimated_minutes: row.estimated_minutes,
        nesting: row.family.clone().map(|family| Nesting {
            family,
            level: row.level.unwrap_or(1),
        }),
        ..Created::new(&row.code, &row.name)
    };
    let fits = file.fits(row.line, "anchor", created.rule.check())
        && file.fits(row.line, "parts", created.parts.check())
        && file.fits(row.line, "checklist_codes", created.checklists.check())
        && file.fits(row.line, "name", created.check());
    fits.then_some(created)
}

/// The row's rule. Where the plan has it already, since when it applies and
/// where its meter began stay as they are.
fn rule(file: &File<'_>, row: &PlanRow, now: Option<&Plan>, equipment: &Equipment) -> Rule {
    let today = file.today();
    let before = now.and_then(|plan| plan.rule.as_ref());
    let mut calendar = Calendar {
        anchor: row.anchor,
        every: row.every,
        unit: match row.unit {
            PeriodUnit::Day => Unit::Day,
            PeriodUnit::Week => Unit::Week,
            PeriodUnit::Month => Unit::Month,
            PeriodUnit::Year => Unit::Year,
        },
        // The importer allows 0 to 100.
        shift_percent: u8::try_from(row.shift_percent).unwrap_or(u8::MAX),
    };
    let mut meter = row.meter.as_ref().map(|meter| {
        let read = equipment.last_reading(&meter.id);
        let read_micro = read.map_or(0, |read| read.value.0);
        Meter {
            meter: meter.id.clone(),
            step_micro: meter.step_micro,
            first_micro: read_micro.saturating_add(meter.step_micro),
        }
    });
    if let Some(before) = before {
        if let Some(known) = before.calendar.as_ref()
            && !file.says("shift_percent")
        {
            calendar.shift_percent = known.shift_percent;
        }
        if !file.says("meter_id") {
            meter.clone_from(&before.meter);
        }
        let steps = |meter: &Option<Meter>| {
            let meter = meter.as_ref();
            meter.map(|meter| (meter.meter.clone(), meter.step_micro))
        };
        if before.calendar.as_ref() == Some(&calendar) && steps(&before.meter) == steps(&meter) {
            return before.clone();
        }
    }
    Rule {
        effective_from: (before.is_some() || calendar.anchor < today).then_some(today),
        calendar: Some(calendar),
        meter,
    }
}

fn margins(row: &PlanRow) -> Margins {
    // The importer allows ten years.
    let days = |days: u32| u16::try_from(days).unwrap_or(u16::MAX);
    Margins {
        lead_days: days(row.lead_days),
        grace_days: days(row.grace_days),
        tolerance_days: days(row.tolerance_days),
    }
}

fn changes(file: &File<'_>, now: &Plan, row: Created) -> Changes {
    if now.life.deleted {
        return Changes::kept();
    }
    let mut changes = Changes::default();
    changes.set(plan::set, "name", &Title(now.name.clone()), Title(row.name));
    changes.set(plan::set, "equipment", &now.equipment, row.equipment);
    changes.set(plan::set, "rule", &now.rule, row.rule);
    let mut margins = now.margins;
    let days = [
        ("lead_days", &mut margins.lead_days, row.margins.lead_days),
        (
            "grace_days",
            &mut margins.grace_days,
            row.margins.grace_days,
        ),
        (
            "tolerance_days",
            &mut margins.tolerance_days,
            row.margins.tolerance_days,
        ),
    ];
    for (field, days, file_days) in days {
        if file.says(field) {
            *days = file_days;
        }
    }
    changes.set(plan::set, "margins", &now.margins, margins);
    if file.says("checklist_codes") {
        changes.set(plan::set, "checklists", &now.checklists, row.checklists);
    }
    if file.says("parts") {
        changes.set(plan::set, "parts", &now.parts, row.parts);
    }
    if file.says("estimated_minutes") {
        changes.set(
            plan::set,
            "estimated_minutes",
            &now.estimated_minutes,
            row.estimated_minutes,
        );
    }
    if file.says("family") {
        changes.set(plan::set, "nesting", &now.nesting, row.nesting);
    }
    changes
}
