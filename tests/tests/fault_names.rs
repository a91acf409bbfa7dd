//! Goal: each fault of the fault list is tried, or TESTING.md says why not.
//! Method: its table is held against the names of the tests that exist.

use std::collections::{BTreeMap, BTreeSet};

use ronde_tests::source::{sources, text};

const FAULTS: std::ops::RangeInclusive<u32> = 1..=90;

/// What each fault's line says in its last column, by number.
fn table() -> BTreeMap<u32, Vec<String>> {
    let mut table = BTreeMap::<_, Vec<_>>::new();
    for line in text("TESTING.md").lines() {
        let columns: Vec<_> = line.trim_matches('|').splitn(3, " | ").collect();
        if let [number, _, told] = columns[..]
            && let Ok(number) = number.trim().parse()
        {
            table
                .entry(number)
                .or_default()
                .push(told.trim().to_owned());
        }
    }
    table
}

/// The tests of every suite: functions in files that hold a test attribute.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources() {
        let lines: Vec<_> = source.text.lines().map(str::trim).collect();
        for (n, line) in lines.iter().enumerate() {
            let after = line.strip_prefix("async ").unwrap_or(line);
            let Some((name, _)) = after.strip_prefix("fn ").and_then(|it| it.split_once('('))
            else {
                continue;
            };
            let is_attribute = |it: &&&str| it.starts_with("#[") || it.starts_with("//");
            let above = lines[..n].iter().rev().take_while(is_attribute);
            if above
                .into_iter()
                .any(|it| it.starts_with("#[test]") || it.starts_with("#[tokio::test"))
            {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// The numbers a test's name begins with: `fault_64_65_no_mutant…` has two.
fn numbers(test: &str) -> Vec<u32> {
    let parts = test.strip_prefix("fault_").unwrap_or_default().split('_');
    let two_digits = |it: &&str| it.len() == 2 && it.parse::<u32>().is_ok();
    parts
        .take_while(two_digits)
        .filter_map(|it| it.parse().ok())
        .collect()
}

/// What a line names in backticks that has the form of a test's name.
fn named(told: &str) -> Vec<&str> {
    let quoted = told.split('`').skip(1).step_by(2);
    let is_name = |it: &&str| {
        it.matches('_').count() > 1 && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    quoted.filter(is_name).collect()
}

#[test]
fn every_fault_has_one_line() {
    let table = table();

    let lines: Vec<_> = table
        .iter()
        .map(|(number, told)| (*number, told.len()))
        .collect();
    let expected: Vec<_> = FAULTS.map(|number| (number, 1)).collect();
    assert_eq!(lines, expected);
}

#[test]
fn every_line_names_a_test_that_exists_or_says_why_there_is_none() {
    let tests = tests();
    assert!(tests.len() > 300, "only {} tests found", tests.len());
    let mut broken = Vec::new();
    for (number, told) in table() {
        let told = &told[0];
        let open = ["not yet: ", "not here: "]
            .iter()
            .find_map(|it| told.strip_prefix(it));
        let names = named(told);
        if open.is_none() && names.is_empty() {
            broken.push(format!("{number}: neither a test nor \"not yet: …\""));
        }
        if open.is_some_and(|why| why.len() < 10) {
            broken.push(format!("{number}: why?"));
        }
        let unknown = names.iter().filter(|it| !tests.contains(**it));
        broken.extend(unknown.map(|it| format!("{number}: there is no test {it}")));
    }

    assert!(broken.is_empty(), "TESTING.md:\n{}", broken.join("\n"));
}

#[test]
fn no_test_of_a_fault_is_left_out() {
    let table = table();
    let mut broken = Vec::new();
    for test in tests() {
        for number in numbers(&test) {
            let told = table.get(&number).map_or("", |told| &*told[0]);
            let open = told.is_empty() || told.starts_with("not ");
            if open {
                broken.push(format!("{number} is tested by `{test}`"));
            }
        }
    }

    assert!(
        broken.is_empty(),
        "TESTING.md says otherwise:\n{}",
        broken.join("\n")
    );
}
