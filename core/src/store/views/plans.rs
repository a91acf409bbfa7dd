//! Plans, what became of their occurrences, and the facts the schedule needs.
//!
//! **Invariant**: the same documents give the same facts on a phone and on the
//! relay, so both name an occurrence the same.

use chrono::NaiveDate;
use chrono_tz::Tz;
use rusqlite::params;

use super::{Tx, record, records_of, runs};
use crate::{
    document::{
        equipment::{Equipment, Taken},
        plan::{Moved, Plan},
        plan_execution::{Outcome, PlanExecution},
    },
    error::Error,
    model::{DocumentId, Kind},
    schedule::{Done, Facts, Open, Reading, business_date},
};

/// A meter's use is averaged over the last so many days.
const USAGE_DAYS: i64 = 180;

/// Everything besides the rule that decides when a plan is due.
#[derive(Clone, Debug, Default)]
pub struct PlanFacts {
    /// What is over.
    pub done: Vec<Done>,
    /// What has an open order.
    pub open: Vec<Open>,
    /// The newest reading of the plan's meter.
    pub reading: Option<Reading>,
    /// Its average use per day, in millionths of its unit.
    pub daily_usage_micro: Option<i64>,
    /// The occurrence that was moved by hand.
    pub moved: Option<Moved>,
}

impl PlanFacts {
    /// Reads the facts of a plan.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn of(tx: &Tx<'_>, plan: &Plan, zone: Tz) -> Result<Self, Error> {
        let id = plan.life.id;
        let mut done = done(tx, id, zone)?;
        let mut facts = Self {
            open: open(tx, id)?,
            moved: plan.moved.clone(),
            ..Self::default()
        };
        let meter = plan.rule.as_ref().and_then(|rule| rule.meter.as_ref());
        if let Some((meter, equipment)) = meter.zip(plan.equipment) {
            let machine: Option<Equipment> = record(tx, Kind::Equipment, equipment)?;
            let readings = machine.and_then(|mut it| it.readings.remove(&meter.meter));
            let readings = readings.unwrap_or_default();
            let on = |taken: &Taken| business_date(taken.taken_at.0, zone);
            for done in done.iter_mut().filter(|it| it.reading_micro.is_none()) {
                let before = |date: NaiveDate| readings.iter().rfind(|taken| on(taken) <= date);
                let taken = done.executed_on.and_then(before);
                done.reading_micro = taken.map(|taken| taken.value.0);
            }
            facts.reading = readings.last().map(|taken| Reading {
                value_micro: taken.value.0,
                on: on(taken),
            });
            facts.daily_usage_micro = daily_usage(&readings, zone);
        }
        facts.done = done;
        Ok(facts)
    }

    /// The same for [`schedule`](crate::schedule).
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            done: &self.done,
            open: &self.open,
            reading: self.reading,
            daily_usage_micro: self.daily_usage_micro,
            override_due: self
                .moved
                .as_ref()
                .map(|moved| (moved.key.as_str(), moved.due.0)),
        }
    }
}

/// Average use per day since the meter was last set back, over the last days.
fn daily_usage(readings: &[Taken], zone: Tz) -> Option<i64> {
    let last = readings.last()?;
    let on = |taken: &Taken| business_date(taken.taken_at.0, zone);
    let from = readings.iter().rposition(|taken| taken.restarted);
    let days = |first: &Taken| on(last).signed_duration_since(on(first)).num_days();
    let first = readings
        .get(from.unwrap_or(0)..)?
        .iter()
        .find(|taken| days(taken) <= USAGE_DAYS)?;
    let used = last.value.0.checked_sub(first.value.0)?;
    let days = days(first);
    (days > 0 && used > 0).then(|| used / days)
}

