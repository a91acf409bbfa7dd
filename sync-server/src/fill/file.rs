//! One file on its way into a site: what it may ask, and what it wants to
//! write.
//!
//! **Invariant**: an edit is planned once per document, and only for values
//! that were checked, so that writing cannot fail for what the file says.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use ronde_core::{
    document::{Document, Stamp},
    error::Invalid,
    model::{DocumentId, Kind},
    schedule,
    store::Tx,
};

use super::{Filling, Ground, changes::Changes};
use crate::{
    import::{Errors, Reason, RowError, Table, shown},
    site::desk::Edit,
};

/// A file and what it wants to write.
pub(super) struct File<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) ground: Ground,
    /// Header of each field the file has a column for.
    columns: HashMap<&'static str, &'a str>,
    filling: Filling,
    planned: HashSet<DocumentId>,
    errors: Errors,
}

impl<'a> File<'a> {
    pub(super) fn new(table: &'a Table, tx: &'a Tx<'a>, ground: Ground) -> Self {
        let used = table.used.iter();
        Self {
            tx,
            ground,
            columns: used.map(|(field, header)| (*field, &**header)).collect(),
            filling: Filling::default(),
            planned: HashSet::new(),
            errors: Errors::default(),
        }
    }

    /// The local date at the site.
    pub(super) fn today(&self) -> NaiveDate {
        schedule::business_date(self.ground.now.0, self.ground.time_zone)
    }

    /// The id of what a file calls `key`.
    pub(super) fn id(&self, kind: Kind, key: &str) -> DocumentId {
        derived(self.ground, kind.name(), key)
    }

    /// True when the file has a column for the field: only then does an empty
    /// cell say something about what exists already.
    pub(super) fn says(&self, field: &str) -> bool {
        self.columns.contains_key(field)
    }

    /// Notes what is wrong with a row.
    pub(super) fn report(&mut self, line: u64, field: &str, reason: Reason) {
        let column = self.columns.get(field).copied().unwrap_or(field);
        self.errors.add(line, column, reason);
    }

    /// Notes a code that stands for nothing.
    pub(super) fn unknown(&mut self, line: u64, field: &str, what: &'static str, value: &str) {
        let value = shown(value);
        self.report(line, field, Reason::Unknown { what, value });
    }

    /// Notes what a document cannot hold. Says whether it can.
    pub(super) fn fits(&mut self, line: u64, field: &str, check: Result<(), Invalid>) -> bool {
        let Err(invalid) = check else { return true };
        self.report(line, field, Reason::Unfit(invalid.message));
        false
    }

    /// Plans a new document.
    pub(super) fn create(
        &mut self,
        kind: Kind,
        id: DocumentId,
        write: impl FnOnce(&mut Document, &Stamp) -> Result<(), ronde_core::Error> + Send + 'static,
    ) {
        if self.planned.insert(id) {
            self.filling.created += 1;
            let write = Box::new(write);
            self.filling.edits.push(Edit { id, kind, write });
        }
    }

    /// Plans changes of a document that exists, where there are any.
    pub(super) fn update(&mut self, kind: Kind, id: DocumentId, changes: Changes) {
        if changes.kept {
            self.filling.kept += 1;
        }
        if let Some(write) = changes.into_write()
            && self.planned.insert(id)
        {
            self.filling.updated += 1;
            self.filling.edits.push(Edit { id, kind, write });
        }
    }

    pub(super) fn into_filling(self) -> Result<Filling, Vec<RowError>> {
        match self.errors.is_empty() {
            true => Ok(self.filling),
            false => Err(self.errors.into_sorted()),
        }
    }
}

/// The id of what an import calls `key` on this site.
pub(super) fn derived(ground: Ground, role: &str, key: &str) -> DocumentId {
    DocumentId::derived(DocumentId(ground.site.0), role, key)
}
