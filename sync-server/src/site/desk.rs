//! The one writer of a site: judges, appends, applies, answers.
//!
//! ```text
//! mailbox → judge each job → log.append(all) → derived, one transaction
//!         → answers and verdicts → listeners
//! ```
//!
//! Everything that waits when the desk looks up shares one fsync (group
//! commit). Nothing is answered before the log has it (law 4).
//!
//! **Invariant**: what is in the derived files is in the log; when the derived
//! files fall behind, they catch up from the log before the next judgement.

mod apply;
mod judge;
mod number;
mod write;

pub use apply::{apply_entries, whole_batches};

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, mpsc},
};

use ronde_core::{
    Error,
    clock::World,
    document::{Document, Stamp},
    guard,
    model::{DeviceId, DocumentId, Incarnation, Kind, PersonId},
    store::Store,
    wire::{Push, Verdict},
};
use tokio::sync::{oneshot, watch};

use super::Site;
use crate::{
    log::{self, NewEntry},
    registry::quarantine,
};

/// Documents kept warm, within a batch and between batches.
const WARM_MAX: usize = 2_000;
/// Jobs that share one fsync.
const JOBS_MAX: usize = 64;
/// Jobs that may wait; more are told to come back.
const MAILBOX_MAX: usize = 256;

/// The author of everything the relay writes.
pub const RELAY: PersonId = PersonId(uuid::Uuid::nil());

