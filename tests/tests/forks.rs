//! Goal: a replica that was copied or restored loses nothing, on either side.
//! Method: homes are copied file by file. Where the copy must not notice, its
//! `life.json` is given the place of the copied file.

use std::{fs, os::unix::fs::MetadataExt, path::Path, time::Duration};

use ronde_core::{
    document::work_order::Status,
    model::{DocumentId, Role},
};
use ronde_tests::{Device, Plant, plant::NORD};

/// Copies a home as a file manager would.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// Makes a copied home believe that it always lay there.
fn make_unaware(home: &Path) {
    let file = home.join("life.json");
    let mut life: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    let inode = fs::metadata(home.join("replica.sqlite")).unwrap().ino();
    life["place"] = format!("{} {inode}", machine.trim()).into();
    fs::write(file, serde_json::to_vec(&life).unwrap()).unwrap();
}

/// Two homes out of one; the second may notice what it is.
fn twins(plant: &Plant, device: Device, aware: bool) -> (Device, Device) {
    let home = device.home.clone();
    drop(device);
    let other = plant.folder.path().join("copie");
    copy(&home, &other);
    if !aware {
        make_unaware(&other);
    }
    let first = Device::open(&home, &plant.world);
    (first, Device::open(&other, &plant.world))
}

fn said(device: &Device, order: DocumentId) -> Vec<String> {
    let mut said = device.remarks(order);
    said.sort();
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_15_a_home_copied_to_a_second_machine_is_a_second_life() {
    let plant = Plant::new(1).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    ana.comments(order, "avant la copie");

    let (mut first, mut second) = twins(&plant, ana, true);
    assert_ne!(first.replica.incarnation(), second.replica.incarnation());
    first.comments(order, "sur le premier");
    second.comments(order, "sur le second");
    second.opens("Courroie usée");
    plant.settle(&mut [&mut first, &mut second]).await;

    let all = ["avant la copie", "sur le premier", "sur le second"];
    assert_eq!(said(&first, order), all);
    assert_eq!(said(&second, order), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_15_work_of_a_life_the_relay_never_met_is_accepted() {
    let plant = Plant::new(2).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = ana.opens("Avant tout échange");

    let (first, mut second) = twins(&plant, ana, true);
    drop(first);
    second.comments(order, "sur le second");
    plant.settle(&mut [&mut second]).await;

    assert_eq!(said(&second, order), ["sur le second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_16_one_actor_alive_twice_loses_nothing() {
    let plant = Plant::new(3).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let orders = plant.relay.opens_many(NORD, 4).await;
    ana.sync_well().await;
    ana.comments(orders[0], "avant la copie");
    ana.sync_well().await;

    let (mut first, mut second) = twins(&plant, ana, false);
    assert_eq!(first.replica.incarnation(), second.replica.incarnation());
    for (device, name) in [(&mut first, "premier"), (&mut second, "second")] {
        device.comments(orders[0], name);
        device.steps(orders[0], Status::InProgress);
        device.comments(orders[0], &format!("{name}, encore"));
        device.opens(&format!("Ordre du {name}"));
    }
    first.comments(orders[1], "seul le premier");
    second.comments(orders[2], "seul le second");
    first.sync_well().await;
    let forked = second.sync_well().await;
    plant.settle(&mut [&mut first, &mut second]).await;

    assert!(forked.forked >= 3, "{forked:?}");
    assert_ne!(first.replica.incarnation(), second.replica.incarnation());
    for device in [&first, &second] {
        let all = [
            "avant la copie",
            "premier",
            "premier, encore",
            "second",
            "second, encore",
        ];
        assert_eq!(said(device, orders[0]), all);
        assert_eq!(said(device, orders[1]), ["seul le premier"]);
        assert_eq!(said(device, orders[2]), ["seul le second"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_16_a_copy_that_only_reads_is_repaired_and_says_so() {
    let plant = Plant::new(4).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;

    let (mut first, mut second) = twins(&plant, ana, false);
    first.comments(order, "sur le premier");
    first.sync_well().await;
    let repaired = second.sync().await.unwrap();

    assert_eq!((repaired.complete, repaired.repairs), (true, 1));
    plant.settle(&mut [&mut first, &mut second]).await;
    assert_eq!(said(&second, order), ["sur le premier"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_16_a_fork_of_an_earlier_life_is_written_again_once() {
    let plant = Plant::new(5).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;

    let (mut first, mut second) = twins(&plant, ana, false);
    first.comments(order, "premier");
    second.comments(order, "second");
    // The copy is copied once more, and this time it notices.
    let home = second.home.clone();
    drop(second);
    let moved = plant.folder.path().join("encore");
    copy(&home, &moved);
    let mut second = Device::open(&moved, &plant.world);
    second.comments(order, "second, ailleurs");
    first.sync_well().await;
    tokio::time::timeout(Duration::from_secs(30), second.sync_well())
        .await
        .expect("the exchange ends");
    plant.settle(&mut [&mut first, &mut second]).await;

    let all = ["premier", "second", "second, ailleurs"];
    assert_eq!(said(&first, order), all);
    assert_eq!(said(&second, order), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_17_an_own_old_backup_that_is_restored_loses_nothing() {
    for aware in [true, false] {
        let plant = Plant::new(6).await;
        let mut ana = plant.device("Ana", &[Role::Technician]).await;
        let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
        ana.sync_well().await;
        let (home, backup) = (ana.home.clone(), plant.folder.path().join("sauvegarde"));
        drop(ana);
        copy(&home, &backup);
        let mut ana = Device::open(&home, &plant.world);
        ana.comments(order, "après la sauvegarde");
        ana.finishes(order);
        let other = ana.opens("Ordre oublié");
        ana.sync_well().await;
        drop(ana);

        fs::remove_dir_all(&home).unwrap();
        copy(&backup, &home);
        if !aware {
            make_unaware(&home);
        }
        let mut ana = Device::open(&home, &plant.world);
        ana.comments(order, "après la restauration");
        ana.opens("Nouvel ordre");
        plant.settle(&mut [&mut ana]).await;

        assert_eq!(ana.order(order).unwrap().status, Status::Done);
        assert_eq!(
            said(&ana, order),
            ["après la restauration", "après la sauvegarde"]
        );
        assert!(ana.order(other).is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_17_edits_after_a_restore_do_not_wait_for_each_other() {
    let plant = Plant::new(7).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let orders = plant.relay.opens_many(NORD, 3).await;
    ana.sync_well().await;
    let (mut first, mut second) = twins(&plant, ana, false);
    // More than one push holds: the fork is met in the first one.
    for n in 0..600 {
        second.comments(orders[n % 3], &format!("second {n}"));
    }
    first.comments(orders[0], "premier");
    first.sync_well().await;
    plant.settle(&mut [&mut second, &mut first]).await;

    let remarks: usize = orders.iter().map(|it| first.remarks(*it).len()).sum();
    assert_eq!(remarks, 601);
}
