//! Fault 78: values that lie about their type, hide characters or leave bounds.

use automerge::{ScalarValue, legacy};
use ronde_core::model::Rank;

use crate::fleet::{self, person};
use crate::forge::{forged, forged_text, put_entry, raw_entry, saying, saying_raw, word};
use crate::relay;

#[test]
fn fault_78_hostile_values_are_refused() {
    let relay = relay();
    let comment = "comment/AAAAAAAAAAA";
    let deep_field = [vec![0xa1, 0x18, 99], vec![0x81; 100_000], vec![0]].concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("unknown_field", saying(&relay, 1, "nonsense", &true)),
        ("unknown_field", saying(&relay, 1, "title/x", &"a")),
        ("unknown_field", saying(&relay, 1, "comment", &"a")),
        ("unknown_field", saying(&relay, 1, "", &"a")),
        (
            "invalid_value",
            saying(&relay, 1, "title", &"abc\u{202e}def"),
        ),
        ("invalid_value", saying(&relay, 1, "title", &"a\0b")),
        ("invalid_value", saying(&relay, 1, "title", &"a\nb")),
        ("invalid_value", saying(&relay, 1, "title", &"e\u{301}")),
        (
            "invalid_value",
            saying(&relay, 1, "title", &"a".repeat(201)),
        ),
        ("invalid_value", saying(&relay, 1, "title", &"")),
        ("invalid_value", saying(&relay, 1, "title", &7)),
        ("invalid_value", saying(&relay, 1, "title", &f64::NAN)),
        ("invalid_value", saying(&relay, 1, "title", &vec!["a"; 3])),
        (
            "invalid_value",
            saying(&relay, 1, comment, &"a".repeat(10_001)),
        ),
        ("invalid_value", saying(&relay, 1, comment, &"\u{2066}a")),
        ("invalid_value", saying(&relay, 1, "comment/a\0b", &"a")),
        (
            "invalid_value",
            saying(&relay, 1, &format!("comment/{}", "a".repeat(200)), &"a"),
        ),
        ("invalid_value", saying(&relay, 1, "downtime", &[-1])),
        (
            "invalid_value",
            saying(&relay, 1, "downtime", &[f64::INFINITY]),
        ),
        ("invalid_value", saying(&relay, 1, "priority", &99)),
        (
            "invalid_value",
            saying(&relay, 1, "status", &(2, Some("a\u{202e}"))),
        ),
        (
            "invalid_value",
            saying(&relay, 1, "assignees", &vec![person(1); 51]),
        ),
        (
            "invalid_value",
            saying(&relay, 1, "equipment", &"not an id"),
        ),
        ("invalid_value", saying_raw(&relay, 1, "title", &[])),
        (
            "invalid_value",
            saying_raw(&relay, 1, "title", &[0x61, b'a', 0]),
        ),
        // A text, array and map that claim to be endless.
        (
            "invalid_value",
            saying_raw(
                &relay,
                1,
                "title",
                &[0x7b, 255, 255, 255, 255, 255, 255, 255, 255],
            ),
        ),
        (
            "invalid_value",
            saying_raw(
                &relay,
                1,
                "assignees",
                &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            ),
        ),
        (
            "invalid_value",
            saying_raw(
                &relay,
                1,
                "created",
                &[0xbb, 255, 255, 255, 255, 255, 255, 255, 255],
            ),
        ),
        (
            "invalid_value",
            saying_raw(&relay, 1, "title", &[0x81; 100_000]),
        ),
        (
            "invalid_value",
            saying_raw(&relay, 1, "created", &[0xa1; 100_000]),
        ),
        // An unknown field that is deep to pass over.
        (
            "invalid_value",
            saying_raw(&relay, 1, "created", &deep_field),
        ),
    ];
    for (index, (expected, bytes)) in cases.into_iter().enumerate() {
        assert_eq!(word(&relay, 1, &bytes), expected, "case {index}");
    }
}

#[test]
fn fault_78_hidden_characters_in_a_text_are_refused() {
    let relay = relay();
    for hidden in [
        "\u{202e}", "\0", "\u{2028}", "\u{feff}", "\r", "\u{340}", "\u{7f}",
    ] {
        let bytes = forged_text(&relay, 1, |change| {
            change.operations.last_mut().unwrap().action =
                legacy::OpType::Put(ScalarValue::Str(hidden.into()));
        });
        assert_eq!(word(&relay, 1, &bytes), "text_characters", "{hidden:?}");
    }
}

#[test]
fn fault_78_an_entry_at_an_implausible_time_is_refused() {
    let relay = relay();
    for at in [i64::MIN, 0, i64::MAX] {
        let value = minicbor::to_vec("Joint").unwrap();
        let mut entry = raw_entry("title", &value, person(1), Rank::Field);
        let honest = minicbor::to_vec(fleet::stamp(0, 5_000).at).unwrap();
        let from = entry
            .windows(honest.len())
            .position(|window| window == honest)
            .unwrap();
        entry.splice(from..from + honest.len(), minicbor::to_vec(at).unwrap());
        let bytes = forged(&relay, 1, |change| put_entry(change, entry));
        assert_eq!(word(&relay, 1, &bytes), "invalid_value", "{at}");
    }
}

#[test]
fn fault_78_an_entry_under_another_key_than_its_hash_is_refused() {
    let relay = relay();
    for key in ["AAAAAAAAAAA", "", "title", "not base64 !", "AAAAAAAAAAA="] {
        let bytes = forged(&relay, 1, |change| {
            change.operations[0].key = legacy::Key::Map(key.into());
        });
        assert_eq!(word(&relay, 1, &bytes), "not_an_entry", "{key}");
    }
}
