//! Work orders.

use std::collections::HashSet;

use ronde_core::document::{
    equipment::Equipment,
    plan::{self, Plan},
    schema::Title,
    work_order::{self, Status, WorkOrder},
};
use ronde_core::model::Kind as Of;

use super::{counts, faults, records, somebody};
use crate::{
    fixture::{Plant, plant},
    import::Kind,
};

const ORDERS: &str = "\
N° OT;Titre;Descriptif;Équipement;Statut;Échéance;Cause;Coût
26-1;Fuite;Au joint;M-9;en cours;25/11/2026;Joint usé;-12,5
26-2;Courroie;;M-9;clôturé;;;
";

fn order(plant: &Plant, title: &str) -> WorkOrder {
    let orders: Vec<WorkOrder> = records(plant, Of::WorkOrder);
    let mut found = orders.into_iter().filter(|order| order.title == title);
    found.next().unwrap()
}

#[test]
fn orders_come_with_their_numbers_and_their_equipment() {
    let plant = plant();

    assert_eq!(counts(&plant, Kind::WorkOrders, ORDERS), (3, 0, 0));

    let machine = &records::<Equipment>(&plant, Of::Equipment)[0];
    let (leak, belt) = (order(&plant, "Fuite"), order(&plant, "Courroie"));
    assert_eq!(
        (&*machine.code, leak.equipment),
        ("M-9", Some(machine.life.id))
    );
    assert_eq!(leak.number.as_deref(), Some("OT-2026-00001"));
    assert_eq!(belt.number.as_deref(), Some("OT-2026-00002"));
    assert_eq!(
        (leak.status, belt.status),
        (Status::InProgress, Status::Closed)
    );
    assert_eq!((&*leak.description, &*leak.note), ("Au joint", ""));
    let imported = leak.imported.unwrap();
    assert_eq!(imported.reference.as_deref(), Some("26-1"));
    assert_eq!(imported.cost.unwrap().to_string(), "-12.5");
    assert_eq!(leak.failure.unwrap().cause.as_deref(), Some("Joint usé"));
    assert_eq!(leak.life.conflicts, []);
    assert_eq!(counts(&plant, Kind::WorkOrders, ORDERS), (0, 0, 0));
}

#[test]
fn an_order_follows_its_file_until_somebody_works_on_it() {
    let plant = plant();
    counts(&plant, Kind::WorkOrders, ORDERS);

    let done = ORDERS.replace("en cours", "clôturé").replace("-12,5", "30");
    assert_eq!(counts(&plant, Kind::WorkOrders, &done), (0, 1, 0));

    let leak = order(&plant, "Fuite");
    assert_eq!((leak.status, leak.life.conflicts), (Status::Closed, vec![]));
    assert_eq!(leak.imported.unwrap().cost.unwrap().to_string(), "30");
    assert_eq!(leak.number.as_deref(), Some("OT-2026-00001"));
    // Closed is closed; what another system booked on it is still noted.
    let again = ORDERS.replace("Fuite", "Fuite d'huile");
    assert_eq!(counts(&plant, Kind::WorkOrders, &again), (0, 1, 1));
    assert_eq!(order(&plant, "Fuite").status, Status::Closed);
}

#[test]
fn what_somebody_did_since_stands() {
    let plant = plant();
    counts(&plant, Kind::WorkOrders, ORDERS);
    let id = order(&plant, "Fuite").life.id;
    somebody(&plant, Of::WorkOrder, id, |document, stamp| {
        work_order::step(document, Status::Done, None, stamp)?;
        work_order::set(document, "title", &Title("Fuite bride".into()), stamp)?;
        document.set_text("description", "Au joint de bride", stamp)
    });

    let file = ORDERS.replace("25/11", "26/11");
    assert_eq!(counts(&plant, Kind::WorkOrders, &file), (0, 1, 1));

    let leak = order(&plant, "Fuite bride");
    assert_eq!(
        (leak.status, &*leak.description),
        (Status::Done, "Au joint de bride")
    );
    assert_eq!(leak.due.unwrap().to_string(), "2026-11-26");
}

