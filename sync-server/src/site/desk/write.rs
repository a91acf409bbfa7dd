//! What the relay writes itself.
//!
//! **Invariant**: one edit is one change, and an order is numbered in the
//! change that makes it; a write of any size is one append to the log.

use ronde_core::{
    Error,
    document::{
        Document, Stamp,
        site::{self, Currency, TimeZone},
    },
    model::{DocumentId, Kind, Rank},
    store::documents,
};

use super::{Batch, Desk, Edit, RELAY, Refused, WARM_MAX};
use crate::log::NewEntry;

/// What a site counts its money in until somebody says otherwise.
const CURRENCY: &str = "EUR";

impl Desk {
    /// Makes the site's own document where it is missing. Returns the head of
    /// the log. A damaged log is left as it is.
    pub(super) fn begin(&mut self) -> Result<u64, Refused> {
        let id = self.site.document();
        let is_there = self.store.read(|tx| documents::held(tx, id))?.is_some();
        if is_there || self.site.damage().is_some() {
            return Ok(self.site.head().seq);
        }
        let created = site::Created {
            name: self.site.name().to_owned(),
            time_zone: TimeZone(self.site.time_zone().name().to_owned()),
            currency: Currency(CURRENCY.to_owned()),
        };
        let edit = Edit {
            id,
            kind: Kind::Site,
            write: Box::new(move |document, stamp| site::create(document, &created, stamp)),
        };
        let mut batch = Batch::default();
        self.write(vec![edit], &mut batch)?;
        self.commit(&batch)
    }

    /// Writes edits of the relay itself into the batch.
    pub(super) fn write(&mut self, edits: Vec<Edit>, batch: &mut Batch) -> Result<(), Refused> {
        let stamp = self.stamp();
        for edit in edits {
            let mut document = self.document(edit.id, edit.kind, batch)?;
            document.act_as(self.incarnation);
            (edit.write)(&mut document, &stamp)?;
            self.give_number(&mut document, &stamp)?;
            self.finish(document, &stamp, batch);
        }
        Ok(())
    }

    /// The relay, now.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp {
            by: RELAY,
            rank: Rank::Relay,
            at: self.world.now(),
        }
    }

    /// Ends an edit of the relay: its change joins the batch.
    pub(super) fn finish(&mut self, mut document: Document, stamp: &Stamp, batch: &mut Batch) {
        if let Some(change) = document.commit(stamp.at) {
            batch.add(NewEntry {
                document: document.id(),
                kind: document.kind(),
                hash: change.hash,
                actor: self.incarnation,
                actor_seq: document.sequence(self.incarnation),
                bytes: change.bytes,
                device: None,
                received_at: stamp.at,
                flags: Vec::new(),
            });
        }
        // A large write must not hold all its documents in memory: what is not
        // kept warm is made again from the batch.
        if self.warm.len() < WARM_MAX || self.warm.contains_key(&document.id()) {
            self.warm.insert(document.id(), document);
        }
    }

    /// A document as the log and this batch have it; empty where it is new.
    pub(super) fn document(
        &mut self,
        id: DocumentId,
        kind: Kind,
        batch: &Batch,
    ) -> Result<Document, Error> {
        if let Some(document) = self.warm.get(&id) {
            return Ok(document.clone());
        }
        let stored = self.store.read(|tx| documents::load(tx, id))?;
        let mut document = stored.unwrap_or_else(|| Document::new(id, kind));
        if batch.touched.contains(&id) {
            let entries = batch.entries.iter().filter(|entry| entry.document == id);
            document.apply(entries.map(|entry| entry.bytes.as_slice()))?;
        }
        Ok(document)
    }
}
