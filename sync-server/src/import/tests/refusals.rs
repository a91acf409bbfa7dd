//! Values that are too long, there twice, unknown, or at odds with the rest of their row.

use super::{read, refusal, refused};
use crate::import::{Kind, Reason};

#[test]
fn values_have_a_greatest_length() {
    let cases = [("Title", 200), ("Description", 10_000), ("Code", 64)];
    for (column, chars_max) in cases {
        let file = |length: usize| {
            let value = "é".repeat(length);
            match column {
                "Title" => format!("Title\n{value}\n"),
                _ => format!("Title;{column}\nx;{value}\n"),
            }
        };

        read(Kind::WorkOrders, &file(chars_max));
        let (line, found, reason) = refusal(Kind::WorkOrders, &file(chars_max + 1));

        assert_eq!(
            (line, found.as_str(), reason),
            (2, column, Reason::TooLong(chars_max))
        );
    }
}

#[test]
fn a_list_has_a_greatest_length_and_no_entry_twice() {
    let tags = |count: usize| {
        let tags: Vec<String> = (0..count).map(|n| format!("T{n}")).collect();
        format!("Code;Name;Tags\nE;Engine;{}\n", tags.join("|"))
    };

    read(Kind::Equipment, &tags(100));

    assert_eq!(
        refusal(Kind::Equipment, &tags(101)).2,
        Reason::TooManyEntries(100)
    );
    let twice = refusal(Kind::Equipment, "Code;Name;Tags\nE;Engine;T1|T1\n");
    assert!(matches!(twice.2, Reason::Duplicate { first_line: 2, .. }));
}

#[test]
fn what_must_be_there_once_is_told_with_its_first_line() {
    let cases = [
        (Kind::Equipment, "Code;Name\nX;a\nY;b\nX;c\n", "Code", "X"),
        (
            Kind::Equipment,
            "Code;Name;Tag\nW;a;T\nY;b;\nZ;c;T\n",
            "Tag",
            "T",
        ),
        (
            Kind::Parts,
            "Reference;Name\nX;a\nY;b\n X ;c\n",
            "Reference",
            "X",
        ),
        (
            Kind::Plans,
            "Code;Name;Equipment;Every;Unit;Anchor\nX;a;E;1;day;2026-01-01\nY;a;E;1;day;2026-01-01\n\
             X;a;E;1;day;2026-01-01\n",
            "Code",
            "X",
        ),
        (
            Kind::Checklists,
            "Code;Name;Id;Label;Type\nC;a;1;x;text\nD;b;1;x;text\nC;a;1;x;text\n",
            "Id",
            "1",
        ),
        (
            Kind::StockLevels,
            "Part;Store;Quantity\nX;A;1\nX;B;1\nX;A;2\n",
            "Part",
            "X (A)",
        ),
        (Kind::WorkOrders, "Code;Title\n7;a\n;b\n7;c\n", "Code", "7"),
    ];
    for (kind, file, name, value) in cases {
        let (line, column, reason) = refusal(kind, file);

        let (value, first_line) = (value.to_owned(), 2);
        assert_eq!((line, column.as_str()), (4, name), "{kind}");
        assert_eq!(reason, Reason::Duplicate { value, first_line }, "{kind}");
    }
}

#[test]
fn equipment_that_stands_under_itself_is_refused_once_per_loop() {
    let file = "Code;Name;Parent\nA;a;\nB;b;C\nC;c;D\nD;d;B\nE;e;E\nF;f;B\nG;g;elsewhere\n";

    let errors = refused(Kind::Equipment, file.as_bytes());

    let why = "the way up from it comes back to itself";
    assert_eq!(
        errors,
        [
            format!("line 3, column `Parent`: {why}"),
            format!("line 6, column `Parent`: {why}")
        ]
    );
}

