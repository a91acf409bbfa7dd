//! Steps, guards and the page of an order.

use super::plant::{ANA, BEN, PUMP, Plant, code, day, id};
use crate::{
    document::work_order::{self, Status, WorkKind},
    model::{Kind, Role, Timestamp},
    replica::{Action, Completion, NewOrder, OrderEdit, OrderFilter},
};

#[test]
fn an_order_goes_from_draft_to_closed_and_hours_are_counted() {
    let mut plant = Plant::of(ANA, &[Role::Supervisor]);
    let replica = &mut plant.replica;
    let order = replica
        .new_order(&NewOrder {
            equipment: Some(id(PUMP)),
            due: Some(day("2026-04-02")),
            assignees: vec![BEN, ANA, BEN],
            description: "au refoulement".into(),
            ..NewOrder::new("  Fuite ")
        })
        .unwrap();
    replica.start_order(order).unwrap();
    plant.world.move_minutes(30);
    replica.hold_order(order, "pièce attendue").unwrap();
    plant.world.move_minutes(60);
    replica.resume_order(order).unwrap();
    plant.world.move_minutes(15);
    let completion = Completion {
        note: Some("joint changé".into()),
        ..Completion::default()
    };
    assert_eq!(replica.finish_order(order, &completion).unwrap(), None);
    plant.world.move_minutes(1);
    replica.close_order(order).unwrap();

    let page = replica.order_page(order).unwrap();
    assert_eq!(page.row.title, "Fuite");
    assert_eq!(page.row.status, Status::Closed);
    assert_eq!(page.row.assignees, [ANA, BEN]);
    assert_eq!(page.row.equipment_code.as_deref(), Some("P-12"));
    assert_eq!(
        (page.description.as_str(), page.note.as_str()),
        ("au refoulement", "joint changé")
    );
    assert_eq!(page.minutes[&ANA], 45);
    assert_eq!(page.interventions.len(), 2);
    assert!(page.interventions.iter().all(|spent| spent.end.is_some()));
    assert_eq!(page.actions, [Action::Comment]);
    assert_eq!(page.people[&ANA], "Ana");
    let steps: Vec<_> = page
        .history
        .iter()
        .filter(|line| line.field == "status")
        .filter_map(|line| line.value.as_deref())
        .collect();
    assert_eq!(
        steps,
        [
            "in_progress",
            "on_hold: pièce attendue",
            "in_progress",
            "done",
            "closed"
        ]
    );
    let frozen = OrderEdit {
        title: Some("Autre".into()),
        ..OrderEdit::default()
    };
    assert_eq!(code(replica.edit_order(order, &frozen)), "closed");
    replica.comment_order(order, "à suivre").unwrap();
}

#[test]
fn steps_that_cannot_follow_and_reasons_that_lack_are_stopped() {
    let mut plant = Plant::new();
    let replica = &mut plant.replica;
    let order = replica.new_order(&NewOrder::new("Fuite")).unwrap();
    let nothing = Completion::default();

    assert_eq!(code(replica.finish_order(order, &nothing)), "transition");
    assert_eq!(code(replica.hold_order(order, "x")), "transition");
    assert_eq!(code(replica.resume_order(order)), "transition");
    assert_eq!(code(replica.cancel_order(order, "  ")), "reason_missing");
    replica.start_order(order).unwrap();
    assert_eq!(code(replica.start_order(order)), "already_started");
    assert_eq!(code(replica.close_order(order)), "transition");
    replica.finish_order(order, &nothing).unwrap();
    assert_eq!(code(replica.start_order(order)), "transition");
    assert_eq!(code(replica.reopen_order(order, "")), "reason_missing");
}

/// Ben's timer on the order, as it arrives from his device.
fn ben_works(plant: &mut Plant, order: crate::model::DocumentId) {
    let start = Timestamp(1_774_857_600_000);
    let spent = work_order::Intervention {
        person: BEN,
        start,
        end: None,
        kind: WorkKind::Work,
    };
    plant
        .replica
        .act(|act| {
            act.edit(Kind::WorkOrder, order, |document, stamp| {
                document.write("intervention/ben", &spent, stamp)
            })
        })
        .unwrap();
}

