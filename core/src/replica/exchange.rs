//! What a replica does for a sync [`Session`](crate::sync::Session): reads what
//! a round begins with, and stores what the relay answers.
//!
//! **Invariant**: a page and its cursor commit together, so a kill anywhere
//! resumes; a verdict and what it causes commit together; nothing unsynced is
//! ever dropped here.

use std::collections::BTreeMap;

use super::Replica;
use crate::{
    document::{Document, NewChange, reauthor},
    error::Error,
    guard,
    model::{ChangeHash, DocumentId, Incarnation, Kind, Timestamp},
    store::{Tx, documents, outbox, outbox::Waiting, state},
    sync::{Answer, Effect, Input, PUSH_BYTES_MAX, PUSH_CHANGES_MAX, State, Stored},
    wire::{Cursor, Hello, Holding, Item, PROTOCOL, Page, Pushed, Repair, Verdict, Welcome},
};

impl Replica {
    /// Carries out an effect that concerns the replica; `None` for the others.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin; the exchange then ends, and the next one
    /// begins where this one stood.
    pub fn carry_out(&mut self, effect: &Effect) -> Result<Option<Input>, Error> {
        Ok(Some(match effect {
            Effect::ReadState => Input::State(Box::new(self.exchange_state()?)),
            Effect::Store(answer) => Input::Stored(self.store_answer(answer.clone())?),
            Effect::ReadSums => Input::Sums(self.store.read(documents::sums)?),
            Effect::ReadHoldings => Input::Holdings(self.store.read(documents::holdings)?),
            Effect::ReadOffers(wants) => {
                let (offers, rest) = self.store.read(|tx| offers(tx, wants))?;
                Input::Offers(offers, rest)
            }
            Effect::Send(_) | Effect::Progress(_) | Effect::Finish(_) => return Ok(None),
        }))
    }

    /// Notes what kept an exchange from finishing, or that nothing did.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn note_problem(&mut self, code: Option<&str>) -> Result<(), Error> {
        self.store.write(|tx| match code {
            Some(code) => state::set(tx, &state::LAST_PROBLEM, &code.to_owned()),
            None => state::clear(tx, &state::LAST_PROBLEM),
        })
    }

    fn exchange_state(&self) -> Result<State, Error> {
        self.store.read(|tx| {
            let pending = outbox::count(tx)?;
            let digest = state::get(tx, &state::DIGEST)?.unwrap_or_default();
            Ok(State {
                hello: Hello {
                    protocol: PROTOCOL,
                    incarnation: self.incarnation,
                    epoch: state::get(tx, &state::EPOCH)?,
                    cursor: state::get(tx, &state::CURSOR)?.unwrap_or_default(),
                    window: state::get(tx, &state::WINDOW)?.map_or(0, |window| window.version),
                    pending,
                    digest: (pending == 0).then_some(digest),
                    names: state::get(tx, &state::NAMES)?.unwrap_or(0),
                    at: self.world.now(),
                    page_bytes_max: self.page_bytes_max,
                },
                batch: outbox::batch(tx, PUSH_CHANGES_MAX, PUSH_BYTES_MAX)?,
                comparing: state::get(tx, &state::COMPARING)?.unwrap_or(false),
            })
        })
    }

    fn store_answer(&mut self, answer: Answer) -> Result<Stored, Error> {
        let now = self.world.now();
        match answer {
            Answer::Round {
                welcome,
                verdicts,
                page,
            } => self.store_round(&welcome, verdicts, page.as_deref(), now),
            Answer::Page(page) => self.store.write(|tx| {
                let mut stored = Stored {
                    progress: true,
                    ..Stored::default()
                };
                take_page(tx, &page, &mut stored)?;
                stored.pending = outbox::count(tx)?;
                if stored.complete && stored.pending == 0 {
                    state::set(tx, &state::LAST_SYNC, &now)?;
                }
                Ok(stored)
            }),
            Answer::Repair(Repair { items, .. }) => self.store.write(|tx| {
                let mut stored = Stored::default();
                for item in &items {
                    take_item(tx, item, &mut stored)?;
                }
                Ok(stored)
            }),
            Answer::Compared(welcome, head) => self.store.write(|tx| {
                if state::get(tx, &state::EPOCH)? != Some(welcome.epoch) {
                    state::set(tx, &state::EPOCH, &welcome.epoch)?;
                    state::set(tx, &state::CURSOR, &Cursor::At(head))?;
                }
                state::clear(tx, &state::COMPARING)?;
                Ok(Stored {
                    progress: true,
                    pending: outbox::count(tx)?,
                    ..Stored::default()
                })
            }),
        }
    }

    fn store_round(
        &mut self,
        welcome: &Welcome,
        verdicts: Vec<(Waiting, Verdict)>,
        page: Option<&Page>,
        now: Timestamp,
    ) -> Result<Stored, Error> {
        let mut stored = Stored::default();
        let before = self
            .store
            .read(|tx| Ok((outbox::count(tx)?, state::get(tx, &state::CURSOR)?)))?;
        let aside = |verdict: &Verdict| matches!(verdict, Verdict::Refused { .. } | Verdict::Fork);
        if verdicts.iter().any(|(_, verdict)| aside(verdict)) {
            // What the relay kept aside has used numbers of this actor that it
            // may still take; whatever is written from now on needs another.
            let old = self.incarnation;
            self.start_new_life()?;
            let new = self.incarnation;
            stored = self.store.write(|tx| judge(tx, verdicts, old, new, now))?;
        } else if !verdicts.is_empty() {
            stored = self
                .store
                .write(|tx| judge(tx, verdicts, self.incarnation, self.incarnation, now))?;
        }
        self.store.write(|tx| {
            take_welcome(tx, welcome, now, &mut stored)?;
            if let Some(page) = page.filter(|_| !stored.new_epoch) {
                take_page(tx, page, &mut stored)?;
            }
            stored.pending = outbox::count(tx)?;
            stored.progress =
                before != (stored.pending, state::get(tx, &state::CURSOR)?) || stored.forked > 0;
            if stored.complete && stored.pending == 0 {
                state::set(tx, &state::LAST_SYNC, &now)?;
            }
            Ok(stored)
        })
    }
}

