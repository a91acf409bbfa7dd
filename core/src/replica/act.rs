//! One user action: any number of documents, one transaction.
//!
//! **Invariant**: a document that was edited is committed, stored, queued and
//! shown, or the whole action is as if it had never been.

use super::Replica;
use crate::{
    document::{Document, Stamp},
    error::Error,
    model::{DocumentId, Incarnation, Kind, PersonId, Timestamp},
    store::{Tx, documents, outbox, state},
};

/// An action in progress.
#[derive(Debug)]
pub struct Act<'a> {
    tx: &'a Tx<'a>,
    stamp: Stamp,
    incarnation: Incarnation,
}

impl Replica {
    /// Does one action in one transaction.
    ///
    /// # Errors
    ///
    /// Whatever `work` says; then nothing was written.
    pub fn act<T>(&mut self, work: impl FnOnce(&Act<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let stamp = Stamp {
            by: self.person(),
            rank: self.rank()?,
            at: self.world.now(),
        };
        let known = self.incarnation;
        self.store.write(|tx| {
            // Another process on this replica may have begun a new life since.
            let incarnation = state::get(tx, &state::INCARNATION)?.unwrap_or(known);
            work(&Act {
                tx,
                stamp,
                incarnation,
            })
        })
    }
}

impl<'a> Act<'a> {
    /// The transaction, for reading views.
    pub const fn tx(&self) -> &'a Tx<'a> {
        self.tx
    }

    /// Who acts, and when.
    pub const fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// Who acts.
    pub const fn person(&self) -> PersonId {
        self.stamp.by
    }

    /// The time of the action.
    pub const fn at(&self) -> Timestamp {
        self.stamp.at
    }

    /// Edits a document that is here.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or whatever `edit` says.
    pub fn edit<T>(
        &self,
        kind: Kind,
        id: DocumentId,
        edit: impl FnOnce(&mut Document, &Stamp) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let unknown = || Error::Unknown {
            kind: kind.name(),
            id,
        };
        let document = documents::load(self.tx, id)?
            .filter(|it| it.kind() == kind)
            .ok_or_else(unknown)?;
        self.finish(document, edit)
    }

    /// Creates a document, or edits the one another replica created first.
    ///
    /// # Errors
    ///
    /// Whatever `edit` says.
    pub fn create<T>(
        &self,
        kind: Kind,
        id: DocumentId,
        edit: impl FnOnce(&mut Document, &Stamp) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let document = documents::load(self.tx, id)?.unwrap_or_else(|| Document::new(id, kind));
        self.finish(document, edit)
    }

    fn finish<T>(
        &self,
        mut document: Document,
        edit: impl FnOnce(&mut Document, &Stamp) -> Result<T, Error>,
    ) -> Result<T, Error> {
        documents::fold(self.tx, &mut document)?;
        document.act_as(self.incarnation);
        let done = edit(&mut document, &self.stamp)?;
        if let Some(change) = document.commit(self.stamp.at) {
            outbox::add(self.tx, &mut document, [(change, self.stamp.at)])?;
        }
        Ok(done)
    }
}
