//! What an import writes and what it leaves alone, against a real site.

mod levels;
mod machines;
mod orders;
mod plans;

use ronde_core::{
    document::{Document, Stamp},
    model::{DocumentId, Kind, PersonId, Rank},
    store::views,
};

use super::{Report, Source, import};
use crate::{
    fixture::{Plant, plant},
    import::{self as table, Mapping},
    site::desk::Edit,
};

/// Imports a file into NORD.
fn imported(plant: &Plant, kind: table::Kind, csv: &str) -> Report {
    let site = plant.site("NORD");
    let mailbox = plant.relay.mailbox(&site).unwrap();
    let source = Source {
        kind,
        bytes: csv.as_bytes(),
        mapping: &Mapping::default(),
    };
    import(&site, &mailbox, plant.relay.world.now(), source, false).unwrap()
}

/// Imports a file that must be right; how many documents it made, changed and
/// left alone.
fn counts(plant: &Plant, kind: table::Kind, csv: &str) -> (usize, usize, usize) {
    let report = imported(plant, kind, csv);
    assert_eq!(report.errors, []);
    (report.created, report.updated, report.kept)
}

/// Imports a file that must be wrong; what it says, and that nothing was
/// written.
fn faults(plant: &Plant, kind: table::Kind, csv: &str) -> Vec<String> {
    let before = plant.site("NORD").head();
    let report = imported(plant, kind, csv);
    assert_eq!(plant.site("NORD").head(), before);
    assert_eq!((report.created, report.updated), (0, 0));
    let told = |fault: &super::Fault| format!("{} {}: {}", fault.line, fault.column, fault.reason);
    report.errors.iter().map(told).collect()
}

/// Every living record of a kind.
fn records<R: serde::de::DeserializeOwned>(plant: &Plant, kind: Kind) -> Vec<R> {
    let site = plant.site("NORD");
    site.reading(|tx, _| views::records(tx, kind)).unwrap()
}

/// Writes as somebody in the field would.
fn somebody(
    plant: &Plant,
    kind: Kind,
    id: DocumentId,
    write: impl FnOnce(&mut Document, &Stamp) -> Result<(), ronde_core::Error> + Send + 'static,
) {
    let site = plant.site("NORD");
    let edit = Edit {
        id,
        kind,
        write: Box::new(move |document, stamp| {
            let stamp = Stamp {
                by: PersonId(uuid::Uuid::from_u128(7)),
                rank: Rank::Field,
                at: stamp.at,
            };
            write(document, &stamp)
        }),
    };
    let mailbox = plant.relay.mailbox(&site).unwrap();
    mailbox.write_blocking(vec![edit]).unwrap();
}

#[test]
fn a_dry_run_says_the_same_and_writes_nothing() {
    let plant = plant();
    let site = plant.site("NORD");
    let mailbox = plant.relay.mailbox(&site).unwrap();
    let source = Source {
        kind: table::Kind::Parts,
        bytes: b"Reference,Name,Colour\nA-1,Belt,red\n",
        mapping: &Mapping::default(),
    };
    let before = site.head();

    let dry = import(&site, &mailbox, plant.relay.world.now(), source, true).unwrap();

    assert_eq!((site.head(), dry.dry_run), (before, true));
    let wet = import(&site, &mailbox, plant.relay.world.now(), source, false).unwrap();
    assert_eq!(
        Report {
            dry_run: false,
            ..dry
        },
        wet
    );
    assert_eq!(
        (wet.rows, wet.created, wet.ignored),
        (1, 1, vec!["Colour".to_owned()])
    );
    assert_eq!(site.head().seq, before.seq + 1);
}
