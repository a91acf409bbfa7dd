//! Changes written again under another actor, word for word.
//!
//! When two copies of one replica both went on writing, the relay keeps the
//! changes it saw first; the other copy's changes carry the same actor and
//! numbers and can never be merged. What they *say* is not in conflict: the
//! same operations under a fresh actor merge like any concurrent edit.
//!
//! **Invariant**: operations, times and causal order stay as they were; only
//! the actor, its numbering and the hashes that follow from them change.

use std::{collections::BTreeMap, ops::Range};

use automerge::{
    ActorId, Change, ChangeHash as Hash, ExpandedChange,
    legacy::{ElementId, Key, ObjectId, OpId},
};

use super::NewChange;
use crate::{
    error::Error,
    model::{ChangeHash, Incarnation},
};

/// The hashes a change depends on.
///
/// # Errors
///
/// [`Error::Damaged`] when the bytes are not one change.
pub fn dependencies(bytes: &[u8]) -> Result<Vec<ChangeHash>, Error> {
    Ok(parse(bytes)?
        .deps()
        .iter()
        .map(|dep| ChangeHash(dep.0))
        .collect())
}

/// Rewrites `changes` (in causal order, of one document, all by earlier lives of
/// one replica) so that they are written by `to`, numbered from `sequence` on.
///
/// # Errors
///
/// [`Error::Damaged`] when bytes are not a change.
pub fn reauthor(
    changes: &[NewChange],
    to: Incarnation,
    mut sequence: u64,
) -> Result<Vec<NewChange>, Error> {
    let new = ActorId::from(to.bytes());
    // Which operations these changes made: those of the same actors before them
    // stand under their old names.
    let mut made = BTreeMap::<ActorId, Vec<Range<u64>>>::new();
    let mut renamed = BTreeMap::<Hash, Hash>::new();
    let mut rewritten = Vec::with_capacity(changes.len());
    for change in changes {
        let mut expanded: ExpandedChange = parse(&change.bytes)?.decode();
        let first = expanded.start_op.get();
        made.entry(expanded.actor_id.clone())
            .or_default()
            .push(first..first + expanded.operations.len() as u64);
        expanded.actor_id = new.clone();
        expanded.seq = sequence;
        sequence += 1;
        let rename = |id: &OpId| {
            let ours = made.get(&id.1).into_iter().flatten();
            match ours.into_iter().any(|range| range.contains(&id.0)) {
                true => OpId(id.0, new.clone()),
                false => id.clone(),
            }
        };
        for op in &mut expanded.operations {
            if let ObjectId::Id(id) = &mut op.obj {
                *id = rename(id);
            }
            if let Key::Seq(ElementId::Id(id)) = &mut op.key {
                *id = rename(id);
            }
            op.pred = op.pred.iter().map(rename).collect();
        }
        for dep in &mut expanded.deps {
            *dep = renamed.get(dep).copied().unwrap_or(*dep);
        }
        expanded.deps.sort_unstable();
        expanded.hash = None;
        let again = Change::from(expanded);
        renamed.insert(Hash(change.hash.0), again.hash());
        rewritten.push(NewChange {
            hash: ChangeHash(again.hash().0),
            bytes: again.raw_bytes().to_vec(),
        });
    }
    Ok(rewritten)
}

fn parse(bytes: &[u8]) -> Result<Change, Error> {
    super::quietly(|| Change::try_from(bytes))
        .map_err(|panic| Error::Damaged("change", panic.into()))?
        .map_err(|cause| Error::Damaged("change", cause.into()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        document::{Document, Stamp, work_order},
        model::{DocumentId, Kind, PersonId, Rank, Timestamp},
    };

    fn life(n: u128) -> Incarnation {
        Incarnation(Uuid::from_u128(n))
    }

    fn comment(document: &mut Document, text: &str, at: i64) -> NewChange {
        let stamp = Stamp {
            by: PersonId(Uuid::from_u128(7)),
            rank: Rank::Field,
            at: Timestamp(1_800_000_000_000 + at),
        };
        work_order::comment(document, text, &stamp).unwrap();
        document.set_text("description", text, &stamp).unwrap();
        document.commit(stamp.at).unwrap()
    }

    #[test]
    fn two_copies_that_went_on_writing_end_with_everything_both_wrote() {
        let mut first = Document::new(DocumentId(Uuid::from_u128(1)), Kind::WorkOrder);
        first.act_as(life(1));
        comment(&mut first, "avant", 0);
        let mut second = first.clone();
        let kept = [comment(&mut first, "un", 1), comment(&mut first, "deux", 2)];
        let forked = [
            comment(&mut second, "trois", 3),
            comment(&mut second, "trois, quatre", 4),
        ];

        let again = reauthor(&forked, life(2), 1).unwrap();
        first
            .apply(again.iter().map(|change| change.bytes.as_slice()))
            .unwrap();

        let said: Vec<_> = first
            .entries()
            .under("comment")
            .map(|(key, _)| key.to_owned())
            .collect();
        assert_eq!(said.len(), 5);
        assert!(
            kept.iter()
                .chain(&again)
                .all(|change| first.contains(&change.hash))
        );
        assert!(first.text("description").contains("quatre"));
        let saved = first.save();
        let mut loaded = Document::load(first.id(), Kind::WorkOrder, Some(&saved), []).unwrap();
        assert_eq!(loaded.heads(), first.heads());
    }
}