#[test]
fn done_waits_for_somebody_elses_timer_unless_a_reason_is_given() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    plant.replica.start_order(order).unwrap();
    ben_works(&mut plant, order);
    let before = plant.replica.status().unwrap().pending;

    let stopped = plant.replica.finish_order(order, &Completion::default());

    let Err(crate::Error::Invalid(invalid)) = stopped else {
        panic!("{stopped:?}")
    };
    assert_eq!(
        (invalid.code, invalid.detail()),
        ("timers_running", Some("Ben"))
    );
    assert_eq!(plant.replica.status().unwrap().pending, before);
    let despite = Completion {
        despite: Some("Ben est parti".into()),
        ..Completion::default()
    };
    plant.replica.finish_order(order, &despite).unwrap();
    let page = plant.replica.order_page(order).unwrap();
    assert_eq!(page.comments[0].text, "Ben est parti");
    assert_eq!(code(plant.replica.close_order(order)), "timers_running");
}

#[test]
fn reopening_starts_nobodys_timer() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    plant.replica.start_order(order).unwrap();
    plant
        .replica
        .finish_order(order, &Completion::default())
        .unwrap();

    plant.replica.reopen_order(order, "fuit encore").unwrap();

    let today = plant.replica.today().unwrap();
    assert_eq!(
        plant.replica.order(order).unwrap().status,
        Status::InProgress
    );
    assert_eq!(today.timers, []);
    plant.replica.start_order(order).unwrap();
    assert_eq!(plant.replica.today().unwrap().timers.len(), 1);
}

#[test]
fn today_is_the_sites_date_and_shows_mine_and_what_is_late() {
    let mut plant = Plant::new();
    let new = |title: &str, due: &str, mine: bool| NewOrder {
        due: Some(day(due)),
        assignees: if mine { vec![ANA] } else { vec![BEN] },
        ..NewOrder::new(title)
    };
    let late = plant
        .replica
        .new_order(&new("Retard", "2026-03-29", false))
        .unwrap();
    let mine = plant
        .replica
        .new_order(&new("À moi", "2026-05-01", true))
        .unwrap();
    // 22:30 on the 30th in Greenwich is the 31st in Paris.
    plant.world.move_minutes(14 * 60 + 30);

    let today = plant.replica.today().unwrap();

    assert_eq!(today.date, day("2026-03-31"));
    let ids = |rows: &[crate::replica::OrderRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&today.orders), [mine]);
    assert_eq!(ids(&today.due), [late]);
    assert_eq!(today.plans.len(), 1, "the plan is due on the 31st");
}

#[test]
fn filters_must_all_hold() {
    let mut plant = Plant::new();
    let replica = &mut plant.replica;
    let a = replica
        .new_order(&NewOrder {
            equipment: Some(id(PUMP)),
            ..NewOrder::new("A")
        })
        .unwrap();
    let b = replica.new_order(&NewOrder::new("B")).unwrap();
    replica.start_order(b).unwrap();
    let list = |filter: &OrderFilter| -> Vec<_> {
        let rows = replica.orders(filter).unwrap();
        rows.into_iter().map(|row| row.id).collect()
    };
    let on_pump = OrderFilter {
        equipment: Some(id(PUMP)),
        ..OrderFilter::default()
    };

    assert_eq!(list(&on_pump), [a]);
    assert_eq!(
        list(&OrderFilter {
            status: Some(Status::InProgress),
            ..on_pump.clone()
        }),
        []
    );
    assert_eq!(
        list(&OrderFilter {
            count_max: Some(1),
            ..OrderFilter::default()
        })
        .len(),
        1
    );
}

#[test]
fn a_technician_is_not_offered_what_the_relay_would_refuse() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();

    let actions = plant.replica.order_page(order).unwrap().actions;

    assert!(actions.contains(&Action::Start));
    assert!(!actions.contains(&Action::Cancel));
}
