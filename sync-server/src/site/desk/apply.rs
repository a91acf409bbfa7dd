//! From the log to the derived files.
//!
//! **Invariant**: derived documents, views and feed move in one transaction
//! with the position they stand for; entries are applied in the order of the
//! log; one that does not apply stops its own document only.

use std::collections::{BTreeMap, HashMap};

use ronde_core::{
    Error,
    document::{Document, NewChange},
    model::{DocumentId, Kind},
    store::{Tx, documents},
};

use super::{Batch, Desk, Refused};
use crate::{
    log::{self, Entry, Limit, Log, NewEntry},
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
            .write(|tx| apply(tx, &placed, warm, Warm::After))?;
        Ok(head)
    }

    /// Applies what the log has and the derived files lack.
    pub(super) fn catch_up(&mut self) -> Result<u64, Refused> {
        loop {
            let from = self.store.read(feed::applied)?;
            let entries = whole_batches(&*self.site.log(), from)?;
            if entries.is_empty() {
                return Ok(from);
            }
            self.store.write(|tx| apply_entries(tx, &entries))?;
        }
    }
}

/// A page of the log that ends where a batch does.
///
/// # Errors
///
/// As [`Log::read`].
pub fn whole_batches(log: &impl Log, after_seq: u64) -> Result<Vec<Entry>, log::Error> {
    let mut entries = log.read(after_seq, Limit::PAGE)?;
    while let Some(last) = entries.last().filter(|last| !last.ends_batch) {
        let more = log.read(last.seq, Limit::PAGE)?;
        if more.is_empty() {
            break;
        }
        entries.extend(more);
    }
    Ok(entries)
}

/// Applies entries as they were read from a log, in order, stopping where
/// readers could look when they were appended.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn apply_entries(tx: &Tx<'_>, entries: &[Entry]) -> Result<(), Error> {
    let mut warm = HashMap::new();
    for batch in entries.split_inclusive(|entry| entry.ends_batch) {
        let placed: Vec<_> = batch
            .iter()
            .map(|entry| (entry.seq, &entry.content))
            .collect();
        apply(tx, &placed, &mut warm, Warm::Before)?;
    }
    Ok(())
}

/// What documents that are kept warm hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Warm {
    /// Everything before the batch.
    Before,
    /// The batch as well.
    After,
}

/// Applies one batch.
fn apply(
    tx: &Tx<'_>,
    entries: &[(u64, &NewEntry)],
    warm: &mut HashMap<DocumentId, Document>,
    warm_is: Warm,
) -> Result<(), Error> {
    let Some((head, _)) = entries.last().copied() else {
        return Ok(());
    };
    let mut by_document = BTreeMap::<DocumentId, Vec<&(u64, &NewEntry)>>::new();
    for entry in entries {
        by_document.entry(entry.1.document).or_default().push(entry);
    }
    for (id, entries) in by_document {
        let Some((seq, last)) = entries.last().map(|(seq, entry)| (*seq, entry)) else {
            continue;
        };
        let known = warm.remove(&id);
        let applied = match known {
            Some(document) if warm_is == Warm::After => Ok(document),
            known => merged(tx, id, last.kind, known, &entries),
        };
        let mut document = match applied {
            Ok(document) => document,
            Err(Error::Damaged(what, cause)) => {
                tracing::error!(document = %id, what, %cause, "an entry of the log does not apply");
                continue;
            }
            Err(other) => return Err(other),
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
        warm.insert(id, document);
    }
    feed::set_applied(tx, head)
}

fn merged(
    tx: &Tx<'_>,
    id: DocumentId,
    kind: Kind,
    known: Option<Document>,
    entries: &[&(u64, &NewEntry)],
) -> Result<Document, Error> {
    let mut document = match known {
        Some(document) => document,
        None => documents::load(tx, id)?.unwrap_or_else(|| Document::new(id, kind)),
    };
    document.apply(entries.iter().map(|(_, entry)| entry.bytes.as_slice()))?;
    Ok(document)
}