fn done(tx: &Tx<'_>, plan: DocumentId, zone: Tz) -> Result<Vec<Done>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT x.occurrence, x.due, x.executed_at_ms, x.document, x.reading
           FROM plan_execution x JOIN record r ON r.document = x.document
          WHERE x.plan = ?1 AND x.outcome IS NOT NULL AND NOT r.deleted ORDER BY x.document",
    )?;
    let mut rows = statement.query([plan.0])?;
    let mut done = Vec::new();
    while let Some(row) = rows.next()? {
        let executed_at: Option<i64> = row.get(2)?;
        done.push(Done {
            key: row.get(0)?,
            due: date(row.get(1)?)?,
            executed_on: executed_at.map(|at| business_date(at, zone)),
            execution: row.get(3)?,
            reading_micro: row.get(4)?,
        });
    }
    Ok(done)
}

fn open(tx: &Tx<'_>, plan: DocumentId) -> Result<Vec<Open>, Error> {
    let mut statement = tx.prepare_cached(
        "SELECT w.occurrence, w.due FROM work_order w JOIN record r ON r.document = w.document
          WHERE w.plan = ?1 AND w.open AND w.occurrence IS NOT NULL AND NOT r.deleted
          ORDER BY w.document",
    )?;
    let mut rows = statement.query([plan.0])?;
    let mut open = Vec::new();
    while let Some(row) = rows.next()? {
        open.push(Open {
            key: row.get(0)?,
            due: date(row.get(1)?)?,
        });
    }
    Ok(open)
}

fn date(text: Option<String>) -> Result<Option<NaiveDate>, Error> {
    let date = text.map(|text| text.parse()).transpose();
    date.map_err(|_| Error::Damaged("view", "a date does not read".into()))
}

/// What became of a plan's occurrences, the latest first, at most `count_max`.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn executions_of_plan(
    tx: &Tx<'_>,
    plan: DocumentId,
    count_max: u32,
) -> Result<Vec<PlanExecution>, Error> {
    records_of(
        tx,
        "SELECT r.detail FROM plan_execution x JOIN record r ON r.document = x.document
          WHERE x.plan = ?1 AND NOT r.deleted
          ORDER BY coalesce(x.executed_at_ms, r.updated_at_ms) DESC, x.document LIMIT ?2",
        params![plan.0, count_max],
    )
}

/// The plans of a machine, by name.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn plans_of_equipment(tx: &Tx<'_>, equipment: DocumentId) -> Result<Vec<Plan>, Error> {
    records_of(
        tx,
        "SELECT r.detail FROM plan p JOIN record r ON r.document = p.document
          WHERE p.equipment = ?1 AND NOT r.deleted ORDER BY r.title, r.document",
        [equipment.0],
    )
}

pub(super) fn write(tx: &Tx<'_>, id: DocumentId, plan: &Plan) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO plan (document, equipment, status) VALUES (?1, ?2, ?3)")?
        .execute(params![
            id.0,
            plan.equipment.map(|machine| machine.0),
            plan.status.name()
        ])?;
    let pairs = plan.checklists.iter().map(|checklist| (id, *checklist));
    runs::link(tx, id, pairs)
}

pub(super) fn remove(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM plan WHERE document = ?1")?
        .execute([id.0])?;
    runs::unlink(tx, id)
}

pub(super) fn write_execution(
    tx: &Tx<'_>,
    id: DocumentId,
    execution: &PlanExecution,
) -> Result<(), Error> {
    let executed = execution.executed();
    let outcome = execution.outcome.as_ref().map(|said| match said.outcome {
        Outcome::Executed(_) => "executed",
        Outcome::Skipped { .. } => "skipped",
        Outcome::Absorbed { .. } => "absorbed",
    });
    tx.prepare_cached(
        "INSERT INTO plan_execution (document, plan, occurrence, due, outcome, executed_at_ms, work_order, reading)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        id.0,
        execution.plan.0,
        execution.occurrence,
        execution.due.map(|due| due.to_string()),
        outcome,
        executed.map(|executed| executed.on.0),
        executed.and_then(|executed| executed.work_order).map(|order| order.0),
        executed.and_then(|executed| executed.reading).map(|reading| reading.0),
    ])?;
    Ok(())
}

pub(super) fn remove_execution(tx: &Tx<'_>, id: DocumentId) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM plan_execution WHERE document = ?1")?
        .execute([id.0])?;
    Ok(())
}
