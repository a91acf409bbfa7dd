//! People: what they may do, which team they are in, which language they read.
//!
//! **Invariant**: no name, address or other personal data is ever inside the
//! document: those live in a side table of the relay that can be erased.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    Document, Life, Stamp,
    plain::{self, Fold},
    schema::{Field, OptionalTitle, Value, field, optional},
};
use crate::{
    error::{Error, Invalid},
    model::{Line, PersonId, Rank, Roles},
};

/// The keys of a person.
pub(super) const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("roles", Roles, Decide),
    field!("active", bool, Decide),
    field!("team", OptionalTitle, Describe),
    field!("language", Language, Describe),
];

const PLAIN: &[&str] = &["roles", "active", "team", "language"];

/// A person as the document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The common part; its id is the person's.
    #[serde(flatten)]
    pub life: Life,
    /// What they are on this site; nothing until somebody decided it.
    pub roles: Roles,
    /// The team they work in.
    pub team: Option<String>,
    /// The language of their screens.
    pub language: Language,
    /// False once they left: they may do nothing any more.
    pub active: bool,
}

/// What a person starts with; roles are a decision and stand apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The team they work in.
    #[n(0)]
    pub team: Option<String>,
    /// The language of their screens.
    #[n(1)]
    pub language: Language,
}

/// A language that screens speak.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
pub enum Language {
    /// French.
    #[default]
    #[n(0)]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[n(1)]
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// The ISO 639-1 code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

impl Value for Language {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        optional(self.team.as_ref(), Line::TITLE)
    }
}

/// Writes the first entries of a new person.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(
    document: &mut Document,
    created: &Created,
    roles: &Roles,
    stamp: &Stamp,
) -> Result<(), Error> {
    roles.check()?;
    plain::create(document, created, stamp)?;
    document.write("roles", roles, stamp)
}

/// Sets `roles`, `active`, `team` or `language`.
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

impl Person {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as a person.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("person");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let roles = fold.plain("roles").unwrap_or_default();
        // Who was sent away concurrently stays away until somebody decides.
        let active = fold.heaviest("active", |active: &bool| !active);
        let team = fold.plain("team").unwrap_or(OptionalTitle(created.team)).0;
        let language = fold.plain("language").unwrap_or(created.language);
        Ok(Self {
            roles,
            team,
            language,
            active: active.unwrap_or(true),
            life,
        })
    }

    /// The person's id.
    pub fn person(&self) -> PersonId {
        self.life.id.into()
    }

    /// Whose word theirs is where two plain edits are concurrent.
    pub fn rank(&self) -> Rank {
        self.roles.rank()
    }

    /// What they may act as: nothing once they left or were deleted.
    pub fn effective_roles(&self) -> Roles {
        if self.active && !self.life.deleted {
            self.roles.clone()
        } else {
            Roles::default()
        }
    }
}
