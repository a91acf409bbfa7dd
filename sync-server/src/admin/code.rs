//! Making enrolment codes.
//!
//! **Invariant**: a name is given to one new person at most; who has it
//! already is meant by it.

use ronde_core::model::{Line, PersonId, Roles, Timestamp, check_text};
use rusqlite::Transaction;

use super::{Refusal, checked_url};
use crate::{
    control::IssuedCode,
    registry::{
        code::{self, Invitation},
        name, setting,
    },
    secret::Code,
    site::Site,
    state::Relay,
};

/// Where a relay listens unless it is told otherwise.
const LOCAL_URL: &str = "http://127.0.0.1:8640";
/// Codes are forgotten so long after their end.
const FORGOTTEN_AFTER_MS: i64 = 24 * 3_600_000;

pub(super) fn issue(
    relay: &Relay,
    site: &Site,
    person: &str,
    roles: Roles,
    minutes: u32,
    url: Option<&str>,
) -> Result<IssuedCode, Refusal> {
    let url = url.map(checked_url).transpose()?;
    let person = check_text(person, Line::TITLE)?;
    let code = Code::fresh(&*relay.world);
    let fresh = PersonId(relay.world.uuid());
    let now = relay.world.now();
    let expires = now.plus_ms(i64::from(minutes) * 60_000);
    let issued = site.write(|tx| {
        let person = match whose(tx, &person, fresh)? {
            Ok(person) => person,
            Err(refused) => return Ok(Err(refused)),
        };
        let invitation = Invitation {
            person,
            roles: roles.clone(),
            expires_at: expires,
        };
        code::forget(tx, Timestamp(now.0 - FORGOTTEN_AFTER_MS))?;
        code::issue(tx, &code, &invitation)?;
        Ok(Ok((person, setting::get(tx, setting::URL)?)))
    })?;
    let (person, known) = issued?;
    super::people::set(relay, site, person, roles)?;
    let url = url.or(known);
    let base = url.as_deref().unwrap_or(LOCAL_URL);
    let code = code.reveal();
    Ok(IssuedCode {
        url: format!("{base}/enrol#site={}&code={code}", site.code()),
        code,
        expires,
        person,
        reachable: url.is_some(),
    })
}

/// The person meant by a name or an id; a new name makes a new person.
fn whose(
    tx: &Transaction<'_>,
    person: &str,
    fresh: PersonId,
) -> Result<Result<PersonId, Refusal>, ronde_core::Error> {
    let asked = || person.to_owned();
    if let Ok(id) = person.parse::<PersonId>() {
        let known = name::get(tx, id)?.is_some_and(|name| name.name.is_some());
        return Ok(known
            .then_some(id)
            .ok_or_else(|| Refusal::PersonUnknown { person: asked() }));
    }
    match name::find(tx, person)?.as_slice() {
        [] => {
            name::set(tx, fresh, person)?;
            Ok(Ok(fresh))
        }
        [one] => Ok(Ok(*one)),
        _ => Ok(Err(Refusal::PersonAmbiguous { person: asked() })),
    }
}
