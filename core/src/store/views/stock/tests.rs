use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{
    document::{
        Document, Stamp,
        part::Store as Place,
        stock_movement::{Line, Posted, post, reversal, reversal_id},
    },
    model::{Incarnation, PersonId, Rank, Timestamp},
    store::{Durability, Store, documents},
};

const T0: i64 = 1_700_000_000_000;

fn stamp() -> Stamp {
    Stamp {
        by: PersonId(Uuid::from_u128(7)),
        rank: Rank::Field,
        at: Timestamp(T0),
    }
}

fn posted(choice: u8, quantity: i64, at: i64) -> Posted {
    let a = || Some(Place("A".into()));
    let b = || Some(Place("B".into()));
    let (kind, from, to) = match choice {
        0 => (MovementKind::Entry, None, a()),
        1 => (MovementKind::Issue, a(), None),
        2 => (MovementKind::Transfer, a(), b()),
        _ => (MovementKind::Adjustment, None, a()),
    };
    Posted {
        kind,
        lines: vec![Line {
            part: DocumentId(Uuid::from_u128(50)),
            quantity: Quantity::whole(quantity).unwrap(),
            from,
            to,
            unit_cost: None,
        }],
        work_order: None,
        person: stamp().by,
        at: Timestamp(T0 + at),
        reason: None,
        reverses: None,
    }
}

fn document(id: DocumentId, posted: &Posted) -> Document {
    let mut document = Document::new(id, Kind::StockMovement);
    document.act_as(Incarnation(Uuid::from_u128(9)));
    post(&mut document, posted, &stamp()).unwrap();
    document.commit(stamp().at).unwrap();
    document
}

/// What the view says after these documents arrived in this order.
fn shown(documents: &[Document]) -> BTreeMap<(DocumentId, String), Quantity> {
    let folder = tempfile::tempdir().unwrap();
    let mut store = Store::open(&folder.path().join("r.sqlite"), Durability::Derived).unwrap();
    let levels = store
        .write(|tx| {
            for document in documents {
                documents::put_whole(tx, &mut document.clone())?;
            }
            levels(tx, None)
        })
        .unwrap();
    let levels = levels.into_iter();
    levels
        .map(|level| ((level.part, level.store), level.quantity))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_view_says_what_the_documents_say_in_any_order_of_arrival(
        moves in prop::collection::vec((0..4_u8, 1..9_i64, 0..30_i64, any::<bool>()), 1..8),
        turn in 0..16_usize,
    ) {
        let mut documents = Vec::new();
        for (n, (choice, quantity, at, reversed)) in (100..).zip(moves) {
            let movement = document(DocumentId(Uuid::from_u128(n)), &posted(choice, quantity, at));
            if reversed {
                let read = StockMovement::read(&movement).unwrap();
                let posted = reversal(&read, "erreur", &stamp()).unwrap();
                documents.push(document(reversal_id(movement.id()), &posted));
            }
            documents.push(movement);
        }
        let read: Vec<_> = documents
            .iter()
            .map(|document| StockMovement::read(document).unwrap())
            .collect();
        let folded: BTreeMap<_, _> = stock_movement::levels(&read)
            .into_iter()
            .map(|((part, store), level)| ((part, store.0), level))
            .collect();
        let mut turned = documents.clone();
        turned.rotate_left(turn % documents.len());

        prop_assert_eq!(&shown(&documents), &folded);
        prop_assert_eq!(&shown(&turned), &folded);
    }
}
