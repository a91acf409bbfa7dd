//! What a site has already, by the code that files call it.
//!
//! **Invariant**: a code stands for one document here: a living one first,
//! else the one an earlier import made under this code.

use std::collections::HashMap;

use ronde_core::{
    Error,
    document::{Life, checklist::Checklist, equipment::Equipment, part::Part, plan::Plan},
    model::{DocumentId, Kind},
    store::views,
};
use serde::de::DeserializeOwned;

use super::file::File;

/// What files refer to by a code.
pub(super) trait Coded: DeserializeOwned {
    const KIND: Kind;
    fn code(&self) -> &str;
    fn life(&self) -> &Life;
}

macro_rules! coded {
    ($($kind:ident.$code:ident),* $(,)?) => {$(
        impl Coded for $kind {
            const KIND: Kind = Kind::$kind;

            fn code(&self) -> &str {
                &self.$code
            }

            fn life(&self) -> &Life {
                &self.life
            }
        }
    )*};
}
coded!(Checklist.code, Equipment.code, Part.reference, Plan.code);

/// What a site has of one kind.
pub(super) struct Known<R>(HashMap<String, R>);

impl<R: Coded> Known<R> {
    /// Reads everything of the kind, and what `codes` named once.
    pub(super) fn read<'c>(
        file: &File<'_>,
        codes: impl IntoIterator<Item = &'c str>,
    ) -> Result<Self, Error> {
        let mut known = HashMap::<String, R>::new();
        for record in views::records::<R>(file.tx, R::KIND)? {
            let imported = file.id(R::KIND, record.code());
            let place = known.entry(record.code().to_owned());
            // Two machines may have one code, made apart: the imported one is
            // meant, or any, but always the same.
            let rank = |record: &R| (record.life().id != imported, record.life().id);
            match place {
                std::collections::hash_map::Entry::Occupied(mut other) => {
                    if rank(&record) < rank(other.get()) {
                        other.insert(record);
                    }
                }
                std::collections::hash_map::Entry::Vacant(free) => _ = free.insert(record),
            }
        }
        for code in codes {
            if known.contains_key(code) {
                continue;
            }
            // It was imported once, and has another code now or is deleted.
            if let Some(record) = views::record(file.tx, R::KIND, file.id(R::KIND, code))? {
                known.insert(code.to_owned(), record);
            }
        }
        Ok(Self(known))
    }

    /// What is called so.
    pub(super) fn get(&self, code: &str) -> Option<&R> {
        self.0.get(code)
    }

    /// The id of what is called so.
    pub(super) fn id(&self, code: &str) -> Option<DocumentId> {
        self.get(code).map(|record| record.life().id)
    }

    /// The only one for which `is` holds.
    pub(super) fn only(&self, is: impl Fn(&R) -> bool) -> Option<&R> {
        let mut found = self.0.values().filter(|record| is(record));
        found.next().filter(|_| found.next().is_none())
    }

    /// Every record.
    pub(super) fn all(&self) -> impl Iterator<Item = &R> {
        self.0.values()
    }
}
