//! What one answer of the relay does to the replica, in one transaction.
//!
//! **Invariant**: verdicts, what they cause, the page and its cursor commit
//! together or not at all; what is unsynced is written again or kept aside,
//! never dropped.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    clock::World,
    document::{Document, NewChange, dependencies, reauthor},
    error::Error,
    guard::{self, Parsed, RefusalCode},
    model::{ChangeHash, DocumentId, Incarnation, Kind, Timestamp},
    store::{Tx, documents, outbox, outbox::Waiting, state},
    sync::{Answer, Stored},
    wire::{Cursor, Digest, Item, Page, Repair, Verdict, Welcome},
};

/// A life of the replica: its actor, and random bytes that stand for the file.
pub(super) type NewLife = (Incarnation, [u8; 16]);

/// An answer being stored.
pub(super) struct Storing<'a> {
    tx: &'a Tx<'a>,
    world: &'a dyn World,
    now: Timestamp,
    fresh: Option<NewLife>,
    stored: Stored,
}

impl<'a> Storing<'a> {
    pub(super) fn new(tx: &'a Tx<'a>, world: &'a dyn World) -> Self {
        Self {
            tx,
            world,
            now: world.now(),
            fresh: None,
            stored: Stored::default(),
        }
    }

    /// What was done, and the life that began with it.
    pub(super) fn done(self) -> (Stored, Option<NewLife>) {
        (self.stored, self.fresh)
    }

    pub(super) fn store(&mut self, answer: Answer) -> Result<(), Error> {
        match answer {
            Answer::Round {
                welcome,
                verdicts,
                page,
            } => self.round(welcome.as_deref(), verdicts, page.as_deref()),
            Answer::Repair(Repair { items, .. }) => {
                items.iter().try_for_each(|item| self.take_item(item))
            }
            Answer::Compared(welcome, head) => self.compared(&welcome, head),
        }
    }

    fn round(
        &mut self,
        welcome: Option<&Welcome>,
        verdicts: Vec<(Waiting, Verdict)>,
        page: Option<&Page>,
    ) -> Result<(), Error> {
        let tx = self.tx;
        let before = (outbox::count(tx)?, state::get(tx, &state::CURSOR)?);
        self.judge(verdicts)?;
        if let Some(welcome) = welcome {
            self.take_welcome(welcome)?;
        }
        // After a fork the page is asked for again: it was made for an actor of
        // which another copy wrote a part.
        if let Some(page) = page.filter(|_| !self.stored.new_epoch && self.stored.forked == 0) {
            self.take_page(page)?;
        }
        let after = (outbox::count(tx)?, state::get(tx, &state::CURSOR)?);
        self.stored.pending = after.0;
        self.stored.progress = before != after || self.stored.forked > 0;
        if self.stored.complete && after.0 == 0 {
            state::set(tx, &state::LAST_SYNC, &self.now)?;
        }
        Ok(())
    }

    /// Everything was compared: both sides know the same.
    fn compared(&mut self, welcome: &Welcome, head: u64) -> Result<(), Error> {
        let tx = self.tx;
        if state::get(tx, &state::EPOCH)? != Some(welcome.epoch) {
            state::set(tx, &state::EPOCH, &welcome.epoch)?;
            state::set(tx, &state::CURSOR, &Cursor::At(head))?;
            // The directory is counted anew from the backup on.
            state::clear(tx, &state::NAMES)?;
        }
        if let Some(window) = &welcome.window {
            state::set(tx, &state::WINDOW, window)?;
        }
        // The running sum may be what was wrong.
        let sums = documents::sums(tx)?;
        let sum = sums.into_iter().fold(Digest::default(), Digest::plus);
        state::set(tx, &state::DIGEST, &sum)?;
        state::clear(tx, &state::COMPARING)?;
        self.stored.progress = true;
        self.stored.pending = outbox::count(tx)?;
        Ok(())
    }

    /// The life to write as from now on. What the relay kept aside, or another
    /// copy wrote, has used numbers of the one before.
    fn new_life(&mut self) -> Result<Incarnation, Error> {
        if let Some((incarnation, _)) = self.fresh {
            return Ok(incarnation);
        }
        let incarnation = Incarnation(self.world.uuid());
        let mut instance = [0; 16];
        self.world.fill(&mut instance);
        state::set(self.tx, &state::INCARNATION, &incarnation)?;
        state::set(self.tx, &state::INSTANCE, &instance)?;
        self.fresh = Some((incarnation, instance));
        Ok(incarnation)
    }

