//! Goal: on live connections work crosses as it is done, and nothing is lost
//! when rights change, the relay restarts, or both sides speak at once.
//! Method: the live loop runs on one replica while another handle on the same
//! files writes, as the screens of a client do. Waiting is for conditions.

use std::time::Duration;

use ronde_core::{
    model::{DocumentId, Role},
    store::views,
    sync::Report,
    transport::{self, Failure},
};
use ronde_server::{admin, control::Command};
use ronde_tests::{Device, LocalRelay, Plant, plant::NORD};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

const TOO_LONG: Duration = Duration::from_secs(60);

/// A device that listens, and a hand that writes on the same replica.
struct Live {
    hand: Device,
    news: mpsc::UnboundedReceiver<Report>,
    listening: JoinHandle<Result<(), Failure>>,
    last: Report,
}

impl Live {
    /// Listens; returns when it has caught up.
    async fn of(mut device: Device) -> Self {
        let hand = Device::open(&device.home, &device.world);
        let (told, mut news) = mpsc::unbounded_channel();
        let listening = tokio::spawn(async move {
            let mut news = |report: &Report, _: &_| told.send(report.clone()).is_ok();
            transport::live(&mut device.replica, &device.client, &mut news).await
        });
        let Some(last) = timeout(TOO_LONG, news.recv()).await.unwrap() else {
            panic!("{:?}", listening.await.unwrap());
        };
        Self {
            hand,
            news,
            listening,
            last,
        }
    }

    /// Waits until what the device holds is so.
    async fn until(&mut self, so: impl Fn(&Device) -> bool) {
        while !so(&self.hand) {
            let report = timeout(TOO_LONG, self.news.recv()).await;
            self.last = report.expect("it came").expect("the connection stands");
        }
    }

    /// Waits for the end.
    async fn ended(self) -> (Device, Failure) {
        let ended = timeout(TOO_LONG, self.listening).await.unwrap().unwrap();
        (self.hand, ended.unwrap_err())
    }

    /// Hangs up. Nothing was repaired, refused or confused until now.
    fn done(self) -> Device {
        assert!(!self.listening.is_finished());
        self.listening.abort();
        assert_eq!(
            (self.last.repairs, self.last.refused),
            (0, 0),
            "{:?}",
            self.last
        );
        self.hand
    }
}

