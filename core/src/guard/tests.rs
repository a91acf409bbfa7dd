//! The chunk reader's numbers, against the library that wrote them.

use automerge::Change;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    document::{Document, Stamp, work_order},
    model::{DocumentId, Incarnation, Kind, PersonId, Rank, Timestamp},
};

fn honest(text: &str, seconds: i64) -> Option<Vec<u8>> {
    let mut document = Document::new(DocumentId(Uuid::from_u128(9)), Kind::WorkOrder);
    document.act_as(Incarnation(Uuid::from_u128(1)));
    let at = Timestamp(Timestamp::MIN.0 + seconds * 1000);
    let stamp = Stamp {
        by: PersonId(Uuid::from_u128(2)),
        rank: Rank::Field,
        at,
    };
    work_order::comment(&mut document, text, &stamp).ok()?;
    document.set_text("description", text, &stamp).ok()?;
    Some(document.commit(at)?.bytes)
}

proptest! {
    #[test]
    fn every_honest_change_parses_to_what_was_written(
        text in "\\PC{1,300}",
        seconds in 0..6_000_000_000_i64,
    ) {
        let Some(bytes) = honest(&text, seconds) else {
            return Ok(());
        };

        let parsed = parse(&bytes, &Limits::default()).unwrap();

        let change = Change::try_from(&bytes[..]).unwrap();
        prop_assert_eq!(parsed.bytes(), &bytes[..]);
        prop_assert_eq!(parsed.hash().0, change.hash().0);
        prop_assert_eq!(parsed.time().0, Timestamp::MIN.0 + seconds * 1000);
        prop_assert_eq!(parsed.operations.len(), change.len());
        // The limit counts exactly the operations there are.
        let limits = |ops_max| Limits { ops_max, ..Limits::default() };
        prop_assert!(parse(&bytes, &limits(change.len())).is_ok());
        let refusal = parse(&bytes, &limits(change.len() - 1)).unwrap_err();
        prop_assert_eq!(refusal.code, RefusalCode::TooManyOperations);
    }

    #[test]
    fn no_bytes_behind_a_valid_header_make_the_reader_fail(
        body in proptest::collection::vec(any::<u8>(), 0..400),
        kind in 0_u8..5,
    ) {
        let mut hashed = vec![kind];
        hashed.push(u8::try_from(body.len() & 0x7f).unwrap() | 0x80);
        hashed.push(u8::try_from(body.len() >> 7).unwrap());
        hashed.extend(&body);
        let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83];
        bytes.extend(&<sha2::Sha256 as sha2::Digest>::digest(&hashed)[..4]);
        bytes.extend(hashed);

        let parsed = parse(&bytes, &Limits::default());

        prop_assert!(parsed.is_err());
    }
}