    /// Does what the verdicts cause.
    fn judge(&mut self, verdicts: Vec<(Waiting, Verdict)>) -> Result<(), Error> {
        let mut refused = BTreeMap::<DocumentId, Vec<(ChangeHash, String)>>::new();
        let mut forked = BTreeMap::<DocumentId, Vec<ChangeHash>>::new();
        for (waiting, verdict) in verdicts {
            let (document, hash) = (waiting.document, waiting.change.hash);
            match verdict {
                Verdict::Accepted | Verdict::Flagged { .. } => outbox::acknowledge(self.tx, hash)?,
                Verdict::Missing => outbox::hold(self.tx, hash, "missing")?,
                Verdict::Refused { code } => {
                    refused.entry(document).or_default().push((hash, code));
                }
                Verdict::Fork => forked.entry(document).or_default().push(hash),
            }
        }
        for (document, hashes) in forked {
            self.write_again(document, &hashes)?;
        }
        for (document, refused) in refused {
            self.new_life()?;
            let taken = outbox::refuse(self.tx, document, &refused, self.now)?;
            self.stored.refused += u32::try_from(taken.len()).unwrap_or(u32::MAX);
        }
        Ok(())
    }

    /// Expresses forked changes again under a new actor, in their old order.
    fn write_again(&mut self, id: DocumentId, roots: &[ChangeHash]) -> Result<(), Error> {
        let new = self.new_life()?;
        let taken = outbox::take_out(self.tx, id, roots)?;
        let (changes, queued_at): (Vec<_>, Vec<_>) = taken.changes.into_iter().unzip();
        let mut document =
            documents::load(self.tx, id)?.unwrap_or_else(|| Document::new(id, taken.kind));
        let first = document.sequence(new) + 1;
        let again = reauthor(&changes, new, first)?;
        document.apply(again.iter().map(|change| change.bytes.as_slice()))?;
        self.stored.forked += u32::try_from(again.len()).unwrap_or(u32::MAX);
        outbox::add(self.tx, &mut document, again.into_iter().zip(queued_at))
    }

    fn take_welcome(&mut self, welcome: &Welcome) -> Result<(), Error> {
        let tx = self.tx;
        let known = state::get(tx, &state::EPOCH)?;
        if known.is_some_and(|known| known != welcome.epoch) {
            state::set(tx, &state::COMPARING, &true)?;
            self.stored.new_epoch = true;
        } else if known.is_none() {
            state::set(tx, &state::EPOCH, &welcome.epoch)?;
        }
        if let Some(window) = &welcome.window {
            state::set(tx, &state::WINDOW, window)?;
        }
        if let Some(roles) = &welcome.roles {
            state::set(tx, &state::ROLES, roles)?;
        }
        let offset_ms = welcome.at.0.saturating_sub(self.now.0);
        state::set(tx, &state::CLOCK_OFFSET_MS, &offset_ms)
    }

    fn take_page(&mut self, page: &Page) -> Result<(), Error> {
        let tx = self.tx;
        page.items
            .iter()
            .try_for_each(|item| self.take_item(item))?;
        for name in &page.names {
            tx.prepare_cached(
                "INSERT INTO name (person, name) VALUES (?1, ?2) ON CONFLICT (person) DO UPDATE SET name = excluded.name",
            )?
            .execute(rusqlite::params![name.person.0, name.name])?;
        }
        state::set(tx, &state::NAMES, &page.names_version)?;
        state::set(tx, &state::CURSOR, &page.cursor)?;
        self.stored.complete = page.complete;
        if !page.complete {
            return Ok(());
        }
        for stray in documents::strays(tx)? {
            documents::remove(tx, stray)?;
            self.stored.left += 1;
        }
        let quiet = outbox::count(tx)? == 0;
        let ours = state::get(tx, &state::DIGEST)?.unwrap_or_default();
        if quiet && page.digest.is_some_and(|theirs| theirs != ours) {
            tracing::error!("the sums over the window differ: comparing with the relay");
            state::set(tx, &state::COMPARING, &true)?;
            self.stored.differs = true;
        }
        Ok(())
    }

    fn take_item(&mut self, item: &Item) -> Result<(), Error> {
        let tx = self.tx;
        match item {
            Item::Enter { id, kind, snapshot } => {
                self.take_whole(*id, *kind, snapshot)?;
                documents::set_in_window(tx, *id, true)?;
                self.stored.pulled += 1;
            }
            Item::Update { id, kind, changes } => {
                let changes: Vec<_> = changes.iter().map(|change| change.as_slice()).collect();
                self.take_changes(*id, *kind, &changes)?;
                documents::set_in_window(tx, *id, true)?;
                self.stored.pulled += u32::from(!changes.is_empty());
            }
            Item::Leave { id } => {
                documents::set_in_window(tx, *id, false)?;
                let pinned = documents::held(tx, *id)?.is_some_and(|held| held.pinned);
                if !pinned && outbox::count_of(tx, *id)? == 0 {
                    documents::remove(tx, *id)?;
                }
                self.stored.left += 1;
            }
        }
        Ok(())
    }

