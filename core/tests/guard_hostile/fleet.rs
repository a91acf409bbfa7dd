//! Honest devices that work on one order offline and meet at a relay.

use rand::{Rng, SeedableRng, rngs::SmallRng};
use ronde_core::{
    document::{
        Document, Stamp,
        schema::Title,
        work_order::{self, Created, OrderType, Priority, Status, WorkKind},
    },
    guard::{Admission, Author, Limits, Outcome, Parsed, admit, parse},
    model::{DocumentId, Incarnation, Kind, PersonId, Rank, Role, Roles, Timestamp},
};
use uuid::Uuid;

pub const NOON: i64 = 1_767_268_800_000;

pub fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x1000 + n))
}

pub fn actor(n: u128) -> Incarnation {
    Incarnation(Uuid::from_u128(0x2000 + n))
}

pub fn stamp(n: u128, ms: i64) -> Stamp {
    Stamp {
        by: person(n),
        rank: Rank::Field,
        at: Timestamp(NOON + ms),
    }
}

pub fn every_role() -> Roles {
    Role::ALL.into_iter().collect()
}

pub fn created() -> Created {
    Created {
        title: "Fuite".into(),
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P2,
        equipment: None,
        plan: None,
        status: Status::Draft,
        provisional: "P-1".into(),
        assignees: vec![person(1)],
        due: None,
        imported: None,
    }
}

pub fn empty() -> Document {
    Document::new(DocumentId(Uuid::from_u128(9)), Kind::WorkOrder)
}

/// Offers changes as device `n`, whose person may do everything.
pub fn offer(relay: &Document, changes: &[Parsed], n: u128) -> Admission {
    offer_as(relay, changes, n, &every_role())
}

pub fn offer_as(relay: &Document, changes: &[Parsed], n: u128, roles: &Roles) -> Admission {
    let author = Author {
        incarnations: &[actor(n)],
        person: person(n),
        roles,
        relay: false,
        on_behalf: false,
    };
    admit(relay, changes, &author, &Limits::default())
}

/// A device that edits, and what it has not sent yet.
pub struct Device {
    pub n: u128,
    pub copy: Document,
    pub unsent: Vec<Vec<u8>>,
}

impl Device {
    pub fn new(n: u128) -> Self {
        Self::with(n, empty())
    }

    pub fn with(n: u128, mut copy: Document) -> Self {
        copy.act_as(actor(n));
        Self {
            n,
            copy,
            unsent: vec![],
        }
    }

    pub fn create(n: u128) -> Self {
        let mut device = Self::new(n);
        let stamp = stamp(n, 0);
        work_order::create(&mut device.copy, &created(), "Goutte à goutte", &stamp).unwrap();
        device.commit(0);
        device
    }

    pub fn comment(&mut self, text: &str, ms: i64) {
        work_order::comment(&mut self.copy, text, &stamp(self.n, ms)).unwrap();
        self.commit(ms);
    }

    pub fn commit(&mut self, ms: i64) {
        let change = self.copy.commit(Timestamp(NOON + ms));
        self.unsent.extend(change.map(|change| change.bytes));
    }

    pub fn parsed(&self) -> Vec<Parsed> {
        let limits = Limits::default();
        let bytes = self.unsent.iter();
        bytes.map(|bytes| parse(bytes, &limits).unwrap()).collect()
    }

    /// Offers everything unsent; panics unless all of it is accepted.
    pub fn send(&mut self, relay: &mut Document) {
        let changes = self.parsed();
        self.unsent.clear();
        if changes.is_empty() {
            return;
        }
        let admission = offer(relay, &changes, self.n);
        for outcome in &admission.outcomes {
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        }
        *relay = admission.document.unwrap();
    }

    /// Takes what the relay has and this device has not.
    pub fn receive(&mut self, relay: &mut Document) {
        let heads = self.copy.heads();
        let limits = Limits::default();
        let changes: Vec<_> = relay
            .changes_since(&heads)
            .iter()
            .map(|change| parse(change.raw_bytes(), &limits).unwrap())
            .collect();
        let admission = admit(&self.copy, &changes, &Author::relay(), &limits);
        for outcome in &admission.outcomes {
            let taken = matches!(outcome, Outcome::Accepted { .. } | Outcome::Known);
            assert!(taken, "{outcome:?}");
        }
        if let Some(merged) = admission.document {
            self.copy = merged;
            self.copy.act_as(actor(self.n));
        }
    }

    /// One honest edit of any sort.
    pub fn edit(&mut self, rng: &mut SmallRng, ms: i64) {
        let stamp = stamp(self.n, ms);
        let copy = &mut self.copy;
        match rng.random_range(0..8) {
            0 => {
                let title = Title(format!("Titre {}", rng.random_range(0..9)));
                work_order::set(copy, "title", &title, &stamp).unwrap_or_default();
            }
            1 => work_order::comment(copy, &format!("Vu à {ms}"), &stamp).unwrap(),
            2 | 3 => {
                let mut text: Vec<char> = copy.text("description").chars().collect();
                let from = rng.random_range(0..=text.len());
                let to = rng.random_range(from..=text.len().min(from + 6));
                let new = ["", "é", "joint 🔧", "a\nb", "e\u{301}t"][rng.random_range(0..5)];
                text.splice(from..to, new.chars());
                let text: String = text.into_iter().collect();
                copy.set_text("description", &text, &stamp).unwrap();
            }
            4 => copy
                .set_text("note", &format!("note {ms}"), &stamp)
                .unwrap(),
            5 => {
                let priority = [Priority::P1, Priority::P3][rng.random_range(0..2)];
                work_order::set(copy, "priority", &priority, &stamp).unwrap_or_default();
            }
            6 => work_order::begin(copy, WorkKind::Travel, &stamp).unwrap(),
            _ => {
                let next = Status::ALL[rng.random_range(0..8)];
                // A step that may not follow is not an edit at all.
                work_order::step(copy, next, Some("raison"), &stamp).unwrap_or_default();
            }
        }
        if rng.random_bool(0.7) {
            self.commit(ms);
        }
    }
}

/// Four devices that edit, send and receive at random; `on_send` sees the
/// relay's document and the device each time before it sends.
pub fn work_together(
    seed: u64,
    rounds: i64,
    mut on_send: impl FnMut(&mut Document, &Device),
) -> (Document, Vec<Device>) {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut relay = empty();
    let mut devices = vec![Device::create(0)];
    on_send(&mut relay, &devices[0]);
    devices[0].send(&mut relay);
    for n in 1..4 {
        let mut device = Device::new(n);
        device.receive(&mut relay);
        devices.push(device);
    }
    for round in 1..=rounds {
        let device = &mut devices[rng.random_range(0..4)];
        device.edit(&mut rng, 1_000 * round);
        if rng.random_bool(0.3) {
            device.commit(1_000 * round);
            on_send(&mut relay, device);
            device.send(&mut relay);
        }
        if rng.random_bool(0.3) {
            device.commit(1_000 * round);
            device.receive(&mut relay);
        }
    }
    for device in &mut devices {
        device.commit(1_000 * (rounds + 1));
        on_send(&mut relay, device);
        device.send(&mut relay);
    }
    (relay, devices)
}
