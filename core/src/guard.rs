//! The one gate for bytes from outside: turns them into changes that may be
//! merged, or says why not.
//!
//! The relay asks it about devices' changes, devices about what the relay
//! sends. Automerge 0.12 panics on hostile changes, inflates without bounds,
//! and can be made to save what it cannot load (FAULTS.md, section 1), so a
//! change is measured before it is parsed, judged before it is applied, and
//! applied to a copy that is saved, loaded and edited before it counts.
//!
//! **Invariant**: nothing merges into a document unless it went through
//! [`admit`] or [`admit_snapshot`]; a document that was merged into saves,
//! loads and can be edited.
//!
//! `chunk` measures, `parsed` reads, `judge` decides, `trial` merges.

mod author;
mod chunk;
mod elements;
mod judge;
mod parsed;
mod past;
mod refusal;
mod snapshot;
mod trial;

use std::collections::BTreeSet;

pub use author::Author;
pub use parsed::{Parsed, parse};
pub use refusal::{Refusal, RefusalCode};
pub use snapshot::admit_snapshot;

use crate::{
    document::{Document, schema::Group},
    model::{ChangeHash, Line, Timestamp},
};

use judge::Judge;

/// How large things from outside may be (FAULTS.md, section 6).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one change.
    pub change_bytes_max: usize,
    /// Operations of one change.
    pub ops_max: usize,
    /// Dependencies of one change.
    pub deps_max: usize,
    /// Bytes of a change's message.
    pub message_bytes_max: usize,
    /// Operations of all changes of a document together.
    pub document_ops_max: usize,
    /// Characters of one long text after merging.
    pub text_chars_max: usize,
    /// Bytes of a whole document.
    pub snapshot_bytes_max: usize,
    /// The earliest time a change may carry.
    pub time_min: Timestamp,
    /// The latest time a change may carry.
    pub time_max: Timestamp,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            change_bytes_max: 256 * 1024,
            ops_max: 5_000,
            deps_max: 64,
            message_bytes_max: 256,
            document_ops_max: 100_000,
            text_chars_max: Line::PROSE.chars_max,
            snapshot_bytes_max: 32 * 1024 * 1024,
            time_min: Timestamp::MIN,
            time_max: Timestamp::MAX,
        }
    }
}

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is merged; it touched these field groups.
    Accepted {
        /// Groups of the fields and texts it touched.
        groups: BTreeSet<Group>,
    },
    /// It was merged before.
    Known,
    /// It follows changes that are not here yet: offer it again after them.
    Missing {
        /// The changes to fetch first.
        deps: Vec<ChangeHash>,
    },
    /// Another change has its place in its actor's sequence: that replica was
    /// copied or restored, and must go on under a new incarnation.
    Fork,
    /// It is not merged, now or later, unless what the refusal names changes.
    Refused(Refusal),
}

/// What became of a batch.
#[derive(Debug)]
pub struct Admission {
    /// The document with the accepted changes; `None` when none was.
    pub document: Option<Document>,
    /// One outcome for each change, in the order given.
    pub outcomes: Vec<Outcome>,
}

/// Judges `changes`, all by one author and about one document, in causal order.
///
/// `document` must have no edit open. It is never touched: the accepted
/// changes are merged into a copy. A bad change falls with those that depend on
/// it; the others of the batch stand.
pub fn admit(
    document: &Document,
    changes: &[Parsed],
    author: &Author<'_>,
    limits: &Limits,
) -> Admission {
    let judged = |copy: &mut Document| Judge::new(copy, author, limits);
    let mut copy = document.clone();
    let Some(judge) = judged(&mut copy) else {
        let refusal = Refusal::because(RefusalCode::Unsound, "no genesis");
        return Admission {
            document: None,
            outcomes: vec![Outcome::Refused(refusal); changes.len()],
        };
    };
    // When all is well, one copy, one save and one load serve the whole batch.
    if let Some(admission) = together(judge, copy, changes) {
        return admission;
    }
    let mut copy = document.clone();
    match judged(&mut copy) {
        Some(judge) => one_by_one(judge, copy, changes),
        None => unreachable!("the same document was judged before"),
    }
}

/// Judges all, then tries the good ones at once; `None` when that fails.
fn together(mut judge: Judge<'_>, mut document: Document, changes: &[Parsed]) -> Option<Admission> {
    let mut outcomes = Vec::with_capacity(changes.len());
    let mut good = Vec::new();
    for change in changes {
        outcomes.push(match judge.judge(&mut document, change) {
            Ok(deeds) => {
                judge.accept(change, &deeds);
                let groups = deeds.groups.clone();
                good.push((change, deeds));
                Outcome::Accepted { groups }
            }
            Err(outcome) => {
                judge.fell(change, &outcome);
                outcome
            }
        });
    }
    let document = if good.is_empty() {
        None
    } else {
        Some(judge.merge(document, &good).ok()?)
    };
    Some(Admission { document, outcomes })
}

/// Judges and tries each alone, so that a bad one falls without the others.
fn one_by_one(mut judge: Judge<'_>, mut document: Document, changes: &[Parsed]) -> Admission {
    let mut merged = false;
    let mut outcomes = Vec::with_capacity(changes.len());
    for change in changes {
        let judged = judge.judge(&mut document, change).and_then(|deeds| {
            let good = [(change, deeds)];
            let next = judge
                .merge(document.clone(), &good)
                .map_err(Outcome::Refused)?;
            let [(_, deeds)] = good;
            Ok((next, deeds))
        });
        outcomes.push(match judged {
            Ok((next, deeds)) => {
                judge.accept(change, &deeds);
                document = next;
                merged = true;
                Outcome::Accepted {
                    groups: deeds.groups,
                }
            }
            Err(outcome) => {
                judge.fell(change, &outcome);
                outcome
            }
        });
    }
    Admission {
        document: merged.then_some(document),
        outcomes,
    }
}

#[cfg(test)]
mod tests;