    /// Merges a document that came whole with what is here of it.
    fn take_whole(&mut self, id: DocumentId, kind: Kind, snapshot: &[u8]) -> Result<(), Error> {
        let refuse = |_| Error::Malformed("document from the relay");
        let mut theirs =
            guard::admit_snapshot(id, kind, snapshot, &guard::Limits::default()).map_err(refuse)?;
        if documents::held(self.tx, id)?.is_none() {
            documents::put_whole(self.tx, &mut theirs)?;
            self.settle(&mut theirs)?;
            return self.revive(&mut theirs);
        }
        let changes = theirs.changes_since(&[]);
        match documents::load(self.tx, id) {
            Ok(Some(_)) => {
                let bytes: Vec<_> = changes.iter().map(automerge::Change::raw_bytes).collect();
                self.take_changes(id, kind, &bytes)
            }
            // What is here no longer loads: take theirs, and put back on top what
            // only this device has.
            Ok(None) | Err(Error::Damaged(..)) => {
                let own = documents::tail(self.tx, id)?;
                self.settle(&mut theirs)?;
                theirs.apply(own.iter().map(|change| change.bytes.as_slice()))?;
                documents::replace(self.tx, &mut theirs, snapshot)
            }
            Err(other) => Err(other),
        }
    }

    /// Whatever the relay has waits no more, and is not kept aside any more.
    fn settle(&self, theirs: &mut Document) -> Result<(), Error> {
        let id = theirs.id();
        for hash in outbox::hashes_of(self.tx, id)? {
            if theirs.contains(&hash) {
                outbox::acknowledge(self.tx, hash)?;
            }
        }
        for refused in outbox::refused_of(self.tx, id)? {
            if theirs.contains(&refused.change.hash) {
                outbox::reinstate(self.tx, refused.change.hash)?;
            }
        }
        Ok(())
    }

    /// Merges changes from the relay. One document that does not take them holds
    /// up no other: it then differs from the relay's, and is compared.
    fn take_changes(&mut self, id: DocumentId, kind: Kind, changes: &[&[u8]]) -> Result<(), Error> {
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
        let forked = self.forked_by(id, &parsed)?;
        if !forked.is_empty() {
            self.write_again(id, &forked)?;
        }
        let mut document = match documents::load(self.tx, id) {
            Ok(document) => document.unwrap_or_else(|| Document::new(id, kind)),
            Err(Error::Damaged(what, cause)) => {
                tracing::error!(document = %id, what, %cause, "a document is damaged");
                return documents::disown(self.tx, id);
            }
            Err(other) => return Err(other),
        };
        if !follows(&mut document, &parsed) {
            tracing::error!(document = %id, "changes are missing before those that came");
            return Ok(());
        }
        document.apply(changes.iter().copied())?;
        for change in &parsed {
            // The relay has it: an acknowledgement that was lost, or a refused
            // change that it took after all.
            outbox::acknowledge(self.tx, change.hash())?;
            outbox::reinstate(self.tx, change.hash())?;
        }
        let changes: Vec<_> = parsed
            .iter()
            .zip(changes)
            .map(|(change, bytes)| NewChange {
                hash: change.hash(),
                bytes: bytes.to_vec(),
            })
            .collect();
        documents::append(self.tx, &mut document, &changes)?;
        self.revive(&mut document)
    }

    /// Unsynced changes whose places in their actor's sequence others have: a
    /// copy of this replica wrote them, and was first.
    fn forked_by(&self, id: DocumentId, theirs: &[Parsed]) -> Result<Vec<ChangeHash>, Error> {
        let waiting = outbox::hashes_of(self.tx, id)?;
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let mut forked = Vec::new();
        for change in documents::tail(self.tx, id)? {
            if !waiting.contains(&change.hash) {
                continue;
            }
            let (actor, seq) = author_of(&change)?;
            let taken = |other: &Parsed| {
                (other.actor(), other.seq()) == (actor, seq) && other.hash() != change.hash
            };
            if theirs.iter().any(taken) {
                forked.push(change.hash);
            }
        }
        Ok(forked)
    }

    /// Puts back what was kept aside only because it was built on something the
    /// relay has taken after all, and sends it again: it may never have had it.
    fn revive(&mut self, document: &mut Document) -> Result<(), Error> {
        let dependent = RefusalCode::DependsOnRefused.name();
        let mut kept = outbox::refused_of(self.tx, document.id())?;
        kept.retain(|refused| refused.code == dependent);
        for refused in kept {
            let deps = dependencies(&refused.change.bytes)?;
            if !deps.iter().all(|dep| document.contains(dep)) {
                continue;
            }
            document.apply([refused.change.bytes.as_slice()])?;
            outbox::reinstate(self.tx, refused.change.hash)?;
            outbox::add(self.tx, document, [(refused.change, refused.queued_at)])?;
        }
        Ok(())
    }
}

/// True when everything these changes follow is in the document or among them.
fn follows(document: &mut Document, changes: &[Parsed]) -> bool {
    let among: BTreeSet<_> = changes.iter().map(Parsed::hash).collect();
    let deps: BTreeSet<_> = changes.iter().flat_map(Parsed::deps).collect();
    deps.difference(&among).all(|dep| document.contains(dep))
}

fn author_of(change: &NewChange) -> Result<(Incarnation, u64), Error> {
    let parsed = guard::parse(&change.bytes, &guard::Limits::default())
        .map_err(|_| Error::Damaged("change", "it does not parse".into()))?;
    Ok((parsed.actor(), parsed.seq()))
}
