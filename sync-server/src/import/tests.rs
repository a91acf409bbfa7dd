//! What an import promises, shown on small files. One file per promise.
//!
//! **Invariant**: no test reads a clock or a network; the real export is read where it is present.

mod detection;
mod excavators;
mod faults;
mod hostile;
mod kinds;
mod plant;
mod refusals;
mod values;

use super::{Kind, Mapping, Reason, Rows, Table, parse};

/// Reads a file that must be right.
fn read(kind: Kind, file: &str) -> Table {
    parse(kind, file.as_bytes(), &Mapping::default()).unwrap_or_else(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("refused:\n{}", told.join("\n"))
    })
}

/// Reads a file that must be wrong; gives its errors as they are shown.
fn refused(kind: Kind, file: &[u8]) -> Vec<String> {
    let errors = parse(kind, file, &Mapping::default()).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}

/// Reads a file that must be wrong in one way.
fn refusal(kind: Kind, file: &str) -> (u64, String, Reason) {
    let errors = parse(kind, file.as_bytes(), &Mapping::default()).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = errors.into_iter().next().unwrap();
    (error.line, error.column, error.reason)
}

/// The rows of one kind, or a failed test.
macro_rules! rows {
    ($table:expr, $kind:ident) => {
        match $table.rows {
            $crate::import::Rows::$kind(rows) => rows,
            other => panic!("other rows: {other:?}"),
        }
    };
}
use rows;

#[test]
fn every_kind_documents_its_fields_without_sharing_a_header() {
    use super::label::same_word;

    for kind in Kind::ALL {
        let fields = super::fields(kind);
        assert!(fields.iter().any(|field| field.required), "{kind}");
        for (at, field) in fields.iter().enumerate() {
            assert!(!field.about.is_empty(), "{kind} {}", field.name);
            for other in &fields[at + 1..] {
                let of = |field: &super::Field| {
                    [&[field.name], field.headers]
                        .concat()
                        .into_iter()
                        .collect::<Vec<_>>()
                };
                for (left, right) in of(field)
                    .iter()
                    .flat_map(|l| of(other).into_iter().map(move |r| (*l, r)))
                {
                    assert!(
                        !same_word(left, right),
                        "{kind}: `{left}` is {} and {}",
                        field.name,
                        other.name
                    );
                }
            }
        }
    }
}

#[test]
fn a_field_is_always_recognised_by_its_own_name() {
    for kind in Kind::ALL {
        for field in super::fields(kind) {
            assert!(field.recognises(field.name), "{kind} {}", field.name);
            assert!(
                field.recognises(&field.name.to_uppercase().replace('_', " ")),
                "{kind} {}",
                field.name
            );
        }
    }
}

#[test]
fn rows_are_counted_whatever_their_kind() {
    let table = read(Kind::Parts, "Référence;Nom\nA;Un\nB;Deux\n");

    assert_eq!(table.rows.count(), 2);
    assert!(matches!(table.rows, Rows::Parts(_)));
}
