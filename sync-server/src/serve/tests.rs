//! Over a real socket: what only a connection can do wrong.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

use super::*;
use crate::{
    fixture::{Plant, plant},
    state::{BODY_BYTES_MAX, Limits},
};

struct Serving {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<usize>,
    _plant: Plant,
}

async fn serving(limits: Limits) -> Serving {
    let plant = plant().with_limits(limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let relay = Arc::clone(&plant.relay);
    let ended = tokio::spawn(serve(listener, relay, async move {
        let _ = stopped.await;
    }));
    Serving {
        address,
        stop,
        ended,
        _plant: plant,
    }
}

fn impatient() -> Limits {
    Limits {
        headers: Duration::from_millis(200),
        request: Duration::from_millis(400),
        ..Limits::default()
    }
}

/// Sends `bytes` and reads until the relay hangs up.
async fn exchange(serving: &Serving, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    // A refusal may come, and the peer hang up, before all is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_is_answered() {
    let serving = serving(Limits::default()).await;

    let answer = exchange(
        &serving,
        b"GET /healthz HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\r\n",
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("ok\n"), "{answer}");
}

#[tokio::test]
async fn headers_that_do_not_come_end_the_connection() {
    let serving = serving(impatient()).await;

    for part in [
        "",
        "GET /healthz HT",
        "GET /healthz HTTP/1.1\r\nhost: r\r\n",
    ] {
        let answer = exchange(&serving, part.as_bytes()).await;

        assert!(!answer.contains("200"), "{answer}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_come_is_a_timeout() {
    let serving = serving(impatient()).await;

    let answer = exchange(
        &serving,
        b"POST /v1/enrol HTTP/1.1\r\nhost: r\r\ncontent-type: application/json\r\n\
          content-length: 10\r\n\r\n{",
    )
    .await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("urn:ronde:problem:timeout"), "{answer}");
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let serving = serving(Limits::default()).await;
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let start = b"POST /v1/enrol HTTP/1.1\r\nhost: r\r\ncontent-type: application/json\r\n\
                  content-length: 10\r\n\r\n{";
    stream.write_all(start).await.unwrap();

    stream.shutdown().await.unwrap();

    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(!answer.contains(" 200 "), "{answer}");
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused_unread() {
    let serving = serving(Limits::default()).await;
    let told = format!(
        "POST /v1/enrol HTTP/1.1\r\nhost: r\r\ncontent-type: application/json\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        BODY_BYTES_MAX + 1
    );
    let mut chunked = b"POST /v1/enrol HTTP/1.1\r\nhost: r\r\ncontent-type: application/json\r\n\
                        connection: close\r\ntransfer-encoding: chunked\r\n\r\n18000\r\n"
        .to_vec();
    chunked.extend(vec![b' '; 0x18000]);

    for request in [told.into_bytes(), chunked] {
        let answer = exchange(&serving, &request).await;

        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("urn:ronde:problem:too_large"), "{answer}");
    }
}

#[tokio::test]
async fn too_many_headers_are_refused() {
    let serving = serving(Limits::default()).await;
    let many = "x: y\r\n".repeat(HEADERS_MAX + 1);
    let large = format!("x: {}\r\n", "y".repeat(2 * HEADER_BYTES_MAX));

    for headers in [many, large] {
        let request = format!("GET /healthz HTTP/1.1\r\n{headers}\r\n");
        let answer = exchange(&serving, request.as_bytes()).await;

        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}

#[tokio::test]
async fn what_two_parsers_could_read_differently_is_refused() {
    let serving = serving(Limits::default()).await;
    let smuggled = [
        "content-length: 5\r\ncontent-length: 6\r\n",
        "content-length: +5\r\n",
        "transfer-encoding: chunked, identity\r\n",
    ];
    for headers in smuggled {
        let request = format!("POST /v1/enrol HTTP/1.1\r\nhost: r\r\n{headers}\r\n");
        let answer = exchange(&serving, request.as_bytes()).await;

        assert!(answer.starts_with("HTTP/1.1 400 "), "{headers}{answer}");
    }
}

#[tokio::test]
async fn a_request_under_way_is_finished_at_shutdown() {
    let serving = serving(Limits::default()).await;
    let mut idle = TcpStream::connect(serving.address).await.unwrap();
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    let body = r#"{"code":"K7QF"}"#;
    let head = format!(
        "POST /v1/enrol HTTP/1.1\r\nhost: r\r\ncontent-type: application/json\r\n\
         expect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // "100 Continue" says that the handler has begun.
    let mut begun = [0; 25];
    stream.read_exact(&mut begun).await.unwrap();
    assert!(begun.starts_with(b"HTTP/1.1 100 "));

    serving.stop.send(()).unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();

    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0);
    assert_eq!(serving.ended.await.unwrap(), 0);
    assert!(TcpStream::connect(serving.address).await.is_err());
}
