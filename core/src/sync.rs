//! One exchange between a device and its relay, without doing anything itself.
//!
//! The session is told what happened and says what to do next, in order. A
//! driver (`transport`, the simulator) carries the effects out. Uploads and
//! downloads share each round trip, so neither waits for the other (law 7).
//!
//! ```text
//! ReadState → Send[hello, push] → Received[welcome, verdicts, page] → Store → …
//!                                    │ another epoch, or sums that differ
//!                                    └→ ReadSums → Send → ReadHoldings → Send
//!                                         → Store → (ReadOffers → Send) → …
//! ```
//!
//! **Invariant**: no clock, no socket, no file. Every list has a named bound,
//! and a round that changes nothing ends the exchange instead of repeating.

mod retry;

use serde::Serialize;

pub use retry::{RETRY_MS_MAX, retry_delay_ms};

use crate::{
    model::Incarnation,
    store::outbox::Waiting,
    wire::{
        Differ, Digest, Frame, Hello, Holding, Holdings, Page, Problem, Push, Pushed, Repair, Sums,
        Verdict, Verdicts, Welcome,
    },
};

/// Most changes in one push.
pub const PUSH_CHANGES_MAX: usize = 500;
/// Most bytes of changes in one push.
pub const PUSH_BYTES_MAX: usize = 900_000;
/// Most documents listed in one comparison.
pub const HOLDINGS_MAX: usize = 4_000;
/// Most passes of one comparison: one that finds, one that settles what only
/// both sides together could know, one that proves it.
const PASSES_MAX: u32 = 4;
/// Most round trips of one exchange: a bound on bugs, far above any need.
const ROUNDS_MAX: u32 = 100_000;

/// What the replica knows when a round begins.
#[derive(Clone, Debug)]
pub struct State {
    /// Who asks, and how far it has read.
    pub hello: Hello,
    /// The first changes of the outbox.
    pub batch: Vec<Waiting>,
    /// True while a relay of a new epoch is being offered everything.
    pub comparing: bool,
}

/// What the replica made of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// The feed has nothing more.
    pub complete: bool,
    /// Changes still in the outbox.
    pub pending: u32,
    /// The cursor moved or the outbox shrank.
    pub progress: bool,
    /// Both sides are quiet and their sums differ.
    pub differs: bool,
    /// The relay's log has a new life: offer what is held.
    pub new_epoch: bool,
    /// Documents that were written, and that left.
    pub pulled: u32,
    /// Documents that left the device.
    pub left: u32,
    /// Changes the relay refused.
    pub refused: u32,
    /// Changes that had to be written again under a new actor.
    pub forked: u32,
}

/// What the session is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin, or begin again where an exchange stood.
    Begin,
    /// The answer to [`Effect::ReadState`].
    State(Box<State>),
    /// The relay's answer.
    Received(Vec<Frame>),
    /// The answer to [`Effect::Store`].
    Stored(Stored),
    /// The answer to [`Effect::ReadSums`].
    Sums(Vec<Digest>),
    /// The answer to [`Effect::ReadHoldings`]: everything in the window.
    Holdings(Vec<Holding>),
    /// The answer to [`Effect::ReadOffers`]: what fits one push, and what is
    /// still wanted after it.
    Offers(Vec<Pushed>, Vec<Holding>),
}

/// What is to be stored in one go.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Verdicts, then a page.
    Round {
        /// Where the log stands, and the window, where the relay says so.
        welcome: Option<Box<Welcome>>,
        /// The verdicts on what was pushed.
        verdicts: Vec<(Waiting, Verdict)>,
        /// The next part of the feed.
        page: Option<Box<Page>>,
    },
    /// Documents that a comparison found wanting.
    Repair(Repair),
    /// Everything was compared with this life of the log, standing here.
    Compared(Box<Welcome>, u64),
}

/// What the session wants done, in order.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Read what a round begins with.
    ReadState,
    /// Send these frames and hand in the answer.
    Send(Vec<Frame>),
    /// Store this, durably, before anything else.
    Store(Answer),
    /// Read the 256 sums.
    ReadSums,
    /// Read what the window holds.
    ReadHoldings,
    /// Read the changes of these documents after these heads.
    ReadOffers(Vec<Holding>),
    /// Tell the person.
    Progress(Progress),
    /// Nothing more to do.
    Finish(Outcome),
}

