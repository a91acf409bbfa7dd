//! Equipment and parts.

use ronde_core::document::{
    equipment::{self, Criticality, Equipment, State},
    part::Part,
};
use ronde_core::model::Kind as Of;

use super::{counts, faults, records, somebody};
use crate::{fixture::plant, import::Kind};

const TREE: &str = "\
Code;Nom;Parent;Criticité;État;Étiquettes;Compteurs
L1;Ligne 1;;A;en service;;
L1-CONV;Convoyeur;L1;B;en panne;QR-1|QR-2;heures:h:cumulatif
";

#[test]
fn a_tree_is_made_once_and_then_only_what_differs() {
    let plant = plant();

    assert_eq!(counts(&plant, Kind::Equipment, TREE), (2, 0, 0));

    let machines: Vec<Equipment> = records(&plant, Of::Equipment);
    let (conveyor, line) = (&machines[0], &machines[1]);
    assert_eq!((&*conveyor.code, conveyor.state), ("L1-CONV", State::Down));
    assert_eq!(conveyor.parent, Some(line.life.id));
    assert_eq!((line.criticality, conveyor.tags.len()), (Criticality::A, 2));
    assert_eq!(conveyor.meters["heures"].unit, "h");
    assert_eq!(counts(&plant, Kind::Equipment, TREE), (0, 0, 0));
    let renamed = TREE.replace("Convoyeur", "Convoyeur de sortie");
    assert_eq!(counts(&plant, Kind::Equipment, &renamed), (0, 1, 0));
    // No column, no word about it.
    let names = "Code;Nom\nL1-CONV;Convoyeur\n";
    assert_eq!(counts(&plant, Kind::Equipment, names), (0, 1, 0));
    let machines: Vec<Equipment> = records(&plant, Of::Equipment);
    assert_eq!(
        (machines[0].tags.len(), machines[0].state),
        (2, State::Down)
    );
    let emptied = "Code;Nom;Étiquettes\nL1-CONV;Convoyeur;\n";
    assert_eq!(counts(&plant, Kind::Equipment, emptied), (0, 1, 0));
    let machines: Vec<Equipment> = records(&plant, Of::Equipment);
    assert_eq!(machines[0].tags.len(), 0);
}

#[test]
fn what_somebody_found_at_the_machine_stands() {
    let plant = plant();
    counts(&plant, Kind::Equipment, TREE);
    let conveyor = records::<Equipment>(&plant, Of::Equipment)[0].life.id;
    somebody(&plant, Of::Equipment, conveyor, |document, stamp| {
        equipment::set(document, "state", &State::Degraded, stamp)
    });

    assert_eq!(counts(&plant, Kind::Equipment, TREE), (0, 0, 1));

    let machines: Vec<Equipment> = records(&plant, Of::Equipment);
    assert_eq!(machines[0].state, State::Degraded);
}

#[test]
fn a_deleted_machine_stays_deleted() {
    let plant = plant();
    counts(&plant, Kind::Equipment, TREE);
    let conveyor = records::<Equipment>(&plant, Of::Equipment)[0].life.id;
    somebody(&plant, Of::Equipment, conveyor, |document, stamp| {
        document.delete("vendu", stamp)
    });

    assert_eq!(counts(&plant, Kind::Equipment, TREE), (0, 0, 1));

    assert_eq!(records::<Equipment>(&plant, Of::Equipment).len(), 1);
}

#[test]
fn a_machine_that_was_renumbered_is_still_the_same() {
    let plant = plant();
    counts(&plant, Kind::Equipment, TREE);
    let conveyor = records::<Equipment>(&plant, Of::Equipment)[0].life.id;
    somebody(&plant, Of::Equipment, conveyor, |document, stamp| {
        let code = ronde_core::document::schema::Reference("CV-07".into());
        equipment::set(document, "code", &code, stamp)
    });

    assert_eq!(counts(&plant, Kind::Equipment, TREE), (0, 0, 0));

    let child = "Code;Nom;Parent\nX;Moteur;CV-07\nY;Frein;L1-CONV\n";
    assert_eq!(counts(&plant, Kind::Equipment, child), (2, 0, 0));
    let machines: Vec<Equipment> = records(&plant, Of::Equipment);
    let under = machines.iter().filter(|it| it.parent == Some(conveyor));
    assert_eq!(under.count(), 2);
}

#[test]
fn wrong_machines_are_told_by_line_and_nothing_is_written() {
    let plant = plant();
    counts(&plant, Kind::Equipment, TREE);

    let told = faults(
        &plant,
        Kind::Equipment,
        "Code;Nom;Père;Compteurs\nA;Un;NULLE;\nB;Deux;;heures marche:h:cumulatif\nL1;Ligne;L1-CONV;\nC;Tr\u{2028}ois;;\n",
    );

    assert_eq!(
        told,
        [
            "2 Père: there is no equipment `NULLE`; import it first",
            "3 Compteurs: an identifier is 1 to 32 letters, digits, dots, dashes or underscores",
            "4 Père: the way up from it comes back to itself",
            "5 Nom: the text has control characters or is not in normal form",
        ]
    );
}

#[test]
fn parts_are_made_once_and_then_only_what_differs() {
    let plant = plant();
    let file = "Référence;Nom;Décimales;Mini;Magasins\nHUI-46;Huile;1;2,5;MAG|LIGNE\n";

    assert_eq!(counts(&plant, Kind::Parts, file), (1, 0, 0));

    assert_eq!(counts(&plant, Kind::Parts, file), (0, 0, 0));
    let less = file.replace("2,5", "1,5");
    assert_eq!(counts(&plant, Kind::Parts, &less), (0, 1, 0));
    let part = &records::<Part>(&plant, Of::Part)[0];
    assert_eq!(part.min.unwrap().to_string(), "1.5");
    assert_eq!((part.decimals, part.stores.len()), (1, 2));
}
