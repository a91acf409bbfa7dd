//! People: who works here and what they may do.
//!
//! **Invariant**: names come from the directory, which can be erased; a person
//! without a name is shown by their id.

use serde::Serialize;

use super::{Replica, record};
use crate::{
    document::person::{Language, Person},
    error::Error,
    model::{Kind, PersonId, Roles},
    store::views,
};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonRow {
    /// The person.
    pub id: PersonId,
    /// Their name, where the directory knows it.
    pub name: Option<String>,
    /// What they may act as.
    pub roles: Roles,
    /// The team they work in.
    pub team: Option<String>,
    /// The language of their screens.
    pub language: Language,
    /// False once they left.
    pub active: bool,
    /// True for whoever uses this device.
    pub me: bool,
}

impl Replica {
    /// Everybody, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn people(&self) -> Result<Vec<PersonRow>, Error> {
        let me = self.person();
        let (people, names): (Vec<Person>, _) =
            self.read(|tx| Ok((views::records(tx, Kind::Person)?, views::names(tx)?)))?;
        let mut rows: Vec<_> = people
            .into_iter()
            .map(|person| row(&person, names.get(&person.person()).cloned(), me))
            .collect();
        rows.sort_by_key(|row| {
            let name = row.name.as_ref().map(|name| name.to_lowercase());
            (name.is_none(), name, row.id)
        });
        Ok(rows)
    }

    /// One person.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn person_row(&self, id: PersonId) -> Result<PersonRow, Error> {
        let me = self.person();
        self.read(|tx| {
            let person: Person = record(tx, Kind::Person, id.into())?;
            Ok(row(&person, views::name(tx, id)?, me))
        })
    }

    /// The names of everybody the directory knows.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn names(&self) -> Result<std::collections::BTreeMap<PersonId, String>, Error> {
        self.read(views::names)
    }
}

fn row(person: &Person, name: Option<String>, me: PersonId) -> PersonRow {
    PersonRow {
        id: person.person(),
        name,
        roles: person.effective_roles(),
        team: person.team.clone(),
        language: person.language,
        active: person.active,
        me: person.person() == me,
    }
}
