//! A few replicas of one document, edited apart and brought together.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    document::{Conflict, Document, Stamp, schema},
    error::Error,
    model::{DocumentId, Incarnation, Kind, PersonId, Rank, Timestamp},
};

/// The time of every case's first edit.
pub const T0: i64 = 1_700_000_000_000;

pub fn id(n: u128) -> DocumentId {
    DocumentId(Uuid::from_u128(n))
}

pub fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp(T0 + ms)
}

/// A technician's stamp.
pub fn field(by: u128, ms: i64) -> Stamp {
    Stamp {
        by: person(by),
        rank: Rank::Field,
        at: at(ms),
    }
}

/// A supervisor's or planner's stamp.
pub fn office(by: u128, ms: i64) -> Stamp {
    Stamp {
        rank: Rank::Office,
        ..field(by, ms)
    }
}

/// The codes of conflicts, in order.
pub fn codes(conflicts: &[Conflict]) -> Vec<&str> {
    conflicts
        .iter()
        .map(|conflict| conflict.code.as_str())
        .collect()
}

/// Replicas of one document.
pub struct Fleet<T> {
    replicas: Vec<Document>,
    read: fn(&Document) -> Result<T, Error>,
}

impl<T: PartialEq + Debug + Serialize + DeserializeOwned> Fleet<T> {
    /// `count` replicas that all hold what `base` wrote, or nothing of it.
    pub fn new(
        kind: Kind,
        name: DocumentId,
        count: u8,
        read: fn(&Document) -> Result<T, Error>,
        base: impl FnOnce(&mut Document),
    ) -> Self {
        let mut first = Document::new(name, kind);
        first.act_as(Incarnation(Uuid::from_u128(100)));
        base(&mut first);
        first.commit(at(0));
        let saved = first.save();
        let replica = |n| {
            let mut copy = Document::load(name, kind, Some(&saved), []).unwrap();
            copy.act_as(Incarnation(Uuid::from_u128(200 + u128::from(n))));
            copy
        };
        Self {
            replicas: (0..count).map(replica).collect(),
            read,
        }
    }

    /// Edits one replica; what was written becomes one change.
    pub fn edit(&mut self, replica: usize, edit: impl FnOnce(&mut Document)) -> &mut Self {
        edit(&mut self.replicas[replica]);
        self.replicas[replica].commit(at(0));
        self
    }

    /// Brings everything one replica has to another.
    pub fn deliver(&mut self, from: usize, to: usize) -> &mut Self {
        let changes = self.changes(from);
        apply(&mut self.replicas[to], &changes);
        self
    }

    /// What one replica reads now.
    pub fn see(&self, replica: usize) -> T {
        (self.read)(&self.replicas[replica]).unwrap()
    }

    /// Delivers everything everywhere, in every rotation and backwards, with
    /// and without a save in between, and gives what all of them read.
    pub fn settle(&mut self) -> T {
        let changes: Vec<_> = (0..self.replicas.len()).map(|n| self.changes(n)).collect();
        let mut ends = Vec::new();
        for (n, replica) in self.replicas.iter().enumerate() {
            for backwards in [false, true] {
                let mut copy = replica.clone();
                for step in 0..changes.len() {
                    let turn = if backwards {
                        changes.len() - step
                    } else {
                        step
                    };
                    let from = (n + turn) % changes.len();
                    apply(&mut copy, &changes[from]);
                    copy = reload(&mut copy);
                }
                ends.push(copy);
            }
        }
        let mut fresh = Document::new(self.replicas[0].id(), self.replicas[0].kind());
        let mut all = changes.concat();
        all.reverse();
        apply(&mut fresh, &all);
        ends.push(fresh);

        let heads = ends[0].heads();
        let expected = (self.read)(&ends[0]).unwrap();
        for end in &mut ends {
            assert_eq!(end.heads(), heads, "heads differ");
            assert_eq!((self.read)(end).unwrap(), expected, "reads differ");
            assert_eq!((self.read)(&reload(end)).unwrap(), expected, "after a save");
        }
        for entry in ends[0].entries().history() {
            let group = schema::judge(ends[0].kind(), entry);
            assert!(group.is_ok(), "the guard refuses {}: {group:?}", entry.key);
        }
        let json = serde_json::to_string(&expected).unwrap();
        assert_eq!(
            serde_json::from_str::<T>(&json).unwrap(),
            expected,
            "views read back what was written"
        );
        for replica in &mut self.replicas {
            apply(replica, &changes.concat());
        }
        expected
    }

    fn changes(&mut self, replica: usize) -> Vec<Vec<u8>> {
        let changes = self.replicas[replica].changes_since(&[]);
        changes
            .iter()
            .map(|change| change.raw_bytes().to_vec())
            .collect()
    }
}

fn apply(document: &mut Document, changes: &[Vec<u8>]) {
    document.apply(changes.iter().map(Vec::as_slice)).unwrap();
}

fn reload(document: &mut Document) -> Document {
    let saved = document.save();
    Document::load(document.id(), document.kind(), Some(&saved), []).unwrap()
}
