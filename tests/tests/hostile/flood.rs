//! More than anybody needs.

use automerge::ChangeHash;
use futures_util::{SinkExt, StreamExt};
use ronde_core::{
    model::{DocumentId, Incarnation, Kind},
    wire::{Frame, Hello, Limits, Push, decode, encode},
};
use ronde_server::registry::quarantine;
use ronde_tests::intruder::{plain, pushed};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::Uuid;

use super::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn fault_73_a_flood_of_orphans_leaves_nothing_behind() {
    let scene = Scene::start().await;
    let orphan = |n: u32| {
        scene.intruder.forged(&scene.base, |change| {
            let mut hash = [9; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            change.deps = vec![ChangeHash(hash)];
            change.seq = u64::from(n) + 1;
        })
    };

    for batch in 0..12 {
        let orphans: Vec<_> = (batch * 500..(batch + 1) * 500).map(orphan).collect();
        let words = scene.intruder.push_to(scene.order, &orphans).await;
        assert_eq!(words.len(), 500);
        assert!(words.iter().all(|word| word == "missing"));
    }

    scene.nothing_was_merged();
    let device = scene.intruder.enrolment.device;
    let site = scene.relay.relay.site(scene.relay.site("NORD")).unwrap();
    let kept = site.read(|tx| quarantine::open_of(tx, device)).unwrap();
    assert!(kept.is_empty(), "{} kept", kept.len());
    scene.ends_well("73").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_77_too_many_operations_changes_or_documents_at_once_are_refused() {
    let scene = Scene::start().await;
    let bloated = scene.intruder.forged(&scene.base, |change| {
        let tiny = change.operations[0].clone();
        change.operations = vec![tiny; 5_001];
    });
    let words = scene.intruder.push_to(scene.order, &[bloated]).await;
    assert!(
        ["too_many_operations", "oversized"].contains(&&*words[0]),
        "{words:?}"
    );

    let hello = || Frame::Hello(scene.intruder.hello());
    let push = |documents| {
        Frame::Push(Push {
            batch: 1,
            on_behalf: false,
            documents,
        })
    };
    let many_changes = push(vec![pushed(
        scene.order,
        Kind::WorkOrder,
        &vec![vec![0]; 501],
    )]);
    let empty = |n: u128| pushed(DocumentId(Uuid::from_u128(n)), Kind::WorkOrder, &[]);
    let many_documents = push((0..501).map(empty).collect());
    let half = || {
        push(vec![pushed(
            scene.order,
            Kind::WorkOrder,
            &vec![vec![0]; 251],
        )])
    };
    for frames in [
        vec![hello(), many_changes],
        vec![hello(), many_documents],
        vec![hello(), half(), half()],
    ] {
        let answer = scene.intruder.post(plain(&frames)).await;
        assert_eq!(answer.problem(413), "too_large");
    }

    scene.nothing_was_merged();
    scene.ends_well("77").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_77_twenty_thousand_tiny_changes_wait_for_their_turn_and_nobody_else_does() {
    let mut scene = Scene::start().await;
    // 40 documents, each with 500 orphans: the most work for the fewest bytes.
    let orphans: Vec<_> = (0..500_u64)
        .map(|n| {
            scene
                .intruder
                .forged(&scene.base, |change| change.seq = n + 2)
        })
        .collect();
    let push = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(scene.order, Kind::WorkOrder, &orphans)],
    });
    let message = encode(&[Frame::Hello(scene.intruder.hello()), push]).unwrap();
    let mut taken = 0;
    let refused = loop {
        let answer = scene.intruder.post_at_once(message.clone()).await;
        if answer.status != reqwest::StatusCode::OK {
            break answer;
        }
        taken += 1;
        assert!(taken <= 300, "no limit was met");
    };

    assert_eq!(refused.problem(429), "rate");
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(wait >= 1);
    println!("77: {} changes judged before the limit", taken * 500);
    scene.nothing_was_merged();
    scene.goes_on().await;
    scene.ends_well("77, flood").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_77_a_flood_on_a_connection_that_stays_ends_it() {
    let scene = Scene::start().await;
    let url = scene.relay.url().replace("http://", "ws://");
    let mut request = format!("{url}/v1/sites/{}/live", scene.intruder.enrolment.site)
        .into_client_request()
        .unwrap();
    let bearer = format!("Bearer {}", scene.intruder.enrolment.token);
    let headers = request.headers_mut();
    headers.insert("authorization", bearer.parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let hello = || encode(&[Frame::Hello(scene.intruder.hello())]).unwrap();

    let mut answered = 0;
    let problem = loop {
        // An end while it writes is an end as well: what came is read first.
        let _ = socket.send(Message::binary(hello())).await;
        let message = socket.next().await.unwrap().unwrap();
        if let Message::Binary(bytes) = message {
            match &decode(&bytes, &Limits::ANSWER).unwrap()[..] {
                [Frame::Problem(problem)] => break problem.clone(),
                _ => answered += 1,
            }
        }
        assert!(answered < 5_000, "no limit was met");
    };

    assert_eq!(problem.code, "rate");
    assert!(problem.retry_after_s >= 1);
    println!("77: {answered} hellos answered before the limit");
    scene.nothing_was_merged();
    scene.ends_well("77, live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_none_end_a_connection_that_stays() {
    let scene = Scene::start().await;
    let url = scene.relay.url().replace("http://", "ws://");
    let bearer = format!("Bearer {}", scene.intruder.enrolment.token);
    let changes = vec![vec![0]; 501];
    let too_many = Frame::Push(Push {
        batch: 1,
        on_behalf: false,
        documents: vec![pushed(scene.order, Kind::WorkOrder, &changes)],
    });
    let hello = || Frame::Hello(scene.intruder.hello());
    for (expected, bytes) in [
        ("not_a_message", b"<html>".to_vec()),
        ("damaged", b"RD\x01\x00".to_vec()),
        ("version", b"RD\x02\x00".to_vec()),
        ("protocol", plain(&[])),
        ("too_large", plain(&[hello(), too_many])),
    ] {
        let path = format!("{url}/v1/sites/{}/live", scene.intruder.enrolment.site);
        let mut request = path.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("authorization", bearer.parse().unwrap());
        let (mut socket, _) = connect_async(request).await.unwrap();
        socket.send(Message::binary(bytes)).await.unwrap();
        let mut codes = Vec::new();
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Binary(bytes) = message {
                let [Frame::Problem(problem)] = &decode(&bytes, &Limits::ANSWER).unwrap()[..]
                else {
                    panic!("an answer");
                };
                codes.push(problem.code.clone());
            }
        }
        assert_eq!(codes, [expected]);
    }

    scene.nothing_was_merged();
    scene.ends_well("live").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_77_a_device_does_not_fill_the_registry_with_incarnations() {
    let scene = Scene::start().await;
    let mut refused = None;
    for n in 0..200 {
        let hello = Frame::Hello(Hello {
            incarnation: Incarnation(Uuid::from_u128(0xdead_0000 + n)),
            ..scene.intruder.hello()
        });
        let answer = scene.intruder.post_at_once(encode(&[hello]).unwrap()).await;
        if answer.status != reqwest::StatusCode::OK {
            refused = Some(answer);
            break;
        }
    }

    assert_eq!(refused.unwrap().problem(429), "rate");
    scene.nothing_was_merged();
    scene.ends_well("77, incarnations").await;
}
