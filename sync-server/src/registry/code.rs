//! Enrolment codes: how a person's device gets its token.
//!
//! **Invariant**: a code enrols one device, within its life. The same device
//! may send it again while it lives, because the answer may have been lost.

use ronde_core::{
    Error,
    model::{DeviceId, Incarnation, PersonId, Roles, Timestamp},
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{device, optional, stored_json, to_json, token, uuid as id};
use crate::secret::{Code, SecretHash, Token};

/// What a new code is for.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Who is to enrol.
    pub person: PersonId,
    /// What they are to be on this site.
    pub roles: Roles,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What a device says of itself when it enrols.
#[derive(Clone, Debug)]
pub struct Applicant {
    /// Its id, chosen by itself.
    pub device: DeviceId,
    /// What its owner calls it.
    pub name: String,
    /// The life of its replica.
    pub incarnation: Incarnation,
}

/// Why a device was not enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No such code on this site.
    Wrong,
    /// Its life is over.
    Expired,
    /// Another device has used it.
    Used,
    /// The device is revoked; reinstating it is a decision of its own.
    Revoked,
    /// The device is enrolled for somebody else.
    DeviceTaken,
    /// The incarnation is another device's.
    IncarnationTaken,
}

/// Stores a code.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn issue(tx: &Transaction<'_>, code: &Code, invitation: &Invitation) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO code (hash, person, roles, expires_at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![
            code.hash().0,
            invitation.person.bytes(),
            to_json(&invitation.roles)?,
            invitation.expires_at.0
        ],
    )?;
    Ok(())
}

/// Enrols `applicant` with `code` and gives it `token`.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails; a refusal is no error and changes
/// nothing.
pub fn redeem(
    tx: &Transaction<'_>,
    code: &Code,
    applicant: &Applicant,
    token: &Token,
    now: Timestamp,
) -> Result<Result<Invitation, Refused>, Error> {
    let Some((invitation, used_by)) = find(tx, code)? else {
        return Ok(Err(Refused::Wrong));
    };
    if now >= invitation.expires_at {
        return Ok(Err(Refused::Expired));
    }
    if used_by.is_some_and(|device| device != applicant.device) {
        return Ok(Err(Refused::Used));
    }
    if let Some(known) = device::get(tx, applicant.device)? {
        if known.person != invitation.person {
            return Ok(Err(Refused::DeviceTaken));
        }
        if known.revoked_at.is_some() {
            return Ok(Err(Refused::Revoked));
        }
    }
    let owner = device::of_incarnation(tx, applicant.incarnation)?;
    if owner.is_some_and(|device| device != applicant.device) {
        return Ok(Err(Refused::IncarnationTaken));
    }
    // Only the device that used the code knows its incarnation.
    if used_by.is_some() && owner.is_none() {
        return Ok(Err(Refused::Used));
    }
    let (device, name) = (applicant.device, &applicant.name);
    device::enter(tx, device, invitation.person, name, now)?;
    device::bind(tx, applicant.incarnation, device, now)?;
    token::replace(tx, device, token, now)?;
    tx.execute(
        "UPDATE code SET used_by = ?2 WHERE hash = ?1",
        params![code.hash().0, device.bytes()],
    )?;
    Ok(Ok(invitation))
}

/// Ends every code, used or not: after a restore nobody knows which were used.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn void_all(tx: &Transaction<'_>) -> Result<(), Error> {
    tx.execute("DELETE FROM code", [])?;
    Ok(())
}

/// Forgets codes whose life ended before `before`.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn forget(tx: &Transaction<'_>, before: Timestamp) -> Result<(), Error> {
    tx.execute("DELETE FROM code WHERE expires_at_ms < ?1", [before.0])?;
    Ok(())
}

fn find(tx: &Connection, code: &Code) -> Result<Option<(Invitation, Option<DeviceId>)>, Error> {
    let asked = code.hash();
    let found = tx
        .prepare_cached(
            "SELECT hash, person, roles, expires_at_ms, used_by FROM code WHERE hash = ?1",
        )?
        .query_row([asked.0], |row| {
            Ok((
                SecretHash(row.get("hash")?),
                PersonId(id(row, "person")?),
                row.get::<_, String>("roles")?,
                Timestamp(row.get("expires_at_ms")?),
                optional(row, "used_by", |bytes| {
                    DeviceId(uuid::Uuid::from_bytes(bytes))
                })?,
            ))
        })
        .optional()?;
    let Some((_, person, roles, expires_at, used_by)) =
        found.filter(|(stored, ..)| stored.is(&asked))
    else {
        return Ok(None);
    };
    let invitation = Invitation {
        person,
        roles: stored_json(&roles)?,
        expires_at,
    };
    Ok(Some((invitation, used_by)))
}
