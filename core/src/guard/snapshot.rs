//! Whole documents a device receives from the relay.
//!
//! **Invariant**: what comes back starts from its kind's genesis and holds
//! nothing but entries and texts, however deep or large the bytes claim to be.

use automerge::{ROOT, ReadDoc, ScalarValueRef, ValueRef};

use super::{Limits, Refusal, RefusalCode, chunk, trial::same_map};
use crate::{
    document::{Document, Entry, quietly},
    model::{DocumentId, Kind},
};

/// Loads a whole document that came from the relay.
///
/// # Errors
///
/// [`Refusal`] when the bytes are not one uncompressed document chunk within
/// the limits, do not load, or hold something else than the kind's document.
pub fn admit_snapshot(
    id: DocumentId,
    kind: Kind,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Document, Refusal> {
    chunk::document(bytes, limits)?;
    let unsound = |what: &str| Refusal::because(RefusalCode::Unsound, what);
    quietly(|| {
        let mut document =
            Document::load(id, kind, Some(bytes), []).map_err(|_| unsound("load"))?;
        content(&mut document)?;
        Ok(document)
    })
    .map_err(|_| unsound("panic"))?
}

/// The root holds what the genesis put there, and the map holds entries only.
fn content(document: &mut Document) -> Result<(), Refusal> {
    let forbidden = || Refusal::from(RefusalCode::ForbiddenOperation);
    let mut genesis = Document::new(document.id(), document.kind());
    if !same_map(document.crdt(), genesis.crdt(), &ROOT) {
        return Err(forbidden());
    }
    let map = document.entries_object().ok_or_else(forbidden)?;
    for item in document.crdt().map_range(&map, ..) {
        let ValueRef::Scalar(ScalarValueRef::Bytes(bytes)) = &item.value else {
            return Err(forbidden());
        };
        Entry::read(&item.key, bytes).ok_or(RefusalCode::NotAnEntry)?;
    }
    Ok(())
}
