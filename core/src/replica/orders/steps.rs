//! The steps of an order, and the guards that stop one (DOMAIN.md, "Work order
//! status").
//!
//! **Invariant**: a guard stops the person, not the data: where such a step
//! arrives from elsewhere it is merged and flagged. An order that is done and
//! the execution of its plan are one transaction.

use crate::{
    document::{
        checklist::Checklist,
        execution::{Execution, State, review},
        work_order::{self, Downtime, Failure, Status, WorkKind, WorkOrder},
    },
    error::{Error, Invalid},
    model::{DocumentId, Kind, PersonId},
    replica::{Act, Replica, plans, record},
    store::views,
};

/// What is said when the work is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Completion note (*compte rendu*).
    pub note: Option<String>,
    /// What failed and how it was mended.
    pub failure: Option<Failure>,
    /// How long production stood.
    pub downtime: Option<Downtime>,
    /// Why it is done although a checklist is incomplete or somebody's timer
    /// runs; kept as a comment.
    pub despite: Option<String>,
}

impl Replica {
    /// Starts to work: the order is in progress and this person's timer runs.
    /// Somebody else may already work on it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `already_started`
    /// or `transition`.
    pub fn start_order(&mut self, id: DocumentId) -> Result<(), Error> {
        self.act(|act| {
            act.edit(Kind::WorkOrder, id, |document, stamp| {
                let order = WorkOrder::read(document)?;
                match order.status {
                    Status::InProgress if is_running(&order, stamp.by) => {
                        Err(Invalid::new("already_started", "your timer runs already").into())
                    }
                    Status::InProgress => work_order::begin(document, WorkKind::Work, stamp),
                    Status::Done => {
                        let message = "the order is done; reopen it to go on";
                        Err(Invalid::new("transition", message).into())
                    }
                    _ => work_order::step(document, Status::InProgress, None, stamp),
                }
            })
        })
    }

    /// Puts the order on hold and stops this person's timer.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition` or
    /// `reason_missing`.
    pub fn hold_order(&mut self, id: DocumentId, reason: &str) -> Result<(), Error> {
        self.step(id, Status::OnHold, Some(reason))
    }

    /// Goes on with an order that is on hold.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition`.
    pub fn resume_order(&mut self, id: DocumentId) -> Result<(), Error> {
        let status = self.order(id)?.status;
        if status != Status::OnHold {
            let message = format!("the order is {}, not on hold", status.name());
            return Err(Invalid::new("transition", message).into());
        }
        self.step(id, Status::InProgress, None)
    }

    /// Says that the work is done, and with it the occurrence of its plan.
    /// Returns the plan execution that was written.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition`,
    /// `checklist_missing`, `answers_missing` or `timers_running`.
    pub fn finish_order(
        &mut self,
        id: DocumentId,
        completion: &Completion,
    ) -> Result<Option<DocumentId>, Error> {
        self.act(|act| {
            let order: WorkOrder = record(act.tx(), Kind::WorkOrder, id)?;
            if order.status.may_become(Status::Done) && completion.despite.is_none() {
                checklists_complete(act, &order)?;
                timers_stopped(act, id, Some(act.person()))?;
            }
            act.edit(Kind::WorkOrder, id, |document, stamp| {
                if let Some(why) = &completion.despite {
                    work_order::comment(document, why, stamp)?;
                }
                if let Some(note) = &completion.note {
                    work_order::set_text(document, "note", note, stamp)?;
                }
                if let Some(failure) = &completion.failure {
                    work_order::set(document, "failure", failure, stamp)?;
                }
                if let Some(downtime) = &completion.downtime {
                    work_order::set(document, "downtime", downtime, stamp)?;
                }
                work_order::step(document, Status::Done, None, stamp)
            })?;
            plans::executed_by_order(act, &order, completion.note.as_deref())
        })
    }

    /// Gives the order up.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition` or
    /// `reason_missing`.
    pub fn cancel_order(&mut self, id: DocumentId, reason: &str) -> Result<(), Error> {
        self.step(id, Status::Cancelled, Some(reason))
    }

    /// Looks at a finished order and freezes it.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition` or
    /// `timers_running`.
    pub fn close_order(&mut self, id: DocumentId) -> Result<(), Error> {
        self.act(|act| {
            let order: WorkOrder = record(act.tx(), Kind::WorkOrder, id)?;
            if order.status.may_become(Status::Closed) {
                timers_stopped(act, id, None)?;
            }
            step(act, id, Status::Closed, None)
        })
    }

