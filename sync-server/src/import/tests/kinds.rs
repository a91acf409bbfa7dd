//! One small right file per kind, every field of it, and what an empty cell means.

use super::{read, rows};
use crate::import::{
    Criticality, EquipmentState, FailureRow, ItemKind, Kind, MeterKind, MeterRow, OnFail,
    OrderStatus, OrderType, PeriodUnit, PlanMeterRow, PlanPartRow, Priority,
};

#[test]
fn equipment_says_its_place_its_state_and_its_meters() {
    let file = "Repère;Désignation;Parent;Localisation;Criticité;État;Étiquettes;Compteurs\n\
                LIG-1;Ligne 1;;Atelier;;;;\n\
                POMPE-1;Pompe;LIG-1;Fosse;a;en panne;QR-1, NFC-2;heures:h:cumulatif | p:bar:jauge\n";

    let rows = rows!(read(Kind::Equipment, file), Equipment);

    assert_eq!(
        (rows[0].criticality, rows[0].state),
        (Criticality::B, EquipmentState::InService)
    );
    assert_eq!(rows[0].parent_code, None);
    let pump = &rows[1];
    assert_eq!(
        (pump.line, pump.code.as_str(), pump.name.as_str()),
        (3, "POMPE-1", "Pompe")
    );
    assert_eq!(pump.parent_code.as_deref(), Some("LIG-1"));
    assert_eq!(pump.location.as_deref(), Some("Fosse"));
    assert_eq!(
        (pump.criticality, pump.state),
        (Criticality::A, EquipmentState::Down)
    );
    assert_eq!(pump.tags, ["QR-1", "NFC-2"]);
    let meter = |id: &str, unit: &str, kind| MeterRow {
        id: id.to_owned(),
        unit: unit.to_owned(),
        kind,
    };
    assert_eq!(
        pump.meters,
        [
            meter("heures", "h", MeterKind::Cumulative),
            meter("p", "bar", MeterKind::Gauge)
        ]
    );
}

#[test]
fn a_part_says_when_to_order_it_again() {
    let file = "Référence;Désignation;Unité;Décimales;Stock mini;Stock maxi;Point de commande;\
                Quantité de commande;Magasins\n\
                HUILE-46;Huile;L;1;20;200,5;40;1 000;MAG-A|MAG-B\n\
                VIS;Vis;;;;;;;\n";

    let rows = rows!(read(Kind::Parts, file), Parts);

    let oil = &rows[0];
    assert_eq!((oil.unit.as_str(), oil.decimals), ("L", 1));
    assert_eq!(
        (oil.min_micro, oil.max_micro),
        (Some(20_000_000), Some(200_500_000))
    );
    assert_eq!(oil.reorder_point_micro, Some(40_000_000));
    assert_eq!(oil.reorder_quantity_micro, Some(1_000_000_000));
    assert_eq!(oil.stores, ["MAG-A", "MAG-B"]);
    assert_eq!(
        (rows[1].unit.as_str(), rows[1].decimals, rows[1].min_micro),
        ("u", 0, None)
    );
}

