//! What tests share: a world whose clock stands until it is
//! moved, and a relay of two sites.
//!
//! **Invariant**: same seed, same ids; nothing here reads the real clock.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use rand::{RngCore, SeedableRng, rngs::SmallRng};
use ronde_core::{
    clock::World,
    model::{PersonId, Role, Timestamp},
};

use crate::{
    data::Data,
    log::{Log, contract::entry},
    registry::{
        code::{self, Invitation},
        device, name,
    },
    secret::Code,
    site::{Founding, Site},
    state::{Limits, Relay},
};

/// A steady clock and seeded randomness.
#[derive(Debug)]
pub(crate) struct TestWorld {
    now_ms: AtomicI64,
    random: Mutex<SmallRng>,
}

impl TestWorld {
    pub(crate) const START: Timestamp = Timestamp(1_790_000_000_000);

    pub(crate) fn new(seed: u64) -> Self {
        Self {
            now_ms: AtomicI64::new(Self::START.0),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
        }
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl World for TestWorld {
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap().fill_bytes(bytes);
    }
}

/// A relay with the sites NORD and EST, in a folder of its own.
pub(crate) struct Plant {
    pub(crate) relay: Arc<Relay>,
    pub(crate) world: Arc<TestWorld>,
    folder: tempfile::TempDir,
}

pub(crate) fn plant() -> Plant {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(1));
    let data = Data::at(folder.path());
    data.make().unwrap();
    let relay = Relay::open(data, Arc::clone(&world) as _, Limits::default()).unwrap();
    for code in ["NORD", "EST"] {
        let founding = Founding {
            code: code.parse().unwrap(),
            name: format!("Usine {code}"),
            time_zone: chrono_tz::Europe::Paris,
            url: None,
        };
        relay.found(&founding).unwrap().unwrap();
    }
    let relay = Arc::new(relay);
    Plant {
        relay,
        world,
        folder,
    }
}

impl Plant {
    /// The same folder, opened by another relay with other limits.
    pub(crate) fn with_limits(self, limits: Limits) -> Self {
        let data = Data::at(self.folder.path());
        let relay = Relay::open(data, Arc::clone(&self.world) as _, limits);
        let relay = Arc::new(relay.unwrap());
        Self { relay, ..self }
    }

    /// The same folder, opened anew.
    pub(crate) fn reopened(self) -> Self {
        self.with_limits(Limits::default())
    }

    /// The same folder with one file overwritten, opened anew.
    pub(crate) fn with_file(self, path: &Path, bytes: &[u8]) -> Self {
        let Self {
            relay,
            world,
            folder,
        } = self;
        drop(relay);
        std::fs::write(path, bytes).unwrap();
        let data = Data::at(folder.path());
        let relay = Relay::open(data, Arc::clone(&world) as _, Limits::default());
        Self {
            relay: Arc::new(relay.unwrap()),
            world,
            folder,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Appends `count` entries that are not there yet.
    pub(crate) fn append(&self, site: &str, count: u64) {
        let site = self.site(site);
        let mut log = site.log();
        let first = log.head().seq + 1;
        let entries: Vec<_> = (first..first + count).map(|seq| entry(1, seq)).collect();
        log.append(&entries).unwrap();
    }

    pub(crate) fn site(&self, code: &str) -> Arc<Site> {
        self.relay.site_by_code(&code.parse().unwrap()).unwrap()
    }

    /// A code for `person`, who is made where nobody has the name.
    pub(crate) fn invite(&self, site: &str, person: &str) -> String {
        let code = Code::fresh(&*self.world);
        let expires_at = self.world.now().plus_ms(600_000);
        let issued = self.site(site).write(|tx| {
            let known = name::find(tx, person)?.first().copied();
            let id = known.unwrap_or_else(|| PersonId(self.world.uuid()));
            name::set(tx, id, person)?;
            let invitation = Invitation {
                person: id,
                roles: [Role::Technician].into_iter().collect(),
                expires_at,
            };
            code::issue(tx, &code, &invitation)
        });
        issued.unwrap();
        code.reveal()
    }

    pub(crate) fn revoke_all(&self, site: &str) {
        let now = self.world.now();
        let revoked = self.site(site).write(|tx| {
            for device in device::list(tx)? {
                device::revoke(tx, device.id, now)?;
            }
            Ok(())
        });
        revoked.unwrap();
    }

    /// Alters the site's log behind the relay's back.
    pub(crate) fn damage(&self, site: &str) {
        let path = self.relay.data().log(self.site(site).code());
        let connection = rusqlite::Connection::open(path).unwrap();
        let sql = "UPDATE head SET chain = zeroblob(32)";
        connection.execute(sql, []).unwrap();
    }
}
