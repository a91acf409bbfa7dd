use std::{collections::BTreeSet, fs, path::Path};

use ronde_core::guard;

use super::*;

const BOTH: [Words; 2] = [Words(Language::Fr), Words(Language::En)];

/// The text of every Rust file under a folder.
fn sources(folder: &Path) -> String {
    let mut all = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all += &sources(&path);
        } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
            all += &fs::read_to_string(path).unwrap();
        }
    }
    all
}

/// The literal that follows each `opening`, blanks left out.
fn literals<'a>(text: &'a str, opening: &str) -> BTreeSet<&'a str> {
    text.split(opening)
        .skip(1)
        .filter_map(|rest| {
            let rest = rest.trim_start().strip_prefix('"')?;
            Some(rest.split('"').next().unwrap())
        })
        .collect()
}

#[test]
fn both_languages_have_the_same_keys_in_order() {
    let keys = |file| lines(file).map(|(key, _)| key).collect::<Vec<_>>();
    let french = keys(include_str!("fr.txt"));

    assert_eq!(french, keys(include_str!("en.txt")));
    assert!(french.len() > 400, "only {} keys", french.len());
    assert!(french.is_sorted_by(|left, right| left < right));
}

#[test]
fn a_text_has_as_many_gaps_in_both_languages() {
    for (key, french) in BOTH[0].table() {
        let gaps = |text: &str| text.matches("{}").count();
        assert_eq!(gaps(french), gaps(BOTH[1].table()[key]), "{key}");
    }
}

#[test]
fn every_refusal_of_the_guard_is_explained() {
    for code in guard::RefusalCode::ALL {
        for words in BOTH {
            assert!(
                words.find(&format!("why.{}", code.name())).is_some(),
                "why.{} in {words:?}",
                code.name()
            );
        }
    }
}

#[test]
fn every_input_error_of_the_core_has_words() {
    let core = sources(Path::new("../../core/src"));
    let mut codes = literals(&core, "Invalid::new(");
    codes.extend(literals(&core, "invalid("));

    assert!(codes.len() > 60, "only {} codes were found", codes.len());
    let missing: Vec<_> = codes
        .into_iter()
        .filter(|code| BOTH[0].find(&format!("error.{code}")).is_none())
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn every_failure_of_the_transport_and_every_problem_of_the_relay_has_words() {
    let driver = fs::read_to_string("../../core/src/transport.rs").unwrap();
    let mut codes = literals(&driver, "=>");
    let relay = fs::read_to_string("../../sync-server/src/error.rs").unwrap();
    codes.extend(literals(&relay, "FORBIDDEN,"));
    codes.extend(literals(&relay, "SERVICE_UNAVAILABLE,"));
    codes.extend(literals(&relay, "UNAUTHORIZED,"));
    codes.extend(literals(&relay, "GONE,"));
    codes.extend(literals(&relay, "CONFLICT,"));
    codes.extend(literals(&relay, "BAD_REQUEST,"));

    assert!(codes.len() > 15, "only {codes:?}");
    for code in codes {
        for words in BOTH {
            assert!(
                words.find(&format!("error.{code}")).is_some(),
                "error.{code} in {words:?}"
            );
        }
    }
}

#[test]
fn every_key_this_program_says_has_words() {
    let program = sources(Path::new("src"));
    let mut keys = BTreeSet::new();
    for opening in [
        ".say(",
        ".fill(",
        ".field(",
        ".heading(",
        "ask::required(",
        "setting.words.say(",
    ] {
        keys.extend(literals(&program, opening));
    }
    for opening in [
        "\"column.",
        "\"heading.",
        "\"ask.",
        "\"order.",
        "\"level.",
        "\"due.",
    ] {
        let heads = program.split(opening).skip(1);
        let opening = opening.trim_start_matches('"');
        let keys: BTreeSet<_> = heads
            .map(|rest| format!("{opening}{}", rest.split('"').next().unwrap()))
            .collect();
        for key in keys {
            assert!(BOTH[0].find(&key).is_some(), "{key}");
        }
    }
    assert!(keys.len() > 50, "only {} keys were found", keys.len());
    for key in keys {
        assert!(BOTH[0].find(key).is_some(), "{key}");
    }
}

#[test]
fn gaps_are_filled_in_order() {
    assert_eq!(
        Words(Language::En).fill("order.made", &[&"P-1", &"Leak"]),
        "P-1 made: Leak"
    );
}

#[test]
fn french_unless_the_locale_is_english() {
    assert_eq!(Language::of_locale("en_GB.UTF-8"), Language::En);
    assert_eq!(Language::of_locale("de_DE.UTF-8"), Language::Fr);
    assert_eq!(Language::of_locale(""), Language::Fr);
}