#[test]
fn a_plan_says_how_often_with_what_and_what_it_absorbs() {
    let file = "Code plan;Désignation;Code équipement;Tous les;Unité;Première échéance;Glissement;\
                Anticipation;Grâce;Tolérance;Checklists;Pièces;Durée estimée;Famille;Niveau;\
                Compteur;Pas compteur\n\
                P-1;Entretien;CMP-1;3;mois;31/01/2026;50 %;7;2;5;CL-1|CL-2;F:1-A:2|HUILE:4,5;90;\
                CMP;2;heures;500,5\n\
                P-2;Ronde;CMP-1;1;Semaine;2026-01-05;;;;;;;;;;;\n";

    let rows = rows!(read(Kind::Plans, file), Plans);

    let service = &rows[0];
    assert_eq!((service.every, service.unit), (3, PeriodUnit::Month));
    assert_eq!(service.anchor.to_string(), "2026-01-31");
    let days = (
        service.lead_days,
        service.grace_days,
        service.tolerance_days,
    );
    assert_eq!((service.shift_percent, days), (50, (7, 2, 5)));
    assert_eq!(service.checklist_codes, ["CL-1", "CL-2"]);
    let part = |reference: &str, quantity_micro| PlanPartRow {
        reference: reference.to_owned(),
        quantity_micro,
    };
    assert_eq!(
        service.parts,
        [part("F:1-A", 2_000_000), part("HUILE", 4_500_000)]
    );
    assert_eq!(service.estimated_minutes, Some(90));
    assert_eq!(
        (service.family.as_deref(), service.level),
        (Some("CMP"), Some(2))
    );
    let (id, step_micro) = ("heures".to_owned(), 500_500_000);
    assert_eq!(service.meter, Some(PlanMeterRow { id, step_micro }));
    let round = &rows[1];
    assert_eq!(
        (round.unit, round.shift_percent, round.lead_days),
        (PeriodUnit::Week, 0, 0)
    );
    assert_eq!((round.meter.as_ref(), round.family.as_ref()), (None, None));
}

#[test]
fn the_items_of_a_checklist_are_grouped_in_the_order_of_the_file() {
    let file = "Code checklist;Nom checklist;Id;Rubrique;Libellé;Type;Unité;Mini;Maxi;Alerte mini;\
                Alerte maxi;Obligatoire;Choix;Si non conforme\n\
                CL-1;Ronde;p1;Huile;Pression;nombre;bar;-1;10,5;0;9;oui;;alerte, arrêt\n\
                CL-2;Autre;p1;;Fuite ?;OK/NOK;;;;;;x;;commentaire|OT correctif|photo\n\
                CL-1;;p2;;Couleur;choix unique;;;;;;;claire|brune, trouble;\n";

    let tables = rows!(read(Kind::Checklists, file), Checklists);

    assert_eq!(tables.len(), 2);
    assert_eq!(
        (tables[0].code.as_str(), tables[0].name.as_str()),
        ("CL-1", "Ronde")
    );
    let ids: Vec<&str> = tables[0]
        .items
        .iter()
        .map(|item| item.item_id.as_str())
        .collect();
    assert_eq!(ids, ["p1", "p2"]);
    let pressure = &tables[0].items[0];
    assert_eq!(
        (pressure.kind, pressure.unit.as_deref()),
        (ItemKind::Number, Some("bar"))
    );
    assert_eq!(pressure.section.as_deref(), Some("Huile"));
    assert_eq!(
        (pressure.min_micro, pressure.max_micro),
        (Some(-1_000_000), Some(10_500_000))
    );
    assert_eq!(
        (pressure.warn_min_micro, pressure.warn_max_micro),
        (Some(0), Some(9_000_000))
    );
    assert_eq!(
        (pressure.required, &*pressure.on_fail),
        (true, &[OnFail::Alert, OnFail::Stop][..])
    );
    let colour = &tables[0].items[1];
    assert_eq!((colour.required, colour.line), (false, 4));
    assert_eq!(colour.choices, ["claire", "brune, trouble"]);
    assert!(tables[1].items[0].required);
    assert_eq!(
        tables[1].items[0].on_fail,
        [OnFail::Comment, OnFail::Corrective, OnFail::Photo]
    );
}

#[test]
fn every_kind_of_item_can_be_written_in_both_languages() {
    let labels = [
        ("consigne", "instruction", ItemKind::Instruction),
        ("case", "check", ItemKind::Check),
        ("OK/NOK", "ok_nok", ItemKind::OkNok),
        ("oui/non", "yes_no", ItemKind::YesNo),
        ("nombre", "number", ItemKind::Number),
        ("relevé compteur", "meter", ItemKind::Meter),
        ("texte", "text", ItemKind::Text),
        ("choix unique", "one_of", ItemKind::OneOf),
        ("choix multiple", "many_of", ItemKind::ManyOf),
        ("date", "date", ItemKind::Date),
        ("photo", "photo", ItemKind::Photo),
        ("signature", "signature", ItemKind::Signature),
        ("scan", "scan", ItemKind::Scan),
        ("pièce", "part", ItemKind::Part),
    ];
    for (french, english, kind) in labels {
        let choices = match kind {
            ItemKind::OneOf | ItemKind::ManyOf => "a|b",
            _ => "",
        };
        for label in [french, english] {
            let header = "Code;Nom;Id;Libellé;Type;Choix";
            let file = format!("{header}\nCL;Liste;1;Point;{label};{choices}\n");

            let tables = rows!(read(Kind::Checklists, &file), Checklists);

            assert_eq!(tables[0].items[0].kind, kind, "{label}");
        }
    }
}

