//! Work orders as lists show them, and the timers that run on them.
//!
//! **Invariant**: a list reads columns only; it neither loads a document nor
//! parses a record.

use rusqlite::{Row, params, params_from_iter, types::Value};
use serde::Serialize;

use super::{Tx, named};
use crate::{
    document::work_order::{OrderType, Priority, Status, WorkKind, WorkOrder},
    error::Error,
    model::{Day, DocumentId, PersonId, Timestamp},
};

/// Which orders a list shows; everything that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct OrderFilter {
    /// Only open ones, or only finished ones.
    pub open: Option<bool>,
    /// Only with this status.
    pub status: Option<Status>,
    /// Only of this type.
    pub order_type: Option<OrderType>,
    /// Only of this priority.
    pub priority: Option<Priority>,
    /// Only of this equipment.
    pub equipment: Option<DocumentId>,
    /// Only of this plan.
    pub plan: Option<DocumentId>,
    /// Only assigned to this person.
    pub assignee: Option<PersonId>,
    /// Only due on this date or before.
    pub due_by: Option<Day>,
    /// At most so many.
    pub count_max: Option<u32>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderRow {
    /// The order.
    pub id: DocumentId,
    /// The relay's number; none before it was synced.
    pub number: Option<String>,
    /// What the device called it meanwhile.
    pub provisional: String,
    /// One line.
    pub title: String,
    /// Where it stands.
    pub status: Status,
    /// Why the work is done.
    #[serde(rename = "type")]
    pub order_type: OrderType,
    /// How urgent it is.
    pub priority: Priority,
    /// The equipment concerned.
    pub equipment: Option<DocumentId>,
    /// Its code.
    pub equipment_code: Option<String>,
    /// Its name.
    pub equipment_name: Option<String>,
    /// The plan it does.
    pub plan: Option<DocumentId>,
    /// The plan's name.
    pub plan_name: Option<String>,
    /// The occurrence of the plan, where it stands for one.
    pub occurrence: Option<String>,
    /// Local date by which it is to be done.
    pub due: Option<Day>,
    /// Who is to do it.
    pub assignees: Vec<PersonId>,
    /// Who made it.
    pub created_by: PersonId,
    /// When it was made, by that device's clock.
    pub created_at: Timestamp,
    /// When it was last touched.
    pub updated_at: Timestamp,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

impl OrderRow {
    /// What to call it: the relay's number, or the provisional one.
    pub fn name(&self) -> &str {
        self.number.as_deref().unwrap_or(&self.provisional)
    }
}

/// A timer that runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// The order it runs on.
    pub work_order: DocumentId,
    /// What that is called.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Whose time it is.
    pub person: PersonId,
    /// Since when, by their device's clock.
    pub since: Timestamp,
    /// Work, travel or wait.
    pub kind: WorkKind,
}

const SELECT: &str = "
    SELECT w.document, w.number, w.provisional, r.title, w.status, w.type, w.priority,
           w.equipment, (SELECT e.code FROM equipment e WHERE e.document = w.equipment),
           (SELECT e.title FROM record e WHERE e.document = w.equipment),
           w.plan, (SELECT p.title FROM record p WHERE p.document = w.plan), w.occurrence, w.due,
           (SELECT group_concat(hex(a.person)) FROM assignee a WHERE a.work_order = w.document),
           w.created_by, w.created_at_ms, r.updated_at_ms,
           (SELECT count(*) FROM outbox o WHERE o.document = w.document)
      FROM work_order w JOIN record r ON r.document = w.document";

/// The orders that match: open ones first, the most urgent first.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn orders(tx: &Tx<'_>, filter: &OrderFilter) -> Result<Vec<OrderRow>, Error> {
    let mut parameters = Vec::<Value>::new();
    let mut conditions = String::from(" WHERE NOT r.deleted");
    let mut only = |condition: &str, value: Option<Value>| {
        if let Some(value) = value {
            parameters.push(value);
            conditions.push_str(" AND ");
            conditions.push_str(&condition.replace('?', &format!("?{}", parameters.len())));
        }
    };
    let blob = |id: DocumentId| Value::from(id.bytes().to_vec());
    only("w.open = ?", filter.open.map(Value::from));
    let word = |word: &str| Value::from(word.to_owned());
    only("w.status = ?", filter.status.map(|it| word(it.name())));
    only("w.type = ?", filter.order_type.map(|it| word(it.name())));
    let priority = filter.priority.map(|it| Value::from(i64::from(it as u8)));
    only("w.priority = ?", priority);
    only("w.equipment = ?", filter.equipment.map(blob));
    only("w.plan = ?", filter.plan.map(blob));
    only(
        "w.document IN (SELECT a.work_order FROM assignee a WHERE a.person = ?)",
        filter.assignee.map(|person| blob(person.into())),
    );
    only(
        "w.due <= ?",
        filter.due_by.map(|day| Value::from(day.to_string())),
    );
    let count_max = filter.count_max.map_or(-1, i64::from);
    let sql = format!(
        "{SELECT}{conditions}
          ORDER BY w.open DESC, w.priority, w.due IS NULL, w.due, w.created_at_ms DESC, w.document
          LIMIT {count_max}"
    );
    let mut statement = tx.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(parameters))?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        orders.push(read(row)?);
    }
    Ok(orders)
}

