//! What a file changes in a document that exists.
//!
//! **Invariant**: a field whose value is the file's already is not written
//! again; one that a person wrote is not written at all where the caller asks
//! for that.

use ronde_core::{
    Error,
    document::{Document, Life, Stamp, schema::Value},
};

use crate::site::desk::{RELAY, Write};

/// Sets one field of one kind.
type Set<V> = fn(&mut Document, &str, &V, &Stamp) -> Result<(), Error>;

/// Changes of one document.
#[derive(Default)]
pub(super) struct Changes {
    writes: Vec<Write>,
    /// True when the document differs from the file and stays so.
    pub(super) kept: bool,
}

impl Changes {
    /// None, because somebody decided otherwise.
    pub(super) fn kept() -> Self {
        Self {
            kept: true,
            ..Self::default()
        }
    }

    /// Sets a field to what the file says, where it is something else.
    pub(super) fn set<V: Value + Send + 'static>(
        &mut self,
        set: Set<V>,
        field: &'static str,
        now: &V,
        file: V,
    ) {
        if *now != file {
            self.add(move |document, stamp| set(document, field, &file, stamp));
        }
    }

    /// The same for a field that people write in the field: what one of them
    /// wrote stands.
    pub(super) fn set_unless_touched<V: Value + Send + 'static>(
        &mut self,
        life: &Life,
        set: Set<V>,
        field: &'static str,
        now: &V,
        file: V,
    ) {
        if *now == file {
            return;
        }
        if touched(life, field) {
            self.kept = true;
        } else {
            self.set(set, field, now, file);
        }
    }

    pub(super) fn add(
        &mut self,
        write: impl FnOnce(&mut Document, &Stamp) -> Result<(), Error> + Send + 'static,
    ) {
        self.writes.push(Box::new(write));
    }

    /// One write of them all; `None` where nothing changes.
    pub(super) fn into_write(self) -> Option<Write> {
        if self.writes.is_empty() {
            return None;
        }
        let writes = self.writes;
        Some(Box::new(move |document, stamp| {
            writes
                .into_iter()
                .try_for_each(|write| write(document, stamp))
        }))
    }
}

/// True when somebody else than the relay wrote the field.
pub(super) fn touched(life: &Life, field: &str) -> bool {
    life.history
        .iter()
        .any(|event| event.field == field && event.witness.by != RELAY)
}
