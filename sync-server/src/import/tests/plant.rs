//! The demo plant goes through the importer, and what its files say of each other is true.
//!
//! The figures it promises (the last bearing, what is below its point) are what the demo shows.

use std::collections::{HashMap, HashSet};

use super::{read, rows};
use crate::import::{
    ChecklistTable, EquipmentRow, ItemKind, Kind, OrderStatus, OrderType, PartRow, PlanRow,
    Priority, StockLevelRow, WorkOrderRow,
};

struct Plant {
    equipment: Vec<EquipmentRow>,
    parts: Vec<PartRow>,
    checklists: Vec<ChecklistTable>,
    plans: Vec<PlanRow>,
    levels: Vec<StockLevelRow>,
    orders: Vec<WorkOrderRow>,
}

impl Plant {
    fn read() -> Self {
        let checklists = include_str!("../../demo/plant/checklists.csv");
        let levels = include_str!("../../demo/plant/stock_levels.csv");
        let orders = include_str!("../../demo/plant/work_orders.csv");
        let equipment = include_str!("../../demo/plant/equipment.csv");
        let parts = include_str!("../../demo/plant/parts.csv");
        let plans = include_str!("../../demo/plant/plans.csv");
        Self {
            equipment: rows!(read(Kind::Equipment, equipment), Equipment),
            parts: rows!(read(Kind::Parts, parts), Parts),
            checklists: rows!(read(Kind::Checklists, checklists), Checklists),
            plans: rows!(read(Kind::Plans, plans), Plans),
            levels: rows!(read(Kind::StockLevels, levels), StockLevels),
            orders: rows!(read(Kind::WorkOrders, orders), WorkOrders),
        }
    }

    fn equipment_codes(&self) -> HashSet<&str> {
        self.equipment.iter().map(|row| row.code.as_str()).collect()
    }

    fn part(&self, reference: &str) -> &PartRow {
        let found = self.parts.iter().find(|part| part.reference == reference);
        found.unwrap_or_else(|| panic!("no part {reference}"))
    }

    fn plan(&self, code: &str) -> &PlanRow {
        let found = self.plans.iter().find(|plan| plan.code == code);
        found.unwrap_or_else(|| panic!("no plan {code}"))
    }
}

#[test]
fn the_plant_has_the_size_of_a_small_plant() {
    let plant = Plant::read();

    assert_eq!(plant.equipment.len(), 44);
    assert_eq!(plant.parts.len(), 60);
    assert_eq!(plant.plans.len(), 25);
    assert_eq!(plant.orders.len(), 12);
    assert_eq!(plant.checklists.len(), 14);
    for checklist in &plant.checklists {
        assert!(
            (5..=12).contains(&checklist.items.len()),
            "{}",
            checklist.code
        );
    }
}

#[test]
fn every_column_of_the_plant_is_read() {
    for (kind, file) in [
        (
            Kind::Equipment,
            include_str!("../../demo/plant/equipment.csv"),
        ),
        (Kind::Parts, include_str!("../../demo/plant/parts.csv")),
        (
            Kind::Checklists,
            include_str!("../../demo/plant/checklists.csv"),
        ),
        (Kind::Plans, include_str!("../../demo/plant/plans.csv")),
        (
            Kind::StockLevels,
            include_str!("../../demo/plant/stock_levels.csv"),
        ),
        (
            Kind::WorkOrders,
            include_str!("../../demo/plant/work_orders.csv"),
        ),
    ] {
        assert!(read(kind, file).ignored.is_empty(), "{kind}");
    }
}

#[test]
fn equipment_stands_under_equipment_of_the_plant() {
    let plant = Plant::read();
    let codes = plant.equipment_codes();

    for row in &plant.equipment {
        let parent = row.parent_code.as_deref();
        assert!(
            parent.is_none_or(|code| codes.contains(code)),
            "{}",
            row.code
        );
    }
}

#[test]
fn plans_name_equipment_checklists_parts_and_meters_of_the_plant() {
    let plant = Plant::read();
    let checklists: HashSet<&str> = plant.checklists.iter().map(|c| c.code.as_str()).collect();

    let mut run: HashSet<&str> = HashSet::new();
    for plan in &plant.plans {
        let equipment = plant
            .equipment
            .iter()
            .find(|row| row.code == plan.equipment_code);
        let equipment = equipment.unwrap_or_else(|| panic!("{}", plan.code));
        if let Some(meter) = &plan.meter {
            assert!(
                equipment.meters.iter().any(|known| known.id == meter.id),
                "{}",
                plan.code
            );
        }
        for code in &plan.checklist_codes {
            assert!(checklists.contains(code.as_str()), "{} {code}", plan.code);
            run.insert(code);
        }
        for part in &plan.parts {
            let step = 10_i64.pow(6 - plant.part(&part.reference).decimals);
            assert_eq!(
                part.quantity_micro % step,
                0,
                "{} {}",
                plan.code,
                part.reference
            );
        }
    }
    assert_eq!(run, checklists, "a checklist no plan runs");
}

