//! What a replica does for a sync [`Session`](crate::sync::Session): reads what
//! a round begins with, and stores what the relay answers.
//!
//! **Invariant**: a page and its cursor commit together, so a kill anywhere
//! resumes; a verdict and what it causes commit together; nothing unsynced is
//! ever dropped here.

mod storing;

use std::sync::Arc;

use self::storing::Storing;
use super::{Replica, home::Life};
use crate::{
    error::Error,
    model::ChangeHash,
    store::{Tx, documents, outbox, state},
    sync::{Answer, Effect, Input, PUSH_BYTES_MAX, PUSH_CHANGES_MAX, State, Stored},
    wire::{Hello, Holding, PROTOCOL, Pushed},
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
            let incarnation = state::get(tx, &state::INCARNATION)?;
            let pending = outbox::count(tx)?;
            let digest = state::get(tx, &state::DIGEST)?.unwrap_or_default();
            Ok(State {
                hello: Hello {
                    protocol: PROTOCOL,
                    incarnation: incarnation.unwrap_or(self.incarnation),
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
        let world = Arc::clone(&self.world);
        let (stored, fresh) = self.store.write(|tx| {
            let mut storing = Storing::new(tx, &*world);
            storing.store(answer)?;
            Ok(storing.done())
        })?;
        // File first, sidecar second: a crash in between leaves them apart, and
        // the next start begins yet another life.
        if let Some((incarnation, instance)) = fresh {
            self.home.set_life(&Life {
                incarnation,
                instance,
                place: self.home.place()?,
            })?;
            self.incarnation = incarnation;
        }
        Ok(stored)
    }
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
        let mut document = match documents::load(tx, want.id) {
            Ok(Some(document)) => document,
            // What does not load here cannot be offered; others may have it.
            Ok(None) | Err(Error::Damaged(..)) => continue,
            Err(other) => return Err(other),
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
