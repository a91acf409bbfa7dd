//! A file, header or row that is not built as it must be is told with its line, and nothing is
//! imported.

use super::{read, refusal, refused, rows};
use crate::import::{ERRORS_MAX, FILE_BYTES_MAX, Kind, Mapping, ROWS_MAX, Reason, parse};

#[test]
fn every_fault_of_a_file_is_told_at_once() {
    let file = "Reference,Name,Min,Decimals\nA,,-1,0\nB,Belt,x,9\nA,Belt,1\n,Nut,\"0,5\",\n";

    assert_eq!(
        refused(Kind::Parts, file.as_bytes()),
        [
            "line 2, column `Name`: must not be empty",
            "line 2, column `Min`: must not be negative",
            "line 3, column `Decimals`: must be between 0 and 6",
            "line 3, column `Min`: `x` is not a number (write 1234,5 or 1234.5)",
            "line 4: 3 fields where the header has 4",
            "line 5, column `Reference`: must not be empty",
            "line 5, column `Min`: has more than 0 decimals",
        ]
    );
}

#[test]
fn lines_are_physical_past_empty_lines_and_breaks_inside_quotes() {
    for end in ["\n", "\r\n", "\r"] {
        let file =
            "Title,Due\n\n\"two\nlines\",2026-01-01\n,,\n\"three\n\nlines\",never\nlast,never\n";
        let file = file.replace('\n', end);

        let errors = parse(Kind::WorkOrders, file.as_bytes(), &Mapping::default()).unwrap_err();

        let lines: Vec<u64> = errors.iter().map(|error| error.line).collect();
        assert_eq!(lines, [6, 9], "{end:?}");
    }
}

#[test]
fn a_line_break_in_a_title_becomes_a_space() {
    let orders = rows!(
        read(Kind::WorkOrders, "Title\n\"Leak \r\n at pump\"\n"),
        WorkOrders
    );

    assert_eq!(orders[0].title, "Leak at pump");
}

#[test]
fn a_file_without_a_header_or_without_rows_is_empty() {
    for file in ["", "\n\n", " ;;\r\n", "\u{feff}"] {
        assert_eq!(refusal(Kind::Plans, file).2, Reason::EmptyFile, "{file:?}");
    }
    assert_eq!(refusal(Kind::WorkOrders, "Title\n\n;;\n").2, Reason::NoRows);

    let late = |before: usize| format!("{}Title\nx\n", "\n".repeat(before));
    read(Kind::WorkOrders, &late(999));
    assert_eq!(refusal(Kind::WorkOrders, &late(1_000)).2, Reason::EmptyFile);
}

#[test]
fn a_missing_column_is_told_with_its_headers() {
    let errors = refused(Kind::Parts, b"Reference;Price\nA;1\n");

    assert_eq!(
        errors,
        [
            "line 1, column `name`: no column for it; add one of: Désignation, Nom, Libellé, \
          Designation, Description, or say --map name=Column"
        ]
    );
}

#[test]
fn a_row_as_long_as_its_header_is_the_only_right_one() {
    for (row, found) in [("A;Belt", 2), ("A;Belt;u;x", 4), ("A;Belt;u;", 4)] {
        let file = format!("Reference;Name;Unit\n{row}\n");

        let (line, column, reason) = refusal(Kind::Parts, &file);

        assert_eq!((line, column.as_str()), (2, ""));
        assert_eq!(reason, Reason::FieldCount { expected: 3, found });
    }
}

#[test]
fn a_row_of_a_thousand_cells_is_counted_not_skipped() {
    let file = format!("Reference;Name\n{}A\n", ";".repeat(1_000));

    let reason = refusal(Kind::Parts, &file).2;

    assert_eq!(
        reason,
        Reason::FieldCount {
            expected: 2,
            found: 1_001
        }
    );
}

#[test]
fn a_header_of_a_thousand_columns_is_refused() {
    let file = format!("Reference;Name{}\n", ";x".repeat(1_000));

    assert_eq!(refusal(Kind::Parts, &file).2, Reason::TooManyColumns(512));
}

#[test]
fn quotes_must_close_and_stand_alone() {
    let unclosed = refusal(Kind::Parts, "Reference;Name\nA;Belt\nB;\"Belt\nC;Nut\n");
    assert_eq!((unclosed.0, unclosed.2), (3, Reason::UnclosedQuote));

    let after = refusal(Kind::Parts, "Reference;Name\nA;\"6205\" SKF\n");
    assert_eq!((after.0, after.2), (2, Reason::TextAfterQuote));

    let header = refusal(Kind::Parts, "Reference;\"Name\nA;Belt\n");
    assert_eq!((header.0, header.2), (1, Reason::UnclosedQuote));
}

#[test]
fn quotes_inside_a_value_are_kept() {
    let parts = rows!(
        read(
            Kind::Parts,
            "Reference;Name\nA;\"Tube 1/2\"\"\"\nB;Tube 3/4\"\n"
        ),
        Parts
    );

    assert_eq!(parts[0].name, "Tube 1/2\"");
    assert_eq!(parts[1].name, "Tube 3/4\"");
}

#[test]
fn characters_that_hide_or_reorder_are_refused_in_every_column() {
    for c in [
        '\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}',
    ] {
        let (line, column, reason) = refusal(Kind::WorkOrders, &format!("Title;Other\nok;a{c}b\n"));
        assert_eq!((line, column.as_str()), (2, "Other"));
        assert_eq!(reason, Reason::ForbiddenCharacter(c.into()));

        let (line, column, reason) = refusal(Kind::WorkOrders, &format!("Title;x{c}\nok;a\n"));
        assert_eq!((line, column.as_str()), (1, "x\u{fffd}"));
        assert_eq!(reason, Reason::ForbiddenCharacter(c.into()));
    }
}

#[test]
fn errors_past_the_thousandth_are_counted() {
    let rows = "x;never\n".repeat(ERRORS_MAX + 37);

    let errors = refused(Kind::WorkOrders, format!("Title;Due\n{rows}").as_bytes());

    assert_eq!(errors.len(), ERRORS_MAX + 1);
    assert_eq!(errors[ERRORS_MAX], "and 37 more errors");
    assert!(errors[0].starts_with("line 2,") && errors[ERRORS_MAX - 1].starts_with("line 1001,"));
}

#[test]
fn a_file_of_too_many_rows_or_bytes_is_refused() {
    let rows = "x\n".repeat(ROWS_MAX);
    read(Kind::WorkOrders, &format!("Title\n{rows}"));

    let (line, _, reason) = refusal(Kind::WorkOrders, &format!("Title\n{rows}y\n"));
    assert_eq!((line, reason), (200_002, Reason::TooManyRows));

    let large = vec![b'x'; FILE_BYTES_MAX + 1];
    assert_eq!(
        refused(Kind::WorkOrders, &large),
        ["the file is larger than 64 MiB"]
    );
}
