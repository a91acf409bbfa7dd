//! Goal: whatever a hostile or broken device offers, the relay neither panics
//! nor merges it, and every replica stays readable and equal (FAULTS.md, 71–79).
//!
//! Method: honest changes altered field by field, chunks written byte by byte,
//! and seeded mutants. A longer run: `RONDE_MUTANTS=1000000 cargo test -p
//! ronde-core --test guard_hostile mutants -- --nocapture`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "guard_hostile/batches.rs"]
mod batches;
#[path = "guard_hostile/fleet.rs"]
mod fleet;
#[path = "guard_hostile/forge.rs"]
mod forge;
#[path = "guard_hostile/mutants.rs"]
mod mutants;
#[path = "guard_hostile/rights.rs"]
mod rights;
#[path = "guard_hostile/snapshots.rs"]
mod snapshots;
#[path = "guard_hostile/values.rs"]
mod values;
#[path = "guard_hostile/writes.rs"]
mod writes;

use automerge::{ActorId, AutoCommit, Change, ChangeHash, ExpandedChange, legacy};
use ronde_core::{
    document::Document,
    guard::{Author, Limits, Outcome, RefusalCode, admit, parse},
};

use fleet::{Device, actor, empty, person};
use forge::{Raw, altered, body, chunk, forged, forged_text, saying, signed, unsigned, word};

/// The relay's document with one order in it, made by device 0.
fn relay() -> Document {
    let mut relay = empty();
    Device::create(0).send(&mut relay);
    relay
}

fn refused(bytes: &[u8]) -> &'static str {
    parse(bytes, &Limits::default()).unwrap_err().code.name()
}

#[test]
fn an_unaltered_forgery_is_accepted() {
    let relay = relay();

    assert_eq!(word(&relay, 0, &forged(&relay, 0, |_| {})), "accepted");
    assert_eq!(word(&relay, 1, &forged_text(&relay, 1, |_| {})), "accepted");
    assert_eq!(
        word(&relay, 1, &saying(&relay, 1, "title", &"Joint")),
        "accepted"
    );
}

// ── 71: deflate bomb ────────────────────────────────────────────────────────

#[test]
fn fault_71_a_compressed_change_is_refused_before_it_is_inflated() {
    let relay = relay();
    let mut change = Change::try_from(
        &forged(&relay, 0, |change| {
            change.message = Some("a".repeat(50 << 20));
        })[..],
    )
    .unwrap();

    let bomb = change.bytes().into_owned();

    assert!(bomb.len() < 100_000, "it must pass the size limit");
    assert_eq!(refused(&bomb), "compressed");
}

#[test]
fn fault_71_runs_that_claim_endless_values_are_refused_before_they_unroll() {
    let endless = i64::MAX >> 1;
    let run = |length: i64, value: Vec<u8>| [signed(length), value].concat();
    let nulls = |length: u64| [signed(0), unsigned(length)].concat();
    let actions = |count: i64| (66, run(count, unsigned(1)));
    let bombs = [
        vec![actions(endless)],
        vec![(66, nulls(u64::MAX))],
        vec![(66, signed(i64::MIN))],
        vec![
            (21, run(endless, [unsigned(1), b"a".to_vec()].concat())),
            actions(1),
        ],
        vec![(19, run(endless, signed(1))), actions(1)],
        vec![(52, [unsigned(0), unsigned(u64::MAX)].concat()), actions(1)],
        vec![(52, [unsigned(u64::MAX), unsigned(2)].concat()), actions(1)],
        // One operation with endless predecessors, and many with some.
        vec![actions(1), (112, run(1, unsigned(u64::MAX)))],
        vec![actions(5_000), (112, run(5_000, unsigned(5_000)))],
        vec![
            actions(1),
            (112, run(1, unsigned(1))),
            (113, run(endless, unsigned(0))),
        ],
    ];
    for (index, columns) in bombs.into_iter().enumerate() {
        let bytes = Raw::new(columns).bytes();
        assert_eq!(refused(&bytes), "too_many_operations", "bomb {index}");
    }
}

#[test]
fn fault_71_a_deflated_column_is_refused() {
    let bytes = Raw::new(vec![(0x42 | 8, vec![1, 2, 3])]).bytes();

    assert_eq!(refused(&bytes), "compressed");
}

// ── 72: other chunks ────────────────────────────────────────────────────────

