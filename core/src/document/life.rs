//! What every document says about its own life: who made it, when it was last
//! touched, whether it is deleted, and its history.
//!
//! **Invariant**: deletion is a mark, never an erasure; an edit revives.

use serde::{Deserialize, Serialize};

use super::{Conflict, DELETED, Document, Entries, Witness, schema::Deletion};
use crate::model::{DocumentId, PersonId, Timestamp};

/// The part all documents have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// Document id.
    pub id: DocumentId,
    /// Author of the first entry.
    pub created_by: PersonId,
    /// Device clock.
    pub created_at: Timestamp,
    /// The latest entry's time, by its author's clock.
    pub updated_at: Timestamp,
    /// Marked as deleted, and nobody edited it since.
    pub deleted: bool,
    /// What somebody should look at.
    pub conflicts: Vec<Conflict>,
    /// Who said what, in order.
    pub history: Vec<Event>,
}

/// One line of a document's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The key that was written.
    pub field: String,
    /// What was said, where the kind has one word for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Who and when.
    #[serde(flatten)]
    pub witness: Witness,
}

impl Life {
    /// Reads the common part; `None` when the document has no entry yet.
    pub(super) fn read(document: &Document, entries: &Entries) -> Option<Self> {
        let history = entries.history();
        let first = entries
            .about("created")
            .first()
            .or(history.first().copied())?;
        let mut conflicts = Vec::new();
        let mark = entries.settle::<Deletion, _>(DELETED, |_, mark| mark.entries_seen);
        let revived = mark
            .as_ref()
            .is_some_and(|mark| entries.edit_count() > mark.value.entries_seen);
        if let Some(mark) = mark.as_ref().filter(|_| revived) {
            conflicts.push(Conflict {
                field: DELETED.to_owned(),
                code: "edited_while_deleted".to_owned(),
                entries: vec![mark.witness().entry],
            });
        }
        Some(Self {
            id: document.id(),
            created_by: first.by,
            created_at: first.at,
            updated_at: history.iter().map(|entry| entry.at).max()?,
            deleted: mark.is_some() && !revived,
            conflicts,
            history: history
                .into_iter()
                .map(|entry| Event {
                    field: entry.key.clone(),
                    value: None,
                    witness: Witness::of(entry),
                })
                .collect(),
        })
    }
}
