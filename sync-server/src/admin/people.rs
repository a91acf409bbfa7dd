//! What people may do.
//!
//! **Invariant**: roles are written by the relay into the person's document,
//! so that they travel, are logged, and judge what arrives from then on.

use ronde_core::{
    document::person::{self, Person},
    model::{Kind, Line, PersonId, Roles, check_text},
};

use super::Refusal;
use crate::{
    control::PersonLine,
    registry::name,
    site::{Site, desk::Edit},
    state::Relay,
};

/// Gives somebody who is known on the site other roles.
pub(super) fn change(
    relay: &Relay,
    site: &Site,
    called: &str,
    roles: Roles,
) -> Result<PersonLine, Refusal> {
    let called = check_text(called, Line::TITLE)?;
    let person = site.read(|tx| match called.parse::<PersonId>() {
        Ok(id) => Ok(name::get(tx, id)?.map(|_| vec![id]).unwrap_or_default()),
        Err(_) => name::find(tx, &called),
    })?;
    let person = match person[..] {
        [person] => person,
        [] => return Err(Refusal::PersonUnknown { person: called }),
        _ => return Err(Refusal::PersonAmbiguous { person: called }),
    };
    set(relay, site, person, roles.clone())?;
    Ok(PersonLine { person, roles })
}

/// Writes the roles into the person's document, made where it is missing.
pub(super) fn set(
    relay: &Relay,
    site: &Site,
    person: PersonId,
    roles: Roles,
) -> Result<(), Refusal> {
    let known = site.reading(|tx, _| Site::roles_in(tx, person))?;
    if known == roles {
        return Ok(());
    }
    let edit = Edit {
        id: person.into(),
        kind: Kind::Person,
        write: Box::new(move |document, stamp| match Person::read(document) {
            Ok(_) => person::set(document, "roles", &roles, stamp),
            Err(_) => person::create(document, &person::Created::default(), &roles, stamp),
        }),
    };
    let unknown = |_| Refusal::SiteNeeded {
        known: vec![site.code().clone()],
    };
    relay
        .mailbox(site)
        .map_err(unknown)?
        .write_blocking(vec![edit])?;
    Ok(())
}
