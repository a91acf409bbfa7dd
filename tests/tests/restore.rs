//! Goal: a relay that is restored from an old backup gets back from its devices
//! what it had acknowledged, and what is derived can be made anew.
//! Method: `ronde backup` and `ronde restore` as administrators run them, then
//! real devices sync.

use std::{collections::BTreeSet, fs};

use ronde_core::{
    model::{ChangeHash, DocumentId, Role},
    store::views,
    transport::Failure,
};
use ronde_server::{
    admin,
    control::Command,
    data::Data,
    log::{Limit, Log},
    site::rebuild,
};
use ronde_tests::{Device, LocalRelay, Plant, plant::NORD};
use rusqlite::types::Value;

fn back_up(plant: &Plant) {
    let to = plant.folder.path().join("sauvegarde");
    let to = to.to_str().unwrap().to_owned();
    admin::run(&plant.relay.relay, Command::Backup { to }).unwrap();
}

/// Stops the relay, puts the backup in its place and starts it where it was.
async fn restored(plant: Plant) -> Plant {
    let Plant {
        folder,
        world,
        relay,
    } = plant;
    let address = relay.url().trim_start_matches("http://").to_owned();
    relay.stop().await;
    let (data, backup) = (
        folder.path().join("relay"),
        folder.path().join("sauvegarde"),
    );
    admin::restore(&Data::at(&data), &backup, true, &*world).unwrap();
    let relay = LocalRelay::start_at(&data, &world, &address).await;
    Plant {
        folder,
        world,
        relay,
    }
}

/// Stops the relay, lets `change` touch its files and starts it again.
async fn restarted(plant: Plant, change: impl FnOnce(&Data)) -> Plant {
    let Plant {
        folder,
        world,
        relay,
    } = plant;
    let address = relay.url().trim_start_matches("http://").to_owned();
    relay.stop().await;
    change(&Data::at(folder.path().join("relay")));
    let relay = LocalRelay::start_at(&folder.path().join("relay"), &world, &address).await;
    Plant {
        folder,
        world,
        relay,
    }
}

/// Every change the log of NORD has.
fn logged(plant: &Plant) -> BTreeSet<(DocumentId, ChangeHash)> {
    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    let (log, mut all, mut from) = (site.log(), BTreeSet::new(), 0);
    loop {
        let entries = log.read(from, Limit::PAGE).unwrap();
        let Some(last) = entries.last() else {
            return all;
        };
        from = last.seq;
        let known = entries
            .iter()
            .map(|it| (it.content.document, it.content.hash));
        all.extend(known);
    }
}