/// How far a catch-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Documents received.
    pub done: u32,
    /// Documents in all.
    pub total: u32,
    /// Changes still to send.
    pub pending: u32,
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was exchanged.
    Complete,
    /// Some changes wait for others the relay does not have yet.
    Waiting,
    /// The relay said why not.
    Problem(Problem),
    /// The answer was not what the protocol says.
    Confused(&'static str),
}

/// What an exchange did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Changes the relay has now.
    pub pushed: u32,
    /// Documents that came or changed.
    pub pulled: u32,
    /// Documents that left the device.
    pub left: u32,
    /// Changes the relay keeps aside.
    pub refused: u32,
    /// Changes written again under a new actor.
    pub forked: u32,
    /// Comparisons that were needed: never, unless a file was lost or restored.
    pub repairs: u32,
    /// Requests and answers.
    pub round_trips: u32,
    /// Bytes sent, without HTTP headers.
    pub bytes_up: u64,
    /// Bytes received, without HTTP headers.
    pub bytes_down: u64,
    /// Documents that were loaded.
    pub documents_loaded: u64,
    /// True when nothing more waits on either side.
    pub complete: bool,
}

/// One exchange.
#[derive(Debug, Default)]
pub struct Session {
    /// True on a connection that stays: the relay knows who asks after the
    /// first hello, and sends pages by itself.
    stays: bool,
    /// As whom the relay knows this device on a connection that stays.
    greeted: Option<Incarnation>,
    phase: Phase,
    hello: Option<Hello>,
    sent: Vec<Waiting>,
    batch: u32,
    /// How often this comparison has summed up.
    passes: u32,
    /// Comparisons since both sides last agreed.
    in_vain: u32,
    /// What is being stored was sent by the relay itself.
    unasked: bool,
    /// There is more to do once the present round has ended.
    again: bool,
    /// What it did so far; the driver adds the bytes.
    pub report: Report,
}

#[derive(Debug, Default)]
enum Phase {
    #[default]
    Idle,
    /// Waiting for the answer to a hello or a push.
    Round,
    /// Waiting for the buckets that differ.
    Summed,
    /// Comparing bucket by bucket.
    Comparing(Comparison),
}

/// A comparison in progress.
#[derive(Debug, Default)]
struct Comparison {
    buckets: Vec<u8>,
    wants: Vec<Holding>,
}

impl Comparison {
    /// First what the relay wants, then the next buckets.
    fn next(&mut self) -> Vec<Effect> {
        match std::mem::take(&mut self.wants) {
            wants if wants.is_empty() => vec![Effect::ReadHoldings],
            wants => vec![Effect::ReadOffers(wants)],
        }
    }
}

impl Session {
    /// A new exchange of single requests.
    pub fn new() -> Self {
        Self::default()
    }

    /// A new exchange over a connection that stays.
    pub fn live() -> Self {
        Self {
            stays: true,
            ..Self::default()
        }
    }

    /// Takes what happened; returns what to do, in order.
    pub fn handle(&mut self, input: Input) -> Vec<Effect> {
        match input {
            Input::Begin if matches!(self.phase, Phase::Idle) => vec![Effect::ReadState],
            // One round at a time; what is new is read when this one has ended.
            Input::Begin => {
                self.again = true;
                Vec::new()
            }
            Input::State(state) => self.ask(*state),
            Input::Received(frames) => self.received(frames),
            Input::Stored(stored) => self.stored(stored),
            Input::Sums(sums) => {
                self.phase = Phase::Summed;
                self.send(vec![Frame::Sums(Sums(sums))])
            }
            Input::Holdings(holdings) => self.list(&holdings),
            Input::Offers(offers, rest) => self.offer(offers, rest),
        }
    }

    fn ask(&mut self, state: State) -> Vec<Effect> {
        self.hello = Some(state.hello);
        self.again = false;
        if state.comparing {
            return vec![Effect::ReadSums];
        }
        self.phase = Phase::Round;
        self.batch += 1;
        let mut frames = Vec::new();
        if !state.batch.is_empty() {
            frames.push(Frame::Push(grouped(self.batch, &state.batch)));
        }
        self.sent = state.batch;
        self.send(frames)
    }

    /// A request stands alone, so it begins with the hello; on a connection
    /// that stays, once is enough while there is something to push.
    fn send(&mut self, mut frames: Vec<Frame>) -> Vec<Effect> {
        let Some(hello) = self.hello.clone() else {
            return finish(Outcome::Confused("no hello"));
        };
        self.report.round_trips += 1;
        if self.report.round_trips > ROUNDS_MAX && !self.stays {
            return finish(Outcome::Confused("too many rounds"));
        }
        let known = self.stays && self.greeted == Some(hello.incarnation);
        if !known || !matches!(frames[..], [Frame::Push(_)]) {
            self.greeted = Some(hello.incarnation);
            frames.insert(0, Frame::Hello(hello));
        }
        vec![Effect::Send(frames)]
    }

