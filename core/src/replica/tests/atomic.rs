//! One action, one transaction; what is written survives.

use super::plant::{ANA, BEARING, Plant, acknowledge_all, code, id};
use crate::{
    document::{part, schema::Title, work_order},
    error::Error,
    model::{Kind, Quantity},
    replica::{NewOrder, OrderFilter},
    store::{documents, outbox, views},
};

#[test]
fn an_error_in_the_second_document_leaves_nothing_of_the_first() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    let before = plant.replica.status().unwrap();
    let heads = |plant: &Plant| {
        let held = plant.replica.read(|tx| documents::held(tx, order)).unwrap();
        held.unwrap().heads
    };
    let heads_before = heads(&plant);

    let failed = plant.replica.act(|act| {
        act.edit(Kind::WorkOrder, order, |document, stamp| {
            work_order::set(document, "title", &Title("Autre".into()), stamp)
        })?;
        act.edit(Kind::Part, id(BEARING), |document, stamp| {
            part::set(document, "min", &Some(Quantity(-1)), stamp)
        })
    });

    assert_eq!(code(failed), "quantity_negative");
    let after = plant.replica.status().unwrap();
    assert_eq!(after.pending, before.pending);
    assert_eq!(heads(&plant), heads_before);
    assert_eq!(plant.replica.order(order).unwrap().title, "Fuite");
    // And the next action goes on as if it had never been.
    plant.replica.comment_order(order, "suite").unwrap();
    assert_eq!(plant.replica.status().unwrap().pending, before.pending + 1);
}

#[test]
fn what_was_written_survives_closing_and_opening() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    plant
        .replica
        .comment_order(order, "joint commandé")
        .unwrap();
    let incarnation = plant.replica.incarnation();

    let plant = plant.reopen();

    assert_eq!(plant.replica.incarnation(), incarnation);
    assert_eq!(plant.replica.status().unwrap().pending, 2);
    let page = plant.replica.order_page(order).unwrap();
    assert_eq!(page.comments[0].text, "joint commandé");
}

#[test]
fn an_edit_that_says_nothing_new_queues_nothing() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    plant.replica.assign_order(order, &[ANA]).unwrap();
    let before = plant.replica.status().unwrap().pending;

    plant.replica.assign_order(order, &[ANA, ANA]).unwrap();

    assert_eq!(plant.replica.status().unwrap().pending, before);
}

#[test]
fn lists_and_pages_load_no_document() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    let plant = plant.reopen();

    let replica = &plant.replica;
    replica.orders(&OrderFilter::default()).unwrap();
    replica.order_page(order).unwrap();
    replica.today().unwrap();
    replica.plans().unwrap();
    replica.plan(id(super::plant::GREASE)).unwrap();
    replica.equipment_tree().unwrap();
    replica.equipment(id(super::plant::PUMP)).unwrap();
    replica.parts().unwrap();
    replica.part(id(BEARING)).unwrap();
    replica.levels(None).unwrap();
    replica.movements(None, None).unwrap();
    replica.checklists().unwrap();
    replica.people().unwrap();
    replica.search("fuite", 10).unwrap();
    replica.status().unwrap();
    replica.why().unwrap();

    assert_eq!(replica.documents_loaded(), 0);
}