#[test]
fn plans_of_one_family_are_of_one_machine_and_of_different_levels() {
    let plant = Plant::read();

    let mut families: HashMap<&str, Vec<&PlanRow>> = HashMap::new();
    for plan in &plant.plans {
        families
            .entry(plan.family.as_deref().unwrap_or_default())
            .or_default()
            .push(plan);
    }
    families.remove("");

    assert!(families.len() >= 3);
    for (family, plans) in families {
        let machines: HashSet<&str> = plans.iter().map(|p| p.equipment_code.as_str()).collect();
        let levels: HashSet<_> = plans.iter().map(|plan| plan.level).collect();
        assert_eq!((machines.len(), levels.len()), (1, plans.len()), "{family}");
        assert!(plans.len() > 1 && !levels.contains(&None), "{family}");
    }
}

#[test]
fn checklists_ask_in_every_way_there_is() {
    let plant = Plant::read();
    let items = || {
        plant
            .checklists
            .iter()
            .flat_map(|checklist| &checklist.items)
    };

    let kinds: HashSet<String> = items().map(|item| format!("{:?}", item.kind)).collect();

    assert_eq!(kinds.len(), 14);
    for item in items() {
        let measured = matches!(
            item.kind,
            ItemKind::Number | ItemKind::Meter | ItemKind::Part
        );
        assert_eq!(item.unit.is_some(), measured, "line {}", item.line);
        assert!(
            !(item.required && item.kind == ItemKind::Instruction),
            "line {}",
            item.line
        );
    }
}

#[test]
fn each_part_has_a_level_in_each_of_its_stores_and_nowhere_else() {
    let plant = Plant::read();
    let stores = HashSet::from(["MAG-CENTRAL", "MAG-LIGNE"]);

    let kept: HashSet<(&str, &str)> = plant
        .parts
        .iter()
        .flat_map(|part| {
            part.stores
                .iter()
                .map(|store| (part.reference.as_str(), store.as_str()))
        })
        .collect();
    let held: HashSet<(&str, &str)> = plant
        .levels
        .iter()
        .map(|row| (row.part_reference.as_str(), row.store.as_str()))
        .collect();

    assert_eq!(kept, held);
    assert_eq!(
        held.iter().map(|(_, store)| *store).collect::<HashSet<_>>(),
        stores
    );
    for level in &plant.levels {
        let step = 10_i64.pow(6 - plant.part(&level.part_reference).decimals);
        assert_eq!(level.quantity_micro % step, 0, "line {}", level.line);
        assert!(level.unit_cost_micro > Some(0), "line {}", level.line);
    }
}

#[test]
fn one_bearing_is_left_and_a_few_parts_are_below_their_point() {
    let plant = Plant::read();

    let low: Vec<(&str, i64)> = plant
        .levels
        .iter()
        .filter(|level| {
            let point = plant.part(&level.part_reference).reorder_point_micro;
            point.is_some_and(|point| level.quantity_micro < point)
        })
        .map(|level| {
            (
                level.part_reference.as_str(),
                level.quantity_micro / 1_000_000,
            )
        })
        .collect();

    assert_eq!(
        low,
        [
            ("6205-2RS", 1),
            ("JT-PORTE-AUT", 1),
            ("SPA-1500", 2),
            ("HTD-8M-1440", 0),
            ("FIL-CMP-AIR-75", 1),
            ("GRA-HT", 3),
            ("SEL-ADO", 12),
            ("EV-24-12", 1),
        ]
    );
    let bearing = |order: &&WorkOrderRow| {
        order
            .description
            .as_deref()
            .is_some_and(|text| text.contains("6205-2RS"))
    };
    let wanting: Vec<&str> = plant
        .orders
        .iter()
        .filter(bearing)
        .filter_map(|order| order.equipment_code.as_deref())
        .collect();
    assert_eq!(wanting, ["L1-CONV-02", "L2-CONV-01"]);
}

#[test]
fn open_orders_name_equipment_and_plans_of_the_plant() {
    let plant = Plant::read();
    let codes = plant.equipment_codes();

    for order in &plant.orders {
        let equipment = order.equipment_code.as_deref().unwrap_or_default();
        assert!(codes.contains(equipment), "{}", order.title);
        assert!(order.created_on <= order.due, "{}", order.title);
        let over = [
            OrderStatus::Done,
            OrderStatus::Closed,
            OrderStatus::Cancelled,
        ];
        assert!(
            order.status.is_some_and(|status| !over.contains(&status)),
            "{}",
            order.title
        );
        if let Some(code) = &order.plan_code {
            let plan = plant.plan(code);
            assert_eq!(plan.equipment_code, equipment, "{}", order.title);
            assert_eq!(
                Some(plan.anchor),
                order.due,
                "not its plan's occurrence: {}",
                order.title
            );
        }
    }
    let kinds: HashSet<OrderType> = plant.orders.iter().map(|order| order.order_type).collect();
    let urgencies: HashSet<Priority> = plant.orders.iter().map(|order| order.priority).collect();
    assert_eq!((kinds.len(), urgencies.len()), (8, 4));
}
