//! Plain fields, the same for every kind: how they are read and how they are
//! set.
//!
//! **Invariant**: of concurrent values the office's counts over the field's,
//! then the later one; the others stay visible as a conflict (DOMAIN.md, "same
//! plain field").

use minicbor::{Decode, Encode};

use super::{
    Conflict, Document, Entries, Stamp,
    schema::{self, Value},
};
use crate::error::{Error, Invalid};

/// Reads plain fields, noting where people disagree.
pub(super) struct Fold<'a> {
    pub(super) entries: &'a Entries,
    pub(super) conflicts: &'a mut Vec<Conflict>,
}

impl Fold<'_> {
    /// The value of `field` that counts; `None` when nobody set it.
    pub(super) fn plain<V>(&mut self, field: &str) -> Option<V>
    where
        V: for<'b> Decode<'b, ()> + PartialEq,
    {
        let settled = self.entries.plain::<V>(field)?;
        self.conflicts
            .extend(settled.conflict(field, "concurrent_edit"));
        Some(settled.value)
    }

    /// The same where some values outweigh others, whoever said them.
    pub(super) fn heaviest<V, W>(&mut self, field: &str, weight: impl Fn(&V) -> W) -> Option<V>
    where
        V: for<'b> Decode<'b, ()> + PartialEq,
        W: Ord,
    {
        let settled = self.entries.settle::<V, _>(field, |entry, value| {
            (weight(value), entry.rank, entry.at, entry.id)
        })?;
        self.conflicts
            .extend(settled.conflict(field, "concurrent_edit"));
        Some(settled.value)
    }
}

/// Writes the first entry of a document.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or with code
/// `already_created`.
pub(super) fn create<V: Value>(
    document: &mut Document,
    created: &V,
    stamp: &Stamp,
) -> Result<(), Error> {
    created.check()?;
    if !document.entries().about("created").is_empty() {
        return Err(Invalid::new("already_created", "the document exists already").into());
    }
    document.write("created", created, stamp)
}

/// Sets a field that is one of `allowed`. Saying again what already counts
/// changes nothing.
///
/// # Errors
///
/// [`Error::Invalid`] when the kind has no such plain field, or the value has
/// the wrong type or is out of bounds; [`Error::Malformed`] when the document
/// was never created.
pub(super) fn set<V: Value>(
    document: &mut Document,
    allowed: &[&str],
    field: &str,
    value: &V,
    stamp: &Stamp,
) -> Result<(), Error> {
    let head = field.split_once('/').map_or(field, |(head, _)| head);
    if !allowed.contains(&head) {
        return Err(Invalid::new("unknown_field", "the field is not known here").into());
    }
    let entries = document.entries();
    if entries.about("created").is_empty() {
        return Err(Error::Malformed(document.kind().name()));
    }
    schema::judge_value(document.kind(), field, &encoded(value)?)?;
    let now = entries.plain::<V>(field);
    if now.is_some_and(|now| now.value == *value && now.rivals.is_empty()) {
        return Ok(());
    }
    document.write(field, value, stamp)
}

fn encoded<V: Encode<()>>(value: &V) -> Result<Vec<u8>, Error> {
    minicbor::to_vec(value).map_err(|_| Error::Malformed("entry"))
}