/// One exchange after a restore: a comparison is what it takes, once.
async fn meet(device: &mut Device) {
    let report = device.sync().await.unwrap();
    assert_eq!(
        (report.complete, report.repairs, report.refused),
        (true, 1, 0),
        "{report:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_54_what_was_acknowledged_comes_back_after_a_restore() {
    let plant = Plant::new(1).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let mut eve = plant.device("Eve", &[Role::Contractor]).await;
    let old = sam.opens("Fuite pompe");
    let shared = sam.opens("Ligne 4 arrêtée");
    plant.settle(&mut [&mut sam, &mut ana, &mut eve]).await;
    back_up(&plant);

    // From here on the relay forgets. Sam assigns, Eve works, Ana works; each
    // ends up with something that nobody else holds.
    sam.assigns(shared, &[eve.person()]);
    sam.sync_well().await;
    let new = ana.opens("Courroie usée");
    ana.comments(old, "joint commandé");
    ana.finishes(old);
    ana.sync_well().await;
    eve.sync_well().await;
    eve.comments(shared, "seule Ève le sait");
    eve.sync_well().await;
    let acknowledged = logged(&plant);
    let number = ana.order(new).unwrap().number;
    ana.comments(new, "pas encore envoyé");

    let plant = restored(plant).await;
    assert!(logged(&plant).len() < acknowledged.len());
    for device in [&mut eve, &mut ana, &mut sam] {
        meet(device).await;
    }
    plant.settle(&mut [&mut sam, &mut ana, &mut eve]).await;

    assert!(logged(&plant).is_superset(&acknowledged));
    assert_eq!(eve.remarks(shared), ["seule Ève le sait"]);
    assert_eq!(sam.remarks(new), ["pas encore envoyé"]);
    let later = sam.opens("Après la restauration");
    plant.settle(&mut [&mut sam, &mut ana]).await;
    let numbers = [old, shared, new, later].map(|id| sam.order(id).unwrap().number.unwrap());
    assert_eq!(Some(&numbers[2]), number.as_ref());
    assert_eq!(BTreeSet::from(numbers).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_54_no_position_of_the_old_life_means_anything_in_the_new_one() {
    let plant = Plant::new(2).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = ana.opens("Fuite pompe");
    ana.sync_well().await;
    back_up(&plant);
    let before = plant
        .relay
        .relay
        .site(plant.relay.site(NORD))
        .unwrap()
        .epoch();
    ana.comments(order, "un");
    ana.sync_well().await;
    let stale = ana.request();

    let plant = restored(plant).await;
    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    plant.relay.opens_many(NORD, 5).await;
    let answer = ana.post(&stale).await;

    assert_ne!(site.epoch(), before);
    let pages = answer
        .iter()
        .filter(|it| matches!(it, ronde_core::wire::Frame::Page(_)));
    assert_eq!(pages.count(), 0, "a cursor of the old life gets no page");
    meet(&mut ana).await;
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order), ["un"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_54_a_second_restore_is_survived_too() {
    let mut plant = Plant::new(3).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let mut ben = plant.device("Ben", &[Role::Technician]).await;
    plant.settle(&mut [&mut ana, &mut ben]).await;
    back_up(&plant);

    for round in 0..2 {
        let one = ana.opens(&format!("Ordre {round}"));
        ana.sync_well().await;
        ben.sync_well().await;
        ben.comments(one, "vu");
        ben.sync_well().await;
        let acknowledged = logged(&plant);
        plant = restored(plant).await;
        meet(&mut ana).await;
        meet(&mut ben).await;
        plant.settle(&mut [&mut ana, &mut ben]).await;
        assert!(logged(&plant).is_superset(&acknowledged));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_54_names_and_windows_of_the_new_life_reach_the_devices() {
    let plant = Plant::new(4).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let mut ben = plant.device("Ben", &[Role::Technician]).await;
    plant.settle(&mut [&mut ana, &mut ben]).await;
    back_up(&plant);
    // Names and windows are counted on, and counted again after the restore.
    plant.relay.person(NORD, "Zoé", &[Role::Technician]).await;
    plant.gives_roles(&ana, &[Role::Supervisor]).await;
    plant.settle(&mut [&mut ana, &mut ben]).await;

    let plant = restored(plant).await;
    let yves = plant.relay.person(NORD, "Yves", &[Role::Technician]).await;
    plant.gives_roles(&ben, &[Role::Contractor]).await;
    meet(&mut ben).await;
    meet(&mut ana).await;
    plant.settle(&mut [&mut ana, &mut ben]).await;

    for device in [&ana, &ben] {
        let name = device.replica.read(|tx| views::name(tx, yves)).unwrap();
        assert_eq!(name.as_deref(), Some("Yves"));
    }
    let window = ana.replica.status().unwrap().window;
    assert!(window.channels.contains(&"history".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_55_a_log_that_lost_its_end_is_not_gone_on_with_in_silence() {
    let plant = Plant::new(5).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = ana.opens("Fuite pompe");
    ana.sync_well().await;
    back_up(&plant);
    ana.comments(order, "un");
    ana.comments(order, "deux");
    ana.sync_well().await;
    ana.comments(order, "trois");
    let held = ana.holdings();

    // Somebody copies the files back instead of restoring them.
    let backup = Data::at(plant.folder.path().join("sauvegarde"));
    let plant = restarted(plant, |data| {
        let code = NORD.parse().unwrap();
        for file in fs::read_dir(data.site(&code)).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
        fs::copy(backup.log(&code), data.log(&code)).unwrap();
    })
    .await;
    let refused = ana.sync().await.unwrap_err();

    assert!(
        matches!(&refused, Failure::Refused { code, .. } if code == "cursor_ahead"),
        "{refused:?}"
    );
    assert_eq!(ana.holdings(), held);
    let why = ana.replica.why().unwrap();
    assert_eq!((why.len(), why[0].code.as_str()), (1, "cursor_ahead"));

    // Done properly, everything comes back.
    let plant = restored(plant).await;
    meet(&mut ana).await;
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order), ["un", "deux", "trois"]);
}

/// Everything derived, row for row.
fn derived(plant: &Plant) -> Vec<Vec<Value>> {
    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    let dump = |tx: &ronde_core::store::Tx<'_>| {
        let mut all = Vec::new();
        for query in rebuild::COMPARED {
            let mut statement = tx.prepare(query)?;
            let columns = statement.column_count();
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let row: Result<Vec<Value>, _> = (0..columns).map(|n| row.get(n)).collect();
                all.push(row?);
            }
        }
        Ok(all)
    };
    site.snapshot(dump).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_63_what_is_derived_is_made_anew_row_for_row() {
    let plant = Plant::new(6).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let mut eve = plant.device("Eve", &[Role::Contractor]).await;
    let orders = plant.relay.opens_many(NORD, 40).await;
    plant.settle(&mut [&mut sam, &mut ana, &mut eve]).await;
    for (n, order) in orders.iter().enumerate() {
        match n % 4 {
            0 => ana.finishes(*order),
            1 => sam.assigns(*order, &[eve.person()]),
            2 => ana.comments(*order, "vu"),
            _ => {}
        }
        // A step there and back within one push is no move.
        if n % 8 == 0 {
            ana.steps(*order, ronde_core::document::work_order::Status::InProgress);
        }
    }
    plant.settle(&mut [&mut sam, &mut ana, &mut eve]).await;
    let before = derived(&plant);

    let plant = restarted(plant, |data| {
        ronde_server::site::forget_derived(&data.derived(&NORD.parse().unwrap())).unwrap();
    })
    .await;

    assert_eq!(derived(&plant), before);
    for device in [&mut sam, &mut ana, &mut eve] {
        let report = device.sync_well().await;
        assert_eq!((report.pulled, report.left, report.round_trips), (0, 0, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_left_before_a_rebuild_still_leaves_a_device_that_was_away() {
    let plant = Plant::new(7).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = sam.opens("Fuite pompe");
    plant.settle(&mut [&mut sam, &mut ana]).await;
    sam.finishes(order);
    sam.sync_well().await;

    let plant = restarted(plant, |data| {
        ronde_server::site::forget_derived(&data.derived(&NORD.parse().unwrap())).unwrap();
    })
    .await;
    let report = ana.sync_well().await;

    assert_eq!(report.left, 1);
    plant.assert_settled(&[&ana, &sam]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_derived_file_is_made_anew() {
    let plant = Plant::new(8).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.opens("Fuite pompe");
    ana.sync_well().await;

    let plant = restarted(plant, |data| {
        let path = data.derived(&NORD.parse().unwrap());
        let mut bytes = fs::read(&path).unwrap();
        bytes[..100].fill(0x5a);
        fs::write(&path, bytes).unwrap();
    })
    .await;

    plant.settle(&mut [&mut ana]).await;
}
