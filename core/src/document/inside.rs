//! What the guard needs to see of a document's CRDT before it merges a change.
//!
//! **Invariant**: crate-private; everybody else sees entries and texts only.

use automerge::{AutoCommit, ObjId};

use super::{Document, ENTRIES, schema};
use crate::model::{DocumentId, Kind};

impl Document {
    /// The Automerge document. `&mut`, because Automerge closes the open edit
    /// before it answers most questions.
    pub(crate) fn crdt(&mut self) -> &mut AutoCommit {
        &mut self.crdt
    }

    /// A document around an Automerge document that was judged already.
    pub(crate) const fn around(id: DocumentId, kind: Kind, crdt: AutoCommit) -> Self {
        Self { id, kind, crdt }
    }

    /// The map of entries; `None` when the genesis is not in the document.
    pub(crate) fn entries_object(&self) -> Option<ObjId> {
        self.object(ENTRIES)
    }

    /// The long texts of the kind with their objects, in schema order.
    pub(crate) fn text_objects(&self) -> Vec<(&'static schema::Text, ObjId)> {
        let texts = schema::texts(self.kind).iter();
        texts
            .filter_map(|text| Some((text, self.object(text.name)?)))
            .collect()
    }
}
