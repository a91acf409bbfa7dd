//! Goal: resuming costs what changed, never what is held (law 5).

use ronde_core::model::Role;
use ronde_tests::{Plant, plant::NORD};

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_device_with_ten_thousand_documents_costs_one_small_round_trip() {
    let plant = Plant::new(1).await;
    plant.relay.opens_many(NORD, 10_000).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.sync_well().await;
    assert!(ana.on_disk().len() > 10_000);
    ana = ana.reopened();
    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    let loaded_by_relay = site.documents_loaded();

    let idle = ana.sync_well().await;

    println!(
        "idle resume of more than 10,000 documents: {} bytes up, {} down",
        idle.bytes_up, idle.bytes_down
    );
    assert_eq!((idle.round_trips, idle.documents_loaded), (1, 0));
    assert_eq!(site.documents_loaded(), loaded_by_relay);
    assert!(idle.bytes_up < 300 && idle.bytes_down < 300);
    plant.assert_settled(&[&ana]);
}