    fn received(&mut self, frames: Vec<Frame>) -> Vec<Effect> {
        let mut welcome = None;
        let mut verdicts = None;
        let mut page = None;
        for frame in frames {
            match frame {
                Frame::Problem(problem) => return finish(Outcome::Problem(problem)),
                Frame::Welcome(it) => welcome = Some(Box::new(it)),
                Frame::Verdicts(it) => match self.judged(it) {
                    Some(judged) => verdicts = Some(judged),
                    None => return finish(Outcome::Confused("verdicts that were not asked for")),
                },
                Frame::Page(it) => page = Some(Box::new(it)),
                Frame::Differ(differ) => return self.differing(welcome, differ),
                Frame::Repair(repair) => return self.repairing(repair),
                Frame::Hello(_) | Frame::Push(_) | Frame::Sums(_) | Frame::Holdings(_) => {
                    return finish(Outcome::Confused("a frame only devices send"));
                }
            }
        }
        if verdicts.is_none() && self.stays && !self.is_answered_by(welcome.is_some()) {
            // Perhaps while the answer is on its way.
            self.unasked = true;
            return vec![Effect::Store(Answer::Round {
                welcome,
                verdicts: Vec::new(),
                page,
            })];
        }
        if let Phase::Comparing(comparison) = &mut self.phase {
            // The answer to an offer.
            return comparison.next();
        }
        let verdicts = verdicts.unwrap_or_default();
        if welcome.is_none() && !self.stays {
            return finish(Outcome::Confused("no welcome"));
        }
        self.phase = Phase::Idle;
        let mut effects = Vec::new();
        if let Some(page) = page.as_ref().filter(|page| page.total > 0) {
            let pending = self.hello.as_ref().map_or(0, |hello| hello.pending);
            effects.push(Effect::Progress(Progress {
                done: page.done,
                total: page.total,
                pending,
            }));
        }
        effects.push(Effect::Store(Answer::Round {
            welcome,
            verdicts,
            page,
        }));
        effects
    }

    /// True when frames without verdicts can be what this device waits for: only
    /// a hello without changes is answered so.
    fn is_answered_by(&self, has_welcome: bool) -> bool {
        matches!(self.phase, Phase::Round) && self.sent.is_empty() && has_welcome
    }

    /// Puts verdicts beside the changes they judge; they come in push order.
    fn judged(&mut self, verdicts: Verdicts) -> Option<Vec<(Waiting, Verdict)>> {
        let kept =
            |verdict: &&Verdict| matches!(verdict, Verdict::Accepted | Verdict::Flagged { .. });
        let accepted = count(verdicts.verdicts.iter().filter(kept).count());
        if matches!(self.phase, Phase::Comparing(_)) {
            self.report.pushed += accepted;
            return Some(Vec::new());
        }
        let order = push_order(&self.sent);
        if verdicts.batch != self.batch || verdicts.verdicts.len() != order.len() {
            return None;
        }
        self.report.pushed += accepted;
        let sent = std::mem::take(&mut self.sent);
        let mut by_place: Vec<_> = sent.into_iter().map(Some).collect();
        let mut judged = Vec::with_capacity(order.len());
        for (place, verdict) in order.into_iter().zip(verdicts.verdicts) {
            judged.push((by_place.get_mut(place)?.take()?, verdict));
        }
        Some(judged)
    }

    fn stored(&mut self, stored: Stored) -> Vec<Effect> {
        self.report.pulled += stored.pulled;
        self.report.left += stored.left;
        self.report.refused += stored.refused;
        self.report.forked += stored.forked;
        if std::mem::take(&mut self.unasked) && !matches!(self.phase, Phase::Idle) {
            // The answer is still on its way.
            return Vec::new();
        }
        if let Phase::Comparing(comparison) = &mut self.phase {
            return comparison.next();
        }
        if stored.new_epoch || stored.differs {
            self.report.repairs += 1;
            self.passes = 0;
            // A sum that still differs after a comparison is a bug to report,
            // not a reason to compare for ever.
            self.in_vain += 1;
            return match self.in_vain > 2 {
                true => finish(Outcome::Confused("the sums differ after a repair")),
                false => vec![Effect::ReadState],
            };
        }
        if stored.complete && stored.pending == 0 {
            self.report.complete = true;
            self.in_vain = 0;
            return finish(Outcome::Complete);
        }
        match stored.progress || self.again {
            true => vec![Effect::ReadState],
            false => finish(Outcome::Waiting),
        }
    }

