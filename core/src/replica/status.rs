//! Where this device stands, and why something is still on it.
//!
//! **Invariant**: silence is a bug: whatever is not synced has a reason code
//! that a person can read (law 10).

use serde::Serialize;

use super::Replica;
use crate::{
    error::Error,
    model::{DeviceId, DocumentId, Kind, PersonId, Roles, SiteId, Timestamp},
    store::{documents, outbox, state, views},
    wire::{Cursor, Window},
};

/// Where this device stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Site id.
    pub site: SiteId,
    /// Site code.
    pub site_code: String,
    /// Site name.
    pub site_name: String,
    /// Who uses the device.
    pub person: PersonId,
    /// Their name, where the directory knows it.
    pub person_name: Option<String>,
    /// What the relay last said they may do.
    pub roles: Roles,
    /// The device's id at the relay.
    pub device: DeviceId,
    /// Changes the relay has not acknowledged.
    pub pending: u32,
    /// Changes the relay keeps aside.
    pub refused: u32,
    /// Things somebody should look at.
    pub conflicts: u32,
    /// Open alerts for this person.
    pub alerts: u32,
    /// When everything was last exchanged.
    pub last_sync: Option<Timestamp>,
    /// Why the last exchange did not finish: a stable code.
    pub last_problem: Option<String>,
    /// Up to where the log was surely read.
    pub cursor: u64,
    /// True while a first sync or catch-up is still under way.
    pub catching_up: bool,
    /// The channels this device holds.
    pub window: Window,
    /// Documents held.
    pub documents: u64,
    /// Sum over the heads of every document of the window, as hexadecimal:
    /// equal digests mean byte-equal heads.
    pub digest: String,
    /// The relay's clock minus this device's at the last exchange, in
    /// milliseconds.
    pub clock_offset_ms: Option<i64>,
}

/// One document with work that is not at the relay, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The document.
    pub document: DocumentId,
    /// Its kind.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// How many changes.
    pub changes: u32,
    /// The oldest one's time.
    pub since: Timestamp,
    /// Stable reason code: `not_sent`, `unreachable`, `missing`, or the relay's.
    pub code: String,
}

impl Replica {
    /// Where this device stands.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn status(&self) -> Result<Status, Error> {
        let roles = self.roles()?;
        let account = self.account();
        self.store.read(|tx| {
            let cursor = state::get(tx, &state::CURSOR)?.unwrap_or_default();
            Ok(Status {
                site: account.site,
                site_code: account.site_code.clone(),
                site_name: account.site_name.clone(),
                person: account.person,
                person_name: views::name(tx, account.person)?,
                roles,
                device: account.device,
                pending: outbox::count(tx)?,
                refused: outbox::refused_count(tx)?,
                conflicts: views::conflict_count(tx)?,
                alerts: 0,
                last_sync: state::get(tx, &state::LAST_SYNC)?,
                last_problem: state::get(tx, &state::LAST_PROBLEM)?,
                cursor: cursor.base(),
                catching_up: !matches!(cursor, Cursor::At(_)),
                window: state::get(tx, &state::WINDOW)?.unwrap_or_default(),
                documents: documents::count(tx)?,
                digest: state::get(tx, &state::DIGEST)?
                    .unwrap_or_default()
                    .to_string(),
                clock_offset_ms: state::get(tx, &state::CLOCK_OFFSET_MS)?,
            })
        })
    }

    /// Everything that is not at the relay, and why; the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn why(&self) -> Result<Vec<Why>, Error> {
        self.store.read(|tx| {
            let problem = state::get(tx, &state::LAST_PROBLEM)?;
            let mut all = Vec::<Why>::new();
            let mut add = |document, kind, title: String, since, code: String| match all
                .iter_mut()
                .find(|why| why.document == document && why.code == code)
            {
                Some(why) => {
                    why.changes += 1;
                    why.since = why.since.min(since);
                }
                None => all.push(Why {
                    document,
                    kind,
                    title,
                    changes: 1,
                    since,
                    code,
                }),
            };
            for waiting in outbox::waiting(tx)? {
                let title = views::title(tx, waiting.document)?.unwrap_or_default();
                let code = waiting
                    .held
                    .or_else(|| problem.clone())
                    .unwrap_or_else(|| "not_sent".to_owned());
                add(
                    waiting.document,
                    waiting.kind,
                    title,
                    waiting.queued_at,
                    code,
                );
            }
            for refused in outbox::refused(tx)? {
                add(
                    refused.document,
                    refused.kind,
                    refused.title,
                    refused.queued_at,
                    refused.code,
                );
            }
            all.sort_by_key(|why| why.since);
            Ok(all)
        })
    }
}
