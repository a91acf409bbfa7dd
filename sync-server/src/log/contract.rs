//! What every log must do, run against each of them.

use ronde_core::model::{
    ChangeHash, DeviceId, DocumentId, Epoch, Incarnation, Kind, SiteId, Timestamp,
};
use uuid::Uuid;

use super::{Error, Limit, Log, MemoryLog, NewEntry, SqliteLog};

pub(super) const SITE: SiteId = SiteId(Uuid::from_u128(0x51));
pub(super) const EPOCH: Epoch = Epoch(Uuid::from_u128(0xe0));
pub(super) const START: Timestamp = Timestamp(1_700_000_000_000);

/// The `actor_seq`th change of actor 7 in document number `document`.
pub(crate) fn entry(document: u8, actor_seq: u64) -> NewEntry {
    let mut hash = [document; 32];
    hash[24..].copy_from_slice(&actor_seq.to_be_bytes());
    NewEntry {
        document: DocumentId(Uuid::from_u128(u128::from(document))),
        kind: Kind::WorkOrder,
        hash: ChangeHash(hash),
        actor: Incarnation(Uuid::from_u128(7)),
        actor_seq,
        bytes: vec![document; 100],
        device: Some(DeviceId(Uuid::from_u128(0xd))),
        received_at: START.plus_ms(actor_seq.cast_signed()),
        flags: vec!["clock_off".into()],
    }
}

const ALL: Limit = Limit {
    count_max: usize::MAX,
    bytes_max: usize::MAX,
};

fn seqs(log: &dyn Log, after_seq: u64, limit: Limit) -> Vec<u64> {
    let page = log.read(after_seq, limit).unwrap();
    page.iter().map(|entry| entry.seq).collect()
}

fn appended_entries_come_back_as_they_were(log: &mut dyn Log) {
    let mut of_the_relay = entry(2, 1);
    of_the_relay.device = None;
    of_the_relay.flags.clear();
    let entries = [entry(1, 1), of_the_relay, entry(1, 2)];

    let places = log.append(&entries).unwrap();

    assert_eq!(places, [1, 2, 3]);
    let read = log.read(0, ALL).unwrap();
    assert!(read.iter().all(|entry| entry.epoch == EPOCH));
    assert_eq!(read.last().unwrap().chain, log.head().chain);
    let contents: Vec<_> = read.into_iter().map(|entry| entry.content).collect();
    assert_eq!(contents, entries);
    log.verify(1).unwrap();
}

fn an_empty_log_reads_empty(log: &mut dyn Log) {
    assert_eq!(log.append(&[]).unwrap(), [0; 0]);

    assert_eq!((log.head().seq, log.site(), log.epoch()), (0, SITE, EPOCH));
    assert_eq!(seqs(log, 0, ALL), [0; 0]);
    assert_eq!(seqs(log, 9, ALL), [0; 0]);
    log.verify(1).unwrap();
}

fn a_known_change_refuses_the_whole_batch(log: &mut dyn Log) {
    log.append(&[entry(1, 1)]).unwrap();
    let before = log.head();
    let mut same_count = entry(1, 1);
    same_count.hash.0[0] ^= 1;
    let mut same_hash = entry(1, 2);
    same_hash.hash = entry(1, 1).hash;

    for known in [entry(1, 1), same_count, same_hash] {
        let refused = log.append(&[entry(1, 5), known.clone()]);

        assert!(matches!(refused, Err(Error::Known { hash, .. }) if hash == known.hash));
        assert_eq!(log.head(), before);
        assert!(!log.contains(known.document, entry(1, 5).hash).unwrap());
    }
    let twice = log.append(&[entry(3, 1), entry(3, 1)]);
    assert!(matches!(twice, Err(Error::Known { .. })));
    assert_eq!(log.append(&[entry(1, 2)]).unwrap(), [2]);
}

fn one_hash_may_be_in_two_documents(log: &mut dyn Log) {
    let mut twin = entry(2, 1);
    twin.hash = entry(1, 1).hash;

    log.append(&[entry(1, 1), twin.clone()]).unwrap();

    assert!(log.contains(twin.document, twin.hash).unwrap());
    assert!(!log.contains(entry(3, 1).document, twin.hash).unwrap());
}

