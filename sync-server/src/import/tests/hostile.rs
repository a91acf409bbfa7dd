//! Whatever the bytes, the answer is rows or errors.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::import::records::Records;
use crate::import::{ERRORS_MAX, Kind, Mapping, fields, parse};

fn any_kind() -> impl Strategy<Value = Kind> {
    proptest::sample::select(Kind::ALL.to_vec())
}

/// Cells that are nearly right: what people and attackers write.
fn any_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\\n\\r\"é€\\u{202e}\\u{0}]{0,12}",
        "-?[0-9 ]{0,20}[.,]?[0-9]{0,8}",
        "[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}",
        proptest::sample::select(vec![
            "urgente",
            "en cours",
            "mois",
            "oui",
            "nombre",
            "choix",
            "A",
            "a:b:jauge",
            "x:1|y:2",
        ])
        .prop_map(str::to_owned),
    ]
}

proptest! {
    #[test]
    fn arbitrary_bytes_give_rows_or_errors(kind in any_kind(), bytes in vec(any::<u8>(), 0..600)) {
        if let Err(errors) = parse(kind, &bytes, &Mapping::default()) {
            prop_assert!(!errors.is_empty() && errors.len() <= ERRORS_MAX + 1);
        }
    }

    /// With a right header, so that the bytes reach the readers of the kinds.
    #[test]
    fn arbitrary_rows_under_a_right_header_give_rows_or_errors(
        kind in any_kind(),
        rows in vec(vec(any_cell(), 17), 1..6),
        broken in vec(any::<u8>(), 0..40),
    ) {
        let names: Vec<&str> = fields(kind).iter().map(|field| field.name).collect();
        let mut file = names.join(";").into_bytes();
        for row in &rows {
            file.push(b'\n');
            file.extend(row[..names.len()].join(";").into_bytes());
        }
        file.extend(&broken);

        if let Err(errors) = parse(kind, &file, &Mapping::default()) {
            prop_assert!(!errors.is_empty());
        }
    }

    /// What is written by the book is read back, and each row knows its physical line.
    #[test]
    fn quoted_cells_come_back_with_their_line(
        rows in vec(vec("[a;,\"\\né ]{0,8}", 1..5), 1..8),
        end in proptest::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
        let (mut file, mut lines, mut line) = (String::new(), Vec::new(), 1);
        for row in &rows {
            lines.push(line);
            line += 1 + row.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
            let cells: Vec<String> = row.iter().map(quoted).collect();
            file.push_str(&cells.join(";"));
            file.push('\n');
        }
        let file = file.replace('\n', end);

        let records: Vec<_> = Records::new(&file, ';').collect();

        let read: Vec<&Vec<String>> = records.iter().map(|record| &record.cells).collect();
        prop_assert_eq!(read, rows.iter().collect::<Vec<_>>());
        let starts: Vec<u64> = records.iter().map(|record| record.line).collect();
        prop_assert_eq!(starts, lines);
    }
}