    fn differing(&mut self, welcome: Option<Box<Welcome>>, differ: Differ) -> Vec<Effect> {
        if !matches!(self.phase, Phase::Summed) {
            return finish(Outcome::Confused("a comparison that was not asked for"));
        }
        self.passes += 1;
        if differ.buckets.is_empty() || self.passes >= PASSES_MAX {
            return self.compared(welcome, differ.head);
        }
        self.phase = Phase::Comparing(Comparison {
            buckets: differ.buckets,
            ..Comparison::default()
        });
        vec![Effect::ReadHoldings]
    }

    /// Both sides hold the same, or no comparison makes them.
    fn compared(&mut self, welcome: Option<Box<Welcome>>, head: u64) -> Vec<Effect> {
        let Some(welcome) = welcome else {
            return finish(Outcome::Confused("no welcome"));
        };
        self.phase = Phase::Idle;
        // The relay may have moved its idea of the cursor meanwhile.
        self.greeted = None;
        vec![Effect::Store(Answer::Compared(welcome, head))]
    }

    /// Lists the next buckets in full; when none is left, a pass has ended.
    fn list(&mut self, holdings: &[Holding]) -> Vec<Effect> {
        let Phase::Comparing(comparison) = &mut self.phase else {
            return finish(Outcome::Confused("holdings that were not asked for"));
        };
        if comparison.buckets.is_empty() {
            // What was offered may change what belongs here: sum up again.
            self.phase = Phase::Summed;
            return vec![Effect::ReadSums];
        }
        let mut listed = Holdings {
            buckets: Vec::new(),
            documents: Vec::new(),
        };
        while let Some(bucket) = comparison.buckets.pop() {
            listed.buckets.push(bucket);
            let of_bucket = holdings
                .iter()
                .filter(|holding| crate::wire::bucket(holding.id) == bucket);
            listed.documents.extend(of_bucket.cloned());
            if listed.documents.len() >= HOLDINGS_MAX {
                break;
            }
        }
        self.send(vec![Frame::Holdings(listed)])
    }

    fn repairing(&mut self, repair: Repair) -> Vec<Effect> {
        let Phase::Comparing(comparison) = &mut self.phase else {
            return finish(Outcome::Confused("a repair that was not asked for"));
        };
        comparison.wants.clone_from(&repair.wants);
        vec![Effect::Store(Answer::Repair(repair))]
    }

    /// Offers what the relay lacks, one bounded push after another.
    fn offer(&mut self, offers: Vec<Pushed>, rest: Vec<Holding>) -> Vec<Effect> {
        let Phase::Comparing(comparison) = &mut self.phase else {
            return finish(Outcome::Confused("offers that were not asked for"));
        };
        comparison.wants = rest;
        if offers.is_empty() {
            return comparison.next();
        }
        self.batch += 1;
        let push = Push {
            batch: self.batch,
            on_behalf: true,
            documents: offers,
        };
        self.send(vec![Frame::Push(push)])
    }
}

fn finish(outcome: Outcome) -> Vec<Effect> {
    vec![Effect::Finish(outcome)]
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Groups a batch by document, keeping the order within each.
fn grouped(batch: u32, waiting: &[Waiting]) -> Push {
    let mut documents = Vec::<Pushed>::new();
    let mut places = std::collections::BTreeMap::new();
    for change in waiting {
        let place = *places.entry(change.document).or_insert_with(|| {
            documents.push(Pushed {
                id: change.document,
                kind: change.kind,
                changes: Vec::new(),
            });
            documents.len() - 1
        });
        documents[place]
            .changes
            .push(change.change.bytes.clone().into());
    }
    Push {
        batch,
        on_behalf: false,
        documents,
    }
}

/// The places of a batch in the order in which [`grouped`] sends them.
fn push_order(waiting: &[Waiting]) -> Vec<usize> {
    let mut by_document = Vec::<(crate::model::DocumentId, Vec<usize>)>::new();
    let mut groups = std::collections::BTreeMap::new();
    for (place, change) in waiting.iter().enumerate() {
        let group = *groups.entry(change.document).or_insert_with(|| {
            by_document.push((change.document, Vec::new()));
            by_document.len() - 1
        });
        by_document[group].1.push(place);
    }
    by_document
        .into_iter()
        .flat_map(|(_, places)| places)
        .collect()
}
