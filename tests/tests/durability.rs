//! Goal: what was acknowledged stays, what was not is sent again, and no damaged
//! file makes anything wrong. A bad network: `hostile/network.rs`.

use std::{fs, path::Path};

use ronde_core::{model::Role, transport::Failure, wire::Frame};
use ronde_tests::{Device, Plant, plant::NORD};
use rusqlite::Connection;

fn head(plant: &Plant) -> u64 {
    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    site.head().seq
}

fn verdicts(answer: &[Frame]) -> Vec<Frame> {
    let verdicts = answer.iter().filter(|it| matches!(it, Frame::Verdicts(_)));
    verdicts.cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_36_a_lost_acknowledgement_is_asked_for_again() {
    let plant = Plant::new(1).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.sync_well().await;
    let order = ana.opens("Fuite pompe");
    ana.comments(order, "fait");
    let request = ana.request();

    let first = ana.post(&request).await;
    let after = head(&plant);
    let second = ana.post(&request).await;

    assert_eq!(verdicts(&second), verdicts(&first));
    assert_eq!(verdicts(&first).len(), 1);
    assert_eq!(head(&plant), after, "nothing was appended twice");
    plant.settle(&mut [&mut ana]).await;
    assert_eq!((ana.remarks(order).len(), head(&plant)), (1, after));
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_37_one_request_at_the_same_time_twice_counts_once() {
    let plant = Plant::new(2).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.sync_well().await;
    let order = ana.opens("Fuite pompe");
    for n in 0..20 {
        ana.comments(order, &format!("remarque {n}"));
    }
    let request = ana.request();
    let before = head(&plant);

    let (one, two, three) =
        tokio::join!(ana.post(&request), ana.post(&request), ana.post(&request));

    assert_eq!(verdicts(&one), verdicts(&two));
    assert_eq!(verdicts(&one), verdicts(&three));
    // Twenty-one changes and the relay's number.
    assert_eq!(head(&plant), before + 22);
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order).len(), 20);
}

/// Overwrites a part of a file.
fn overwrite(file: &Path, range: std::ops::Range<usize>) {
    let mut bytes = fs::read(file).unwrap();
    let end = range.end.min(bytes.len());
    bytes[range.start..end].fill(0x5a);
    fs::write(file, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_09_a_damaged_file_is_set_aside_and_its_unsynced_work_carried_over() {
    let plant = Plant::new(8).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    plant.relay.opens_many(NORD, 30).await;
    ana.sync_well().await;
    ana.comments(order, "pas encore envoyé");
    let made = ana.opens("Courroie usée");
    let (home, file) = (ana.home.clone(), ana.home.join("replica.sqlite"));
    drop(ana);

    // The views are damaged: a page that nothing reads when the file is opened.
    let connection = Connection::open(&file).unwrap();
    let page: u32 = connection
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'record'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    drop(connection);
    let page = usize::try_from(page).unwrap();
    overwrite(&file, (page - 1) * 4096..page * 4096);
    let mut ana = Device::open(&home, &plant.world);
    plant.relay.comments(NORD, order, "du relais").await;
    let failed = ana.sync().await.unwrap_err();
    assert!(
        matches!(&failed, Failure::Replica(ronde_core::Error::Damaged(..))),
        "{failed:?}"
    );
    let mut ana = ana.reopened();

    let salvaged = ana.replica.salvaged().unwrap().clone();
    assert_eq!((salvaged.unsynced, salvaged.incomplete), (2, false));
    assert!(salvaged.set_aside.exists());
    assert_eq!(ana.remarks(order), ["pas encore envoyé"]);
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order), ["pas encore envoyé", "du relais"]);
    assert!(ana.order(made).unwrap().number.is_some());
    assert!(ana.reopened().replica.salvaged().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_09_a_file_that_does_not_open_is_filled_again_from_the_relay() {
    let plant = Plant::new(9).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    plant.relay.opens_many(NORD, 30).await;
    ana.sync_well().await;
    let (home, file) = (ana.home.clone(), ana.home.join("replica.sqlite"));
    drop(ana);

    overwrite(&file, 0..100);
    let mut ana = Device::open(&home, &plant.world);

    assert!(ana.replica.salvaged().unwrap().incomplete);
    plant.settle(&mut [&mut ana]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_10_a_bad_document_is_fetched_again_and_its_unsynced_work_stays() {
    let plant = Plant::new(10).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let orders = plant.relay.opens_many(NORD, 3).await;
    ana.sync_well().await;
    ana.comments(orders[0], "pas encore envoyé");
    let (home, file) = (ana.home.clone(), ana.home.join("replica.sqlite"));
    drop(ana);

    let connection = Connection::open(&file).unwrap();
    let rot = "UPDATE document SET snapshot = zeroblob(200) WHERE id IN (?1, ?2)";
    connection.execute(rot, [orders[0].0, orders[1].0]).unwrap();
    drop(connection);
    let mut ana = Device::open(&home, &plant.world);
    for order in &orders {
        plant.relay.comments(NORD, *order, "du relais").await;
    }
    let report = ana.sync().await.unwrap();

    assert_eq!((report.complete, report.repairs), (true, 1), "{report:?}");
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(orders[0]), ["pas encore envoyé", "du relais"]);
    ana.comments(orders[1], "et encore");
    plant.settle(&mut [&mut ana]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_11_a_file_without_its_last_commits_gets_them_again() {
    let plant = Plant::new(11).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    ana = ana.reopened();
    let file = ana.home.join("replica.sqlite");
    let without = fs::read(&file).unwrap();
    ana.comments(order, "dans le journal");
    let made = ana.opens("Courroie usée");
    ana.sync_well().await;
    let home = ana.home.clone();
    drop(ana);

    // The main file as it was, and no write-ahead log: the same place, the same
    // life, but older.
    let mut main = fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&file)
        .unwrap();
    std::io::Write::write_all(&mut main, &without).unwrap();
    drop(main);
    for log in ["-wal", "-shm"] {
        let _ = fs::remove_file(home.join(format!("replica.sqlite{log}")));
    }
    let mut ana = Device::open(&home, &plant.world);
    assert_eq!(ana.order(made), None);
    let report = ana.sync().await.unwrap();

    assert_eq!((report.complete, report.repairs), (true, 1), "{report:?}");
    ana.comments(order, "après");
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order), ["dans le journal", "après"]);
    assert!(ana.order(made).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_stays_editable_however_often_it_was_edited_and_acknowledged() {
    let plant = Plant::new(12).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.sync_well().await;
    let order = ana.opens("Fuite pompe");

    for n in 0..70 {
        ana.comments(order, &format!("remarque {n}"));
        ana.sync_well().await;
    }

    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order).len(), 70);
}
