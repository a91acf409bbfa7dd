//! Something between a device and its relay that alters what passes.
//!
//! **Invariant**: one request and one answer per connection, read to their
//! ends before they are passed on, so that a test decides about every byte.

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What is done to the bytes of a request or an answer.
pub type Alter = Box<dyn FnMut(&mut Vec<u8>) + Send>;

/// The proxy; it ends with the process.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
}

impl Proxy {
    /// Starts between whoever connects and `relay` (`http://address`).
    pub fn start(relay: &str, request: Alter, answer: Alter) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let relay = relay.trim_start_matches("http://").to_owned();
        let alter = Arc::new(Mutex::new((request, answer)));
        thread::spawn(move || {
            for device in listener.incoming() {
                let (relay, alter) = (relay.clone(), Arc::clone(&alter));
                // A broken connection is what this is here for.
                thread::spawn(move || drop(device.and_then(|it| pass(it, &relay, &alter))));
            }
        });
        Self { address }
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn pass(mut device: TcpStream, relay: &str, alter: &Mutex<(Alter, Alter)>) -> std::io::Result<()> {
    let mut request = whole(&mut device)?;
    let mut relay = TcpStream::connect(relay)?;
    (alter.lock().unwrap().0)(&mut request);
    relay.write_all(&request)?;
    let mut answer = whole(&mut relay)?;
    (alter.lock().unwrap().1)(&mut answer);
    device.write_all(&answer)?;
    device.shutdown(Shutdown::Both)
}

/// One request or answer: headers, then as much as `content-length` says.
fn whole(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = stream.read(&mut piece)?;
        bytes.extend_from_slice(&piece[..read]);
        if read == 0 || body_at(&bytes).is_some_and(|at| bytes.len() >= at + length(&bytes[..at])) {
            return Ok(bytes);
        }
    }
}

/// Where the body begins, once the headers are whole.
pub fn body_at(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
    Some(end + 4)
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let value = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    value.map_or(0, |value| value.trim().parse().unwrap())
}