fn remarks(device: &Device, order: DocumentId) -> usize {
    device.order(order).map_or(0, |it| it.comments.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_live_devices_see_what_the_other_does() {
    let plant = Plant::new(1).await;
    let ana = plant.device("Ana", &[Role::Technician]).await;
    let ben = plant.device("Ben", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    let mut ana = Live::of(ana).await;
    let mut ben = Live::of(ben).await;

    ana.hand.comments(order, "joint commandé");
    ben.until(|it| remarks(it, order) == 1).await;
    ben.hand.comments(order, "zone balisée");
    ana.until(|it| remarks(it, order) == 2).await;
    let opened = ben.hand.opens("Courroie usée");
    ana.until(|it| it.order(opened).is_some_and(|it| it.number.is_some()))
        .await;
    ben.until(|it| it.order(opened).is_some_and(|it| it.number.is_some()))
        .await;

    let (mut ana, mut ben) = (ana.done(), ben.done());
    plant.settle(&mut [&mut ana, &mut ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_change_moves_the_window_of_a_live_device() {
    let plant = Plant::new(2).await;
    let ana = plant.device("Ana", &[Role::Technician]).await;
    let orders = plant.relay.opens_many(NORD, 20).await;
    let mut ana = Live::of(ana).await;
    ana.until(|it| it.order(orders[0]).is_some()).await;

    plant.gives_roles(&ana.hand, &[Role::Contractor]).await;
    ana.until(|it| it.order(orders[0]).is_none()).await;
    plant.gives_roles(&ana.hand, &[Role::Supervisor]).await;
    ana.until(|it| orders.iter().all(|order| it.order(*order).is_some()))
        .await;
    plant.gives_roles(&ana.hand, &[Role::Planner]).await;
    ana.until(|it| it.replica.roles().unwrap().has(Role::Planner))
        .await;

    let mut ana = ana.done();
    plant.settle(&mut [&mut ana]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_is_cut_off_before_the_next_thing_it_would_see() {
    let plant = Plant::new(3).await;
    let ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    let mut ana = Live::of(ana).await;
    ana.until(|it| it.order(order).is_some()).await;

    let device = ana.hand.replica.account().device.to_string();
    admin::run(&plant.relay.relay, Command::Revoke { device }).unwrap();
    plant.relay.comments(NORD, order, "plus pour Ana").await;
    let (hand, failure) = ana.ended().await;

    assert!(
        matches!(&failure, Failure::Refused { code, .. } if code == "revoked"),
        "{failure:?}"
    );
    assert_eq!(remarks(&hand, order), 0);
    let again = Live::try_again(hand).await;
    assert!(
        matches!(&again, Failure::Refused { code, .. } if code == "revoked"),
        "{again:?}"
    );
}

impl Live {
    /// Connects once more and returns why that did not work.
    async fn try_again(mut device: Device) -> Failure {
        let client = device.client.clone();
        let mut news = |_: &Report, _: &_| true;
        let live = transport::live(&mut device.replica, &client, &mut news);
        timeout(TOO_LONG, live).await.unwrap().unwrap_err()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_restarts_ends_the_connection_and_the_next_one_catches_up() {
    let plant = Plant::new(4).await;
    let ana = plant.device("Ana", &[Role::Technician]).await;
    let order = plant.relay.opens(NORD, "Fuite pompe", &[]).await;
    let mut ana = Live::of(ana).await;
    ana.until(|it| it.order(order).is_some()).await;
    let Plant {
        folder,
        world,
        relay,
    } = plant;
    let address = relay.url().trim_start_matches("http://").to_owned();

    relay.stop().await;
    let (mut hand, failure) = ana.ended().await;
    assert!(failure.is_passing(), "{failure:?}");
    hand.comments(order, "pendant l'arrêt");
    let relay = LocalRelay::start_at(&folder.path().join("relay"), &world, &address).await;
    relay.comments(NORD, order, "après l'arrêt").await;
    let plant = Plant {
        folder,
        world,
        relay,
    };
    let mut ana = Live::of(hand).await;
    ana.until(|it| remarks(it, order) == 2).await;

    let mut ana = ana.done();
    plant.settle(&mut [&mut ana]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_both_sides_speak_at_once() {
    let plant = Plant::new(5).await;
    let ana = plant.device("Ana", &[Role::Technician]).await;
    let ben = plant.device("Ben", &[Role::Technician]).await;
    let orders = plant.relay.opens_many(NORD, 5).await;
    let mut ana = Live::of(ana).await;
    let mut ben = Live::of(ben).await;

    for n in 0..60 {
        plant.world.move_ms(1_000);
        let order = orders[n % orders.len()];
        ana.hand.comments(order, &format!("Ana {n}"));
        ben.hand.comments(order, &format!("Ben {n}"));
        plant
            .relay
            .comments(NORD, order, &format!("relais {n}"))
            .await;
        if n % 7 == 0 {
            plant.relay.turns(NORD, order).await;
            plant.relay.turns(NORD, order).await;
        }
    }
    let all = |it: &Device| {
        orders
            .iter()
            .map(|order| remarks(it, *order))
            .sum::<usize>()
            == 180
    };
    ana.until(all).await;
    ben.until(all).await;

    let (mut ana, mut ben) = (ana.done(), ben.done());
    plant.settle(&mut [&mut ana, &mut ben]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_is_not_disturbed_by_news() {
    let plant = Plant::new(6).await;
    let mut ana = plant.device("Ana", &[Role::Technician]).await;
    let orders = plant.relay.opens_many(NORD, 300).await;
    ana.sync_well().await;
    // What must never happen: the sum was altered on disk.
    let file = ana.home.join("replica.sqlite");
    let home = ana.home.clone();
    drop(ana);
    let altered = rusqlite::Connection::open(file).unwrap();
    let digest = "UPDATE document SET heads = x'' WHERE id = ?1";
    for order in &orders[..200] {
        altered.execute(digest, [order.0]).unwrap();
    }
    altered
        .execute("DELETE FROM state WHERE key = 'digest'", [])
        .unwrap();
    drop(altered);

    let writing = async {
        for order in &orders[..30] {
            plant
                .relay
                .comments(NORD, *order, "pendant la comparaison")
                .await;
        }
    };
    let listening = Live::of(Device::open(&home, &plant.world));
    let ((), mut ana) = tokio::join!(writing, listening);
    ana.until(|it| orders[..30].iter().all(|order| remarks(it, *order) == 1))
        .await;

    assert!(ana.last.repairs > 0 && !ana.listening.is_finished());
    ana.listening.abort();
    let titles = ana
        .hand
        .replica
        .read(|tx| views::title(tx, orders[0]))
        .unwrap();
    assert_eq!(titles.as_deref(), Some("Contrôle 0"));
}
