//! Tampering and reopening: what a file on a disk can go through.

use rusqlite::Connection;

use super::*;
use crate::log::contract::{EPOCH, SITE, START, entry};

const PAGE: Limit = Limit::PAGE;

/// A log of `count` entries over three documents, in a file of its own.
fn filled(count: u64) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.sqlite");
    let mut log = SqliteLog::create(&path, SITE, EPOCH, START).unwrap();
    let entries: Vec<_> = (1..=count)
        .map(|seq| entry(u8::try_from(seq % 3).unwrap(), seq))
        .collect();
    log.append(&entries).unwrap();
    (folder, path)
}

fn tamper(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn verified(path: &Path) -> Result<(), Damage> {
    match SqliteLog::open(path).unwrap().verify(1) {
        Ok(()) => Ok(()),
        Err(Error::Damaged(damage)) => Err(damage),
        Err(other) => panic!("{other}"),
    }
}

fn damage(seq: u64, what: Defect) -> Result<(), Damage> {
    Err(Damage { seq, what })
}

#[test]
fn a_log_is_the_same_after_reopening() {
    let (_folder, path) = filled(7);
    let before = SqliteLog::open(&path).unwrap();
    let (head, entries) = (before.head(), before.read(0, PAGE).unwrap());
    drop(before);

    let mut log = SqliteLog::open(&path).unwrap();

    assert_eq!(log.head(), head);
    assert_eq!(log.read(0, PAGE).unwrap(), entries);
    assert_eq!((log.site(), log.epoch()), (SITE, EPOCH));
    assert_eq!(log.append(&[entry(9, 1)]).unwrap(), [8]);
    log.verify(1).unwrap();
}

#[test]
fn an_altered_byte_is_found_at_its_seq() {
    let changes = [
        "bytes = zeroblob(100)",
        "actor = zeroblob(16)",
        "actor_seq = 99",
        "hash = zeroblob(32)",
        "kind = 2",
        "kind = 200",
        "document = zeroblob(16)",
        "device = NULL",
        "received_at_ms = 0",
        "flags = '[]'",
        "flags = 'nonsense'",
        "chain = zeroblob(32)",
    ];
    for change in changes {
        let (_folder, path) = filled(9);
        tamper(&path, &format!("UPDATE entry SET {change} WHERE seq = 5"));

        assert_eq!(verified(&path), damage(5, Defect::Altered), "{change}");
    }
}

#[test]
fn a_cut_tail_a_hole_and_a_stranger_are_found_at_their_seq() {
    let cases = [
        ("DELETE FROM entry WHERE seq > 6", 7, Defect::Missing),
        ("DELETE FROM entry", 1, Defect::Missing),
        ("DELETE FROM entry WHERE seq = 4", 4, Defect::Missing),
        (
            "UPDATE entry SET seq = 10 WHERE seq = 9",
            9,
            Defect::Missing,
        ),
        ("UPDATE head SET seq = 8", 9, Defect::Foreign),
        ("UPDATE head SET chain = zeroblob(32)", 9, Defect::Altered),
        (
            "DELETE FROM entry WHERE seq > 6; UPDATE head SET seq = 6",
            6,
            Defect::Altered,
        ),
        ("UPDATE epoch SET began_at_ms = 0", 1, Defect::Altered),
        (
            "INSERT INTO epoch VALUES (2, zeroblob(16), 4, 0, zeroblob(32))",
            5,
            Defect::Altered,
        ),
    ];
    for (sql, seq, what) in cases {
        let (_folder, path) = filled(9);
        tamper(&path, sql);

        assert_eq!(verified(&path), damage(seq, what), "{sql}");
    }
}

/// Whoever rewrites a suffix with its whole chain is betrayed only by a head
/// that was noted elsewhere; until then at least that head differs.
#[test]
fn a_rewritten_tail_shows_in_the_head() {
    let (_folder, path) = filled(3);
    let honest = SqliteLog::open(&path).unwrap().head();
    let (_other_folder, other) = filled(2);
    let mut forged = SqliteLog::open(&other).unwrap();
    let mut entry = entry(0, 3);
    entry.bytes[0] ^= 1;

    forged.append(&[entry]).unwrap();

    forged.verify(1).unwrap();
    assert_eq!(forged.head().seq, honest.seq);
    assert_ne!(forged.head().chain, honest.chain);
}

#[test]
fn nothing_at_or_past_damage_is_served_or_appended() {
    let (_folder, path) = filled(9);
    tamper(&path, "UPDATE entry SET kind = 2 WHERE seq = 5");

    let mut log = SqliteLog::open(&path).unwrap();

    let expected = Damage {
        seq: 5,
        what: Defect::Altered,
    };
    assert_eq!(log.damage(), Some(expected));
    assert_eq!(log.read(0, PAGE).unwrap().len(), 4);
    assert_eq!(log.read(2, PAGE).unwrap().len(), 2);
    for after_seq in 4..9 {
        let refused = log.read(after_seq, PAGE);
        assert!(
            matches!(refused, Err(Error::Damaged(found)) if found == expected),
            "{after_seq}"
        );
    }
    let ninth = entry(0, 9).document;
    assert!(matches!(
        log.read_document(ninth, 0),
        Err(Error::Damaged(_))
    ));
    assert!(matches!(log.append(&[entry(9, 9)]), Err(Error::Damaged(_))));
    let epoch = Epoch(uuid::Uuid::nil());
    assert!(matches!(
        log.new_epoch(epoch, START),
        Err(Error::Damaged(_))
    ));
}

#[test]
fn damage_before_the_start_check_is_found_where_it_is_read() {
    let (_folder, path) = filled(CHECKED_AT_START_COUNT + 20);
    tamper(&path, "UPDATE entry SET kind = 2 WHERE seq = 5");

    let log = SqliteLog::open(&path).unwrap();

    assert_eq!(log.damage(), None);
    assert_eq!(log.read(0, PAGE).unwrap().len(), 4);
    assert_eq!(log.damage().map(|damage| damage.seq), Some(5));
    assert!(log.read(100, PAGE).is_err());
}

#[test]
fn a_failed_batch_leaves_no_gap() {
    let (_folder, path) = filled(2);
    let mut log = SqliteLog::open(&path).unwrap();
    assert!(log.append(&[entry(5, 1), entry(1, 1)]).is_err());

    assert_eq!(log.append(&[entry(5, 1)]).unwrap(), [3]);

    log.verify(1).unwrap();
}
