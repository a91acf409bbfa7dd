//! A small plant on one device, with a clock that stands until it is moved.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use rand::{RngCore, SeedableRng, rngs::SmallRng};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{
    clock::World,
    document::{
        checklist::{self, Asks, Bounds, Draft, Item},
        equipment::{self, Meter, MeterKind, NewMeter},
        part::{self, Store},
        plan::{self, PlannedPart},
        site,
    },
    error::Error,
    model::{Day, DeviceId, DocumentId, Kind, PersonId, Quantity, Role, SiteId, Timestamp},
    replica::{Account, Replica},
    schedule::{Calendar, Margins, Rule, Unit},
    store::outbox,
};

/// Same seed, same ids and same times.
#[derive(Debug)]
pub(super) struct Standing {
    now_ms: AtomicI64,
    random: Mutex<SmallRng>,
}

impl Standing {
    /// A world at 2026-03-30T08:00:00Z, a Monday.
    pub(super) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            now_ms: AtomicI64::new(1_774_857_600_000),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
        })
    }

    pub(super) fn move_minutes(&self, minutes: i64) {
        self.now_ms.fetch_add(minutes * 60_000, Ordering::Relaxed);
    }

    pub(super) fn move_days(&self, days: i64) {
        self.move_minutes(days * 24 * 60);
    }
}

impl World for Standing {
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.random.lock().unwrap().fill_bytes(bytes);
    }
}

pub(super) const ANA: PersonId = PersonId(Uuid::from_u128(0xa));
pub(super) const BEN: PersonId = PersonId(Uuid::from_u128(0xb));

pub(super) fn id(n: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(n))
}

pub(super) const SITE: u128 = 1;
pub(super) const PUMP: u128 = 20;
pub(super) const BEARING: u128 = 30;
pub(super) const GREASE: u128 = 40;
pub(super) const ROUND: u128 = 50;

pub(super) fn day(text: &str) -> Day {
    Day(text.parse().unwrap())
}

pub(super) fn account(person: PersonId, roles: &[Role]) -> Account {
    Account {
        url: "https://relay.example".into(),
        site: SiteId(Uuid::from_u128(SITE)),
        site_code: "NORD".into(),
        site_name: "Usine Nord".into(),
        device: DeviceId(Uuid::from_u128(0x7f3a)),
        person,
        roles: roles.iter().copied().collect(),
        token: "secret".into(),
    }
}

/// A device with the plant's reference data on it, all of it acknowledged.
pub(super) struct Plant {
    pub(super) folder: TempDir,
    pub(super) world: Arc<Standing>,
    pub(super) replica: Replica,
}

impl Plant {
    /// Ana's device; she is a technician.
    pub(super) fn new() -> Self {
        Self::of(ANA, &[Role::Technician])
    }

    pub(super) fn of(person: PersonId, roles: &[Role]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = Standing::new(7);
        Replica::enrol(folder.path(), &account(person, roles)).unwrap();
        let mut replica = Replica::open(folder.path(), Arc::clone(&world) as _).unwrap();
        replica.act(reference).unwrap();
        for (person, name) in [(ANA, "Ana"), (BEN, "Ben")] {
            let insert = "INSERT INTO name (person, name) VALUES (?1, ?2)";
            let write = replica
                .store
                .write(|tx| Ok(tx.execute(insert, (person.0, name))?));
            assert_eq!(write.unwrap(), 1);
        }
        acknowledge_all(&mut replica);
        Self {
            folder,
            world,
            replica,
        }
    }

    pub(super) fn world_now(&self) -> Timestamp {
        self.world.now()
    }