#[test]
fn fault_72_documents_bundles_and_several_changes_are_not_a_change() {
    let mut relay = relay();
    let change = forged(&relay, 0, |_| {});
    let document = relay.save();
    let mut crdt = AutoCommit::load(&document).unwrap();
    let hashes: Vec<_> = crdt.get_changes(&[]).iter().map(Change::hash).collect();
    let bundle = crdt.bundle(hashes).unwrap().bytes().to_vec();

    assert_eq!(bundle[8], 3);
    assert_eq!(refused(&document), "not_a_change");
    assert_eq!(refused(&crdt.save()), "not_a_change");
    assert_eq!(refused(&bundle), "not_a_change");
    assert_eq!(
        refused(&[change.clone(), change.clone()].concat()),
        "not_a_change"
    );
    assert_eq!(refused(&[&change[..], &[0]].concat()), "not_a_change");
    assert_eq!(refused(&chunk(9, body(&change))), "not_a_change");
    assert_eq!(refused(&[]), "not_a_change");
}

#[test]
fn fault_72_no_prefix_and_no_flipped_bit_of_a_change_passes() {
    let change = forged(&relay(), 0, |_| {});

    for length in 0..change.len() {
        assert!(parse(&change[..length], &Limits::default()).is_err());
    }
    for bit in 0..change.len() * 8 {
        let mut flipped = change.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(parse(&flipped, &Limits::default()).is_err(), "bit {bit}");
    }
}

#[test]
fn fault_72_a_length_spelled_longer_than_needed_is_refused() {
    let change = forged(&relay(), 0, |_| {});
    let mut bytes = change[..9].to_vec();
    let length = body(&change).len();
    bytes.extend([u8::try_from(length & 0x7f).unwrap() | 0x80]);
    bytes.extend([u8::try_from(length >> 7).unwrap() | 0x80, 0]);
    bytes.extend(body(&change));

    assert_eq!(refused(&bytes), "malformed");
}

// ── 73: orphans ─────────────────────────────────────────────────────────────

#[test]
fn fault_73_a_flood_of_orphans_leaves_nothing_behind() {
    let relay = relay();
    let honest = forged(&relay, 1, |_| {});
    let orphans: Vec<_> = (0..6_000_u32)
        .map(|n| {
            let bytes = altered(&honest, |change| {
                let mut hash = [9; 32];
                hash[..4].copy_from_slice(&n.to_be_bytes());
                change.deps = vec![ChangeHash(hash)];
                change.seq = u64::from(n) + 1;
            });
            parse(&bytes, &Limits::default()).unwrap()
        })
        .collect();

    let admission = fleet::offer(&relay, &orphans, 1);

    assert!(admission.document.is_none());
    for outcome in &admission.outcomes {
        assert!(matches!(outcome, Outcome::Missing { deps } if deps.len() == 1));
    }
}

#[test]
fn fault_73_a_change_without_dependencies_is_refused() {
    let bytes = forged(&relay(), 1, |change| change.deps.clear());

    assert_eq!(refused(&bytes), "dependencies");
}

// ── 74: forged actors and squatted sequence numbers ─────────────────────────

#[test]
fn fault_74_a_change_in_another_devices_name_is_refused() {
    let relay = relay();
    let as_victim = forged(&relay, 1, |change| {
        change.actor_id = ActorId::from(actor(2).bytes());
    });
    let as_genesis = forged(&relay, 1, |change| {
        change.actor_id = ActorId::from([0; 16]);
        change.seq = 2;
    });

    assert_eq!(word(&relay, 1, &as_victim), "foreign_actor");
    assert_eq!(word(&relay, 1, &as_genesis), "foreign_actor");
    // Not even the relay can go on as the genesis' actor.
    let limits = Limits::default();
    let change = parse(&as_genesis, &limits).unwrap();
    let admission = admit(&relay, &[change], &Author::relay(), &limits);
    assert_eq!(
        admission.outcomes,
        [Outcome::Refused(RefusalCode::ForeignActor.into())]
    );
}

#[test]
fn fault_74_a_used_sequence_number_is_a_fork() {
    let relay = relay();
    let again = forged(&relay, 0, |change| change.seq = 1);
    let orphaned = forged(&relay, 0, |change| {
        change.seq = 1;
        change.deps = vec![ChangeHash([9; 32])];
    });

    assert_eq!(word(&relay, 0, &again), "fork");
    assert_eq!(word(&relay, 0, &orphaned), "fork");
    assert_eq!(
        word(&relay, 0, &forged(&relay, 0, |change| change.seq = 0)),
        "fork"
    );
}

