//! Stored bytes and JSON of a rule: pinned, since documents keep them for years.

use super::super::{Done, Margins, Rule, Unit};
use super::{by_calendar, by_meter, date, executed};

fn both() -> Rule {
    Rule {
        meter: by_meter(500_000_000, 250_000_000).meter,
        effective_from: Some(date("2026-03-01")),
        ..by_calendar("2026-01-31", 3, Unit::Month, 50)
    }
}

#[test]
fn a_rule_keeps_its_bytes_and_its_json() {
    let bytes = minicbor::to_vec(both()).unwrap();
    let json = serde_json::to_string(&both()).unwrap();

    assert_eq!(
        data_encoding::HEXLOWER.encode(&bytes),
        "838419500403021832\
         8365686f7572731a1dcd65001a0ee6b280\
         195021"
            .replace(' ', "")
    );
    assert_eq!(
        json,
        r#"{"calendar":{"anchor":"2026-01-31","every":3,"unit":"month","shift_percent":50},"#
            .to_owned()
            + r#""meter":{"meter":"hours","step_micro":500000000,"first_micro":250000000},"#
            + r#""effective_from":"2026-03-01"}"#
    );
    assert_eq!(minicbor::decode::<Rule>(&bytes).unwrap(), both());
    assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), both());
}

#[test]
fn missing_dates_and_ids_come_back() {
    let mut done = executed("4", "2026-01-31", "1960-02-29", 7);
    done.executed_on = None;

    let bytes = minicbor::to_vec(&done).unwrap();

    assert_eq!(minicbor::decode::<Done>(&bytes).unwrap(), done);
    let short = minicbor::to_vec(by_meter(1, 0)).unwrap();
    assert_eq!(minicbor::decode::<Rule>(&short).unwrap(), by_meter(1, 0));
    let margins = minicbor::to_vec(Margins::default()).unwrap();
    assert_eq!(
        minicbor::decode::<Margins>(&margins).unwrap(),
        Margins::default()
    );
}

#[test]
fn bytes_that_are_no_date_or_id_are_refused() {
    let far = minicbor::to_vec((Some((i32::MAX, 1_u32, 0_u8, 0_u8)), None::<u8>, None::<u8>));
    let short_id = minicbor::to_vec(("4", 0, 0, minicbor::bytes::ByteVec::from(vec![0; 15])));

    let far = minicbor::decode::<Rule>(&far.unwrap()).unwrap_err();
    let short_id = minicbor::decode::<Done>(&short_id.unwrap()).unwrap_err();

    assert!(far.to_string().contains("no such date"), "{far}");
    assert!(short_id.to_string().contains("sixteen bytes"), "{short_id}");
    assert!(minicbor::decode::<Rule>(&[0x80, 0xff]).is_ok_and(|rule| rule.check().is_err()));
}
