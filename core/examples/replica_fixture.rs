//! Writes `core/tests/fixtures/replica-v1.sqlite`: what a device of the first
//! release leaves behind. Run once per schema, under a new name; released
//! files are never edited.
//!
//! ```text
//! cargo run -p ronde-core --example replica_fixture -- FOLDER
//! ```

use std::{path::PathBuf, sync::Arc, sync::atomic::AtomicI64, sync::atomic::Ordering};

use ronde_core::{
    clock::World,
    document::{
        part::{self, Store},
        stock_movement::MovementKind,
        work_order::Priority,
    },
    error::Error,
    model::{DeviceId, DocumentId, Kind, PersonId, Quantity, Role, SiteId, Timestamp},
    replica::{Account, NewLine, NewMovement, NewOrder, Replica},
};
use uuid::Uuid;

/// A clock that goes ten minutes at a time, and counted bytes.
#[derive(Debug)]
struct Counted(AtomicI64);

impl World for Counted {
    fn now(&self) -> Timestamp {
        let tens = self.0.load(Ordering::Relaxed);
        Timestamp(1_774_857_600_000 + tens * 600_000)
    }

    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        bytes.fill(0);
        for (byte, of) in bytes.iter_mut().rev().zip(count.to_le_bytes()) {
            *byte = of;
        }
    }
}

fn main() -> Result<(), Error> {
    let home: PathBuf = std::env::args().nth(1).unwrap_or_else(|| ".".into()).into();
    let account = Account {
        url: "https://relay.example".into(),
        site: SiteId(Uuid::from_u128(1)),
        site_code: "NORD".into(),
        site_name: "Usine Nord".into(),
        device: DeviceId(Uuid::from_u128(7)),
        person: PersonId(Uuid::from_u128(0xa)),
        roles: [Role::Technician].into_iter().collect(),
        token: "none".into(),
    };
    Replica::enrol(&home, &account)?;
    let world = Arc::new(Counted(AtomicI64::new(0)));
    let mut replica = Replica::open(&home, Arc::clone(&world) as _)?;
    let leak = replica.new_order(&NewOrder {
        description: "au refoulement".into(),
        priority: Priority::P1,
        ..NewOrder::new("Fuite au presse-étoupe")
    })?;
    replica.start_order(leak)?;
    world.0.fetch_add(3, Ordering::Relaxed);
    replica.hold_order(leak, "pièce attendue")?;
    let grease = DocumentId(Uuid::from_u128(0x30));
    replica.act(|act| {
        act.create(Kind::Part, grease, |document, stamp| {
            let created = part::Created {
                reference: "GR-2".into(),
                name: "Graisse".into(),
                unit: "kg".into(),
                decimals: 1,
                stores: vec![Store("MAG".into())],
                ..part::Created::default()
            };
            part::create(document, &created, stamp)
        })
    })?;
    replica.post_movement(&NewMovement {
        kind: MovementKind::Entry,
        lines: vec![NewLine {
            part: grease,
            quantity: Quantity(4_500_000),
            from: None,
            to: None,
            unit_cost: None,
        }],
        work_order: None,
        reason: None,
        at: None,
    })?;
    // What follows the acknowledgement of all this stays in the outbox.
    let waiting = replica.why()?.len();
    acknowledge(&home)?;
    replica.comment_order(leak, "joint commandé")?;
    replica.new_order(&NewOrder::new("Courroie usée"))?;
    println!("{waiting} documents acknowledged, 2 changes wait");
    Ok(())
}

/// As if the relay had taken everything so far.
fn acknowledge(home: &std::path::Path) -> Result<(), Error> {
    use ronde_core::store::{Durability, Store, outbox};
    let mut store = Store::open(&home.join("replica.sqlite"), Durability::Full)?;
    store.write(|tx| {
        for waiting in outbox::batch(tx, 1000, usize::MAX)? {
            outbox::acknowledge(tx, waiting.change.hash)?;
        }
        Ok(())
    })
}
