//! Checklists: a draft that people edit and versions that were published.
//!
//! **Invariant**: a published version never changes; its entry id names it
//! everywhere. Two drafts made apart are both kept, and nothing is published
//! until somebody made one of them.

mod bounds;
mod check;
mod condition;
mod item;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use bounds::Bounds;
pub use condition::{Condition, Predicate, Test};
pub use item::{Asks, Choice, Item, OnFail, Operation, REPETITIONS_MAX};

use super::{
    Conflict, Document, Life, Stamp, Witness,
    plain::{self, Fold},
    schema::{Field, Reference, Title, Value, field},
};
use crate::{
    error::{Error, Invalid},
    model::{DocumentId, EntryId},
};

/// The keys of a checklist.
pub(super) const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("code", Reference, Describe),
    field!("name", Title, Describe),
    field!("plans", Vec<DocumentId>, Describe),
    field!("draft", Draft, Describe),
    field!("version", Published, Decide),
];

const PLAIN: &[&str] = &["code", "name", "plans", "draft"];

/// A checklist as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checklist {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The plant's code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// The plans it belongs to.
    pub plans: Vec<DocumentId>,
    /// Drafts nobody has followed yet, the one that counts first. More than
    /// one when two people edited apart; empty before the first.
    pub drafts: Vec<DraftHead>,
    /// Published versions, each after those it follows.
    pub versions: Vec<Version>,
}

/// A draft nobody has followed yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftHead {
    /// Its items in order.
    pub items: Vec<Item>,
    /// Who and when.
    #[serde(flatten)]
    pub witness: Witness,
}

/// A published version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its place among the versions, from 1: for people. What names it for
    /// good is `witness.entry`.
    pub number: u32,
    /// Its items in order.
    pub items: Vec<Item>,
    /// Its id, and who published it when.
    #[serde(flatten)]
    pub witness: Witness,
}

/// Everything a checklist starts with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The plant's code.
    #[n(0)]
    pub code: String,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// The plans it belongs to.
    #[n(2)]
    pub plans: Vec<DocumentId>,
}

/// Items that are being worked on; they may still refer to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Draft(#[n(0)] pub Vec<Item>);

/// Items that were published: they hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Published(#[n(0)] pub Vec<Item>);

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        Reference(self.code.clone()).check()?;
        Title(self.name.clone()).check()?;
        self.plans.check()
    }
}

impl Value for Draft {
    fn check(&self) -> Result<(), Invalid> {
        check::draft(&self.0)
    }
}

impl Value for Published {
    fn check(&self) -> Result<(), Invalid> {
        check::published(&self.0)
    }
}

/// Writes the first entry of a new checklist.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(document: &mut Document, created: &Created, stamp: &Stamp) -> Result<(), Error> {
    plain::create(document, created, stamp)
}

/// Sets `code`, `name`, `plans` or `draft`. A draft written after having seen
/// two makes one of them.
///
/// # Errors
///
/// [`Error::Invalid`] when the value is out of bounds or the field unknown.
pub fn set<V: Value>(
    document: &mut Document,
    field: &str,
    value: &V,
    stamp: &Stamp,
) -> Result<(), Error> {
    plain::set(document, PLAIN, field, value, stamp)
}

/// Makes the draft a version, and gives the id that names it.
///
/// # Errors
///
/// [`Error::Invalid`] with code `draft_has_two_heads`, `draft_empty` or
/// `nothing_new`, or saying which item does not hold.
pub fn publish(document: &mut Document, stamp: &Stamp) -> Result<EntryId, Error> {
    let checklist = Checklist::read(document)?;
    let invalid = |code, message: &str| Err(Invalid::new(code, message).into());
    let items = match checklist.drafts.as_slice() {
        [] => return invalid("draft_empty", "there is no draft to publish"),
        [draft] => draft.items.clone(),
        _ => {
            let message = "two people edited the draft apart: make one of them first";
            return invalid("draft_has_two_heads", message);
        }
    };
    if checklist.current().is_some_and(|now| now.items == items) {
        return invalid("nothing_new", "the draft is the version in force");
    }
    let published = Published(items);
    published.check()?;
    document.write("version", &published, stamp)?;
    let heads = document.entries().head_ids("version");
    heads.first().copied().ok_or(Error::Malformed("checklist"))
}

impl Checklist {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as a checklist.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("checklist");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let code = fold.plain("code").unwrap_or(Reference(created.code)).0;
        let name = fold.plain("name").unwrap_or(Title(created.name)).0;
        let plans = fold.plain("plans").unwrap_or(created.plans);
        let mut drafts = Vec::new();
        if let Some(settled) = entries.plain::<Draft>("draft") {
            let two_heads = settled.conflict("draft", "draft_has_two_heads");
            life.conflicts.extend(two_heads);
            let witness = settled.witness();
            let first = (settled.value, witness);
            drafts.extend(
                std::iter::once(first)
                    .chain(settled.rivals)
                    .map(|(Draft(items), witness)| DraftHead { items, witness }),
            );
        }
        let versions: Vec<_> = (1..)
            .zip(entries.about("version"))
            .filter_map(|(number, entry)| {
                let Published(items) = entry.decode()?;
                Some(Version {
                    number,
                    items,
                    witness: Witness::of(entry),
                })
            })
            .collect();
        let heads = entries.head_ids("version");
        if heads.len() > 1 {
            life.conflicts.push(Conflict {
                field: "version".to_owned(),
                code: "concurrent_versions".to_owned(),
                entries: heads,
            });
        }
        Ok(Self {
            life,
            code,
            name,
            plans,
            drafts,
            versions,
        })
    }

    /// The version that new executions run.
    pub fn current(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The version an execution is pinned to.
    pub fn version(&self, id: EntryId) -> Option<&Version> {
        self.versions
            .iter()
            .find(|version| version.witness.entry == id)
    }

    /// The version in force, where it is not the one an execution runs: to be
    /// mentioned, never to be switched to.
    pub fn newer_than(&self, id: EntryId) -> Option<&Version> {
        self.current().filter(|current| current.witness.entry != id)
    }
}
