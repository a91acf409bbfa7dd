//! From the log to the derived files.
//!
//! **Invariant**: derived documents, views and feed move in one transaction
//! with the position they stand for; entries are applied in the order of the
//! log; one that does not apply stops its own document only.

use std::collections::BTreeMap;

use ronde_core::{
    Error,
    document::{Document, NewChange},
    model::{DocumentId, Kind},
    store::{Tx, documents},
};

use super::{Batch, Desk, Refused};
use crate::{
    log::{Entry, Limit, Log, NewEntry},
    registry::quarantine,
    site::feed,
};

impl Desk {
    /// Makes a batch durable, then visible. Returns the head of the log.
    pub(super) fn commit(&mut self, batch: &Batch) -> Result<u64, Refused> {
        if !batch.quarantine.is_empty() {
            self.site.write(|tx| {
                for refused in &batch.quarantine {
                    quarantine::keep(tx, refused)?;
                }
                Ok(())
            })?;
        }
        let seqs = match batch.entries.is_empty() {
            true => Vec::new(),
            false => self.site.log().append(&batch.entries)?,
        };
        if !batch.reinstated.is_empty() {
            // After the append: a crash in between judges them again, and finds
            // them known.
            self.site.write(|tx| {
                for (document, hash) in &batch.reinstated {
                    quarantine::decide(tx, *document, *hash, quarantine::State::Accepted)?;
                }
                Ok(())
            })?;
        }
        let Some(head) = seqs.last().copied() else {
            return Ok(self.site.head().seq);
        };
        let placed: Vec<_> = seqs.into_iter().zip(&batch.entries).collect();
        let warm = &mut self.warm;
        self.store
            .write(|tx| apply(tx, &placed, |id| warm.get(&id).cloned(), head))?;
        Ok(head)
    }

    /// Applies what the log has and the derived files lack.
    pub(super) fn catch_up(&mut self) -> Result<u64, Refused> {
        loop {
            let from = self.store.read(feed::applied)?;
            let entries = self.site.log().read(from, Limit::PAGE)?;
            if entries.is_empty() {
                return Ok(from);
            }
            self.store.write(|tx| apply_entries(tx, &entries))?;
        }
    }
}

/// Applies entries as they were read from a log, in order.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn apply_entries(tx: &Tx<'_>, entries: &[Entry]) -> Result<(), Error> {
    let Some(head) = entries.last().map(|entry| entry.seq) else {
        return Ok(());
    };
    let placed: Vec<_> = entries
        .iter()
        .map(|entry| (entry.seq, &entry.content))
        .collect();
    apply(tx, &placed, |_| None, head)
}

/// Applies entries of the log; `warm` gives documents that have them already.
fn apply(
    tx: &Tx<'_>,
    entries: &[(u64, &NewEntry)],
    mut warm: impl FnMut(DocumentId) -> Option<Document>,
    head: u64,
) -> Result<(), Error> {
    let mut by_document = BTreeMap::<DocumentId, Vec<&(u64, &NewEntry)>>::new();
    for entry in entries {
        by_document.entry(entry.1.document).or_default().push(entry);
    }
    for (id, entries) in by_document {
        let Some((seq, last)) = entries.last().map(|(seq, entry)| (*seq, entry)) else {
            continue;
        };
        let mut document = match warm(id) {
            Some(document) => document,
            None => match merged(tx, id, last.kind, &entries) {
                Ok(document) => document,
                Err(Error::Damaged(what, cause)) => {
                    tracing::error!(document = %id, what, %cause, "an entry of the log does not apply");
                    continue;
                }
                Err(other) => return Err(other),
            },
        };
        let changes: Vec<_> = entries
            .iter()
            .map(|(_, entry)| NewChange {
                hash: entry.hash,
                bytes: entry.bytes.clone(),
            })
            .collect();
        documents::append(tx, &mut document, &changes)?;
        feed::moved(tx, &mut document, seq)?;
    }
    feed::set_applied(tx, head)
}

fn merged(
    tx: &Tx<'_>,
    id: DocumentId,
    kind: Kind,
    entries: &[&(u64, &NewEntry)],
) -> Result<Document, Error> {
    let mut document = documents::load(tx, id)?.unwrap_or_else(|| Document::new(id, kind));
    document.apply(entries.iter().map(|(_, entry)| entry.bytes.as_slice()))?;
    Ok(document)
}
