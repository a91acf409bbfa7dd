//! Goal: what another system exports becomes the site that every device holds,
//! once, or not at all.
//! Method: real files through a real relay; the large export is read where it
//! is present beside the project.

use std::{path::Path, sync::Arc};

use ronde_core::{
    document::{
        equipment::Equipment,
        part::Part,
        plan::{self, Plan},
        stock_movement::StockMovement,
        work_order::WorkOrder,
    },
    model::{Kind as Of, Role},
    store::{documents, views},
};
use ronde_server::{
    fill::{self, Report, Source},
    import::{Kind, Mapping},
};
use ronde_tests::{Device, LocalRelay, TestWorld};

/// Imports into NORD, as the command does.
fn import(relay: &LocalRelay, kind: Kind, bytes: &[u8]) -> Report {
    let site = relay.relay.site(relay.site("NORD")).unwrap();
    let mailbox = relay.relay.mailbox(&site).unwrap();
    let source = Source {
        kind,
        bytes,
        mapping: &Mapping::default(),
    };
    let now = relay.relay.world.now();
    tokio::task::block_in_place(|| fill::import(&site, &mailbox, now, source, false)).unwrap()
}

fn head(relay: &LocalRelay) -> u64 {
    relay.relay.site(relay.site("NORD")).unwrap().head().seq
}

fn records<R: serde::de::DeserializeOwned>(relay: &LocalRelay, kind: Of) -> Vec<R> {
    let site = relay.relay.site(relay.site("NORD")).unwrap();
    site.reading(|tx, _| views::records(tx, kind)).unwrap()
}

/// What the device holds has the heads the relay has, byte for byte.
fn assert_agrees(relay: &LocalRelay, device: &Device) {
    let site = relay.relay.site(relay.site("NORD")).unwrap();
    for holding in device.holdings() {
        let held = site.reading(|tx, _| documents::held(tx, holding.id));
        assert_eq!(held.unwrap().unwrap().heads, holding.heads);
    }
}

fn demo(kind: Kind) -> Vec<u8> {
    let file = format!("../sync-server/src/demo/plant/{kind}.csv");
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn excavators() -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let places = [
        "../shared/data/excavators.csv",
        "../../shared/data/excavators.csv",
    ];
    let read = |place: &&str| std::fs::read(root.join(place)).ok();
    let found = places.iter().find_map(read);
    if found.is_none() {
        println!("skipped: no {} beside the project", places[0]);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_on_every_device_after_its_first_sync() {
    let Some(file) = excavators() else { return };
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(1));
    let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
    let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;
    let ben = relay.person("NORD", "Ben", &[Role::Supervisor]).await;
    let before = head(&relay);

    let report = import(&relay, Kind::WorkOrders, &file);

    assert_eq!(report.errors, []);
    assert_eq!((report.rows, report.created), (5_485, 5_490));
    assert_eq!(head(&relay), before + 5_490);
    let machines: Vec<Equipment> = records(&relay, Of::Equipment);
    let codes: Vec<_> = machines.iter().map(|it| it.code.as_str()).collect();
    assert_eq!(codes, ["A", "B", "C", "D", "E"]);
    let again = import(&relay, Kind::WorkOrders, &file);
    assert_eq!((again.created, again.updated, again.kept), (0, 0, 0));
    assert_eq!(head(&relay), before + 5_490);
    for (person, home) in [(ana, "ana"), (ben, "ben")] {
        let home = folder.path().join(home);
        let mut device = Device::enrol(&relay, "NORD", person, &home, &world).await;
        assert!(device.sync().await.unwrap().complete);
        // The site, two people, five machines, and the orders.
        assert_eq!(device.holdings().len(), 5_493);
        assert_agrees(&relay, &device);
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_plant_is_whole_and_its_references_resolve() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(1));
    let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
    let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;

    for kind in Kind::ALL {
        let report = import(&relay, kind, &demo(kind));
        assert_eq!(report.errors, [], "{kind}");
        assert!(report.created > 0, "{kind}");
    }

    let end = head(&relay);
    for kind in Kind::ALL {
        let again = import(&relay, kind, &demo(kind));
        assert_eq!(
            (again.created, again.updated, again.kept),
            (0, 0, 0),
            "{kind}"
        );
    }
    assert_eq!(head(&relay), end);
    let site = relay.relay.site(relay.site("NORD")).unwrap();
    let is_there = |id| {
        site.reading(|tx, _| documents::held(tx, id))
            .unwrap()
            .is_some()
    };
    let plans: Vec<Plan> = records(&relay, Of::Plan);
    for plan in &plans {
        assert!(is_there(plan.equipment.unwrap()), "{}", plan.code);
        assert!(plan.checklists.iter().copied().all(is_there));
        assert!(plan.parts.iter().all(|part| is_there(part.part)));
    }
    let orders: Vec<WorkOrder> = records(&relay, Of::WorkOrder);
    assert!(
        orders
            .iter()
            .all(|it| it.number.is_some() && is_there(it.equipment.unwrap()))
    );
    let autoclave = plans.iter().find(|plan| plan.code == "PL-AUT3-IP").unwrap();
    assert!(is_there(plan::order_id(autoclave.life.id, "0")));
    let levels = site.reading(|tx, _| views::levels(tx, None)).unwrap();
    let counts: Vec<StockMovement> = records(&relay, Of::StockMovement);
    assert_eq!((levels.len(), counts.len()), (65, 65));
    assert_eq!(records::<Part>(&relay, Of::Part).len(), 60);
    let mut device = Device::enrol(&relay, "NORD", ana, &folder.path().join("ana"), &world).await;
    assert!(device.sync().await.unwrap().complete);
    assert_agrees(&relay, &device);
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_sees_an_import_and_nothing_of_a_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(1));
    let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
    let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;
    let mut device = Device::enrol(&relay, "NORD", ana, &folder.path().join("ana"), &world).await;
    device.sync().await.unwrap();
    let held = device.holdings().len();

    let wrong = "Titre;Équipement;Échéance\nFuite;P-1;31/02/2026\nBruit;P-1;\n";
    let report = import(&relay, Kind::WorkOrders, wrong.as_bytes());
    let unresolved = "Titre;Plan\nRonde;PL-1\n";
    let second = import(&relay, Kind::WorkOrders, unresolved.as_bytes());

    assert_eq!(
        (report.errors[0].line, &*report.errors[0].column),
        (2, "Échéance")
    );
    assert_eq!(
        (second.errors[0].line, &*second.errors[0].column),
        (2, "Plan")
    );
    device.sync().await.unwrap();
    assert_eq!(device.holdings().len(), held);
    let right = wrong.replace("31/02", "28/02");
    assert_eq!(
        import(&relay, Kind::WorkOrders, right.as_bytes()).created,
        3
    );
    device.sync().await.unwrap();
    assert_eq!(device.holdings().len(), held + 3);
    assert_agrees(&relay, &device);
    relay.stop().await;
}
