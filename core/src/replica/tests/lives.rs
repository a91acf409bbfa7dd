//! Copied, damaged and newer files.

use std::{fs, path::Path, sync::Arc};

use super::plant::{Plant, acknowledge_all, open};
use crate::{
    document::NewChange,
    error::Error,
    replica::{NewOrder, Replica},
    store::{Durability, Store, documents, outbox},
};

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_copied_home_starts_a_new_incarnation_and_the_original_keeps_its_own() {
    let mut plant = Plant::new();
    plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    let incarnation = plant.replica.incarnation();
    let plant = plant.reopen();
    let elsewhere = tempfile::tempdir().unwrap();
    copy(&plant.home(), elsewhere.path());

    let twin = open(elsewhere.path(), &plant.world);

    assert_ne!(twin.incarnation(), incarnation);
    assert_eq!(twin.status().unwrap().pending, 1, "its work came along");
    let plant = plant.reopen();
    assert_eq!(plant.replica.incarnation(), incarnation);
    drop(twin);
    let again = open(elsewhere.path(), &plant.world);
    assert_ne!(again.incarnation(), incarnation);
}

#[test]
fn a_newer_schema_is_refused_and_not_touched() {
    let plant = Plant::new();
    let (home, world) = (plant.home(), Arc::clone(&plant.world));
    let _folder = plant.folder;
    let file = home.join("replica.sqlite");
    drop(plant.replica);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection
        .pragma_update(None, "journal_mode", "DELETE")
        .unwrap();
    drop(connection);
    let before = fs::read(&file).unwrap();

    let opened = Replica::open(&home, world as _);

    assert!(matches!(opened, Err(Error::NewerSchema { found: 99, .. })));
    assert_eq!(fs::read(&file).unwrap(), before);
}

/// A closed home with one acknowledged and two unsynced changes, all in the
/// main file.
fn worked() -> Plant {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Connu")).unwrap();
    acknowledge_all(&mut plant.replica);
    plant.replica.comment_order(order, "non envoyé").unwrap();
    plant.replica.new_order(&NewOrder::new("Nouveau")).unwrap();
    plant
        .replica
        .store
        .write(|tx| Ok(tx.execute_batch("SELECT 1")?))
        .unwrap();
    plant
}

fn outbox_of(replica: &Replica) -> Vec<NewChange> {
    let batch = replica
        .read(|tx| outbox::batch(tx, 1000, usize::MAX))
        .unwrap();
    batch.into_iter().map(|waiting| waiting.change).collect()
}

/// Damages the main file, opens it again, and gives what was unsynced before.
fn damaged(plant: Plant, damage: impl FnOnce(&Path)) -> (Vec<NewChange>, Plant) {
    let unsynced = outbox_of(&plant.replica);
    let Plant {
        folder,
        world,
        replica,
    } = plant;
    drop(replica);
    let file = folder.path().join("replica.sqlite");
    damage(&file);
    let replica = open(folder.path(), &world);
    let plant = Plant {
        folder,
        world,
        replica,
    };
    (unsynced, plant)
}

#[test]
fn a_file_that_is_no_database_any_more_is_set_aside_and_never_deleted() {
    let (_, plant) = damaged(worked(), |file| {
        let mut bytes = fs::read(file).unwrap();
        bytes[..16].fill(0xff);
        fs::write(file, &bytes).unwrap();
    });

    let salvage = plant.replica.salvaged().expect("it was salvaged");
    assert!(salvage.incomplete);
    assert!(salvage.set_aside.exists());
    assert_eq!(plant.replica.status().unwrap().pending, 0);
}

#[test]
fn unsynced_work_of_a_damaged_file_is_carried_over() {
    // One page in the middle is made unreadable, as by a bad sector: an index
    // of the views, which nothing looks at while the file is opened.
    let plant = worked();
    let incarnation = plant.replica.incarnation();
    let (page, size) = plant
        .replica
        .store
        .read(|tx| {
            let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'record_of_kind'";
            let page: u32 = tx.query_row(root, [], |row| row.get(0))?;
            let size: u32 = tx.pragma_query_value(None, "page_size", |row| row.get(0))?;
            Ok((page, size))
        })
        .unwrap();
    let (unsynced, plant) = damaged(plant, |file| {
        let mut bytes = fs::read(file).unwrap();
        let start = usize::try_from((page - 1) * size).unwrap();
        bytes[start..start + 64].fill(0x5a);
        fs::write(file, &bytes).unwrap();
    });
    assert!(plant.replica.salvaged().is_none(), "not found out yet");
    let found = plant.replica.parts();
    assert!(matches!(found, Err(Error::Damaged("database", _))));

    let plant = plant.reopen();

    let salvage = plant.replica.salvaged().expect("it was salvaged");
    assert!(salvage.set_aside.exists());
    assert!(!salvage.incomplete);
    assert_ne!(plant.replica.incarnation(), incarnation);
    assert_eq!(unsynced.len(), 2);
    assert_eq!(outbox_of(&plant.replica), unsynced);
    let plant = plant.reopen();
    assert!(plant.replica.salvaged().is_none(), "only once");
}

#[test]
fn a_truncated_file_gives_back_what_can_be_read() {
    let (unsynced, plant) = damaged(worked(), |file| {
        let length = fs::metadata(file).unwrap().len();
        let file = fs::OpenOptions::new().write(true).open(file).unwrap();
        file.set_len(length / 2).unwrap();
    });

    let salvage = plant.replica.salvaged().expect("it was salvaged");
    assert!(salvage.set_aside.exists());
    let carried = outbox_of(&plant.replica);
    assert!(carried.iter().all(|change| unsynced.contains(change)));
    assert!(salvage.incomplete || carried.len() == unsynced.len());
}

#[test]
fn folding_changes_into_a_snapshot_keeps_the_heads() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    for n in 0..40 {
        plant
            .replica
            .comment_order(order, &format!("remarque {n}"))
            .unwrap();
        acknowledge_all(&mut plant.replica);
    }

    let (held, document, tail) = plant
        .replica
        .read(|tx| {
            let held = documents::held(tx, order)?.unwrap();
            let document = documents::load(tx, order)?.unwrap();
            Ok((held, document, documents::tail(tx, order)?))
        })
        .unwrap();

    assert!(tail.len() < 40, "{} changes were never folded", tail.len());
    assert_eq!(document.clone().heads(), held.heads);
    let page = plant.replica.order_page(order).unwrap();
    assert_eq!(page.comments.len(), 40);
}

#[test]
fn unsynced_changes_are_never_folded_away() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    for n in 0..40 {
        plant
            .replica
            .comment_order(order, &format!("remarque {n}"))
            .unwrap();
    }

    assert_eq!(outbox_of(&plant.replica).len(), 41);
    let tail = plant.replica.read(|tx| documents::tail(tx, order)).unwrap();
    assert_eq!(tail.len(), 41);
}

#[test]
fn a_reader_sees_one_state_while_somebody_writes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.sqlite");
    let mut store = Store::open(&file, Durability::Full).unwrap();
    let reader = store.reader().unwrap();

    let counts = reader.read(|tx| {
        let before = documents::count(tx)?;
        store.write(|tx| {
            tx.execute(
                "INSERT INTO document (id, kind, heads, digest) VALUES (x'01', 8, x'', x'')",
                [],
            )?;
            Ok(())
        })?;
        Ok((before, documents::count(tx)?))
    });

    assert_eq!(counts.unwrap(), (0, 0));
    assert_eq!(reader.read(documents::count).unwrap(), 1);
}