/// Does what the verdicts cause.
fn judge(
    tx: &Tx<'_>,
    verdicts: Vec<(Waiting, Verdict)>,
    old: Incarnation,
    new: Incarnation,
    now: Timestamp,
) -> Result<Stored, Error> {
    let mut stored = Stored::default();
    let mut refused = BTreeMap::<DocumentId, Vec<(ChangeHash, String)>>::new();
    let mut forked = BTreeMap::<DocumentId, Vec<ChangeHash>>::new();
    for (waiting, verdict) in verdicts {
        match verdict {
            Verdict::Accepted | Verdict::Flagged { .. } => {
                outbox::acknowledge(tx, waiting.change.hash)?;
            }
            Verdict::Missing => outbox::hold(tx, waiting.change.hash, "missing")?,
            Verdict::Refused { code } => {
                refused
                    .entry(waiting.document)
                    .or_default()
                    .push((waiting.change.hash, code));
            }
            Verdict::Fork => forked
                .entry(waiting.document)
                .or_default()
                .push(waiting.change.hash),
        }
    }
    for (document, hashes) in forked {
        stored.forked += write_again(tx, document, &hashes, old, new)?;
    }
    for (document, refused) in refused {
        let taken = outbox::refuse(tx, document, &refused, now)?;
        stored.refused += u32::try_from(taken.len()).unwrap_or(u32::MAX);
    }
    Ok(stored)
}

/// Expresses forked changes again under the new actor, in their old order.
fn write_again(
    tx: &Tx<'_>,
    id: DocumentId,
    roots: &[ChangeHash],
    old: Incarnation,
    new: Incarnation,
) -> Result<u32, Error> {
    let taken = outbox::take_out(tx, id, roots)?;
    let changes: Vec<NewChange> = taken
        .changes
        .iter()
        .map(|(change, _)| change.clone())
        .collect();
    let mut document = documents::load(tx, id)?.unwrap_or_else(|| Document::new(id, taken.kind));
    let first = document.sequence(new) + 1;
    let again = reauthor(&changes, old, new, first)?;
    document.apply(again.iter().map(|change| change.bytes.as_slice()))?;
    documents::append(tx, &mut document, &again)?;
    for (change, (_, queued_at)) in again.iter().zip(&taken.changes) {
        outbox::push(tx, id, change.hash, *queued_at)?;
    }
    Ok(u32::try_from(again.len()).unwrap_or(u32::MAX))
}

fn take_welcome(
    tx: &Tx<'_>,
    welcome: &Welcome,
    now: Timestamp,
    stored: &mut Stored,
) -> Result<(), Error> {
    let known = state::get(tx, &state::EPOCH)?;
    if known.is_some_and(|known| known != welcome.epoch) {
        state::set(tx, &state::COMPARING, &true)?;
        stored.new_epoch = true;
    } else if known.is_none() {
        state::set(tx, &state::EPOCH, &welcome.epoch)?;
    }
    if let Some(window) = &welcome.window {
        state::set(tx, &state::WINDOW, window)?;
    }
    if let Some(roles) = &welcome.roles {
        state::set(tx, &state::ROLES, roles)?;
    }
    state::set(
        tx,
        &state::CLOCK_OFFSET_MS,
        &welcome.at.0.saturating_sub(now.0),
    )
}

fn take_page(tx: &Tx<'_>, page: &Page, stored: &mut Stored) -> Result<(), Error> {
    for item in &page.items {
        take_item(tx, item, stored)?;
    }
    for name in &page.names {
        tx.prepare_cached(
            "INSERT INTO name (person, name) VALUES (?1, ?2) ON CONFLICT (person) DO UPDATE SET name = excluded.name",
        )?
        .execute(rusqlite::params![name.person.0, name.name])?;
    }
    state::set(tx, &state::NAMES, &page.names_version)?;
    state::set(tx, &state::CURSOR, &page.cursor)?;
    stored.complete = page.complete;
    if !page.complete {
        return Ok(());
    }
    for stray in documents::strays(tx)? {
        documents::remove(tx, stray)?;
        stored.left += 1;
    }
    let quiet = outbox::count(tx)? == 0;
    let ours = state::get(tx, &state::DIGEST)?.unwrap_or_default();
    if quiet && page.digest.is_some_and(|theirs| theirs != ours) {
        tracing::error!("the sums over the window differ: comparing with the relay");
        state::set(tx, &state::COMPARING, &true)?;
        stored.differs = true;
    }
    Ok(())
}