#[test]
fn rows_that_say_the_same_are_as_many_orders_in_every_import() {
    let plant = plant();
    let file = "Title,Asset\nSWAP BUCKET,A\nSWAP BUCKET,A\nSWAP BUCKET,B\n";

    assert_eq!(counts(&plant, Kind::WorkOrders, file), (5, 0, 0));

    assert_eq!(counts(&plant, Kind::WorkOrders, file), (0, 0, 0));
    let more = format!("{file}SWAP BUCKET,A\n");
    assert_eq!(counts(&plant, Kind::WorkOrders, &more), (1, 0, 0));
}

#[test]
fn the_order_of_an_occurrence_is_the_one_everybody_makes() {
    let plant = plant();
    counts(&plant, Kind::Equipment, "Code;Nom\nM;Machine\n");
    let weekly = "Code plan;Nom;Repère;Tous les;Unité;Ancre\nPL;Ronde;M;1;semaine;2026-12-01\n";
    counts(&plant, Kind::Plans, weekly);
    let file = "Titre;Plan;Échéance\nRonde;PL;2026-12-08\nRonde bis;PL;2026-12-08\nRonde ter;PL;2026-12-09\n";

    assert_eq!(counts(&plant, Kind::WorkOrders, file), (3, 0, 0));

    let plan = &records::<Plan>(&plant, Of::Plan)[0];
    let first = order(&plant, "Ronde");
    assert_eq!(first.life.id, plan::order_id(plan.life.id, "1"));
    assert_eq!(first.plan.unwrap().occurrence.as_deref(), Some("1"));
    assert_eq!(first.equipment, plan.equipment);
    for title in ["Ronde bis", "Ronde ter"] {
        let link = order(&plant, title).plan.unwrap();
        assert_eq!((link.plan, link.occurrence), (plan.life.id, None));
    }
    assert_eq!(counts(&plant, Kind::WorkOrders, file), (0, 0, 0));
}

#[test]
fn a_long_remedy_is_kept_whole_in_the_note() {
    let plant = plant();
    let remedy = "joint remplacé, ".repeat(20);
    let file = format!("Titre;Remède\nFuite;{remedy}\n");

    assert_eq!(counts(&plant, Kind::WorkOrders, &file), (1, 0, 0));

    let leak = order(&plant, "Fuite");
    assert_eq!(leak.note, remedy.trim());
    assert!(leak.failure.unwrap().remedy.unwrap().ends_with('…'));
    assert_eq!(counts(&plant, Kind::WorkOrders, &file), (0, 0, 0));
}

#[test]
fn one_wrong_row_keeps_the_others_out() {
    let plant = plant();

    let told = faults(
        &plant,
        Kind::WorkOrders,
        "Titre;Équipement;Plan\nFuite;A;\nRonde;A;PL-X\nBr\u{feff}uit;A;\n",
    );

    assert_eq!(
        told,
        [
            "3 Plan: there is no plan `PL-X`; import it first",
            "4 Titre: the text has control characters or is not in normal form",
        ]
    );
    assert_eq!(records::<Equipment>(&plant, Of::Equipment).len(), 0);
}

#[test]
fn a_file_larger_than_what_is_kept_warm_is_one_write_all_the_same() {
    let plant = plant();
    let rows: String = (0..2_300).fold(String::new(), |rows, n| rows + &n.to_string() + ";M\n");
    let file = format!("Titre;Équipement\n{rows}");
    let before = plant.site("NORD").head().seq;

    assert_eq!(counts(&plant, Kind::WorkOrders, &file), (2_301, 0, 0));

    // One change for each order, its number included.
    assert_eq!(plant.site("NORD").head().seq, before + 2_301);
    let orders: Vec<WorkOrder> = records(&plant, Of::WorkOrder);
    let numbers: HashSet<_> = orders.iter().filter_map(|it| it.number.clone()).collect();
    assert_eq!((orders.len(), numbers.len()), (2_300, 2_300));
    assert_eq!(counts(&plant, Kind::WorkOrders, &file), (0, 0, 0));
}
