//! Changes that no honest program writes, in messages that are in order.

use automerge::{
    ActorId, AutoCommit, Change, ChangeHash, ROOT, ScalarValue, transaction::Transactable,
};
use ronde_core::{
    document::Document,
    model::{DocumentId, Kind},
    wire::{Frame, Push, encode},
};
use ronde_tests::intruder::{plain, pushed};
use uuid::Uuid;

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn fault_37_a_message_sent_twice_at_once_is_applied_once() {
    let scene = Scene::start().await;
    let changes = scene.intruder.comments(&scene.base, 5);
    let hello = Frame::Hello(scene.intruder.hello());
    let push = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(scene.order, Kind::WorkOrder, &changes)],
    });
    let message = encode(&[hello, push]).unwrap();
    let once = || scene.intruder.post_at_once(message.clone());

    let (a, b, c, d) = tokio::join!(once(), once(), once(), once());

    for answer in [a, b, c, d, once().await] {
        assert_eq!(answer.words(), ["accepted"; 5]);
    }
    assert_eq!(scene.merged(), 5);
    scene.ends_well("37").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_38_changes_before_their_dependencies_are_sent_back_and_leave_nothing() {
    let scene = Scene::start().await;
    let [first, second, third] = scene.intruder.comments(&scene.base, 3).try_into().unwrap();
    let sent = async |changes: &[&Vec<u8>]| {
        let changes: Vec<_> = changes.iter().map(|it| (*it).clone()).collect();
        scene.intruder.push_to(scene.order, &changes).await
    };

    assert_eq!(sent(&[&third, &second]).await, ["missing", "missing"]);
    scene.nothing_was_merged();
    assert_eq!(
        sent(&[&third, &first, &second]).await,
        ["missing", "accepted", "accepted"]
    );
    assert_eq!(
        sent(&[&first, &third, &third]).await,
        ["accepted", "accepted", "accepted"]
    );

    assert_eq!(scene.merged(), 3);
    scene.ends_well("38").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_41_a_change_with_a_flipped_bit_falls_alone() {
    let scene = Scene::start().await;
    let honest = scene.intruder.comments(&scene.base, 1).remove(0);
    for byte in (0..honest.len()).step_by(5) {
        let mut flipped = honest.clone();
        flipped[byte] ^= 1 << (byte % 8);
        let words = scene.intruder.push_to(scene.order, &[flipped]).await;
        let told = ["not_a_change", "checksum", "malformed", "compressed"];
        assert!(told.contains(&&*words[0]), "byte {byte}: {words:?}");
    }
    scene.nothing_was_merged();

    let mut flipped = honest.clone();
    flipped[40] ^= 1;
    let words = scene
        .intruder
        .push_to(scene.order, &[flipped, honest])
        .await;

    assert_eq!(words, ["checksum", "accepted"]);
    assert_eq!(scene.merged(), 1);
    scene.ends_well("41, changes").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_71_a_deflated_change_is_refused_before_it_is_inflated() {
    let scene = Scene::start().await;
    let large = scene.intruder.forged(&scene.base, |change| {
        change.message = Some("a".repeat(16 << 20));
    });
    let bomb = Change::try_from(&large[..]).unwrap().bytes().into_owned();
    drop(large);
    assert!(bomb.len() < 256 << 10, "{} bytes", bomb.len());

    let words = scene.intruder.push_to(scene.order, &[bomb]).await;

    assert_eq!(words, ["compressed"]);
    scene.nothing_was_merged();
    scene.ends_well("71, change").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_72_whole_documents_and_other_chunks_are_not_changes() {
    let scene = Scene::start().await;
    let mut base = scene.base.clone();
    let honest = scene.intruder.comments(&scene.base, 2);
    let mut bundle = honest[0].clone();
    bundle[8] = 3;
    let mut other = AutoCommit::new();
    other.put(ROOT, "entries", "mine").unwrap();

    let chunks = [
        base.save(),
        other.save(),
        honest.concat(),
        bundle,
        vec![],
        b"<html>".to_vec(),
    ];
    let words = scene.intruder.push_to(scene.order, &chunks).await;

    assert_eq!(words.len(), 6);
    for word in words {
        assert!(
            ["not_a_change", "checksum", "compressed"].contains(&&*word),
            "{word}"
        );
    }
    scene.nothing_was_merged();
    scene.ends_well("72").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_74_nobody_writes_as_somebody_else_or_in_a_used_place() {
    let scene = Scene::start().await;
    let (intruder, base) = (&scene.intruder, &scene.base);
    let victim = scene.innocent.replica.incarnation();
    let squatted = intruder.comments_as(victim, base, 1).remove(0);
    let ahead = intruder.forged(base, |change| {
        change.actor_id = ActorId::from(victim.bytes());
        change.seq = 50;
        change.deps = vec![ChangeHash([9; 32])];
    });
    let as_genesis = intruder.forged(base, |change| {
        change.actor_id = ActorId::from([0; 16]);
        change.seq = 2;
    });
    let mine = intruder.comments(base, 1).remove(0);
    let rival = intruder.forged(base, |change| change.message = Some("autre".to_owned()));

    let words = intruder
        .push_to(scene.order, &[squatted, ahead, as_genesis])
        .await;
    assert_eq!(words, ["foreign_actor", "foreign_actor", "foreign_actor"]);
    scene.nothing_was_merged();
    let words = intruder.push_to(scene.order, &[mine, rival]).await;

    assert_eq!(words, ["accepted", "fork"]);
    assert_eq!(scene.merged(), 1);
    scene.ends_well("74").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_75_extreme_counters_times_and_sequences_are_refused() {
    let scene = Scene::start().await;
    let (intruder, base) = (&scene.intruder, &scene.base);
    let number = |n: u64| n.try_into().unwrap();
    let starting = |at: u64| intruder.forged(base, |change| change.start_op = number(at));
    let timed = |time: i64| intruder.forged(base, |change| change.time = time);
    let placed = |seq: u64| intruder.forged(base, |change| change.seq = seq);
    let cases = [
        ("start_op", starting(1)),
        ("start_op", starting(u64::from(u32::MAX))),
        ("implausible_time", timed(i64::MIN)),
        ("implausible_time", timed(i64::MAX)),
        ("implausible_time", timed(0)),
        ("sequence_gap", placed(2)),
        ("sequence_gap", placed(1 << 40)),
        ("fork", placed(0)),
    ];
    for (expected, change) in cases {
        let words = intruder.push_to(scene.order, &[change]).await;
        // Some the library itself cannot read back.
        assert!(
            words[0] == expected || words[0] == "malformed",
            "{expected}: {words:?}"
        );
    }

    scene.nothing_was_merged();
    scene.ends_well("75").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_76_what_is_larger_than_its_cap_is_refused() {
    let scene = Scene::start().await;
    let (intruder, base) = (&scene.intruder, &scene.base);
    let hashes = |count: u32| {
        let hash = |n: u32| {
            let mut hash = [7; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            ChangeHash(hash)
        };
        (0..count).map(hash).collect::<Vec<_>>()
    };
    let saying =
        |bytes: usize| intruder.forged(base, |change| change.message = Some("a".repeat(bytes)));
    let depending = |count| intruder.forged(base, |change| change.deps = hashes(count));
    let acting = |bytes: usize| {
        intruder.forged(base, |change| {
            change.actor_id = ActorId::from(vec![7; bytes]);
        })
    };
    let cases = [
        ("message_long", saying(257)),
        ("oversized", saying(300_000)),
        ("dependencies", depending(65)),
        ("oversized", depending(30_000)),
        ("actor_length", acting(17)),
        ("actor_length", acting(1)),
        ("oversized", acting(1_000_000)),
        (
            "extra_bytes",
            intruder.forged(base, |change| change.extra_bytes = vec![7; 9]),
        ),
    ];
    for (expected, change) in cases {
        let words = intruder.push_to(scene.order, &[change]).await;
        assert_eq!(words, [expected]);
    }
    // What is larger than a message, and ten megabytes that pack well.
    for change in [depending(100_000), acting((1 << 20) + 1)] {
        let too_large = plain(&[Frame::Push(Push {
            batch: 1,
            on_behalf: false,
            documents: vec![pushed(scene.order, Kind::WorkOrder, &[change])],
        })]);
        assert_eq!(intruder.post(too_large).await.problem(413), "too_large");
    }
    let push = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(scene.order, Kind::WorkOrder, &[saying(10 << 20)])],
    });
    let message = encode(&[Frame::Hello(intruder.hello()), push]).unwrap();
    assert!(message.len() < 1 << 20);
    assert_eq!(intruder.post(message).await.problem(413), "too_large");

    scene.nothing_was_merged();
    scene.ends_well("76").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_78_79_values_no_schema_knows_and_operations_no_edit_makes_are_refused() {
    let scene = Scene::start().await;
    let (intruder, base) = (&scene.intruder, &scene.base);
    let put = |value: ScalarValue| {
        intruder.forged(base, |change| {
            change.operations[0].action = automerge::legacy::OpType::Put(value);
        })
    };
    let cases = [
        put(ScalarValue::F64(f64::NAN)),
        put(ScalarValue::Str("\u{202e}\0".into())),
        put(ScalarValue::Int(-1)),
        put(ScalarValue::Bytes(vec![0x81; 60_000])),
        intruder.forged(base, |change| {
            let action = automerge::legacy::OpType::Make(automerge::ObjType::Map);
            change.operations[0].action = action;
        }),
        intruder.forged(base, |change| change.operations.clear()),
    ];
    for (n, change) in cases.into_iter().enumerate() {
        let words = intruder.push_to(scene.order, &[change]).await;
        let told = ["forbidden_operation", "not_an_entry", "empty"];
        assert!(told.contains(&&*words[0]), "case {n}: {words:?}");
    }

    scene.nothing_was_merged();
    scene.ends_well("78, 79").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_another_kind_is_refused_and_no_kind_breaks_the_relay() {
    let scene = Scene::start().await;
    let changes = scene.intruder.comments(&scene.base, 1);
    for kind in Kind::ALL {
        let id = DocumentId(Uuid::from_u128(u128::from(kind.code()) << 64));
        let elsewhere = scene.intruder.push(vec![pushed(id, kind, &changes)]).await;
        assert_eq!(elsewhere, ["missing"], "{kind:?}");
        let own = Document::new(id, kind);
        let begun = scene.intruder.comments_on(&own, kind);
        let begun = scene.intruder.push(vec![pushed(id, kind, &begun)]).await;
        assert!(begun[0] != "accepted", "{kind:?} {begun:?}");
        if kind != Kind::WorkOrder {
            let here = pushed(scene.order, kind, &changes);
            assert_eq!(scene.intruder.push(vec![here]).await, ["wrong_kind"]);
        }
    }

    scene.nothing_was_merged();
    scene.ends_well("kinds").await;
}