    /// Gives a finished order back to be worked on.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition` or
    /// `reason_missing`.
    pub fn reopen_order(&mut self, id: DocumentId, reason: &str) -> Result<(), Error> {
        let status = self.order(id)?.status;
        if status != Status::Done {
            let message = format!("the order is {}, not done", status.name());
            return Err(Invalid::new("transition", message).into());
        }
        self.step(id, Status::InProgress, Some(reason))
    }

    /// Accepts an order and says that it is to be planned, or that it is
    /// planned.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `transition`.
    pub fn schedule_order(&mut self, id: DocumentId, planned: bool) -> Result<(), Error> {
        let to = match planned {
            true => Status::Planned,
            false => Status::ToPlan,
        };
        self.step(id, to, None)
    }

    fn step(&mut self, id: DocumentId, to: Status, reason: Option<&str>) -> Result<(), Error> {
        self.act(|act| step(act, id, to, reason))
    }
}

fn step(act: &Act<'_>, id: DocumentId, to: Status, reason: Option<&str>) -> Result<(), Error> {
    act.edit(Kind::WorkOrder, id, |document, stamp| {
        work_order::step(document, to, reason, stamp)
    })
}

/// True when a timer of this person runs on the order.
pub(super) fn is_running(order: &WorkOrder, person: PersonId) -> bool {
    let mut spent = order.interventions.values();
    spent.any(|spent| spent.person == person && spent.end.is_none())
}

/// Stops a step while a timer runs on the order, except the author's own,
/// which the step ends.
fn timers_stopped(act: &Act<'_>, id: DocumentId, except: Option<PersonId>) -> Result<(), Error> {
    let running = views::timers(act.tx(), None)?;
    let of_order = running.iter().filter(|timer| timer.work_order == id);
    let others: Vec<_> = of_order
        .filter(|timer| Some(timer.person) != except)
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let mut names = Vec::new();
    for timer in others {
        let name = views::name(act.tx(), timer.person)?;
        names.push(name.unwrap_or_else(|| timer.person.to_string()));
    }
    let message = format!("a timer still runs: {}", names.join(", "));
    Err(Invalid::new("timers_running", message).into())
}

/// Stops `done` while the plan's checklists, or any that was begun for the
/// order, lack a required answer.
fn checklists_complete(act: &Act<'_>, order: &WorkOrder) -> Result<(), Error> {
    let tx = act.tx();
    let occurrence = order
        .plan
        .as_ref()
        .and_then(|link| Some((link.plan, link.occurrence.as_deref()?)));
    let runs = views::runs_of_order(tx, order.life.id, occurrence)?;
    for run in runs.iter().filter(|run| run.state == State::Draft) {
        let checklist: Option<Checklist> = views::record(tx, Kind::Checklist, run.checklist)?;
        let Some(checklist) = checklist else {
            continue;
        };
        let missing = problems(&checklist, run);
        if missing > 0 {
            let message = format!("answers are missing: {} ({missing})", checklist.code);
            return Err(Invalid::new("answers_missing", message).into());
        }
    }
    let Some(link) = &order.plan else {
        return Ok(());
    };
    for id in views::checklists_of(tx, link.plan)? {
        let checklist: Option<Checklist> = views::record(tx, Kind::Checklist, id)?;
        // One that is not on this device, or not published, cannot be run here.
        let Some(checklist) = checklist.filter(|it| !it.life.deleted) else {
            continue;
        };
        let asks = checklist
            .current()
            .is_some_and(|version| version.items.iter().any(|item| item.required));
        if asks && !runs.iter().any(|run| run.checklist == id) {
            let message = format!("a checklist was not run: {}", checklist.code);
            return Err(Invalid::new("checklist_missing", message).into());
        }
    }
    Ok(())
}

/// How many problems keep an execution from being finalized.
fn problems(checklist: &Checklist, run: &Execution) -> usize {
    let items = checklist
        .version(run.version)
        .map_or(&[][..], |version| version.items.as_slice());
    let states = review(items, &run.answers);
    states.iter().filter(|it| it.problem.is_some()).count()
}
