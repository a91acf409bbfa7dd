//! One site as the relay holds it: its log, its registry, and what is derived.
//!
//! **Invariant**: what a request learns here is what is on disk now; nothing
//! about devices or tokens is remembered in memory.

pub mod channel;
pub mod desk;
pub mod exchange;
pub mod feed;
pub mod rebuild;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use ronde_core::{
    Error,
    clock::World,
    document::person::Person,
    model::{DocumentId, Epoch, Incarnation, Kind, PersonId, Roles, SiteId},
    store::{Durability, Store, Tx, views},
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
    /// The derived files, for reading.
    derived: Mutex<Store>,
    folder: PathBuf,
    epoch: Epoch,
    was_restored: bool,
    time_zone: chrono_tz::Tz,
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

    /// Opens a site of the data folder; the store is for its desk to write.
    ///
    /// # Errors
    ///
    /// [`log::Error::Store`] when its file is missing, newer, or unreadable.
    pub fn open(data: &Data, code: SiteCode) -> Result<(Self, Store), log::Error> {
        let path = data.log(&code);
        let log = SqliteLog::open(&path)?;
        let store = open_derived(&data.derived(&code), log.head().seq)?;
        let registry = Registry::open(&path)?;
        let reader = Registry::open(&path)?;
        let name = reader.read(|tx| setting::get(tx, setting::SITE_NAME))?;
        let zone = reader.read(|tx| setting::get(tx, setting::TIME_ZONE))?;
        let site = Self {
            id: log.site(),
            derived: Mutex::new(store.reader()?),
            folder: data.site(&code),
            epoch: log.epoch(),
            was_restored: log.was_restored(),
            time_zone: zone
                .and_then(|zone| zone.parse().ok())
                .unwrap_or(chrono_tz::UTC),
            name: name.unwrap_or_else(|| code.to_string()),
            code,
            log: Mutex::new(log),
            registry: Mutex::new(registry),
            reader: Mutex::new(reader),
            wrong_codes: Mutex::default(),
        };
        Ok((site, store))
    }

    /// Its id, used in URLs.
    pub fn id(&self) -> SiteId {
        self.id
    }

    /// The document that describes it: the same 16 bytes as its id.
    pub fn document(&self) -> DocumentId {
        DocumentId(self.id.0)
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
        self.epoch
    }

    /// True when the log was restored from a backup: devices may then offer
    /// what others wrote.
    pub fn was_restored(&self) -> bool {
        self.was_restored
    }

    /// The time zone of business dates.
    pub fn time_zone(&self) -> chrono_tz::Tz {
        self.time_zone
    }

    /// The actor the relay writes as in this life of the log.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] when the disk fails.
    pub fn relay_incarnation(&self, world: &dyn World) -> Result<Incarnation, Error> {
        let key = setting::incarnation(self.epoch);
        let known = self.read(|tx| setting::get(tx, &key))?;
        if let Some(known) = known.and_then(|text| text.parse().ok()) {
            return Ok(known);
        }
        let fresh = Incarnation(world.uuid());
        self.write(|tx| setting::set(tx, &key, &fresh.to_string()))?;
        Ok(fresh)
    }

    /// The number at or below which no order of `year` is numbered, where the
    /// highest known is `given`. After a restore it leaps, once.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] when the disk fails.
    pub fn number_floor(&self, year: &str, given: u64) -> Result<u64, Error> {
        let key = setting::number_floor(year);
        let number =
            |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        self.write(|tx| {
            let floor = number(setting::get(tx, &key)?).max(given);
            let leap = number(setting::get(tx, setting::NUMBER_LEAP)?);
            let leapt = number(setting::get(tx, setting::NUMBER_LEAPT)?);
            if leap <= leapt {
                return Ok(floor);
            }
            let floor = floor + (leap - leapt);
            setting::set(tx, &key, &floor.to_string())?;
            setting::set(tx, setting::NUMBER_LEAPT, &leap.to_string())?;
            Ok(floor)
        })
    }

    /// Reads the derived files and the registry as they are now. Blocks.
    ///
    /// # Errors
    ///
    /// What `work` returns, or [`Error::Storage`].
    pub fn reading<T>(
        &self,
        work: impl FnOnce(&Tx<'_>, &Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let derived = hold(&self.derived);
        self.read(|log| derived.read(|tx| work(tx, log)))
    }

    /// Reads the derived files over a connection of its own, for work that
    /// takes long. Blocks.
    ///
    /// # Errors
    ///
    /// What `work` returns, or [`Error::Storage`].
    pub fn snapshot<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let reader = hold(&self.derived).reader()?;
        reader.read(work)
    }

    /// How many documents were loaded from the derived files since it was opened.
    pub fn documents_loaded(&self) -> u64 {
        hold(&self.derived).documents_loaded()
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a person may do now, by their document.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] when the disk fails.
    pub fn roles_in(tx: &Tx<'_>, person: PersonId) -> Result<Roles, Error> {
        let person: Option<Person> = views::record(tx, Kind::Person, person.into())?;
        Ok(person
            .filter(|it| it.active && !it.life.deleted)
            .map(|it| it.roles)
            .unwrap_or_default())
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

/// Opens the derived files. They are only a cache of the log: where they are
/// damaged, or know what the log does not, they are made anew.
fn open_derived(path: &Path, head: u64) -> Result<Store, Error> {
    let open = || {
        let mut store = Store::open(path, Durability::Derived)?;
        store.write(feed::prepare)?;
        let applied = store.read(feed::applied)?;
        match applied > head {
            true => Err(Error::Damaged(
                "derived files",
                "they are ahead of the log".into(),
            )),
            false => Ok(store),
        }
    };
    match open() {
        Err(Error::Damaged(what, cause)) => {
            tracing::warn!(path = %path.display(), what, %cause, "the derived files are made anew");
            forget_derived(path)?;
            open()
        }
        opened => opened,
    }
}

/// Removes the derived files; the next opening makes them from the log.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn forget_derived(path: &Path) -> Result<(), Error> {
    for suffix in ["-wal", "-shm", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(name) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(cause.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Locks what a panic elsewhere may have poisoned: what these locks hold is
/// either one number or a connection whose transaction was rolled back.
pub(crate) fn hold<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
