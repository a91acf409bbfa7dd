//! One site as the relay holds it: its log and its registry.
//!
//! **Invariant**: what a request learns here is what is on disk now; nothing
//! about devices or tokens is remembered in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ronde_core::{
    Error,
    clock::World,
    model::{Epoch, SiteId},
};
use rusqlite::{Connection, Transaction};

use crate::{
    data::{Data, SiteCode},
    log::{self, Damage, Head, Log, SqliteLog},
    rate::Bucket,
    registry::{Registry, setting},
};

/// What a site is when it begins.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Its code.
    pub code: SiteCode,
    /// The name people see.
    pub name: String,
    /// The time zone of its business dates.
    pub time_zone: chrono_tz::Tz,
    /// The address devices reach the relay at, where it is known.
    pub url: Option<String>,
}

/// One open site.
#[derive(Debug)]
pub struct Site {
    id: SiteId,
    code: SiteCode,
    name: String,
    log: Mutex<SqliteLog>,
    registry: Mutex<Registry>,
    /// A second connection, so that a lookup never waits for an fsync.
    reader: Mutex<Registry>,
    /// Wrong enrolment codes of late.
    pub(crate) wrong_codes: Mutex<Bucket>,
}

impl Site {
    /// Makes a new site's files.
    ///
    /// # Errors
    ///
    /// [`log::Error::Store`] when the disk fails or the code is taken.
    pub fn found(
        data: &Data,
        founding: &Founding,
        world: &dyn World,
    ) -> Result<SiteId, log::Error> {
        let id = SiteId(world.uuid());
        let epoch = Epoch(world.uuid());
        data.place(&founding.code, |folder| {
            let path = folder.join("log.sqlite");
            SqliteLog::create(&path, id, epoch, world.now())?;
            Registry::open(&path)?.write(|tx| {
                setting::set(tx, setting::SITE_NAME, &founding.name)?;
                setting::set(tx, setting::TIME_ZONE, founding.time_zone.name())?;
                match &founding.url {
                    Some(url) => setting::set(tx, setting::URL, url),
                    None => Ok(()),
                }
            })?;
            Ok::<_, log::Error>(())
        })?;
        Ok(id)
    }

    /// Opens a site of the data folder.
    ///
    /// # Errors
    ///
    /// [`log::Error::Store`] when its file is missing, newer, or unreadable.
    pub fn open(data: &Data, code: SiteCode) -> Result<Self, log::Error> {
        let path = data.log(&code);
        let log = SqliteLog::open(&path)?;
        let registry = Registry::open(&path)?;
        let reader = Registry::open(&path)?;
        let name = reader.read(|tx| setting::get(tx, setting::SITE_NAME))?;
        Ok(Self {
            id: log.site(),
            name: name.unwrap_or_else(|| code.to_string()),
            code,
            log: Mutex::new(log),
            registry: Mutex::new(registry),
            reader: Mutex::new(reader),
            wrong_codes: Mutex::default(),
        })
    }

    /// Its id, used in URLs.
    pub fn id(&self) -> SiteId {
        self.id
    }

    /// Its code.
    pub fn code(&self) -> &SiteCode {
        &self.code
    }

    /// The name people see.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The current life of its log.
    pub fn epoch(&self) -> Epoch {
        self.log().epoch()
    }

    /// Where its log ends.
    pub fn head(&self) -> Head {
        self.log().head()
    }

    /// The first damage seen in its log.
    pub fn damage(&self) -> Option<Damage> {
        self.log().damage()
    }

    /// Its log. Blocks while somebody else uses it.
    pub fn log(&self) -> MutexGuard<'_, SqliteLog> {
        hold(&self.log)
    }

    /// Reads the registry. Blocks; never waits for a write.
    ///
    /// # Errors
    ///
    /// As [`Registry::read`].
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        hold(&self.reader).read(work)
    }

    /// Does one action on the registry, fsynced. Blocks.
    ///
    /// # Errors
    ///
    /// As [`Registry::write`].
    pub fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        hold(&self.registry).write(work)
    }
}

/// Locks what a panic elsewhere may have poisoned: what these locks hold is
/// either one number or a connection whose transaction was rolled back.
pub(crate) fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