#[test]
fn a_stock_level_says_what_a_store_holds_and_at_what_price() {
    let file = "Référence,Magasin,Quantité,Coût unitaire\n\
                6205-2RS,MAG-A,1,\"4,85 €\"\n\
                6205-2RS,MAG-B,0,\n";

    let rows = rows!(read(Kind::StockLevels, file), StockLevels);

    assert_eq!(
        (rows[0].part_reference.as_str(), rows[0].store.as_str()),
        ("6205-2RS", "MAG-A")
    );
    assert_eq!(
        (rows[0].quantity_micro, rows[0].unit_cost_micro),
        (1_000_000, Some(4_850_000))
    );
    assert_eq!((rows[1].quantity_micro, rows[1].unit_cost_micro), (0, None));
}

#[test]
fn a_work_order_says_all_that_the_other_system_knew() {
    let file = "N° OT;Titre;Descriptif;Code équipement;Nom équipement;Type;Priorité;Statut;Échéance;\
                Créé le;Code plan;Mode de défaillance;Cause;Remède;Heures;Coût;Localisation\n\
                4711;Fuite presse-étoupe;\"Goutte à goutte,\r\npuis filet\";POMPE-1;Pompe 1;\
                correctif;urgente;en cours;01/04/2026;2026-03-31 08:12;P-1;Fuite;Usure;Garniture;\
                1,5;-12,30 EUR;Fosse\n\
                ;Ronde;;;;;;;;;;;;;;;\n";

    let rows = rows!(read(Kind::WorkOrders, file), WorkOrders);

    let leak = &rows[0];
    assert_eq!((leak.line, leak.code.as_deref()), (2, Some("4711")));
    assert_eq!(
        leak.description.as_deref(),
        Some("Goutte à goutte,\npuis filet")
    );
    assert_eq!(leak.equipment_name.as_deref(), Some("Pompe 1"));
    assert_eq!(
        (leak.order_type, leak.priority),
        (OrderType::CorrectiveCurative, Priority::P1)
    );
    assert_eq!(leak.status, Some(OrderStatus::InProgress));
    assert_eq!(leak.due.unwrap().to_string(), "2026-04-01");
    assert_eq!(leak.created_on.unwrap().to_string(), "2026-03-31");
    assert_eq!(leak.plan_code.as_deref(), Some("P-1"));
    let failure = ["Fuite", "Usure", "Garniture"].map(|word| Some(word.to_owned()));
    let [mode, cause, remedy] = failure;
    assert_eq!(
        leak.failure,
        FailureRow {
            mode,
            cause,
            remedy
        }
    );
    assert_eq!(
        (leak.hours_micro, leak.cost_micro),
        (Some(1_500_000), Some(-12_300_000))
    );
    assert_eq!(leak.location.as_deref(), Some("Fosse"));
    let round = &rows[1];
    assert_eq!(
        (round.line, round.code.as_ref(), round.status),
        (4, None, None)
    );
    assert_eq!(
        (round.order_type, round.priority),
        (OrderType::CorrectiveCurative, Priority::P3)
    );
}

#[test]
fn rows_serialize_with_their_documented_names() {
    let file = "Title,Type,Due\nLeak,regulatory,2026-03-31\n";

    let json = serde_json::to_value(read(Kind::WorkOrders, file)).unwrap();

    let order = &json["rows"]["work_orders"][0];
    assert_eq!(order["type"], "regulatory");
    assert_eq!(order["due"], "2026-03-31");
    assert_eq!(order["priority"], "P3");
}