    pub(super) fn home(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Closes and opens the replica.
    pub(super) fn reopen(self) -> Self {
        let Self {
            folder,
            world,
            replica,
        } = self;
        drop(replica);
        let replica = open(folder.path(), &world);
        Self {
            folder,
            world,
            replica,
        }
    }
}

pub(super) fn open(home: &Path, world: &Arc<Standing>) -> Replica {
    Replica::open(home, Arc::clone(world) as _).unwrap()
}

/// As if the relay had taken everything.
pub(super) fn acknowledge_all(replica: &mut Replica) {
    let batch = replica
        .read(|tx| outbox::batch(tx, usize::MAX >> 1, usize::MAX))
        .unwrap();
    let written = replica.store.write(|tx| {
        let mut batch = batch.iter();
        batch.try_for_each(|waiting| outbox::acknowledge(tx, waiting.change.hash))
    });
    written.unwrap();
}

/// A site, a pump with a meter, a bearing, a monthly plan and its checklist.
fn reference(act: &crate::replica::Act<'_>) -> Result<(), Error> {
    act.create(Kind::Site, id(SITE), |document, stamp| {
        let created = site::Created {
            name: "Usine Nord".into(),
            time_zone: site::TimeZone("Europe/Paris".into()),
            currency: site::Currency("EUR".into()),
        };
        site::create(document, &created, stamp)
    })?;
    act.create(Kind::Equipment, id(PUMP), |document, stamp| {
        let created = equipment::Created {
            code: "P-12".into(),
            name: "Pompe d'alimentation".into(),
            meters: vec![NewMeter {
                id: "h".into(),
                meter: Meter {
                    name: "Heures".into(),
                    unit: "h".into(),
                    kind: MeterKind::Cumulative,
                },
            }],
            ..equipment::Created::default()
        };
        equipment::create(document, &created, stamp)
    })?;
    act.create(Kind::Part, id(BEARING), |document, stamp| {
        let created = part::Created {
            reference: "ROUL-6205".into(),
            name: "Roulement 6205".into(),
            unit: "pce".into(),
            stores: vec![Store("MAG".into())],
            reorder_point: Quantity::whole(2),
            ..part::Created::default()
        };
        part::create(document, &created, stamp)
    })?;
    act.create(Kind::Checklist, id(ROUND), |document, stamp| {
        let created = checklist::Created {
            code: "CL-1".into(),
            name: "Ronde pompe".into(),
            plans: Vec::new(),
        };
        checklist::create(document, &created, stamp)?;
        let mut leak = Item::new("leak", "Étanchéité", Asks::Outcome);
        leak.required = true;
        leak.on_fail.comment = true;
        let unit = "bar".into();
        let bounds = Bounds {
            max: Quantity::whole(6),
            ..Bounds::default()
        };
        let pressure = Item::new("bar", "Pression", Asks::Number { unit, bounds });
        let meter = "h".into();
        let bounds = Bounds::default();
        let hours = Item::new("hours", "Compteur", Asks::MeterReading { meter, bounds });
        let used = Item::new("used", "Roulement", Asks::ConsumedPart { part: None });
        let draft = Draft(vec![leak, pressure, hours, used]);
        checklist::set(document, "draft", &draft, stamp)?;
        checklist::publish(document, stamp).map(drop)
    })?;
    act.create(Kind::Plan, id(GREASE), |document, stamp| {
        let calendar = Calendar {
            anchor: day("2026-03-31").0,
            every: 1,
            unit: Unit::Month,
            shift_percent: 0,
        };
        let created = plan::Created {
            equipment: Some(id(PUMP)),
            rule: Some(Rule {
                calendar: Some(calendar),
                meter: None,
                effective_from: None,
            }),
            margins: Margins {
                lead_days: 7,
                grace_days: 2,
                tolerance_days: 3,
            },
            checklists: vec![id(ROUND)],
            parts: vec![PlannedPart {
                part: id(BEARING),
                quantity: Quantity::ONE,
            }],
            ..plan::Created::new("G-1", "Graissage mensuel")
        };
        plan::create(document, &created, stamp)
    })
}

/// The stable code of an input error.
pub(super) fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    match result {
        Err(Error::Invalid(invalid)) => invalid.code,
        other => panic!("{other:?}"),
    }
}
