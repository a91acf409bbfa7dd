//! Checklists and their executions: run, answer, finalize, and their pages.
//!
//! **Invariant**: what is asked, missing or failing is
//! [`review`](crate::document::execution::review)'s word alone; nothing here
//! judges an answer.

mod answer;
mod page;

use super::{Replica, plans};
use crate::{
    document::{
        checklist::Checklist,
        execution::{self, Created, Execution, State},
        work_order::{Link, Status, WorkOrder},
    },
    error::{Error, Invalid},
    model::{DocumentId, Kind},
    store::views,
};
use serde::Serialize;

pub use answer::AnswerInput;
pub use page::{ExecutionPage, ItemLine, SignatureLine};

pub(super) use page::execution_page;

/// One line of the list of checklists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChecklistRow {
    /// The checklist.
    pub id: DocumentId,
    /// The plant's code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The version in force; none before it was published.
    pub version: Option<u32>,
    /// How many items that asks, sections included.
    pub items: usize,
    /// How many of them must be answered.
    pub required: usize,
    /// The plans it names.
    pub plans: Vec<DocumentId>,
}

impl ChecklistRow {
    pub(super) fn of(checklist: &Checklist) -> Self {
        let items = checklist
            .current()
            .map_or(&[][..], |version| version.items.as_slice());
        Self {
            id: checklist.life.id,
            code: checklist.code.clone(),
            name: checklist.name.clone(),
            version: checklist.current().map(|version| version.number),
            items: items.len(),
            required: items.iter().filter(|item| item.required).count(),
            plans: checklist.plans.clone(),
        }
    }
}

/// An execution that was started, or found where another device started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Started {
    /// The execution.
    pub id: DocumentId,
    /// True when it was there before.
    pub resumed: bool,
}

impl Replica {
    /// Every checklist, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn checklists(&self) -> Result<Vec<ChecklistRow>, Error> {
        let checklists: Vec<Checklist> = self.read(|tx| views::records(tx, Kind::Checklist))?;
        Ok(checklists.iter().map(ChecklistRow::of).collect())
    }

    /// A checklist with its versions and drafts.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn checklist(&self, id: DocumentId) -> Result<Checklist, Error> {
        self.read(|tx| super::record(tx, Kind::Checklist, id))
    }

    /// An execution with the state of every item.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn execution(&self, id: DocumentId) -> Result<ExecutionPage, Error> {
        self.read(|tx| {
            let execution = super::record(tx, Kind::Execution, id)?;
            execution_page(tx, &execution, &views::names(tx)?)
        })
    }

    /// The executions of this device, the latest first, at most `count_max`.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn executions(&self, count_max: usize) -> Result<Vec<Execution>, Error> {
        let mut all: Vec<Execution> = self.read(|tx| views::records(tx, Kind::Execution))?;
        all.sort_by_key(|it| std::cmp::Reverse((it.life.created_at, it.life.id)));
        all.truncate(count_max);
        Ok(all)
    }

    /// Starts a checklist for an order, for a plan's next occurrence, or for
    /// neither. Where it was started before, wherever that was, it goes on.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `not_published` or
    /// `closed`.
    pub fn run_checklist(
        &mut self,
        checklist: DocumentId,
        work_order: Option<DocumentId>,
        plan: Option<DocumentId>,
    ) -> Result<Started, Error> {
        let fresh = DocumentId(self.world().uuid());
        let now = self.world().now();
        self.act(|act| {
            let tx = act.tx();
            let known: Checklist = super::record(tx, Kind::Checklist, checklist)?;
            let version = known.current().ok_or_else(|| {
                Invalid::new("not_published", "the checklist has no published version")
            })?;
            let order: Option<WorkOrder> = work_order
                .map(|id| super::record(tx, Kind::WorkOrder, id))
                .transpose()?;
            if order.as_ref().is_some_and(|it| it.status == Status::Closed) {
                return Err(Invalid::new("closed", "the order is closed").into());
            }
            let link = match (&order, plan) {
                (_, Some(plan)) => {
                    let of_order = order.as_ref().and_then(|it| it.plan.clone());
                    match of_order.filter(|link| link.plan == plan) {
                        Some(link) => Some(link),
                        None => Some(Link {
                            plan,
                            occurrence: plans::next(tx, plan, now)?.map(|next| next.key),
                        }),
                    }
                }
                (Some(order), None) => match &order.plan {
                    Some(link) if views::checklists_of(tx, link.plan)?.contains(&checklist) => {
                        Some(link.clone())
                    }
                    _ => None,
                },
                (None, None) => None,
            };
            let occurrence = link
                .as_ref()
                .and_then(|link| Some((link.plan, link.occurrence.as_deref()?)));
            let id = match (occurrence, work_order) {
                (Some((plan, key)), _) => execution::id_for(plan, checklist, key),
                (None, Some(order)) => execution::id_for(order, checklist, ""),
                (None, None) => fresh,
            };
            let resumed = views::kind(tx, id)? == Some(Kind::Execution);
            let created = Created {
                checklist,
                version: version.witness.entry,
                work_order,
                plan: link.clone(),
            };
            act.create(Kind::Execution, id, |document, stamp| {
                if !resumed {
                    return execution::create(document, &created, stamp);
                }
                let known = Execution::read(document)?;
                match work_order.filter(|_| known.work_order.is_none()) {
                    Some(_) => execution::attach(document, work_order, stamp),
                    None => Ok(()),
                }
            })?;
            Ok(Started { id, resumed })
        })
    }

    /// Ends an execution and signs its answers.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `not_draft`,
    /// `answer_missing`, `comment_missing`…: the first thing that is missing.
    pub fn finalize_execution(&mut self, id: DocumentId) -> Result<(), Error> {
        self.act(|act| {
            let known: Execution = super::record(act.tx(), Kind::Execution, id)?;
            let checklist: Checklist = super::record(act.tx(), Kind::Checklist, known.checklist)?;
            let version = checklist.version(known.version).ok_or_else(|| {
                Invalid::new(
                    "version_missing",
                    "the version it runs is not on this device",
                )
            })?;
            act.edit(Kind::Execution, id, |document, stamp| {
                execution::finalize(document, &version.items, stamp)
            })
        })
    }

    /// Accepts a finalized execution.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `not_finalized`.
    pub fn validate_execution(&mut self, id: DocumentId) -> Result<(), Error> {
        self.act(|act| act.edit(Kind::Execution, id, execution::validate))
    }

    /// Gives a finalized execution back to be answered again.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `not_finalized` or
    /// `reason_missing`.
    pub fn reopen_execution(&mut self, id: DocumentId, reason: &str) -> Result<(), Error> {
        self.act(|act| {
            act.edit(Kind::Execution, id, |document, stamp| {
                execution::reopen(document, reason, stamp)
            })
        })
    }

    /// The only execution of an order that is still being answered.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with code `not_found` or `ambiguous`.
    pub fn open_execution_of(&self, order: DocumentId) -> Result<DocumentId, Error> {
        let runs = self.read(|tx| views::runs_of_order(tx, order, None))?;
        let open: Vec<_> = runs
            .iter()
            .filter(|run| run.state == State::Draft)
            .map(|run| run.life.id)
            .collect();
        match open.as_slice() {
            [one] => Ok(*one),
            [] => Err(Invalid::new("not_found", "the order has no open execution").into()),
            _ => Err(Invalid::new("ambiguous", "the order has several open executions").into()),
        }
    }
}
