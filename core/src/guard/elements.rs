//! Which characters of the long texts exist, and which change inserted them.
//!
//! **Invariant**: holds inserted elements of the kind's own texts only.

use std::collections::HashMap;

use automerge::{AutoCommit, legacy};

use super::Parsed;
use crate::{document::quietly, model::ChangeHash};

/// One inserted element: the text it is in and the change it came with.
#[derive(Clone, Debug)]
struct Place {
    text: legacy::OpId,
    change: ChangeHash,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Elements(HashMap<legacy::OpId, Place>);

impl Elements {
    /// Reads every change of a document; empty when that fails, which refuses
    /// the edits that ask.
    pub(super) fn of(crdt: &mut AutoCommit) -> Self {
        let mut elements = Self::default();
        let changes = quietly(|| {
            let changes = crdt.get_changes(&[]);
            changes
                .iter()
                .map(automerge::Change::decode)
                .collect::<Vec<_>>()
        });
        for change in changes.unwrap_or_default() {
            let Some(hash) = change.hash else { continue };
            let first = change.start_op.get();
            elements.add(
                ChangeHash(hash.0),
                &change.actor_id,
                first,
                &change.operations,
            );
        }
        elements
    }

    /// Adds what an accepted change inserts.
    pub(super) fn accept(&mut self, change: &Parsed) {
        let actor = change.change.actor_id();
        let first = change.start_op();
        self.add(change.hash(), actor, first, &change.operations);
    }

    fn add(
        &mut self,
        change: ChangeHash,
        actor: &automerge::ActorId,
        first: u64,
        operations: &[legacy::Op],
    ) {
        for (counter, operation) in (first..).zip(operations) {
            if let (true, legacy::ObjectId::Id(text)) = (operation.insert, &operation.obj) {
                let place = Place {
                    text: text.clone(),
                    change,
                };
                self.0.insert(legacy::OpId::new(counter, actor), place);
            }
        }
    }

    /// The change that inserted the element into this text.
    pub(super) fn origin(&self, element: &legacy::OpId, text: &legacy::OpId) -> Option<ChangeHash> {
        let place = self.0.get(element)?;
        (place.text == *text).then_some(place.change)
    }
}