/// Why the desk could not do a job.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The job made no sense for the documents it names.
    #[error(transparent)]
    Document(#[from] Error),
    /// The log could not take it; nothing was written.
    #[error(transparent)]
    Log(#[from] log::Error),
    /// Too much waits already: come back.
    #[error("the site is busy")]
    Busy,
    /// The desk is closed: the relay shuts down.
    #[error("the site is closed")]
    Closed,
    /// The job panicked and was dropped; nothing was written.
    #[error("the job failed inside")]
    Inside,
}

/// What an edit writes into its document.
pub type Write = Box<dyn FnOnce(&mut Document, &Stamp) -> Result<(), Error> + Send>;

/// Where an answer goes.
type Answer<T> = oneshot::Sender<Result<T, Refused>>;

/// One edit the relay makes itself.
pub struct Edit {
    /// The document.
    pub id: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// What to write.
    pub write: Write,
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edit")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What waits in the mailbox.
#[derive(Debug)]
enum Job {
    Push {
        device: DeviceId,
        person: PersonId,
        push: Push,
        answer: Answer<Vec<Verdict>>,
    },
    Write {
        edits: Vec<Edit>,
        answer: Answer<()>,
    },
}

/// The way to a site's desk.
#[derive(Clone, Debug)]
pub struct Mailbox {
    jobs: mpsc::SyncSender<Job>,
    moved: watch::Receiver<u64>,
}

impl Mailbox {
    /// Judges and stores what a device pushed. The verdicts are durable.
    ///
    /// # Errors
    ///
    /// [`Refused`]; then nothing of the push was judged.
    pub async fn push(
        &self,
        device: DeviceId,
        person: PersonId,
        push: Push,
    ) -> Result<Vec<Verdict>, Refused> {
        self.ask(|answer| Job::Push {
            device,
            person,
            push,
            answer,
        })
        .await
    }

    /// Writes as the relay: all edits or none.
    ///
    /// # Errors
    ///
    /// [`Refused`]; then nothing was written.
    pub async fn write(&self, edits: Vec<Edit>) -> Result<(), Refused> {
        self.ask(|answer| Job::Write { edits, answer }).await
    }

    /// As [`Self::write`], from a thread that may block.
    ///
    /// # Errors
    ///
    /// As [`Self::write`].
    pub fn write_blocking(&self, edits: Vec<Edit>) -> Result<(), Refused> {
        let (answer, answered) = oneshot::channel();
        // Somebody who may block waits for a place in the mailbox.
        let job = Job::Write { edits, answer };
        self.jobs.send(job).map_err(|_| Refused::Closed)?;
        answered.blocking_recv().map_err(|_| Refused::Closed)?
    }

    /// The head of the log, each time it moves.
    pub fn moved(&self) -> watch::Receiver<u64> {
        self.moved.clone()
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, Refused> {
        let (answer, answered) = oneshot::channel();
        self.jobs.try_send(job(answer)).map_err(|full| match full {
            mpsc::TrySendError::Full(_) => Refused::Busy,
            mpsc::TrySendError::Disconnected(_) => Refused::Closed,
        })?;
        answered.await.map_err(|_| Refused::Closed)?
    }
}

/// Starts the desk of a site on a thread of its own.
///
/// It ends when the last [`Mailbox`] is gone.
///
/// # Errors
///
/// [`Refused::Document`] or [`Refused::Log`] when the derived files cannot be
/// brought up to the log.
pub fn open(site: Arc<Site>, store: Store, world: Arc<dyn World>) -> Result<Mailbox, Refused> {
    let (jobs, waiting) = mpsc::sync_channel(MAILBOX_MAX);
    let mut desk = Desk {
        incarnation: site.relay_incarnation(&*world)?,
        limits: guard::Limits::default(),
        warm: HashMap::new(),
        numbers: HashMap::new(),
        behind: false,
        site,
        store,
        world,
    };
    desk.catch_up()?;
    let head = desk.begin()?;
    let (moves, head_now) = watch::channel(head);
    std::thread::Builder::new()
        .name(format!("site {}", desk.site.code()))
        // Merging is not recursive, but what it calls is not ours.
        .stack_size(16 << 20)
        .spawn(move || desk.work(&waiting, &moves))
        .map_err(|cause| Refused::Document(cause.into()))?;
    Ok(Mailbox {
        jobs,
        moved: head_now,
    })
}

struct Desk {
    site: Arc<Site>,
    store: Store,
    world: Arc<dyn World>,
    incarnation: Incarnation,
    limits: guard::Limits,
    /// Documents as the log has them, plus what the present batch adds.
    warm: HashMap<DocumentId, Document>,
    /// The last number given, by year.
    numbers: HashMap<String, u64>,
    /// True when the derived files may lack what the log has.
    behind: bool,
}

/// What one batch adds to the log, and whom to tell.
#[derive(Default)]
struct Batch {
    entries: Vec<NewEntry>,
    /// Documents the entries are about.
    touched: HashSet<DocumentId>,
    quarantine: Vec<crate::registry::quarantine::Refused>,
    /// Quarantined changes that were taken after all.
    reinstated: Vec<(DocumentId, ronde_core::model::ChangeHash)>,
    pushes: Vec<(Answer<Vec<Verdict>>, Vec<Verdict>)>,
    writes: Vec<Answer<()>>,
}

impl Batch {
    fn add(&mut self, entry: NewEntry) {
        self.touched.insert(entry.document);
        self.entries.push(entry);
    }

    /// The orders it changes: who works on one depends on its assignment.
    fn orders(&self) -> BTreeSet<DocumentId> {
        let orders = self.entries.iter();
        let orders = orders.filter(|entry| entry.kind == Kind::WorkOrder);
        orders.map(|entry| entry.document).collect()
    }

    /// Whose rights it may change.
    fn people(&self) -> Vec<PersonId> {
        let of_people = self
            .entries
            .iter()
            .filter(|entry| entry.kind == Kind::Person);
        of_people.map(|entry| entry.document.into()).collect()
    }

    fn answer(self) {
        // A device that hung up meanwhile asks again.
        self.pushes
            .into_iter()
            .for_each(|(answer, verdicts)| drop(answer.send(Ok(verdicts))));
        self.writes
            .into_iter()
            .for_each(|answer| drop(answer.send(Ok(()))));
    }
}

impl Job {
    fn refuse(self, why: Refused) {
        match self {
            Self::Push { answer, .. } => drop(answer.send(Err(why))),
            Self::Write { answer, .. } => drop(answer.send(Err(why))),
        }
    }
}

impl Desk {
    fn work(mut self, waiting: &mpsc::Receiver<Job>, moves: &watch::Sender<u64>) {
        while let Ok(first) = waiting.recv() {
            let more = std::iter::from_fn(|| waiting.try_recv().ok()).take(JOBS_MAX - 1);
            let jobs: Vec<_> = std::iter::once(first).chain(more).collect();
            if self.behind
                && let Err(cause) = self.catch_up()
            {
                tracing::error!(site = %self.site.code(), %cause, "the derived files cannot catch up");
                for job in jobs {
                    job.refuse(Refused::Busy);
                }
                continue;
            }
            self.behind = false;
            let mut batch = Batch::default();
            for job in jobs {
                self.take(job, &mut batch);
            }
            match self.commit(&batch) {
                Ok(head) => {
                    let (mut people, orders) = (batch.people(), batch.orders());
                    batch.answer();
                    moves.send_replace(head);
                    people.extend(self.waiting_for(&orders));
                    for person in people {
                        self.reconsider(person, moves);
                    }
                }
                Err(cause) => self.fail(batch, &cause),
            }
            if self.warm.len() > WARM_MAX {
                self.warm.clear();
            }
        }
    }

    /// Who has refused work on one of these orders that may be theirs now.
    fn waiting_for(&self, orders: &BTreeSet<DocumentId>) -> BTreeSet<PersonId> {
        let waiting = self.site.read(|tx| quarantine::authors_of(tx, orders));
        waiting.unwrap_or_else(|cause| {
            tracing::error!(site = %self.site.code(), %cause, "the quarantine cannot be read");
            BTreeSet::new()
        })
    }

    /// Judges again what was refused of somebody whose rights may have changed.
    fn reconsider(&mut self, person: PersonId, moves: &watch::Sender<u64>) {
        let mut batch = Batch::default();
        let judged =
            quietly(|| self.judge_again(person, &mut batch)).and_then(|()| self.commit(&batch));
        match judged {
            Ok(head) => drop(moves.send_replace(head)),
            Err(cause) => self.fail(batch, &cause),
        }
    }

    /// Judges one job into the batch; a job that panics is dropped alone.
    fn take(&mut self, job: Job, batch: &mut Batch) {
        let entries = batch.entries.len();
        let kept = batch.quarantine.len();
        let undo = |desk: &mut Self, batch: &mut Batch| {
            // What it merged into warm documents is dropped with them.
            for entry in batch.entries.drain(entries..) {
                desk.warm.remove(&entry.document);
            }
            batch.quarantine.truncate(kept);
        };
        match job {
            Job::Push {
                device,
                person,
                push,
                answer,
            } => match quietly(|| self.judge(device, person, push, batch)) {
                Ok(verdicts) => batch.pushes.push((answer, verdicts)),
                Err(refused) => {
                    self.warm.clear();
                    undo(self, batch);
                    drop(answer.send(Err(refused)));
                }
            },
            Job::Write { edits, answer } => match quietly(|| self.write(edits, batch)) {
                Ok(()) => batch.writes.push(answer),
                Err(refused) => {
                    undo(self, batch);
                    drop(answer.send(Err(refused)));
                }
            },
        }
    }

    fn fail(&mut self, batch: Batch, cause: &Refused) {
        tracing::error!(site = %self.site.code(), %cause, "a batch could not be stored");
        // Warm documents may hold what the log does not, and the log what the
        // derived files do not.
        self.warm.clear();
        self.numbers.clear();
        self.behind = true;
        let again = || match cause {
            Refused::Log(log::Error::Damaged(_)) => Refused::Closed,
            _ => Refused::Busy,
        };
        for (answer, _) in batch.pushes {
            drop(answer.send(Err(again())));
        }
        for answer in batch.writes {
            drop(answer.send(Err(again())));
        }
    }
}

fn quietly<T>(work: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or(Err(Refused::Inside))
}
