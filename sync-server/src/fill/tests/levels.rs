//! Stock levels.

use ronde_core::document::{
    part::{Part, Store},
    stock_movement::{self, Line, MovementKind, Posted, StockMovement},
};
use ronde_core::model::{DocumentId, Kind as Of, PersonId, Quantity};
use ronde_core::store::views;

use super::{counts, faults, records, somebody};
use crate::{
    fixture::{Plant, plant},
    import::Kind,
    site::desk::RELAY,
};

const PARTS: &str = "Référence;Nom\nA;Roulement\nB;Joint\n";
const STOCK: &str = "Référence;Magasin;Quantité;PU\nA;MAG;6;8,40\nB;MAG;0;\n";

fn levels(plant: &Plant) -> Vec<String> {
    let site = plant.site("NORD");
    let levels = site.reading(|tx, _| views::levels(tx, None)).unwrap();
    let mut told: Vec<_> = levels.iter().map(|it| it.quantity.to_string()).collect();
    told.sort();
    told
}

fn take(plant: &Plant, id: u128, part: DocumentId, quantity: i64) {
    plant.world.advance_ms(1_000);
    let at = plant.relay.world.now();
    let id = DocumentId(uuid::Uuid::from_u128(id));
    somebody(plant, Of::StockMovement, id, move |document, stamp| {
        let posted = Posted {
            kind: MovementKind::Issue,
            lines: vec![Line {
                part,
                quantity: Quantity::whole(quantity).unwrap(),
                from: Some(Store("MAG".into())),
                to: None,
                unit_cost: None,
            }],
            work_order: None,
            person: PersonId(uuid::Uuid::from_u128(7)),
            at,
            reason: None,
            reverses: None,
        };
        stock_movement::post(document, &posted, stamp)
    });
    plant.world.advance_ms(1_000);
}

fn part(plant: &Plant, reference: &str) -> DocumentId {
    let parts: Vec<Part> = records(plant, Of::Part);
    let part = parts.iter().find(|part| part.reference == reference);
    part.unwrap().life.id
}

#[test]
fn a_level_is_a_count_by_the_relay() {
    let plant = plant();
    counts(&plant, Kind::Parts, PARTS);

    assert_eq!(counts(&plant, Kind::StockLevels, STOCK), (2, 0, 0));

    assert_eq!(levels(&plant), ["0", "6"]);
    let counted: Vec<StockMovement> = records(&plant, Of::StockMovement);
    let is_count = |it: &StockMovement| {
        it.posted.kind == MovementKind::Adjustment && it.posted.person == RELAY
    };
    assert!(counted.iter().all(is_count));
    assert_eq!(counts(&plant, Kind::StockLevels, STOCK), (0, 0, 0));
}

#[test]
fn the_same_file_does_not_bring_back_what_was_taken() {
    let plant = plant();
    counts(&plant, Kind::Parts, PARTS);
    counts(&plant, Kind::StockLevels, STOCK);
    take(&plant, 1, part(&plant, "A"), 2);

    assert_eq!(counts(&plant, Kind::StockLevels, STOCK), (0, 0, 0));
    assert_eq!(levels(&plant), ["0", "4"]);

    // Somebody corrects the file, and corrects it back.
    let other = STOCK.replace(";6;", ";5;");
    assert_eq!(counts(&plant, Kind::StockLevels, &other), (1, 0, 0));
    plant.world.advance_ms(1_000);
    assert_eq!(counts(&plant, Kind::StockLevels, STOCK), (1, 0, 0));
    assert_eq!(levels(&plant), ["0", "6"]);
    // Another day, another count.
    take(&plant, 2, part(&plant, "A"), 1);
    plant.world.advance_ms(86_400_000);
    assert_eq!(counts(&plant, Kind::StockLevels, STOCK), (1, 0, 0));
    assert_eq!(levels(&plant), ["0", "6"]);
}

#[test]
fn wrong_levels_are_told_by_line() {
    let plant = plant();
    counts(&plant, Kind::Parts, PARTS);

    let told = faults(
        &plant,
        Kind::StockLevels,
        "Référence;Magasin;Quantité\nA;MAG;1,5\nC;MAG;1\n",
    );

    assert_eq!(
        told,
        [
            "2 Quantité: has more than 0 decimals",
            "3 Référence: there is no part `C`; import it first",
        ]
    );
}