#[test]
fn fault_74_a_change_beside_its_own_devices_history_is_refused() {
    let mut relay = relay();
    let base = relay.heads();
    let mut device = Device::with(1, relay.clone());
    device.comment("un", 1);
    device.send(&mut relay);

    let beside = forged(&relay, 1, |change| {
        change.deps = base.iter().map(|hash| ChangeHash(hash.0)).collect();
        change.start_op = altered_start(change, -1);
    });

    assert_eq!(word(&relay, 1, &beside), "own_history");
}

fn altered_start(change: &ExpandedChange, by: i64) -> std::num::NonZeroU64 {
    let start = change.start_op.get().checked_add_signed(by).unwrap();
    std::num::NonZeroU64::new(start).unwrap()
}

// ── 75: extremes ────────────────────────────────────────────────────────────

#[test]
fn fault_75_extreme_counters_are_refused() {
    let relay = relay();
    let start = |value: u64| {
        forged(&relay, 1, |change| {
            change.start_op = std::num::NonZeroU64::new(value).unwrap();
        })
    };
    for value in [1, u64::from(u32::MAX) - 1, u64::from(u32::MAX)] {
        assert_eq!(word(&relay, 1, &start(value)), "start_op", "{value}");
    }
    for by in [-1, 1] {
        let bytes = forged(&relay, 1, |change| {
            change.start_op = altered_start(change, by);
        });
        assert_eq!(word(&relay, 1, &bytes), "start_op", "{by}");
    }
    let one = vec![(66, [signed(1), unsigned(1)].concat())];
    for value in [0, u64::from(u32::MAX) + 1, i64::MAX as u64, u64::MAX] {
        let mut raw = Raw::new(one.clone());
        raw.start_op = value;
        assert_eq!(refused(&raw.bytes()), "malformed", "{value}");
    }
}

#[test]
fn fault_75_extreme_times_are_refused() {
    let relay = relay();
    for time in [
        i64::MIN,
        i64::MIN + 1,
        -1,
        0,
        946_684_799,
        7_258_118_401,
        i64::MAX,
    ] {
        let bytes = forged(&relay, 1, |change| change.time = time);
        assert_eq!(refused(&bytes), "implausible_time", "{time}");
    }
    let bytes = forged(&relay, 1, |change| change.time = 946_684_800);
    assert_eq!(word(&relay, 1, &bytes), "accepted");
}

#[test]
fn fault_75_a_gap_in_the_sequence_is_refused() {
    let relay = relay();
    for (n, seq) in [(0, 3), (1, 2), (1, u64::from(u32::MAX)), (1, u64::MAX)] {
        let bytes = forged(&relay, n, |change| change.seq = seq);
        assert_eq!(word(&relay, n, &bytes), "sequence_gap", "{seq}");
    }
}

// ── 76: caps ────────────────────────────────────────────────────────────────

#[test]
fn fault_76_oversized_fields_are_refused_just_past_the_limit_and_far_past_it() {
    let relay = relay();
    let deps = |count: u32| {
        forged(&relay, 1, |change| {
            let hash = |n: u32| {
                let mut hash = [9; 32];
                hash[..4].copy_from_slice(&n.to_be_bytes());
                ChangeHash(hash)
            };
            change.deps = (0..count).map(hash).collect();
        })
    };
    let message =
        |bytes: usize| forged(&relay, 1, |change| change.message = Some("a".repeat(bytes)));
    let actor = |bytes: usize| {
        forged(&relay, 1, |change| {
            change.actor_id = ActorId::from(vec![7; bytes]);
        })
    };

    assert_eq!(word(&relay, 1, &deps(64)), "missing");
    assert_eq!(refused(&deps(65)), "dependencies");
    assert_eq!(refused(&deps(100_000)), "oversized");
    assert_eq!(word(&relay, 1, &message(256)), "accepted");
    assert_eq!(refused(&message(257)), "message_long");
    assert_eq!(refused(&message(10 << 20)), "oversized");
    for bytes in [0, 15, 17] {
        assert_eq!(refused(&actor(bytes)), "actor_length");
    }
    assert_eq!(refused(&actor(1 << 20)), "oversized");
}