#[test]
fn refused_work_is_put_aside_and_why_shows_it() {
    let mut plant = Plant::new();
    let order = plant.replica.new_order(&NewOrder::new("Fuite")).unwrap();
    acknowledge_all(&mut plant.replica);
    plant.replica.cancel_order(order, "doublon").unwrap();
    plant.replica.comment_order(order, "après").unwrap();
    let waiting = plant
        .replica
        .read(|tx| outbox::hashes_of(tx, order))
        .unwrap();

    let refused = [(waiting[0], "not_permitted".to_owned())];
    let at = plant.world_now();
    let taken = plant
        .replica
        .store
        .write(|tx| outbox::refuse(tx, order, &refused, at))
        .unwrap();

    assert_eq!(taken.len(), 2, "what was built on it goes with it");
    let page = plant.replica.order_page(order).unwrap();
    assert_eq!(page.row.status.name(), "draft");
    assert!(page.comments.is_empty());
    let why = plant.replica.why().unwrap();
    let shown: Vec<_> = why
        .iter()
        .map(|why| {
            (
                why.document,
                why.title.as_str(),
                why.code.as_str(),
                why.changes,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (order, "Fuite", "not_permitted", 1),
            (order, "Fuite", "depends_on_refused", 1)
        ]
    );
    let status = plant.replica.status().unwrap();
    assert_eq!((status.pending, status.refused), (0, 2));
}

#[test]
fn rebuilt_views_say_what_they_said() {
    let mut plant = Plant::new();
    let order = NewOrder {
        assignees: vec![ANA],
        ..NewOrder::new("Fuite pompe")
    };
    let order = plant.replica.new_order(&order).unwrap();
    plant.replica.start_order(order).unwrap();
    plant
        .replica
        .comment_order(order, "été comme hiver")
        .unwrap();
    plant
        .replica
        .run_checklist(id(super::plant::ROUND), Some(order), None)
        .unwrap();
    super::stock::entry(&mut plant, 3);
    let plan = id(super::plant::GREASE);
    plant.replica.order_plan(plan, None).unwrap();
    plant
        .replica
        .execute_plan(plan, &crate::replica::NewExecution::default())
        .unwrap();
    let before = dump(&plant);

    plant.replica.rebuild_views().unwrap();

    let after = dump(&plant);
    assert_eq!(before, after);
    for table in views::TABLES.iter().filter(|table| **table != "conflict") {
        let rows = before.iter().filter(|row| row.starts_with(table)).count();
        assert!(rows > 0, "nothing in {table} was compared");
    }
}

/// Every row of every view, as text.
fn dump(plant: &Plant) -> Vec<String> {
    let read = |tx: &crate::store::Tx<'_>| {
        let mut rows = Vec::new();
        for table in views::TABLES {
            let mut statement = tx.prepare(&format!("SELECT * FROM {table}"))?;
            let columns = statement.column_count();
            let mut of_table = Vec::new();
            let mut cursor = statement.query([])?;
            while let Some(row) = cursor.next()? {
                let cells: Result<Vec<rusqlite::types::Value>, _> =
                    (0..columns).map(|column| row.get(column)).collect();
                of_table.push(format!("{table} {:?}", cells?));
            }
            of_table.sort();
            rows.extend(of_table);
        }
        Ok(rows)
    };
    plant.replica.read(read).unwrap()
}

#[test]
fn searching_ignores_accents_and_takes_quotes_as_text() {
    let mut plant = Plant::new();
    let order = plant
        .replica
        .new_order(&NewOrder::new("Étanchéité \"B\" de l'échangeur"))
        .unwrap();
    let found = |text: &str| -> Vec<_> {
        let found = plant.replica.search(text, 10).unwrap();
        found.into_iter().map(|hit| hit.document).collect()
    };

    assert_eq!(found("etancheite ECHANG"), [order]);
    assert_eq!(found("\"b\" OR NOT (échangeur*"), Vec::new());
    assert_eq!(found("\"b\""), [order]);
    assert_eq!(found("echangeur AND"), Vec::new());
    assert_eq!(found("\"\" - *"), Vec::new());
    assert_eq!(found("P-12"), [id(super::plant::PUMP)]);
}

#[test]
fn an_ambiguous_beginning_names_nothing() {
    let mut plant = Plant::new();
    let first = plant.replica.new_order(&NewOrder::new("Une")).unwrap();
    let second = plant.replica.new_order(&NewOrder::new("Deux")).unwrap();

    let names: Vec<_> = [first, second]
        .map(|id| plant.replica.order(id).unwrap().provisional)
        .into();
    assert_eq!(names, ["P-7F3A-1", "P-7F3A-2"]);
    assert_eq!(plant.replica.find_order("p-7f3a-2").unwrap(), second);
    assert_eq!(plant.replica.find_order(&first.to_string()).unwrap(), first);
    assert_eq!(code(plant.replica.find_order("P-7F")), "ambiguous");
    assert_eq!(code(plant.replica.find_order("OT-")), "not_found");
    assert_eq!(code(plant.replica.find_order("")), "not_found");
    assert_eq!(code(plant.replica.find_order("Une")), "not_found");
    assert_eq!(code(plant.replica.find_order("' OR 1=1 --")), "not_found");
    assert_eq!(
        plant.replica.find(Kind::Equipment, "pompe").unwrap(),
        id(super::plant::PUMP)
    );
    assert_eq!(plant.replica.find_person("an").unwrap(), ANA);
}

#[test]
fn what_an_order_refers_to_must_be_here() {
    let mut plant = Plant::new();
    let order = NewOrder {
        equipment: Some(id(999)),
        ..NewOrder::new("Fuite")
    };

    let made = plant.replica.new_order(&order);

    assert!(matches!(
        made,
        Err(Error::Unknown {
            kind: "equipment",
            ..
        })
    ));
    assert_eq!(plant.replica.status().unwrap().pending, 0);
}
