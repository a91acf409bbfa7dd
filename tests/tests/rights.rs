//! Goal: rights are judged at receipt, and work that is refused is never lost:
//! it is visible on the device and at the relay, and counts when the right
//! returns.

use ronde_core::{model::Role, store::outbox, transport::Failure, wire::Frame};
use ronde_server::{
    admin,
    control::Command,
    registry::quarantine::{self, Refused},
};
use ronde_tests::{Device, Plant, plant::NORD};

/// What the relay keeps aside of a device.
fn quarantined(plant: &Plant, device: &Device) -> Vec<Refused> {
    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    let id = device.replica.account().device;
    site.read(|tx| quarantine::open_of(tx, id)).unwrap()
}

fn reasons(device: &Device) -> Vec<(String, u32)> {
    let why = device.replica.why().unwrap();
    why.into_iter().map(|it| (it.code, it.changes)).collect()
}

fn reason(code: &str, changes: u32) -> (String, u32) {
    (code.to_owned(), changes)
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_81_a_revoked_device_keeps_its_work_until_it_is_let_in_again() {
    let plant = Plant::new(1).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    ana.comments(order, "fait");
    let device = ana.replica.account().device.to_string();

    let revoke = Command::Revoke {
        device: device.clone(),
    };
    admin::run(&plant.relay.relay, revoke).unwrap();
    let refused = ana.sync().await.unwrap_err();

    assert!(
        matches!(&refused, Failure::Refused { code, .. } if code == "revoked"),
        "{refused:?}"
    );
    assert_eq!(reasons(&ana), [reason("revoked", 1)]);
    ana = ana.reopened();
    assert_eq!(ana.remarks(order), ["fait"]);

    admin::run(&plant.relay.relay, Command::Reinstate { device }).unwrap();
    plant.settle(&mut [&mut ana]).await;
    assert_eq!(ana.remarks(order), ["fait"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_80_work_done_without_the_right_waits_until_it_returns() {
    let plant = Plant::new(2).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    ana.comments(order, "un");
    ana.comments(order, "deux");
    let made = ana.opens("Ouvert hors ligne");

    plant.gives_roles(&ana, &[Role::Reader]).await;
    let refused = ana.sync().await.unwrap();

    assert_eq!(
        (refused.complete, refused.refused, refused.repairs),
        (true, 3, 0)
    );
    let mut why = reasons(&ana);
    why.sort();
    assert_eq!(
        why,
        [
            reason("depends_on_refused", 1),
            reason("not_permitted", 1),
            reason("not_permitted", 1)
        ]
    );
    assert_eq!(quarantined(&plant, &ana).len(), 3);
    assert_eq!(ana.remarks(order), Vec::<String>::new());
    assert_eq!(ana.order(made), None);

    plant.gives_roles(&ana, &[Role::Technician]).await;
    let report = ana.sync_well().await;

    // Both orders, and what Ana may do.
    assert_eq!((report.pulled, reasons(&ana)), (3, vec![]));
    assert_eq!(ana.remarks(order), ["un", "deux"]);
    assert!(ana.order(made).unwrap().number.is_some());
    assert_eq!(quarantined(&plant, &ana), []);
    plant.settle(&mut [&mut ana]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_80_refused_work_merges_with_what_was_done_meanwhile() {
    let plant = Plant::new(3).await;
    let both = [Role::Technician, Role::Supervisor];
    let mut ana = plant.device("Ana", &both).await;
    let mut ben = plant.device("Ben", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    ana.deletes(order);
    ana.comments(order, "après la suppression");

    plant.gives_roles(&ana, &[Role::Technician]).await;
    let refused = ana.sync().await.unwrap();
    assert_eq!((refused.refused, refused.repairs), (2, 0));
    assert!(!ana.order(order).unwrap().life.deleted);
    let before = ana.replica.incarnation();
    ana.comments(order, "sous un autre acteur");
    ana.sync().await.unwrap();
    ben.sync_well().await;
    ben.comments(order, "vu");
    ben.sync_well().await;
    ana.sync().await.unwrap();
    assert_eq!(ana.remarks(order), ["sous un autre acteur", "vu"]);

    plant.gives_roles(&ana, &both).await;
    plant.settle(&mut [&mut ana, &mut ben]).await;

    assert_eq!(ana.replica.incarnation(), before);
    let all = ["après la suppression", "sous un autre acteur", "vu"];
    assert_eq!(ana.remarks(order), all);
    assert_eq!(ben.remarks(order), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_80_what_was_built_on_refused_work_returns_with_it_sent_or_not() {
    let plant = Plant::new(4).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    // More than one push: the last ones are taken out before they were sent.
    for n in 0..520 {
        ana.comments(order, &format!("remarque {n}"));
    }

    plant.gives_roles(&ana, &[Role::Reader]).await;
    let refused = ana.sync().await.unwrap();
    assert_eq!(refused.refused, 520);
    let at_the_relay = quarantined(&plant, &ana).len();
    assert!((1..520).contains(&at_the_relay), "{at_the_relay}");

    plant.gives_roles(&ana, &[Role::Technician]).await;
    plant.settle(&mut [&mut ana]).await;

    assert_eq!(ana.remarks(order).len(), 520);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_80_a_contractors_work_counts_when_the_order_is_theirs_again() {
    let plant = Plant::new(5).await;
    let mut eve = plant.device("Eve", &[Role::Contractor]).await;
    let order = plant
        .relay
        .opens(NORD, "Fuite pompe", &[eve.person()])
        .await;
    eve.sync_well().await;
    eve.comments(order, "soudure faite");

    plant.relay.assigns(NORD, order, &[]).await;
    let refused = eve.sync().await.unwrap();

    assert_eq!((refused.refused, refused.repairs), (1, 0));
    assert_eq!(reasons(&eve), [reason("not_assigned", 1)]);
    assert!(!eve.on_disk().contains(&order));

    plant.relay.assigns(NORD, order, &[eve.person()]).await;
    plant.relay.rests(NORD).await;
    plant.settle(&mut [&mut eve]).await;
    assert_eq!(eve.remarks(order), ["soudure faite"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_programs_on_one_replica_go_on_under_its_present_life() {
    let plant = Plant::new(6).await;
    let mut ana = plant
        .device("Ana", &[Role::Technician, Role::Supervisor])
        .await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    ana.sync_well().await;
    let mut other = Device::open(&ana.home, &plant.world);
    ana.deletes(order);
    plant.gives_roles(&ana, &[Role::Technician]).await;
    ana.sync().await.unwrap();

    other.comments(order, "depuis l'autre programme");
    let report = other.sync().await.unwrap();

    assert_eq!((report.pushed, report.refused, report.forked), (1, 0, 0));
    plant
        .gives_roles(&ana, &[Role::Technician, Role::Supervisor])
        .await;
    plant.settle(&mut [&mut ana, &mut other]).await;
    assert_eq!(ana.remarks(order), ["depuis l'autre programme"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_85_a_site_does_not_exist_for_a_device_of_another() {
    let plant = Plant::new(7).await;
    let nord = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    let est = plant.relay.opens("EST", "Courroie usée", &[]).await;
    let zoe = plant
        .relay
        .person("EST", "Zoé", &[Role::Admin, Role::Supervisor])
        .await;
    let home = plant.folder.path().join("Zoé");
    let mut zoe = Device::enrol(&plant.relay, "EST", zoe, &home, &plant.world).await;
    zoe.sync_well().await;

    assert!(zoe.order(est).is_some());
    assert_eq!(zoe.order(nord), None);
    ronde_tests::oracle::assert_settled(&plant.relay, "EST", &zoe);

    // Her token at the other site: there is no such site for her, like one that
    // really does not exist.
    let frames = zoe.request();
    let message = ronde_core::wire::encode(&frames).unwrap();
    let there = zoe.post_to(plant.relay.site(NORD), message.clone()).await;
    let nowhere = zoe
        .post_to(ronde_core::model::SiteId(uuid::Uuid::from_u128(9)), message)
        .await;
    assert_eq!((there.0, nowhere.0), (404, 404));
    let without_id = |body: &[u8]| {
        let mut body: serde_json::Value = serde_json::from_slice(body).unwrap();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    assert_eq!(without_id(&there.1), without_id(&nowhere.1));

    // An id of the other site in a push of hers makes a document of her own.
    let pushed = Frame::Push(ronde_core::wire::Push {
        batch: 1,
        on_behalf: false,
        documents: vec![ronde_core::wire::Pushed {
            id: nord,
            kind: ronde_core::model::Kind::WorkOrder,
            changes: vec![],
        }],
    });
    let answer = zoe.post(&[frames[0].clone(), pushed]).await;
    assert!(format!("{answer:?}").contains("Verdicts { batch: 1, verdicts: [] }"));
    assert_eq!(zoe.order(nord), None);
    assert_eq!(zoe.replica.read(outbox::count).unwrap(), 0);
}