fn take_item(tx: &Tx<'_>, item: &Item, stored: &mut Stored) -> Result<(), Error> {
    match item {
        Item::Enter { id, kind, snapshot } => {
            take_whole(tx, *id, *kind, snapshot)?;
            documents::set_in_window(tx, *id, true)?;
            stored.pulled += 1;
        }
        Item::Update { id, kind, changes } => {
            let changes: Vec<_> = changes.iter().map(|change| change.as_slice()).collect();
            take_changes(tx, *id, *kind, &changes)?;
            documents::set_in_window(tx, *id, true)?;
            stored.pulled += u32::from(!changes.is_empty());
        }
        Item::Leave { id } => {
            documents::set_in_window(tx, *id, false)?;
            let pinned = documents::held(tx, *id)?.is_some_and(|held| held.pinned);
            if !pinned && outbox::count_of(tx, *id)? == 0 {
                documents::remove(tx, *id)?;
            }
            stored.left += 1;
        }
    }
    Ok(())
}

/// Merges a document that came whole with what is here of it.
fn take_whole(tx: &Tx<'_>, id: DocumentId, kind: Kind, snapshot: &[u8]) -> Result<(), Error> {
    let refuse = |_| Error::Malformed("document from the relay");
    let mut theirs =
        guard::admit_snapshot(id, kind, snapshot, &guard::Limits::default()).map_err(refuse)?;
    if documents::held(tx, id)?.is_none() {
        return documents::put_whole(tx, &mut theirs);
    }
    let changes = theirs.changes_since(&[]);
    match documents::load(tx, id) {
        Ok(Some(_)) => {
            let bytes: Vec<_> = changes.iter().map(automerge::Change::raw_bytes).collect();
            take_changes(tx, id, kind, &bytes)
        }
        // What is here no longer loads: take theirs, and put back on top what
        // only this device has.
        Ok(None) | Err(Error::Damaged(..)) => {
            let own = documents::tail(tx, id)?;
            theirs.apply(own.iter().map(|change| change.bytes.as_slice()))?;
            documents::replace(tx, &mut theirs, snapshot)
        }
        Err(other) => Err(other),
    }
}

/// Merges changes from the relay.
fn take_changes(tx: &Tx<'_>, id: DocumentId, kind: Kind, changes: &[&[u8]]) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let refuse = |_| Error::Malformed("change from the relay");
    let limits = guard::Limits::default();
    let parsed = changes
        .iter()
        .map(|bytes| guard::parse(bytes, &limits))
        .collect::<Result<Vec<_>, _>>()
        .map_err(refuse)?;
    let mut document = documents::load(tx, id)?.unwrap_or_else(|| Document::new(id, kind));
    document.apply(changes.iter().copied())?;
    for change in &parsed {
        // The relay has it: an acknowledgement that was lost, or a refused
        // change that it took after all.
        outbox::acknowledge(tx, change.hash())?;
        outbox::reinstate(tx, change.hash())?;
    }
    let changes: Vec<_> = parsed
        .iter()
        .zip(changes)
        .map(|(change, bytes)| NewChange {
            hash: change.hash(),
            bytes: bytes.to_vec(),
        })
        .collect();
    documents::append(tx, &mut document, &changes)
}

/// As many of the wanted changes as fit one push, and what is wanted after it.
fn offers(tx: &Tx<'_>, wants: &[Holding]) -> Result<(Vec<Pushed>, Vec<Holding>), Error> {
    let (mut offers, mut rest) = (Vec::<Pushed>::new(), Vec::new());
    let (mut count, mut bytes) = (0, 0);
    for want in wants {
        let full =
            |count: usize, bytes: usize| count >= PUSH_CHANGES_MAX || bytes >= PUSH_BYTES_MAX;
        if full(count, bytes) {
            rest.push(want.clone());
            continue;
        }
        let Some(mut document) = documents::load(tx, want.id)? else {
            continue;
        };
        // The outbox has its own way.
        let waiting = outbox::hashes_of(tx, want.id)?;
        let mut offer = Pushed {
            id: want.id,
            kind: document.kind(),
            changes: Vec::new(),
        };
        let mut heads = want.heads.clone();
        for change in document.changes_since(&want.heads) {
            let hash = ChangeHash(change.hash().0);
            if waiting.contains(&hash) {
                continue;
            }
            if full(count, bytes) {
                rest.push(Holding {
                    heads,
                    ..want.clone()
                });
                break;
            }
            heads.push(hash);
            count += 1;
            bytes += change.raw_bytes().len();
            offer.changes.push(change.raw_bytes().to_vec().into());
        }
        if !offer.changes.is_empty() {
            offers.push(offer);
        }
    }
    Ok((offers, rest))
}