/// One line; `None` when the order is not here.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn order(tx: &Tx<'_>, id: DocumentId) -> Result<Option<OrderRow>, Error> {
    let mut statement = tx.prepare_cached(&format!("{SELECT} WHERE w.document = ?1"))?;
    let mut rows = statement.query([id.0])?;
    rows.next()?.map(read).transpose()
}

/// The timers that run, the oldest first: of one person, or of all.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn timers(tx: &Tx<'_>, person: Option<PersonId>) -> Result<Vec<Timer>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT t.work_order, coalesce(w.number, w.provisional), r.title, t.person, t.since_ms, t.kind
           FROM timer t JOIN work_order w ON w.document = t.work_order
           JOIN record r ON r.document = t.work_order
          WHERE ?1 IS NULL OR t.person = ?1 ORDER BY t.since_ms, t.work_order",
    )?;
    let mut rows = statement.query([person.map(|person| person.0)])?;
    let mut timers = Vec::new();
    while let Some(row) = rows.next()? {
        let kind: String = row.get(5)?;
        timers.push(Timer {
            work_order: DocumentId(row.get(0)?),
            name: row.get(1)?,
            title: row.get(2)?,
            person: PersonId(row.get(3)?),
            since: Timestamp(row.get(4)?),
            kind: named(&WorkKind::ALL, WorkKind::name, &kind)?,
        });
    }
    Ok(timers)
}

fn read(row: &Row<'_>) -> Result<OrderRow, Error> {
    let id = |column| -> Result<Option<DocumentId>, Error> {
        Ok(row.get::<_, Option<uuid::Uuid>>(column)?.map(DocumentId))
    };
    let day = |text: String| {
        let day = text.parse().map(Day);
        day.map_err(|_| Error::Damaged("view", "a date does not read".into()))
    };
    let priority: u8 = row.get(6)?;
    let assignees: Option<String> = row.get(14)?;
    let assignees = assignees.as_deref().unwrap_or("").split(',');
    Ok(OrderRow {
        id: DocumentId(row.get(0)?),
        number: row.get(1)?,
        provisional: row.get(2)?,
        title: row.get(3)?,
        status: named(&Status::ALL, Status::name, &row.get::<_, String>(4)?)?,
        order_type: named(&OrderType::ALL, OrderType::name, &row.get::<_, String>(5)?)?,
        priority: Priority::ALL
            .into_iter()
            .find(|known| *known as u8 == priority)
            .ok_or_else(|| Error::Damaged("view", "unknown priority".into()))?,
        equipment: id(7)?,
        equipment_code: row.get(8)?,
        equipment_name: row.get(9)?,
        plan: id(10)?,
        plan_name: row.get(11)?,
        occurrence: row.get(12)?,
        due: row.get::<_, Option<String>>(13)?.map(day).transpose()?,
        assignees: assignees.filter_map(|hex| hex.parse().ok()).collect(),
        created_by: PersonId(row.get(15)?),
        created_at: Timestamp(row.get(16)?),
        updated_at: Timestamp(row.get(17)?),
        pending: row.get(18)?,
    })
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, order: &WorkOrder) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO work_order (document, number, provisional, type, priority, status, open, equipment,
                                 plan, occurrence, due, created_at_ms, created_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?
    .execute(params![
        id.0,
        order.number,
        order.provisional,
        order.order_type.name(),
        order.priority as u8,
        order.status.name(),
        order.status.is_open(),
        order.equipment.map(|id| id.0),
        order.plan.as_ref().map(|link| link.plan.0),
        order.plan.as_ref().and_then(|link| link.occurrence.as_deref()),
        order.due.map(|day| day.to_string()),
        order.life.created_at.0,
        order.life.created_by.0,
    ])?;
    for person in &order.assignees {
        tx.prepare_cached("INSERT OR IGNORE INTO assignee (work_order, person) VALUES (?1, ?2)")?
            .execute(params![id.0, person.0])?;
    }
    for (name, running) in &order.interventions {
        if running.end.is_none() {
            tx.prepare_cached(
                "INSERT INTO timer (work_order, name, person, since_ms, kind) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![id.0, name, running.person.0, running.start.0, running.kind.name()])?;
        }
    }
    Ok(())
}

pub(super) fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    for sql in [
        "DELETE FROM work_order WHERE document = ?1",
        "DELETE FROM assignee WHERE work_order = ?1",
        "DELETE FROM timer WHERE work_order = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([id.0])?;
    }
    Ok(())
}
