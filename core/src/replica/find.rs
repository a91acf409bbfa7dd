//! From what a person types to the one document they mean.
//!
//! **Invariant**: a prefix that fits several documents names none of them.

use super::Replica;
use crate::{
    error::{Error, Invalid},
    model::{DocumentId, Kind, PersonId},
    store::{Tx, views},
};

/// The most names an `ambiguous` error lists.
const LISTED_MAX: usize = 6;

impl Replica {
    /// The document of a kind that `text` names: a code, number or reference,
    /// an id, a title, or an unambiguous prefix of these.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with code `not_found` or `ambiguous`.
    pub fn find(&self, kind: Kind, text: &str) -> Result<DocumentId, Error> {
        self.read(|tx| find(tx, kind, text))
    }

    /// The order with this number, provisional number or id, or an
    /// unambiguous prefix of one.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with code `not_found` or `ambiguous`.
    pub fn find_order(&self, text: &str) -> Result<DocumentId, Error> {
        self.find(Kind::WorkOrder, text)
    }

    /// The person with this name or id, or an unambiguous prefix of one.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] with code `not_found` or `ambiguous`.
    pub fn find_person(&self, text: &str) -> Result<PersonId, Error> {
        let text = text.trim();
        let wanted = text.to_lowercase();
        let names = self.read(views::names)?;
        let with = |fits: &dyn Fn(&str) -> bool| -> Vec<(PersonId, &String)> {
            names
                .iter()
                .filter(|(_, name)| fits(&name.to_lowercase()))
                .map(|(person, name)| (*person, name))
                .collect()
        };
        for found in [
            with(&|name| name == wanted),
            with(&|name| {
                !wanted.is_empty()
                    && name
                        .split_whitespace()
                        .any(|word| word.starts_with(&wanted))
                    || name.starts_with(&wanted)
            }),
        ] {
            match found.as_slice() {
                [] => {}
                [(person, _)] => return Ok(*person),
                // Names are the directory's, not what was typed.
                several => {
                    let names = several.iter().map(|(_, name)| name.as_str());
                    return Err(ambiguous(names).into());
                }
            }
        }
        Ok(self.find(Kind::Person, text)?.into())
    }
}

/// See [`Replica::find`].
pub(super) fn find(tx: &Tx<'_>, kind: Kind, text: &str) -> Result<DocumentId, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(not_found(kind).into());
    }
    let id = text.parse().ok();
    let exact = [
        views::called(tx, kind, text)?,
        id.filter(|id| views::kind(tx, *id).is_ok_and(|known| known == Some(kind)))
            .into_iter()
            .collect(),
        match kind {
            Kind::WorkOrder | Kind::StockMovement => Vec::new(),
            _ => views::titled(tx, kind, text)?,
        },
    ];
    if let Some(found) = exact.iter().find(|found| !found.is_empty()) {
        return match found.as_slice() {
            [one] => Ok(*one),
            several => Err(ambiguous(several.iter().map(DocumentId::to_string)).into()),
        };
    }
    let count_max = u32::try_from(LISTED_MAX + 1).unwrap_or(u32::MAX);
    match views::matching(tx, kind, text, count_max)?.as_slice() {
        [] => Err(not_found(kind).into()),
        [one] => Ok(one.document),
        several => Err(ambiguous(several.iter().map(|named| named.name.as_str())).into()),
    }
}

fn not_found(kind: Kind) -> Invalid {
    let message = format!("no {} of that name is on this device", kind.name());
    Invalid::new("not_found", message)
}

fn ambiguous<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Invalid {
    let names: Vec<_> = names.into_iter().collect();
    let shown = names.iter().take(LISTED_MAX).map(AsRef::as_ref);
    let mut message = format!("several fit: {}", shown.collect::<Vec<_>>().join(", "));
    if names.len() > LISTED_MAX {
        message.push_str(", …");
    }
    Invalid::new("ambiguous", message)
}