fn pages_are_bounded_and_never_empty_before_the_end(log: &mut dyn Log) {
    let entries: Vec<_> = (1..=5).map(|seq| entry(1, seq)).collect();
    log.append(&entries).unwrap();
    let limit = |count_max, bytes_max| Limit {
        count_max,
        bytes_max,
    };

    assert_eq!(seqs(log, 0, limit(2, usize::MAX)), [1, 2]);
    assert_eq!(seqs(log, 2, limit(9, 250)), [3, 4]);
    assert_eq!(seqs(log, 2, limit(9, 200)), [3, 4]);
    assert_eq!(seqs(log, 3, limit(9, 1)), [4]);
    assert_eq!(seqs(log, 4, limit(0, 0)), [5]);
    assert_eq!(seqs(log, 5, limit(9, 9)), [0; 0]);
}

fn a_document_is_read_alone(log: &mut dyn Log) {
    log.append(&[entry(1, 1), entry(2, 1), entry(1, 2), entry(1, 3)])
        .unwrap();
    let document = entry(1, 1).document;

    let all = log.read_document(document, 0).unwrap();
    let later = log.read_document(document, 1).unwrap();

    assert_eq!(all.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 3, 4]);
    assert_eq!(later.iter().map(|e| e.seq).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(all[1].content, entry(1, 2));
}

fn an_author_s_count_is_found(log: &mut dyn Log) {
    log.append(&[entry(2, 1), entry(1, 1), entry(1, 2)])
        .unwrap();
    let (document, actor) = (entry(1, 2).document, entry(1, 2).actor);

    let found = log.find(document, actor, 2).unwrap().unwrap();

    assert_eq!((found.seq, found.hash), (3, entry(1, 2).hash));
    assert_eq!(log.find(document, actor, 3).unwrap(), None);
    let stranger = Incarnation(Uuid::nil());
    assert_eq!(log.find(document, stranger, 1).unwrap(), None);
}

fn a_new_epoch_goes_on_after_the_old_one(log: &mut dyn Log) {
    let (second, third) = (Epoch(Uuid::from_u128(2)), Epoch(Uuid::from_u128(3)));
    log.append(&[entry(1, 1)]).unwrap();
    let before = log.head();

    log.new_epoch(second, START).unwrap();
    log.new_epoch(third, START.plus_ms(1)).unwrap();

    assert_ne!(log.head().chain, before.chain);
    assert_eq!((log.head().seq, log.epoch()), (1, third));
    assert_eq!(log.append(&[entry(1, 2), entry(1, 3)]).unwrap(), [2, 3]);
    let epochs: Vec<_> = log.read(0, ALL).unwrap().iter().map(|e| e.epoch).collect();
    assert_eq!(epochs, [EPOCH, third, third]);
    assert_eq!(log.read_document(entry(1, 1).document, 1).unwrap().len(), 2);
    for from_seq in 0..6 {
        log.verify(from_seq).unwrap();
    }
}

macro_rules! contract {
    ($($claim:ident),* $(,)?) => {
        mod memory {
            $(#[test] fn $claim() {
                super::$claim(&mut super::MemoryLog::new(super::SITE, super::EPOCH, super::START));
            })*
        }
        mod sqlite {
            $(#[test] fn $claim() {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("log.sqlite");
                let made = super::SqliteLog::create(&path, super::SITE, super::EPOCH, super::START);
                super::$claim(&mut made.unwrap());
            })*
        }
    };
}

contract!(
    appended_entries_come_back_as_they_were,
    an_empty_log_reads_empty,
    a_known_change_refuses_the_whole_batch,
    one_hash_may_be_in_two_documents,
    pages_are_bounded_and_never_empty_before_the_end,
    a_document_is_read_alone,
    an_author_s_count_is_found,
    a_new_epoch_goes_on_after_the_old_one,
);

#[test]
fn both_logs_make_the_same_chain() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.sqlite");
    let mut memory = MemoryLog::new(SITE, EPOCH, START);
    let mut sqlite = SqliteLog::create(&path, SITE, EPOCH, START).unwrap();

    for log in [&mut memory as &mut dyn Log, &mut sqlite] {
        log.append(&[entry(1, 1), entry(2, 1)]).unwrap();
        log.new_epoch(Epoch(Uuid::from_u128(2)), START).unwrap();
        log.append(&[entry(1, 2)]).unwrap();
    }

    assert_eq!(memory.head(), sqlite.head());
}
