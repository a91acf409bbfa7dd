//! How far an execution is, and who signed it.
//!
//! **Invariant**: a signature says which content it is about; what was added
//! later is never passed off as signed.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::ContentHash;
use crate::{
    document::{
        Conflict, Document, Entries, Stamp, Witness,
        schema::{Group, Value, checked, optional},
    },
    error::{Error, Invalid},
    model::{Line, PersonId},
};

/// How far an execution is; of concurrent states the later in this list counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is being answered.
    #[n(0)]
    Draft,
    /// Whoever did it says that it is done.
    #[n(1)]
    Finalized,
    /// The supervisor accepted it.
    #[n(2)]
    Validated,
}

impl State {
    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Finalized => "finalized",
            Self::Validated => "validated",
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct StateChange {
    /// Where it goes.
    #[n(0)]
    pub to: State,
    /// Why.
    #[n(1)]
    pub reason: Option<String>,
}

/// A signature as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Signature {
    /// Who signed.
    #[n(0)]
    pub person: PersonId,
    /// What was signed.
    #[n(1)]
    pub content: ContentHash,
}

/// A signature as it counts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Who signed.
    pub person: PersonId,
    /// What was signed.
    pub content: ContentHash,
    /// True when that is what the execution says now.
    pub current: bool,
    /// Who wrote it, and when.
    #[serde(flatten)]
    pub witness: Witness,
}

impl Value for StateChange {
    fn check(&self) -> Result<(), Invalid> {
        optional(self.reason.as_ref(), Line::PROSE)
    }
}

impl Value for Signature {
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// The field group of a step: validating and reopening are decisions.
pub(super) fn judge(bytes: &[u8]) -> Result<Group, Invalid> {
    Ok(match checked::<StateChange>(bytes)?.to {
        State::Finalized => Group::Work,
        State::Draft | State::Validated => Group::Decide,
    })
}

/// Takes a step.
pub(super) fn change(
    document: &mut Document,
    to: State,
    reason: Option<String>,
    stamp: &Stamp,
) -> Result<(), Error> {
    document.write("state", &StateChange { to, reason }, stamp)
}

/// How far it is now, and whether people disagree.
pub(super) fn read(entries: &Entries) -> (State, Option<Conflict>) {
    let settled = entries.settle::<StateChange, _>("state", |entry, step| {
        (step.to, entry.rank, entry.at, entry.id)
    });
    let Some(settled) = settled else {
        return (State::Draft, None);
    };
    let to = settled.value.to;
    let agreed = settled.rivals.iter().all(|(step, _)| step.to == to);
    let conflict = if agreed {
        None
    } else {
        settled.conflict("state", "concurrent_state")
    };
    (to, conflict)
}

/// Every signature, and what is wrong with them.
pub(super) fn signatures(
    entries: &Entries,
    state: State,
    content: ContentHash,
) -> (Vec<Signed>, Vec<Conflict>) {
    let mut signed: Vec<_> = entries
        .under("signature")
        .flat_map(|(key, _)| entries.about(key))
        .filter_map(|entry| {
            let signature: Signature = entry.decode()?;
            Some(Signed {
                person: signature.person,
                content: signature.content,
                current: signature.content == content,
                witness: Witness::of(entry),
            })
        })
        .collect();
    signed.sort_by_key(|signed| (signed.witness.at, signed.witness.entry));
    let conflict = |code: &str, entries: Vec<_>| Conflict {
        field: "signature".to_owned(),
        code: code.to_owned(),
        entries,
    };
    let all = || signed.iter().map(|signed| signed.witness.entry);
    let mut conflicts = Vec::new();
    if state != State::Draft && !signed.is_empty() && !signed.iter().any(|signed| signed.current) {
        conflicts.push(conflict("changed_after_signature", all().collect()));
    }
    let for_others = signed
        .iter()
        .filter(|signed| signed.person != signed.witness.by)
        .map(|signed| signed.witness.entry);
    let for_others: Vec<_> = for_others.collect();
    if !for_others.is_empty() {
        conflicts.push(conflict("signed_for_another", for_others));
    }
    (signed, conflicts)
}
