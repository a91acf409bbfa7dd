//! Checklists and plans.

use ronde_core::document::{
    checklist::{self, Asks, Checklist, Draft, Item},
    plan::Plan,
};
use ronde_core::model::Kind as Of;

use super::{counts, faults, records, somebody};
use crate::{
    fixture::{Plant, plant},
    import::Kind,
};

const LISTS: &str = "\
Code checklist;Nom checklist;Id;Rubrique;Libellé;Type;Unité;Mini;Maxi;Choix;Si NOK
CL;Ronde;epi;Sécurité;Porter des gants;consigne;;;;;
CL;Ronde;p;Mesures;Pression;nombre;bar;6;10;;commentaire|alerte
CL;Ronde;heures;Mesures;Compteur;relevé;h;;;;
CL;Ronde;f;Mesures;Flamme;choix unique;;;;bleue|jaune;
";
const PLANS: &str = "\
Code plan;Nom;Code équipement;Tous les;Unité;Première échéance;Checklists;Pièces;Compteur;Pas
PL;Ronde hebdomadaire;M;1;semaine;05/01/2026;CL;A:2;;
PM;Entretien;M;1;an;01/12/2026;CL;;heures;500
";

fn ready() -> Plant {
    let plant = plant();
    counts(
        &plant,
        Kind::Equipment,
        "Code;Nom;Compteurs\nM;Machine;heures:h:cumulatif\n",
    );
    counts(&plant, Kind::Parts, "Référence;Nom\nA;Filtre\n");
    counts(&plant, Kind::Checklists, LISTS);
    plant
}

fn checklist(plant: &Plant) -> Checklist {
    records(plant, Of::Checklist).pop().unwrap()
}

#[test]
fn a_checklist_is_published_again_only_when_its_items_differ() {
    let plant = ready();
    let first = checklist(&plant);
    let items = &first.current().unwrap().items;
    let ids: Vec<_> = items.iter().map(|item| item.id.len() > 10).collect();
    // Two sections are made, each before its first item.
    assert_eq!(ids, [true, false, true, false, false, false]);
    assert_eq!(items[3].parent.as_ref(), Some(&items[2].id));
    assert!(items[3].on_fail.comment && items[3].on_fail.alert && !items[3].on_fail.stop);
    assert!(matches!(&items[4].asks, Asks::MeterReading { meter, .. } if meter == "heures"));

    assert_eq!(counts(&plant, Kind::Checklists, LISTS), (0, 0, 0));

    let renamed = LISTS.replace("Ronde;", "Ronde chaufferie;");
    assert_eq!(counts(&plant, Kind::Checklists, &renamed), (0, 1, 0));
    assert_eq!(checklist(&plant).versions.len(), 1);
    let other = renamed.replace(";6;10;", ";7;10;");
    assert_eq!(counts(&plant, Kind::Checklists, &other), (0, 1, 0));
    assert_eq!(checklist(&plant).versions.len(), 2);
}

#[test]
fn a_draft_that_somebody_writes_is_not_overwritten() {
    let plant = ready();
    let id = checklist(&plant).life.id;
    somebody(&plant, Of::Checklist, id, |document, stamp| {
        let draft = Draft(vec![Item::new("x", "Nouveau", Asks::Check)]);
        checklist::set(document, "draft", &draft, stamp)
    });
    let other = LISTS.replace(";6;10;", ";7;10;");

    assert_eq!(counts(&plant, Kind::Checklists, &other), (0, 0, 1));

    let list = checklist(&plant);
    assert_eq!(
        (list.versions.len(), &*list.drafts[0].items[0].id),
        (1, "x")
    );
}

#[test]
fn a_plan_and_its_checklist_know_each_other() {
    let plant = ready();

    assert_eq!(counts(&plant, Kind::Plans, PLANS), (2, 1, 0));

    let all: Vec<Plan> = records(&plant, Of::Plan);
    let (service, round) = (&all[0], &all[1]);
    let list = checklist(&plant);
    assert_eq!(round.checklists, [list.life.id]);
    assert_eq!(list.plans, [round.life.id, service.life.id]);
    assert_eq!(round.parts[0].quantity.to_string(), "2");
    let meter = service.rule.as_ref().unwrap().meter.as_ref().unwrap();
    assert_eq!(meter.first_micro, 500_000_000);
    assert_eq!(counts(&plant, Kind::Plans, PLANS), (0, 0, 0));
}

#[test]
fn a_plan_with_an_old_anchor_begins_today_and_a_new_rule_when_it_is_known() {
    let plant = ready();
    counts(&plant, Kind::Plans, PLANS);
    let since = |plant: &Plant, code: &str| {
        let all: Vec<Plan> = records(plant, Of::Plan);
        let plan = all.into_iter().find(|plan| plan.code == code).unwrap();
        let since = plan.rule.unwrap().effective_from;
        since.map(|date| date.to_string())
    };
    assert_eq!(since(&plant, "PL").as_deref(), Some("2026-09-21"));
    assert_eq!(since(&plant, "PM"), None);

    plant.world.advance_ms(86_400_000);
    assert_eq!(counts(&plant, Kind::Plans, PLANS), (0, 0, 0));

    assert_eq!(since(&plant, "PL").as_deref(), Some("2026-09-21"));
    let other = PLANS.replace("1;an", "2;an");
    assert_eq!(counts(&plant, Kind::Plans, &other), (0, 1, 0));
    assert_eq!(since(&plant, "PM").as_deref(), Some("2026-09-22"));
}

#[test]
fn wrong_checklists_and_plans_are_told_by_line_and_column() {
    let plant = ready();

    let told = faults(
        &plant,
        Kind::Plans,
        "Code plan;Nom;Repère;Tous les;Unité;Ancre;Checklists;Pièces;Compteur;Pas\n\
         P1;Un;X;1;mois;2026-12-01;NON|CL;A:0,5|Z:1;;\nP2;Deux;M;1;mois;2026-12-01;;;tours;5\n",
    );
    assert_eq!(
        told,
        [
            "2 Repère: there is no equipment `X`; import it first",
            "2 Checklists: there is no checklist `NON`; import it first",
            "2 Pièces: `A`: too many decimals",
            "2 Pièces: there is no part `Z`; import it first",
            "3 Compteur: there is no meter `tours`; import it first",
        ]
    );

    let told = faults(
        &plant,
        Kind::Checklists,
        "Code;Nom;Id;Libellé;Type\nC2;Deux;n° 1;Fait ?;case\nC2;Deux;b;Fait ?;case\n",
    );
    let item = "an identifier is 1 to 32 letters, digits, dots, dashes or underscores";
    assert_eq!(told, [format!("2 Id: {item}")]);
}
