//! Goal: what two devices did offline meets on the relay and on both.
//! Method: a real relay on a socket, real files, two replicas.

use std::sync::Arc;

use ronde_core::{
    document::work_order::{self, Created, OrderType, Priority, Status, WorkOrder},
    model::{DocumentId, Kind, Role},
    store::views,
};
use ronde_tests::{Device, LocalRelay, TestWorld};

fn new_order(device: &mut Device, id: u128, title: &str) -> DocumentId {
    let id = DocumentId(uuid::Uuid::from_u128(id));
    let created = Created {
        title: title.to_owned(),
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P2,
        equipment: None,
        plan: None,
        status: Status::Draft,
        provisional: "P-1".to_owned(),
        assignees: vec![],
        due: None,
        imported: None,
    };
    let write = |document: &mut _, stamp: &_| work_order::create(document, &created, "", stamp);
    device
        .replica
        .act(|act| act.create(Kind::WorkOrder, id, write))
        .unwrap();
    id
}

fn comment(device: &mut Device, id: DocumentId, text: &str) {
    let write = |document: &mut _, stamp: &_| work_order::comment(document, text, stamp);
    device
        .replica
        .act(|act| act.edit(Kind::WorkOrder, id, write))
        .unwrap();
}

fn order(device: &Device, id: DocumentId) -> WorkOrder {
    device
        .replica
        .read(|tx| views::record(tx, Kind::WorkOrder, id))
        .unwrap()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_devices_did_offline_meets_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(1));
    let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
    let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;
    let ben = relay.person("NORD", "Ben", &[Role::Technician]).await;
    let mut left = Device::enrol(&relay, "NORD", ana, &folder.path().join("ana"), &world).await;
    let mut right = Device::enrol(&relay, "NORD", ben, &folder.path().join("ben"), &world).await;
    left.sync().await.unwrap();
    right.sync().await.unwrap();

    let first = new_order(&mut left, 1, "Fuite pompe");
    new_order(&mut right, 2, "Courroie usée");
    let pushed = left.sync().await.unwrap();
    assert_eq!((pushed.complete, pushed.pushed), (true, 1));
    right.sync().await.unwrap();
    comment(&mut left, first, "joint commandé");
    comment(&mut right, first, "zone balisée");
    left.sync().await.unwrap();
    right.sync().await.unwrap();
    let last = left.sync().await.unwrap();

    assert!(last.complete);
    assert_eq!(left.holdings(), right.holdings());
    assert_eq!(left.holdings().len(), 5);
    assert_eq!(order(&left, first).comments.len(), 2);
    assert!(
        order(&left, first)
            .number
            .unwrap()
            .starts_with("OT-2026-0000")
    );
    let idle = left.sync().await.unwrap();
    assert_eq!(
        (idle.round_trips, idle.documents_loaded, idle.repairs),
        (1, 0, 0)
    );
    println!(
        "idle resume: {} bytes up, {} down",
        idle.bytes_up, idle.bytes_down
    );
    relay.stop().await;
}
