use chrono_tz::Europe::Paris;
use ronde_core::document::checklist::Bounds;

use super::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> &'static str {
    match result.unwrap_err() {
        Fault::Usage(code, _) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn dates_are_read_as_people_write_them() {
    let today = date("2026-03-31");
    let read = |text| day(text, today).unwrap().0;

    assert_eq!(read("2026-04-02"), date("2026-04-02"));
    assert_eq!(read("02/04/2026"), date("2026-04-02"));
    assert_eq!(read("Demain"), date("2026-04-01"));
    assert_eq!(read("today"), today);
    assert_eq!(read("+7"), date("2026-04-07"));
    assert_eq!(code(day("31/02/2026", today)), "date_invalid");
    assert_eq!(code(day("+99999999999", today)), "date_invalid");
}

#[test]
fn times_without_a_zone_are_the_sites() {
    let now = Timestamp(1_774_900_000_000); // 2026-03-30T21:46:40+02:00 in Paris
    let read = |text| instant(text, Paris, now).unwrap().to_string();

    assert_eq!(read("2026-03-31 08:00"), "2026-03-31T06:00:00.000Z");
    assert_eq!(read("08:30"), "2026-03-30T06:30:00.000Z");
    assert_eq!(
        read("2026-03-31T08:00:00-05:00"),
        "2026-03-31T13:00:00.000Z"
    );
    // The hour that summer time leaves out, and the one that comes twice.
    assert_eq!(
        code(instant("2026-03-29 02:30", Paris, now)),
        "time_invalid"
    );
    assert_eq!(read("2026-10-25 02:30"), "2026-10-25T00:30:00.000Z");
}

#[test]
fn answers_are_read_as_the_item_asks() {
    let me = PersonId("0190b5c0-0000-7000-8000-000000000001".parse().unwrap());
    let today = date("2026-03-31");
    let read = |asks: &Asks, text: &str| answer(asks, text, me, today, None);
    let number = Asks::Number {
        unit: "bar".into(),
        bounds: Bounds::default(),
    };
    let choices = vec![
        Choice {
            id: "g".into(),
            label: "Gauche".into(),
            fails: false,
        },
        Choice {
            id: "d".into(),
            label: "Droite".into(),
            fails: false,
        },
    ];

    assert_eq!(
        read(&Asks::Outcome, "NC").unwrap(),
        AnswerValue::Outcome(Outcome::Nok)
    );
    assert_eq!(read(&Asks::Check, "x").unwrap(), AnswerValue::Check(true));
    assert_eq!(
        read(&number, "2,5").unwrap(),
        AnswerValue::Number(Quantity(2_500_000))
    );
    assert_eq!(
        read(
            &Asks::ManyChoices {
                choices: choices.clone()
            },
            "droite, G, d"
        )
        .unwrap(),
        AnswerValue::Many(vec!["d".into(), "g".into()])
    );
    assert_eq!(
        read(&Asks::Signature, "oui").unwrap(),
        AnswerValue::Signature(me)
    );
    assert_eq!(code(read(&Asks::Outcome, "peut-être")), "answer_invalid");
    assert_eq!(
        code(read(&Asks::OneChoice { choices }, "haut")),
        "answer_invalid"
    );
    assert_eq!(code(read(&number, "beaucoup")), "quantity_invalid");
    assert_eq!(
        code(read(&Asks::ConsumedPart { part: None }, "2")),
        "argument_missing"
    );
}