#[test]
fn errors_come_in_the_order_of_the_file_whenever_they_were_found() {
    let errors = refused(Kind::Equipment, b"Code;Name;Parent\nA;a;A\nB;;\n");

    assert!(
        errors[0].starts_with("line 2,") && errors[1].starts_with("line 3,"),
        "{errors:?}"
    );
}

#[test]
fn a_label_that_is_not_known_is_told_with_those_that_are() {
    let errors = refused(Kind::WorkOrders, "Title;Priorité\nx;demain\n".as_bytes());

    assert_eq!(
        errors,
        [
            "line 2, column `Priorité`: `demain` is not known here; one of: urgente / urgent, \
          haute / high, moyenne / medium, basse / low"
        ]
    );
}

#[test]
fn rows_that_contradict_themselves_are_refused() {
    let plan = "Code;Name;Equipment;Every;Unit;Anchor;Level;Meter;Step;Parts\n";
    let item = "Code;Name;Id;Label;Type;Min;Warn min;Warn max;Max;Choices;On fail\n";
    let cases = [
        (
            Kind::Parts,
            "Reference;Name;Min;Max\nA;a;5;4\n".to_owned(),
            "Max",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;0;day;2026-01-01;;;;\n"),
            "Every",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1,5;day;2026-01-01;;;;\n"),
            "Every",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;-1;day;2026-01-01;;;;\n"),
            "Every",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;;day;2026-01-01;;;;\n"),
            "Every",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;;2026-01-01;;;;\n"),
            "Unit",
        ),
        (Kind::Plans, format!("{plan}P;p;E;1;day;;;;;\n"), "Anchor"),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;2;;;\n"),
            "Level",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;h;;\n"),
            "Step",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;h;0;\n"),
            "Step",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;;5;\n"),
            "Meter",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;;;6205\n"),
            "Parts",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;;;6205:0\n"),
            "Parts",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;;;6205:-1\n"),
            "Parts",
        ),
        (
            Kind::Plans,
            format!("{plan}P;p;E;1;day;2026-01-01;;;;A:1|A:2\n"),
            "Parts",
        ),
        (
            Kind::Equipment,
            "Code;Name;Meter\nA;a;h:h\n".to_owned(),
            "Meter",
        ),
        (
            Kind::Equipment,
            "Code;Name;Meter\nA;a;h:h:often\n".to_owned(),
            "Meter",
        ),
        (
            Kind::Equipment,
            "Code;Name;Meter\nA;a;h:h:gauge|h:m:gauge\n".to_owned(),
            "Meter",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;number;5;;;4;;\n"),
            "Max",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;number;5;4;;;;\n"),
            "Warn min",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;text;5;;;;;\n"),
            "Min",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;one_of;;;;;;\n"),
            "Choices",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;text;;;;;a|b;\n"),
            "Choices",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;text;;;;;;burn\n"),
            "On fail",
        ),
        (
            Kind::Checklists,
            format!("{item}C;c;1;x;text;;;;;;\nC;d;2;x;text;;;;;;\n"),
            "Name",
        ),
        (
            Kind::Checklists,
            format!("{item}C;;1;x;text;;;;;;\n"),
            "Name",
        ),
        (
            Kind::StockLevels,
            "Part;Store;Quantity\nA;M;-1\n".to_owned(),
            "Quantity",
        ),
        (
            Kind::StockLevels,
            "Part;Store;Quantity\nA;M;\n".to_owned(),
            "Quantity",
        ),
        (
            Kind::StockLevels,
            "Part;Store;Quantity;PU\nA;M;1;-1\n".to_owned(),
            "PU",
        ),
        (Kind::WorkOrders, "Title;Hours\nA;-1\n".to_owned(), "Hours"),
        (
            Kind::WorkOrders,
            "Title;Due\nA;31/02/2026\n".to_owned(),
            "Due",
        ),
    ];
    for (kind, file, name) in cases {
        assert_eq!(refusal(kind, &file).1, name, "{file}");
    }
}
