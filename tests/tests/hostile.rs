//! Goal: whatever an enrolled device or a stranger sends, the relay answers as
//! documented (`core/docs/wire.md`), merges nothing of it, keeps its memory,
//! and an innocent device notices nothing (FAULTS.md, 37–42, 71–77, 85–87).
//!
//! Method: a relay with two sites on a real socket; requests written by hand.
//! No waiting: limits are made short where they are what is tried.

#[path = "hostile/changes.rs"]
mod changes;
#[path = "hostile/flood.rs"]
mod flood;
#[path = "hostile/messages.rs"]
mod messages;
#[path = "hostile/network.rs"]
mod network;
#[path = "hostile/sockets.rs"]
mod sockets;

use std::{
    fs,
    sync::{Arc, Mutex, Once, PoisonError},
    thread,
};

use ronde_core::{
    document::{
        Document,
        work_order::{self, Created, OrderType, Priority, Status},
    },
    model::{DocumentId, Kind, Role},
    store::documents,
    wire::Holding,
};
use ronde_server::{log::Head, state::Limits};
use ronde_tests::{Device, Intruder, LocalRelay, TestWorld};

/// Memory the whole of this program may grow by, all tests at once.
const GROWTH_MIB_MAX: u64 = 200;

/// A relay, an innocent device with one order, and an intruder at its site.
struct Scene {
    relay: LocalRelay,
    world: Arc<TestWorld>,
    innocent: Device,
    intruder: Intruder,
    order: DocumentId,
    /// The order as everybody has it.
    base: Document,
    heads: [Head; 2],
    held: Vec<Holding>,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn start() -> Self {
        Self::start_with(Limits::default()).await
    }

    async fn start_with(limits: Limits) -> Self {
        watch_for_panics();
        let folder = tempfile::tempdir().unwrap();
        let world = Arc::new(TestWorld::new(1));
        let home = folder.path().join("relay");
        let relay = LocalRelay::start_with(&home, &world, "127.0.0.1:0", limits).await;
        let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;
        let eve = relay.person("NORD", "Eve", &[Role::Technician]).await;
        let home = folder.path().join("ana");
        let mut innocent = Device::enrol(&relay, "NORD", ana, &home, &world).await;
        let order = DocumentId(uuid::Uuid::from_u128(1));
        create(&mut innocent, order);
        innocent.sync().await.unwrap();
        // Its number comes back from the relay.
        assert!(innocent.sync().await.unwrap().complete);
        let intruder = Intruder::enrol(&relay, "NORD", eve, &world).await;
        let base = innocent.replica.read(|tx| documents::load(tx, order));
        Self {
            base: base.unwrap().unwrap(),
            held: innocent.holdings(),
            heads: heads(&relay),
            relay,
            world,
            innocent,
            intruder,
            order,
            _folder: folder,
        }
    }

    fn heads(&self) -> [Head; 2] {
        heads(&self.relay)
    }

    /// Both logs stand where they stood when the scene began.
    fn nothing_was_merged(&self) {
        assert_eq!(self.heads(), self.heads);
    }

    /// How many changes the site of the scene has taken since it began.
    fn merged(&self) -> u64 {
        let [nord, est] = self.heads();
        assert_eq!(est, self.heads[1]);
        nord.seq - self.heads[0].seq
    }

    /// The innocent device syncs as ever; where nothing was merged, it holds
    /// what it held.
    async fn goes_on(&mut self) {
        self.world.move_ms(60_000);
        let unchanged = self.heads() == self.heads;
        let synced = self.innocent.sync().await.unwrap();
        assert!(synced.complete, "{synced:?}");
        assert_eq!((synced.repairs, synced.refused, synced.forked), (0, 0, 0));
        if unchanged {
            assert_eq!(self.innocent.holdings(), self.held);
        }
        let comment = |document: &mut _, stamp: &_| work_order::comment(document, "vu", stamp);
        let (replica, order) = (&mut self.innocent.replica, self.order);
        replica
            .act(|act| act.edit(Kind::WorkOrder, order, comment))
            .unwrap();
        let synced = self.innocent.sync().await.unwrap();
        assert_eq!((synced.complete, synced.pushed), (true, 1), "{synced:?}");
        self.held = self.innocent.holdings();
        self.heads = self.heads();
    }

    /// The end of every test: all is as it should be, and the relay stops.
    async fn ends_well(mut self, name: &str) {
        self.goes_on().await;
        self.relay.stop().await;
        let panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(panics.is_empty(), "the relay panicked: {panics:?}");
        let grown_mib = (peak_kib() - *START_KIB.get().unwrap()) / 1024;
        println!("{name}: peak memory {grown_mib} MiB above the start");
        assert!(grown_mib < GROWTH_MIB_MAX, "{grown_mib} MiB");
    }
}

fn heads(relay: &LocalRelay) -> [Head; 2] {
    ["NORD", "EST"].map(|code| {
        let site = relay.relay.site_by_code(&code.parse().unwrap());
        site.unwrap().head()
    })
}

fn create(device: &mut Device, id: DocumentId) {
    let created = Created {
        title: "Fuite pompe".to_owned(),
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P2,
        equipment: None,
        plan: None,
        status: Status::Draft,
        provisional: "P-1".to_owned(),
        assignees: vec![],
        due: None,
        imported: None,
    };
    let write = |document: &mut _, stamp: &_| work_order::create(document, &created, "", stamp);
    device
        .replica
        .act(|act| act.create(Kind::WorkOrder, id, write))
        .unwrap();
}

static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static START_KIB: std::sync::OnceLock<u64> = std::sync::OnceLock::new();

/// Notes panics on the relay's threads: its desks and the async workers. A
/// test's own panic is on a thread with the test's name.
fn watch_for_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        START_KIB.set(peak_kib()).unwrap();
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let thread = thread::current();
            let name = thread.name().unwrap_or("?");
            if name.starts_with("site ") || name.starts_with("tokio") {
                let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
                panics.push(format!("{name}: {panic}"));
            }
            usual(panic);
        }));
    });
}

/// The most memory this program has had so far.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.unwrap().trim().trim_end_matches(" kB");
    kib.parse().unwrap()
}
