//! Changes that were refused, kept whole until somebody decides.
//!
//! **Invariant**: what a device was told is refused stays here, whatever
//! happens to the device.

use std::collections::BTreeSet;

use ronde_core::{
    Error,
    model::{ChangeHash, DeviceId, DocumentId, Incarnation, Kind, PersonId, Timestamp},
};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::uuid;

/// One refused change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The document it was meant for.
    pub document: DocumentId,
    /// The change's identity.
    pub hash: ChangeHash,
    /// The document's kind, as the device said.
    pub kind: Kind,
    /// Who made it.
    pub actor: Incarnation,
    /// Its place among the actor's changes of this document.
    pub actor_seq: u64,
    /// The change chunk, as it came; not safe to parse without the guard.
    pub bytes: Vec<u8>,
    /// The device that sent it.
    pub device: DeviceId,
    /// The reason code.
    pub code: String,
    /// What was refused in it, without what a person typed.
    pub detail: String,
    /// When, by the relay's clock.
    pub received_at: Timestamp,
    /// What was decided.
    pub state: State,
}

/// What became of a refused change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided yet; it is tried again when a permission returns.
    Open,
    /// It is in the log now.
    Accepted,
    /// The supervisor put it aside.
    Dismissed,
}

impl State {
    const ALL: [Self; 3] = [Self::Open, Self::Accepted, Self::Dismissed];

    /// The name used in SQL and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Dismissed => "dismissed",
        }
    }
}

const SELECT: &str = "SELECT document, hash, kind, actor, actor_seq, bytes, device, code, detail,
         received_at_ms, state
     FROM quarantine";

/// Keeps a refused change. Sent again, it gets the newer reason, and what was
/// decided about it stands.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn keep(tx: &Transaction<'_>, refused: &Refused) -> Result<(), Error> {
    let actor_seq =
        i64::try_from(refused.actor_seq).map_err(|_| Error::Malformed("change count"))?;
    tx.prepare_cached(
        "INSERT INTO quarantine (document, hash, kind, actor, actor_seq, bytes, device, code,
             detail, received_at_ms, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (document, hash) DO UPDATE
             SET code = excluded.code, detail = excluded.detail WHERE state = 'open'",
    )?
    .execute(params![
        refused.document.bytes(),
        refused.hash.0,
        refused.kind.code(),
        refused.actor.bytes(),
        actor_seq,
        refused.bytes,
        refused.device.bytes(),
        refused.code,
        refused.detail,
        refused.received_at.0,
        refused.state.name(),
    ])?;
    Ok(())
}

/// One refused change; `None` where it never was.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn get(
    tx: &Connection,
    document: DocumentId,
    hash: ChangeHash,
) -> Result<Option<Refused>, Error> {
    let mut statement =
        tx.prepare_cached(&format!("{SELECT} WHERE document = ?1 AND hash = ?2"))?;
    let found = statement.query_row(params![document.bytes(), hash.0], row);
    Ok(found.optional()?)
}

/// What is still undecided of one device, the oldest first.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn open_of(tx: &Connection, device: DeviceId) -> Result<Vec<Refused>, Error> {
    let mut statement = tx.prepare_cached(&format!(
        "{SELECT} WHERE device = ?1 AND state = 'open'
         ORDER BY received_at_ms, document, actor_seq"
    ))?;
    let found = statement.query_map([device.bytes()], row)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The people whose undecided changes to one of these documents wait for an
/// assignment.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn authors_of(
    tx: &Connection,
    documents: &BTreeSet<DocumentId>,
) -> Result<BTreeSet<PersonId>, Error> {
    let mut people = BTreeSet::new();
    // Hardly ever is anything open: one look saves one for each document.
    let open = "SELECT 1 FROM quarantine WHERE state = 'open'";
    if !tx.prepare_cached(open)?.exists([])? {
        return Ok(people);
    }
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT device.person FROM quarantine JOIN device ON device.id = quarantine.device
          WHERE quarantine.document = ?1 AND quarantine.state = 'open'
            AND quarantine.code = 'not_assigned'",
    )?;
    for document in documents {
        let rows = statement.query_map([document.bytes()], |row| uuid(row, "person"))?;
        for person in rows {
            people.insert(PersonId(person?));
        }
    }
    Ok(people)
}

/// Notes what was decided. False where the change was never refused.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn decide(
    tx: &Transaction<'_>,
    document: DocumentId,
    hash: ChangeHash,
    state: State,
) -> Result<bool, Error> {
    let rows = tx.execute(
        "UPDATE quarantine SET state = ?3 WHERE document = ?1 AND hash = ?2",
        params![document.bytes(), hash.0, state.name()],
    )?;
    Ok(rows > 0)
}

fn row(row: &Row<'_>) -> Result<Refused, rusqlite::Error> {
    let out_of_range = |column| rusqlite::Error::IntegralValueOutOfRange(column, 0);
    let state: String = row.get("state")?;
    let state = State::ALL.into_iter().find(|known| known.name() == state);
    Ok(Refused {
        document: DocumentId(uuid(row, "document")?),
        hash: ChangeHash(row.get("hash")?),
        kind: Kind::from_code(row.get("kind")?).ok_or_else(|| out_of_range(2))?,
        actor: Incarnation(uuid(row, "actor")?),
        actor_seq: row.get::<_, i64>("actor_seq")?.cast_unsigned(),
        bytes: row.get("bytes")?,
        device: DeviceId(uuid(row, "device")?),
        code: row.get("code")?,
        detail: row.get("detail")?,
        received_at: Timestamp(row.get("received_at_ms")?),
        state: state.ok_or_else(|| out_of_range(10))?,
    })
}
