//! A network between a device and its relay that cuts and alters.

use std::{io::ErrorKind, net::TcpListener};

use ronde_core::{
    document::work_order,
    model::Kind,
    store::{outbox, state},
    transport::{Client, Failure},
    wire::Cursor,
};
use ronde_tests::{Proxy, intruder::MESSAGE, proxy::body_at};

use super::Scene;

/// Where the innocent device stands: its cursor and what it has not sent.
fn stands(scene: &Scene) -> (Option<Cursor>, u32) {
    let replica = &scene.innocent.replica;
    let stands = replica.read(|tx| Ok((state::get(tx, &state::CURSOR)?, outbox::count(tx)?)));
    stands.unwrap()
}

/// Gives both sides something to send and a device that goes through `proxy`.
async fn between(scene: &mut Scene, proxy: &Proxy) -> Client {
    let changes = scene.intruder.comments(&scene.base, 20);
    scene.intruder.push_to(scene.order, &changes).await;
    let comment = |document: &mut _, stamp: &_| work_order::comment(document, "vu", stamp);
    let (replica, order) = (&mut scene.innocent.replica, scene.order);
    replica
        .act(|act| act.edit(Kind::WorkOrder, order, comment))
        .unwrap();
    let mut account = scene.innocent.replica.account().clone();
    account.url = proxy.url();
    std::mem::replace(&mut scene.innocent.client, Client::new(&account).unwrap())
}

fn unaltered() -> ronde_tests::proxy::Alter {
    Box::new(|_| {})
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_40_a_truncated_answer_moves_no_cursor_and_acknowledges_nothing() {
    let mut scene = Scene::start().await;
    let mut cut = 0;
    let shorter = move |answer: &mut Vec<u8>| {
        cut += 23;
        answer.truncate(cut % answer.len());
    };
    let proxy = Proxy::start(&scene.relay.url(), unaltered(), Box::new(shorter));
    let direct = between(&mut scene, &proxy).await;
    let before = stands(&scene);
    assert_eq!(before.1, 1);

    for _ in 0..20 {
        let failure = scene.innocent.sync().await.unwrap_err();
        let passing = matches!(failure, Failure::Unreachable(_) | Failure::NotARelay);
        assert!(passing, "{failure:?}");
        assert_eq!(stands(&scene), before);
        scene.world.move_ms(1_000);
    }
    scene.innocent.client = direct;

    assert!(scene.innocent.sync().await.unwrap().complete);
    assert_eq!(scene.merged(), 21);
    scene.ends_well("40").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_41_flipped_bits_on_the_way_are_noticed_on_both_sides() {
    let mut scene = Scene::start().await;
    let flip = || -> ronde_tests::proxy::Alter {
        let mut place = 0;
        Box::new(move |bytes: &mut Vec<u8>| {
            if let Some(body) = body_at(bytes).filter(|body| *body < bytes.len()) {
                place += 11;
                let length = bytes.len() - body;
                bytes[body + place % length] ^= 1 << (place % 8);
            }
        })
    };
    let answers = Proxy::start(&scene.relay.url(), unaltered(), flip());
    let requests = Proxy::start(&scene.relay.url(), flip(), unaltered());
    let direct = between(&mut scene, &answers).await;
    let before = stands(&scene);

    for proxy in [&answers, &requests] {
        let mut account = scene.innocent.replica.account().clone();
        account.url = proxy.url();
        scene.innocent.client = Client::new(&account).unwrap();
        for _ in 0..20 {
            let failure = scene.innocent.sync().await.unwrap_err();
            let told = [
                "unreachable",
                "not_a_relay",
                "version",
                "damaged",
                "not_a_message",
            ];
            assert!(told.contains(&failure.code()), "{failure:?}");
            assert_eq!(stands(&scene), before);
            scene.world.move_ms(1_000);
        }
    }
    scene.innocent.client = direct;

    assert!(scene.innocent.sync().await.unwrap().complete);
    assert_eq!(scene.merged(), 21);
    scene.ends_well("41, network").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_44_a_portal_that_answers_everything_changes_nothing() {
    let mut scene = Scene::start().await;
    let page = "<!doctype html><title>Wifi invité</title>";
    let told = |kind: &str| {
        let length = page.len();
        format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: {kind}\r\n\
             content-length: {length}\r\n\r\n{page}"
        )
    };
    // Not even a portal that repeats the type it was asked for is believed.
    let mut pages = [
        told("text/html"),
        told(MESSAGE),
        told("application/problem+json"),
    ]
    .map(String::into_bytes)
    .into_iter()
    .cycle();
    let portal = move |answer: &mut Vec<u8>| *answer = pages.next().unwrap();
    let proxy = Proxy::start(&scene.relay.url(), unaltered(), Box::new(portal));
    let direct = between(&mut scene, &proxy).await;
    let before = stands(&scene);

    for _ in 0..6 {
        let failure = scene.innocent.sync().await.unwrap_err();
        assert!(matches!(failure, Failure::NotARelay), "{failure:?}");
        assert!(failure.is_passing());
        assert_eq!(stands(&scene), before);
    }
    scene.innocent.client = direct;

    assert!(scene.innocent.sync().await.unwrap().complete);
    assert_eq!(scene.merged(), 21);
    scene.ends_well("44").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_51_a_redirect_takes_the_token_nowhere() {
    let mut scene = Scene::start().await;
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = elsewhere.local_addr().unwrap();
    let mut status = [301, 302, 303, 307, 308].into_iter().cycle();
    let redirect = move |answer: &mut Vec<u8>| {
        let status = status.next().unwrap();
        *answer = format!(
            "HTTP/1.1 {status} Moved\r\nconnection: close\r\nlocation: http://{address}/\r\n\
             content-length: 0\r\n\r\n"
        )
        .into_bytes();
    };
    let proxy = Proxy::start(&scene.relay.url(), unaltered(), Box::new(redirect));
    let direct = between(&mut scene, &proxy).await;
    let before = stands(&scene);

    for _ in 0..5 {
        let failure = scene.innocent.sync().await.unwrap_err();
        assert!(matches!(failure, Failure::NotARelay), "{failure:?}");
        assert_eq!(stands(&scene), before);
    }
    let called = elsewhere.accept().map_err(|cause| cause.kind());
    assert_eq!(called.unwrap_err(), ErrorKind::WouldBlock);
    scene.innocent.client = direct;

    assert!(scene.innocent.sync().await.unwrap().complete);
    assert_eq!(scene.merged(), 21);
    scene.ends_well("51").await;
}
