//! A real SAP export of 5,485 work orders is read without one `--map`.
//!
//! The file is not part of the project; where it is absent the test says so and passes.

use std::path::Path;

use super::rows;
use crate::import::{Kind, Mapping, OrderType, Priority, parse};

fn export() -> Option<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let places = [
        "../shared/data/excavators.csv",
        "../../shared/data/excavators.csv",
    ];
    let read = places
        .iter()
        .find_map(|place| std::fs::read(root.join(place)).ok());
    if read.is_none() {
        println!("skipped: no {} beside the project", places[0]);
    }
    read
}

#[test]
fn the_excavators_are_read_without_a_mapping() {
    let Some(bytes) = export() else { return };

    let table = parse(Kind::WorkOrders, &bytes, &Mapping::default()).unwrap();

    let used: Vec<(&str, &str)> = table.used.iter().map(|(f, h)| (*f, h.as_str())).collect();
    assert_eq!(
        used,
        [
            ("title", "OriginalShorttext"),
            ("equipment_code", "Asset"),
            ("type", "PMType"),
            ("created_on", "BscStartDate"),
            ("failure_mode", "FM"),
            ("hours", "RunningTime"),
            ("cost", "Cost"),
            ("location", "Location"),
        ]
    );
    let orders = rows!(table, WorkOrders);
    assert_eq!(orders.len(), 5_485);
    let leak = &orders[1];
    assert_eq!(
        (leak.line, leak.title.as_str()),
        (3, "L/H BUCKET CYL LEAKING.")
    );
    assert_eq!(leak.equipment_code.as_deref(), Some("A"));
    assert_eq!(leak.created_on.unwrap().to_string(), "2005-03-20");
    assert_eq!(
        (leak.cost_micro, leak.hours_micro),
        (Some(407_400_000), Some(262_000_000))
    );
    assert_eq!(leak.failure.mode.as_deref(), Some("Leak"));
    assert_eq!(leak.location.as_deref(), Some("Left"));
    assert_eq!(
        (leak.order_type, leak.priority),
        (OrderType::CorrectiveCurative, Priority::P3)
    );
    let count = |kind| {
        orders
            .iter()
            .filter(|order| order.order_type == kind)
            .count()
    };
    assert_eq!(count(OrderType::PreventiveSystematic), 153);
    assert_eq!(count(OrderType::Improvement), 7);
    assert_eq!(
        orders
            .iter()
            .filter(|order| order.cost_micro < Some(0))
            .count(),
        6
    );
    assert_eq!(
        orders
            .iter()
            .filter(|order| order.hours_micro.is_none())
            .count(),
        157
    );
    assert!(
        orders
            .iter()
            .any(|order| order.title.ends_with("TWO BLOWN \\O\""))
    );
}
