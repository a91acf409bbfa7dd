//! An enrolled device that speaks the protocol by hand, and lies.
//!
//! **Invariant**: what it sends is what its test wrote, byte for byte: nothing
//! here checks or repairs it.

use std::sync::Arc;

use automerge::{Change, ExpandedChange};
use reqwest::{StatusCode, header};
use ronde_core::{
    clock::World,
    document::{Document, Stamp, work_order},
    model::{DeviceId, DocumentId, Incarnation, Kind, PersonId, Rank},
    transport,
    wire::{
        self, Cursor, Enrolment, EnrolmentRequest, Frame, Hello, Limits, PROTOCOL, Push, Pushed,
        Verdict,
    },
};
use serde_json::Value;

use crate::{LocalRelay, TestWorld};

/// The media type of messages.
pub const MESSAGE: &str = "application/vnd.ronde.sync";

/// The device.
#[derive(Debug)]
pub struct Intruder {
    /// What it was told when it enrolled; the token is real.
    pub enrolment: Enrolment,
    /// The actor it may write as.
    pub incarnation: Incarnation,
    world: Arc<TestWorld>,
    url: String,
    http: reqwest::Client,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: header::HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Intruder {
    /// Enrols as `person` with a real code.
    pub async fn enrol(
        relay: &LocalRelay,
        site: &str,
        person: PersonId,
        world: &Arc<TestWorld>,
    ) -> Self {
        let request = EnrolmentRequest {
            code: relay.code(site, person),
            device_name: "essai".to_owned(),
            device: DeviceId(world.uuid()),
            incarnation: Incarnation(world.uuid()),
        };
        let enrolment = transport::enrol(&relay.url(), &request).await.unwrap();
        Self {
            enrolment,
            incarnation: request.incarnation,
            world: Arc::clone(world),
            url: relay.url(),
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    /// The path messages go to.
    pub fn path(&self) -> String {
        format!("/v1/sites/{}/sync", self.enrolment.site)
    }

    /// A hello of a device that has read nothing and wants little.
    pub fn hello(&self) -> Hello {
        Hello {
            protocol: PROTOCOL,
            incarnation: self.incarnation,
            epoch: None,
            cursor: Cursor::Start,
            window: 0,
            pending: 0,
            digest: None,
            names: 0,
            at: self.world.now(),
            page_bytes_max: 1,
        }
    }

    /// Posts these bytes as a message, a second after the last.
    pub async fn post(&self, message: Vec<u8>) -> Answer {
        self.world.move_ms(1_000);
        self.post_at_once(message).await
    }

    /// Posts these bytes as a message.
    pub async fn post_at_once(&self, message: Vec<u8>) -> Answer {
        let request = self.http.post(format!("{}{}", self.url, self.path()));
        let request = request.header(header::CONTENT_TYPE, MESSAGE);
        self.send(request.bearer_auth(&self.enrolment.token).body(message))
            .await
    }

    /// Posts to any path with any headers.
    pub async fn request(&self, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    /// Says hello and pushes; the verdict on each change as one word.
    pub async fn push(&self, documents: Vec<Pushed>) -> Vec<String> {
        let push = Frame::Push(Push {
            batch: 1,
            on_behalf: false,
            documents,
        });
        let message = plain(&[Frame::Hello(self.hello()), push]);
        self.post(message).await.words()
    }

    /// Pushes changes to one work order.
    pub async fn push_to(&self, id: DocumentId, changes: &[Vec<u8>]) -> Vec<String> {
        self.push(vec![pushed(id, Kind::WorkOrder, changes)]).await
    }

    /// `count` honest comments on `base`, each after the last.
    pub fn comments(&self, base: &Document, count: usize) -> Vec<Vec<u8>> {
        self.comments_as(self.incarnation, base, count)
    }

    /// The same in another incarnation's name.
    pub fn comments_as(&self, actor: Incarnation, base: &Document, count: usize) -> Vec<Vec<u8>> {
        let mut document = base.clone();
        document.act_as(actor);
        (0..count)
            .map(|n| {
                let stamp = Stamp {
                    by: self.enrolment.person,
                    rank: Rank::Field,
                    at: self.world.now(),
                };
                work_order::comment(&mut document, &format!("remarque {n}"), &stamp).unwrap();
                document.commit(stamp.at).unwrap().bytes
            })
            .collect()
    }

    /// A first change of a document that is not begun as its kind is.
    pub fn comments_on(&self, empty: &Document, kind: Kind) -> Vec<Vec<u8>> {
        let mut document = empty.clone();
        document.act_as(self.incarnation);
        let stamp = Stamp {
            by: self.enrolment.person,
            rank: Rank::Field,
            at: self.world.now(),
        };
        // Of a kind without comments it is a change all the same.
        drop(work_order::comment(&mut document, kind.name(), &stamp));
        document
            .commit(stamp.at)
            .map(|it| it.bytes)
            .into_iter()
            .collect()
    }

    /// One honest comment, altered.
    pub fn forged(&self, base: &Document, alter: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
        let honest = self.comments(base, 1).remove(0);
        let mut change = Change::try_from(&honest[..]).unwrap().decode();
        alter(&mut change);
        Change::from(change).raw_bytes().to_vec()
    }
}

impl Answer {
    /// The frames of an answer that is none.
    pub fn frames(&self) -> Vec<Frame> {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, StatusCode::OK, "{text}");
        wire::decode(&self.body, &Limits::ANSWER).unwrap()
    }

    /// The verdicts as words: `accepted`, `missing`, or the code of a refusal.
    pub fn words(&self) -> Vec<String> {
        let of = |frame| match frame {
            Frame::Verdicts(verdicts) => Some(verdicts.verdicts),
            _ => None,
        };
        let verdicts = self.frames().into_iter().find_map(of);
        verdicts.unwrap().iter().map(word).collect()
    }

    /// The code of a refused request, whose every field is as documented.
    pub fn problem(&self, status: u16) -> String {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        assert_eq!(self.status.as_u16(), status, "{text}");
        let header = |name: &str| {
            let value = self.headers.get(name);
            value.map_or("", |value| value.to_str().unwrap()).to_owned()
        };
        assert_eq!(header("content-type"), "application/problem+json", "{text}");
        assert_eq!(header("cache-control"), "no-store");
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        let fields: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
        let documented = ["code", "detail", "request_id", "status", "title", "type"];
        assert_eq!(fields, documented, "{text}");
        let code = body["code"].as_str().unwrap().to_owned();
        assert_eq!(body["type"], format!("urn:ronde:problem:{code}"));
        assert_eq!(body["status"], status);
        assert_eq!(body["request_id"], header("x-request-id"));
        assert!(!body["title"].as_str().unwrap().is_empty(), "{text}");
        assert!(!body["detail"].as_str().unwrap().is_empty(), "{text}");
        says_nothing_inside(&text);
        code
    }
}

/// No answer shows how the relay is made, nor that something broke.
pub fn says_nothing_inside(text: &str) {
    let inside = [
        "panic",
        ".rs",
        "src/",
        "sqlite",
        "automerge",
        "minicbor",
        "serde",
        "tokio",
        "SELECT",
        "/tmp",
        "line ",
        "column ",
        "Error",
    ];
    for word in inside {
        assert!(!text.contains(word), "{word}: {text}");
    }
}

/// Changes to one document, as a push carries them.
pub fn pushed(id: DocumentId, kind: Kind, changes: &[Vec<u8>]) -> Pushed {
    let changes = changes.iter().map(|change| change.clone().into()).collect();
    Pushed { id, kind, changes }
}

fn word(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accepted => "accepted".to_owned(),
        Verdict::Flagged { codes } => format!("flagged {}", codes.join(" ")),
        Verdict::Refused { code } => code.clone(),
        Verdict::Missing => "missing".to_owned(),
        Verdict::Fork => "fork".to_owned(),
    }
}

/// Frames as a message that is not packed, however large: what packs too well
/// is refused before it is read.
pub fn plain(frames: &[Frame]) -> Vec<u8> {
    sealed(0, &minicbor::to_vec(frames).unwrap())
}

/// A message around any body: the envelope is in order, what is in it need not
/// be. The checksum is computed here on purpose, bit by bit.
pub fn sealed(method: u8, body: &[u8]) -> Vec<u8> {
    let mut sum = u32::MAX;
    for byte in std::iter::once(&method).chain(body) {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            let odd = sum & 1 == 1;
            sum = (sum >> 1) ^ if odd { 0xedb8_8320 } else { 0 };
        }
    }
    let sum = (!sum).to_be_bytes();
    [b"RD\x01".as_slice(), &[method], &sum, body].concat()
}
