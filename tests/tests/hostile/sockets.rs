//! What only a raw socket can do wrong.

use std::time::Duration;

use ronde_core::wire::{Frame, encode};
use ronde_server::state::Limits;
use ronde_tests::intruder::{MESSAGE, says_nothing_inside};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::Scene;

fn impatient() -> Limits {
    Limits {
        headers: Duration::from_millis(300),
        request: Duration::from_secs(2),
        ..Limits::default()
    }
}

async fn connect(scene: &Scene) -> TcpStream {
    let url = scene.relay.url();
    let address = url.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

/// Sends `bytes`, then reads until the relay hangs up.
async fn exchange(scene: &Scene, bytes: &[u8]) -> String {
    let mut stream = connect(scene).await;
    // The relay may refuse, and hang up, before all is written.
    let _ = stream.write_all(bytes).await;
    until_closed(&mut stream).await
}

async fn until_closed(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    says_nothing_inside(&answer);
    answer
}

/// The head of an honest request, but for its last line.
fn head(scene: &Scene) -> String {
    format!(
        "POST {} HTTP/1.1\r\nhost: r\r\nauthorization: Bearer {}\r\ncontent-type: {MESSAGE}\r\n",
        scene.intruder.path(),
        scene.intruder.enrolment.token,
    )
}

fn answers(text: &str) -> usize {
    text.matches("HTTP/1.1 ").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_42_slow_peers_are_cut_off_and_nobody_waits_for_them() {
    let mut scene = Scene::start_with(impatient()).await;
    let head = head(&scene);
    let mut slow = Vec::new();
    for n in 0..300 {
        let mut stream = connect(&scene).await;
        let begun = match n % 3 {
            0 => String::new(),
            1 => head[..20 + n % 60].to_owned(),
            _ => head.clone(),
        };
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }

    scene.goes_on().await;

    for mut stream in slow {
        let answer = until_closed(&mut stream).await;
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    scene.ends_well("42").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_42_a_body_that_does_not_come_is_a_timeout() {
    let scene = Scene::start_with(impatient()).await;
    let message = encode(&[Frame::Hello(scene.intruder.hello())]).unwrap();
    let head = format!("{}content-length: {}\r\n\r\n", head(&scene), message.len());
    let part = [head.as_bytes(), &message[..message.len() / 2]].concat();

    let answer = exchange(&scene, &part).await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"timeout\""), "{answer}");
    scene.nothing_was_merged();
    scene.ends_well("42, body").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_39_a_body_that_breaks_off_changes_nothing() {
    let scene = Scene::start().await;
    let changes = scene.intruder.comments(&scene.base, 3);
    let push = Frame::Push(ronde_core::wire::Push {
        batch: 1,
        on_behalf: false,
        documents: vec![ronde_tests::intruder::pushed(
            scene.order,
            ronde_core::model::Kind::WorkOrder,
            &changes,
        )],
    });
    let message = encode(&[Frame::Hello(scene.intruder.hello()), push]).unwrap();
    let told = format!(
        "{}content-length: {}\r\n\r\n",
        head(&scene),
        message.len() + 1
    );
    let chunked = format!(
        "{}transfer-encoding: chunked\r\n\r\n{:x}\r\n",
        head(&scene),
        message.len()
    );
    for head in [told, chunked] {
        let mut stream = connect(&scene).await;
        let whole = [head.as_bytes(), &message].concat();
        stream.write_all(&whole).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = until_closed(&mut stream).await;
        assert!(!answer.contains(" 200 "), "{answer}");
    }

    scene.nothing_was_merged();
    scene.ends_well("39, body").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_87_a_flood_of_headers_is_refused() {
    let scene = Scene::start().await;
    let many = "x: y\r\n".repeat(10_000);
    let long = format!("x: {}\r\n", "y".repeat(1 << 20));
    let endless = "x: y\r\n".repeat(200_000);

    for headers in [many, long, endless] {
        let request = format!("{}{headers}\r\n", head(&scene));
        let answer = exchange(&scene, request.as_bytes()).await;
        // The relay hangs up on what is still being written: the answer may
        // not get through.
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 431 "),
            "{answer}"
        );
    }
    let path = format!("GET /{} HTTP/1.1\r\nhost: r\r\n\r\n", "a".repeat(1 << 20));
    let answer = exchange(&scene, path.as_bytes()).await;
    assert!(!answer.contains(" 200 "), "{answer}");

    scene.nothing_was_merged();
    scene.ends_well("87").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_87_what_two_parsers_could_read_differently_ends_the_connection() {
    let scene = Scene::start().await;
    let hidden = "GET /healthz HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n";
    let lengths = [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: +5\r\n",
        "content-length: 0x5\r\n",
        "content-length: 5, 5\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "content-length : 5\r\n",
        " content-length: 5\r\n",
    ];
    for length in lengths {
        let request = format!("{}{length}\r\n{hidden}", head(&scene));
        let answer = exchange(&scene, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{length}: {answer}");
        assert_eq!(answers(&answer), 1, "{length}: {answer}");
    }
    // Both lengths told: the chunks count, or nothing does (RFC 9112, 6.3).
    let both = format!(
        "{}content-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        head(&scene),
        hidden.len() + 5
    );
    let answer = exchange(&scene, both.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    // Noise, another protocol, an old one, a bare line feed, a NUL.
    for noise in [
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /healthz HTTP/9.9\r\n\r\n",
        "GET /healthz\u{0} HTTP/1.1\r\nhost: r\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nho\u{0}st: r\r\n\r\n",
    ] {
        let answer = exchange(&scene, noise.as_bytes()).await;
        assert!(!answer.contains(" 200 "), "{noise:?}: {answer}");
    }

    scene.nothing_was_merged();
    scene.ends_well("87, smuggling").await;
}