#[test]
fn fault_76_an_unsorted_or_repeated_dependency_is_refused() {
    let one = vec![(66, [signed(1), unsigned(1)].concat())];
    for deps in [vec![[7; 32], [7; 32]], vec![[8; 32], [7; 32]]] {
        let mut raw = Raw::new(one.clone());
        raw.deps = deps;
        assert_eq!(refused(&raw.bytes()), "dependencies");
    }
}

#[test]
fn fault_76_extra_bytes_and_authors_names_are_refused() {
    let relay = relay();
    let extra = forged(&relay, 1, |change| change.extra_bytes = vec![0]);
    let author = forged(&relay, 1, |change| {
        change.extra_bytes = b"\x01\x05Marie".to_vec();
    });

    assert_eq!(refused(&extra), "extra_bytes");
    assert_eq!(refused(&author), "extra_bytes");
}

#[test]
fn fault_76_actors_that_wrote_nothing_are_refused() {
    let relay = relay();
    let honest = forged(&relay, 1, |_| {});
    let count = body(&honest);
    // Behind dependencies, actor, sequence, start, time and message.
    let at = 1 + 32 + 17 + 1 + 1 + 5 + 1;
    assert_eq!(count[at], 1, "one other actor: the genesis'");
    let mut stuffed = count[..at].to_vec();
    stuffed.push(2);
    stuffed.extend(&count[at + 1..at + 18]);
    stuffed.push(16);
    stuffed.extend([0xee; 16]);
    stuffed.extend(&count[at + 18..]);

    assert_eq!(refused(&chunk(1, &stuffed)), "malformed");
}

// ── 77: floods ──────────────────────────────────────────────────────────────

#[test]
fn fault_77_too_many_operations_in_one_change_are_refused() {
    let relay = relay();
    let insert = |count: usize| {
        forged_text(&relay, 1, |change| {
            let mut operation = change.operations.pop().unwrap();
            operation.key = legacy::Key::head();
            change.operations = vec![operation; count];
        })
    };

    assert_eq!(word(&relay, 1, &insert(5_000)), "accepted");
    assert_eq!(refused(&insert(5_001)), "too_many_operations");
}

#[test]
fn fault_77_a_full_document_takes_no_more() {
    let relay = relay();
    let roles = fleet::every_role();
    let author = Author {
        incarnations: &[actor(1)],
        person: person(1),
        roles: &roles,
        relay: false,
        on_behalf: false,
    };
    let change = parse(&forged(&relay, 1, |_| {}), &Limits::default()).unwrap();
    let operations = usize::try_from(Change::try_from(change.bytes()).unwrap().max_op()).unwrap();
    let admit = |document_ops_max| {
        let limits = Limits {
            document_ops_max,
            ..Limits::default()
        };
        let admission = admit(&relay, std::slice::from_ref(&change), &author, &limits);
        admission.outcomes.into_iter().next().unwrap()
    };

    assert!(matches!(admit(operations), Outcome::Accepted { .. }));
    assert_eq!(
        admit(operations - 1),
        Outcome::Refused(RefusalCode::DocumentFull.into())
    );
}

#[test]
fn fault_77_a_text_does_not_grow_past_its_limit_but_may_shrink() {
    let relay = relay();
    let grow = |base: &Document, count: usize| {
        forged_text(base, 4, |change| {
            let mut operation = change.operations.pop().unwrap();
            operation.key = legacy::Key::head();
            change.operations = vec![operation; count];
        })
    };
    let offered = |base: &Document, bytes: &[u8], author: &Author<'_>| {
        let limits = Limits::default();
        let change = parse(bytes, &limits).unwrap();
        admit(base, &[change], author, &limits).document.unwrap()
    };
    let half = offered(&relay, &grow(&relay, 5_000), &Author::relay());
    let room = 10_000 - half.text("description").chars().count();
    let shrink = forged_text(&half, 5, |change| change.operations.retain(|op| !op.insert));

    assert_eq!(word(&half, 4, &grow(&half, room)), "accepted");
    assert_eq!(word(&half, 4, &grow(&half, room + 1)), "text_long");

    // What the relay merged stands, and can be made shorter by anybody.
    let over = offered(&half, &grow(&half, 5_000), &Author::relay());
    assert!(over.text("description").chars().count() > 10_000);
    assert_eq!(word(&over, 5, &shrink), "accepted");
}
