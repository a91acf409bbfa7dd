//! Goal: a device holds what its person may see, all of it and nothing else.
//! Method: a real relay on a socket, real files; what is held is compared with
//! an independent reading of the rules.

use rand::{Rng, SeedableRng, rngs::SmallRng};
use ronde_core::{
    document::work_order::Status,
    model::{DocumentId, Role},
    store::views,
};
use ronde_server::registry::name;
use ronde_tests::{Device, Plant, plant::NORD, seeds};

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_order_leaves_a_technician_and_stays_with_a_supervisor() {
    let plant = Plant::new(1).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let mut ben = plant.device("Ben", &[Role::Technician]).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let order = sam.opens("Fuite pompe");
    for device in [&mut sam, &mut ana, &mut ben] {
        device.sync_well().await;
    }
    assert!(ben.order(order).is_some());

    ana.finishes(order);
    ana.sync_well().await;
    ben.sync_well().await;
    sam.sync_well().await;
    sam.steps(order, Status::Closed);
    sam.sync_well().await;
    ana.sync_well().await;
    ben.sync_well().await;

    assert!(ben.order(order).is_none());
    assert_eq!(sam.order(order).unwrap().status, Status::Closed);
    plant.assert_settled(&[&ana, &ben, &sam]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_enters_at_the_contractor_it_is_assigned_to_and_leaves_again() {
    let plant = Plant::new(2).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut eve = plant.device("Eve", &[Role::Contractor]).await;
    let order = sam.opens("Ligne 4 arrêtée");
    sam.comments(order, "accès par le quai");
    sam.sync_well().await;
    eve.sync_well().await;
    assert!(eve.order(order).is_none());

    sam.assigns(order, &[eve.person()]);
    sam.sync_well().await;
    let entered = eve.sync_well().await;

    assert_eq!((entered.pulled, eve.remarks(order).len()), (1, 1));
    plant.assert_settled(&[&sam, &eve]);

    sam.assigns(order, &[]);
    sam.sync_well().await;
    let left = eve.sync_well().await;

    assert_eq!((left.left, eve.order(order)), (1, None));
    plant.assert_settled(&[&sam, &eve]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_change_moves_the_window_there_and_back() {
    let plant = Plant::new(3).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let orders: Vec<_> = (0..6).map(|n| sam.opens(&format!("Ordre {n}"))).collect();
    sam.finishes(orders[0]);
    sam.sync_well().await;
    sam.assigns(orders[1], &[ana.person()]);
    sam.sync_well().await;
    ana.sync_well().await;
    plant.assert_settled(&[&sam, &ana]);

    for roles in [
        &[Role::Contractor][..],
        &[Role::Supervisor],
        &[],
        &[Role::Requester],
        &[Role::Technician],
    ] {
        plant.gives_roles(&ana, roles).await;
        ana.sync_well().await;
        plant.assert_settled(&[&ana]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_change_within_one_window_is_known_to_the_device() {
    let plant = Plant::new(4).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.sync_well().await;

    plant.gives_roles(&ana, &[Role::Storekeeper]).await;
    ana.sync_well().await;

    let roles = ana.replica.roles().unwrap();
    assert!(roles.has(Role::Storekeeper) && !roles.has(Role::Technician));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_finished_meanwhile_leaves_with_a_role_change_too() {
    let plant = Plant::new(5).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let order = sam.opens("Filtre colmaté");
    sam.sync_well().await;
    ana.sync_well().await;

    sam.finishes(order);
    sam.sync_well().await;
    plant.gives_roles(&ana, &[Role::Contractor]).await;
    ana.sync_well().await;
    sam.sync_well().await;

    assert_eq!(ana.order(order), None);
    plant.assert_settled(&[&ana, &sam]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_49_a_first_sync_resumes_after_every_page() {
    let plant = Plant::new(6).await;
    let orders = plant.relay.opens_many(NORD, 60).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let mut rounds = 0;

    loop {
        ana.replica.ask_for_pages_of(1_500);
        let complete = ana.one_round().await;
        rounds += 1;
        let arrived = ana.on_disk();
        ana = ana.reopened();
        assert_eq!(ana.on_disk(), arrived);
        // Work goes on while the window is filled: before and behind the place
        // it has reached.
        if rounds <= 3 {
            plant.relay.comments(NORD, orders[0], "déjà là").await;
            plant.relay.comments(NORD, orders[59], "pas encore").await;
            plant.relay.turns(NORD, orders[1]).await;
            plant.relay.opens(NORD, "Nouvel ordre", &[]).await;
        }
        if complete {
            break;
        }
    }

    assert!(rounds > 8, "{rounds} rounds");
    assert_eq!(ana.remarks(orders[59]).len(), 3);
    ana.sync_well().await;
    plant.assert_settled(&[&ana]);
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_keeps_what_is_unsynced() {
    let plant = Plant::new(7).await;
    let mut sam = plant.device("Sam", &[Role::Supervisor]).await;
    let mut eve = plant.device("Eve", &[Role::Contractor]).await;
    let order = sam.opens("Courroie usée");
    sam.assigns(order, &[eve.person()]);
    sam.sync_well().await;
    eve.sync_well().await;
    eve.comments(order, "pièce commandée");

    sam.assigns(order, &[]);
    sam.sync_well().await;
    let frames = eve.request();
    let page_only = eve.post(&frames[..1]).await;
    let stored = eve.take(page_only);

    assert_eq!(stored.left, 1);
    assert_eq!(eve.remarks(order), ["pièce commandée"]);
    assert_eq!(eve.replica.status().unwrap().pending, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_arrive_and_an_erasure_empties_them() {
    let plant = Plant::new(8).await;
    let ben = plant.relay.person(NORD, "Ben", &[Role::Technician]).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let named = |device: &Device| device.replica.read(|tx| views::name(tx, ben)).unwrap();
    ana.sync_well().await;
    assert_eq!(named(&ana).as_deref(), Some("Ben"));

    let site = plant.relay.relay.site(plant.relay.site(NORD)).unwrap();
    let now = ronde_core::clock::World::now(&*plant.world);
    assert!(site.write(|tx| name::erase(tx, ben, now)).unwrap());
    ana.sync_well().await;

    assert_eq!(named(&ana), None);
    plant.assert_settled(&[&ana]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_gets_a_role_again_learns_the_names_they_missed() {
    let plant = Plant::new(9).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    ana.sync_well().await;
    plant.gives_roles(&ana, &[]).await;
    ana.sync_well().await;
    let ben = plant.relay.person(NORD, "Ben", &[Role::Technician]).await;
    ana.sync_well().await;
    let named = |device: &Device| device.replica.read(|tx| views::name(tx, ben)).unwrap();
    assert_eq!(named(&ana), None);

    plant.gives_roles(&ana, &[Role::Reader]).await;
    ana.sync_well().await;

    assert_eq!(named(&ana).as_deref(), Some("Ben"));
}

/// One seed of a week in which roles, orders and connections change all the
/// time, page by page, each page followed by a restart of the device.
async fn a_restless_week(seed: u64) {
    let plant = Plant::new(seed).await;
    let mut random = SmallRng::seed_from_u64(seed);
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let person = ana.person();
    let mut orders: Vec<DocumentId> = plant.relay.opens_many(NORD, 12).await;
    for _ in 0..60 {
        let order = orders[random.random_range(0..orders.len())];
        match random.random_range(0..10) {
            0 => orders.push(plant.relay.opens(NORD, "Nouvel ordre", &[]).await),
            1 => plant.relay.comments(NORD, order, "encore").await,
            2 | 3 => plant.relay.turns(NORD, order).await,
            4 => plant.relay.assigns(NORD, order, &[person]).await,
            5 => plant.relay.assigns(NORD, order, &[]).await,
            6 => {
                let role = [
                    Role::Technician,
                    Role::Contractor,
                    Role::Supervisor,
                    Role::Requester,
                ][random.random_range(0..4)];
                plant.gives_roles(&ana, &[role]).await;
            }
            _ => {
                let page_bytes_max = [1, 900, 4_000, 1 << 20][random.random_range(0..4)];
                ana.replica.ask_for_pages_of(page_bytes_max);
                ana.one_round().await;
                if random.random_bool(0.3) {
                    ana = ana.reopened();
                }
            }
        }
    }

    ana = ana.reopened();
    ana.sync_well().await;

    plant.assert_settled(&[&ana]);
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_end_right_whatever_changes_while_they_are_filled() {
    for seed in seeds(100, 12) {
        println!("SEED={seed}");
        a_restless_week(seed).await;
    }
}
