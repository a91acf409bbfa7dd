use ronde_core::{
    document::work_order::{OrderType, Priority, Status},
    model::DocumentId,
    replica::OrderRow,
};

use super::*;
use crate::words::Language;

fn paper(language: Language, colour: bool) -> Paper {
    Paper {
        words: Words(language),
        colour,
        zone: chrono_tz::Europe::Paris,
        today: "2026-03-31".parse().unwrap(),
        names: BTreeMap::from([(person(1), "Ana".to_owned())]),
    }
}

fn person(n: u128) -> PersonId {
    PersonId(format!("{n:032x}").parse().unwrap())
}

fn order(number: Option<&str>, title: &str, due: &str) -> OrderRow {
    OrderRow {
        id: DocumentId::from(person(7)),
        number: number.map(str::to_owned),
        provisional: "P-7F3A-12".into(),
        title: title.into(),
        status: Status::InProgress,
        order_type: OrderType::CorrectiveCurative,
        priority: Priority::P1,
        equipment: None,
        equipment_code: Some("P-12".into()),
        equipment_name: Some("Pompe".into()),
        plan: None,
        plan_name: None,
        occurrence: None,
        due: Some(Day(due.parse().unwrap())),
        assignees: vec![person(1)],
        created_by: person(1),
        created_at: Timestamp(1_774_900_000_000),
        updated_at: Timestamp(1_774_900_000_000),
        pending: 2,
    }
}

#[test]
fn a_list_of_orders_lines_up() {
    let rows = [
        order(Some("OT-2026-00042"), "Fuite", "2026-04-02"),
        order(None, "Courroie usée", "2026-03-30"),
    ];

    let text = orders::list(&paper(Language::Fr, false), &rows);

    let expected = "  numéro         priorité  statut    titre          équipement  échéance              affecté à  synchronisation
  OT-2026-00042  P1        en cours  Fuite          P-12        02/04/2026            Ana        2 en attente d'envoi
  P-7F3A-12      P1        en cours  Courroie usée  P-12        30/03/2026 en retard  Ana        2 en attente d'envoi
";
    assert_eq!(text, expected);
}

#[test]
fn colours_change_no_word_and_no_column() {
    let rows = [order(None, "Courroie usée", "2026-03-30")];
    let plain = orders::list(&paper(Language::En, false), &rows);
    let coloured = orders::list(&paper(Language::En, true), &rows);

    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped += before;
        rest = after.split_once('m').unwrap().1;
    }
    stripped += rest;
    assert_ne!(plain, coloured);
    // Blanks at the end stand inside the colour.
    let lines = |text: &str| {
        text.lines()
            .map(|it| it.trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(&stripped), lines(&plain));
}

#[test]
fn dates_are_local_to_the_site_and_in_the_persons_language() {
    let at = Timestamp(1_774_910_000_000); // 2026-03-30T22:33:20Z

    assert_eq!(paper(Language::Fr, false).when(at), "31/03/2026 00:33");
    assert_eq!(paper(Language::En, false).when(at), "2026-03-31 00:33");
}

#[test]
fn nothing_is_said_where_there_is_nothing() {
    assert_eq!(orders::list(&paper(Language::Fr, false), &[]), "  (rien)\n");
}

#[test]
fn the_relay_and_the_nameless_are_named() {
    let paper = paper(Language::Fr, false);

    assert_eq!(paper.who(person(0)), "le relais");
    assert_eq!(paper.who(person(5)), "00000000-0000");
}
