//! A file of the first release opens and reads the same. It is made by
//! `cargo run -p ronde-core --example replica_fixture` and never edited: a new
//! schema gets a file of its own.

use std::{fs, path::Path};

use super::plant::{ANA, Standing, account, open};
use crate::{
    document::work_order::{Priority, Status},
    model::Role,
    replica::{OrderFilter, Replica},
    store::{documents, outbox},
};

#[test]
fn a_replica_of_the_first_schema_opens_and_reads_the_same() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/replica-v1.sqlite");
    let home = tempfile::tempdir().unwrap();
    fs::copy(fixture, home.path().join("replica.sqlite")).unwrap();
    Replica::enrol(home.path(), &account(ANA, &[Role::Technician])).unwrap();

    let replica = open(home.path(), &Standing::new(1));

    let rows = replica.orders(&OrderFilter::default()).unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.provisional.as_str(),
                row.title.as_str(),
                row.status,
                row.priority,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (
                "P-0007-1",
                "Fuite au presse-étoupe",
                Status::OnHold,
                Priority::P1
            ),
            ("P-0007-2", "Courroie usée", Status::Draft, Priority::P3),
        ]
    );
    let page = replica.order_page(rows[0].id).unwrap();
    assert_eq!(page.reason.as_deref(), Some("pièce attendue"));
    assert_eq!(page.description, "au refoulement");
    assert_eq!(page.comments[0].text, "joint commandé");
    assert_eq!(page.minutes.values().sum::<i64>(), 30);
    let levels = replica.levels(None).unwrap();
    assert_eq!(levels[0].quantity.to_string(), "4.5");
    let (documents, waiting, refused) = replica
        .read(|tx| {
            Ok((
                documents::count(tx)?,
                outbox::count(tx)?,
                outbox::refused_count(tx)?,
            ))
        })
        .unwrap();
    assert_eq!((documents, waiting, refused), (4, 2, 0));
    for row in rows {
        let loads = replica.read(|tx| documents::load(tx, row.id)).unwrap();
        assert!(loads.is_some(), "snapshot and tail give the stored heads");
    }
}
