//! Merges judged changes into a copy and looks whether the copy is sound: it
//! saves, loads to the same document, and can still be edited.
//!
//! The library has panicked, or saved bytes it could not load again, on changes
//! that looked right one by one (FAULTS.md, section 1).
//!
//! **Invariant**: whatever panicked is dropped; what comes back was saved and
//! loaded once and can be edited.

use automerge::{
    ActorId, AutoCommit, Change, ObjId, ROOT, ReadDoc, ScalarValue, transaction::Transactable,
};

use super::{Parsed, Refusal, RefusalCode, judge::Deeds};
use crate::{
    document::{Document, quietly},
    model::EntryId,
};

/// A judged change and what it does.
pub(super) type Judged<'a> = (&'a Parsed, Deeds);

/// Merges `changes` into `document`, or says what is wrong with them together.
///
/// No text that grew may be longer than `text_chars_max`.
pub(super) fn merge(
    document: Document,
    changes: &[Judged<'_>],
    text_chars_max: Option<usize>,
) -> Result<Document, Refusal> {
    let unsound = |what: &str| Refusal::because(RefusalCode::Unsound, what);
    quietly(|| attempt(document, changes, text_chars_max))
        .map_err(|_| unsound("panic"))?
        .map_err(|failure| match failure {
            Failure::Unsound(what) => unsound(what),
            Failure::TextLong => RefusalCode::TextLong.into(),
        })
}

enum Failure {
    Unsound(&'static str),
    TextLong,
}

fn attempt(
    mut merged: Document,
    changes: &[Judged<'_>],
    text_chars_max: Option<usize>,
) -> Result<Document, Failure> {
    let before = merged
        .entries_object()
        .map(|map| merged.crdt().length(&map))
        .ok_or(Failure::Unsound("entries"))?;
    let raw: Vec<Change> = changes
        .iter()
        .map(|(change, _)| change.change.clone())
        .collect();
    merged
        .crdt()
        .apply_changes(raw)
        .map_err(|_| Failure::Unsound("apply"))?;
    arrived(&mut merged, before, changes).map_err(Failure::Unsound)?;
    if text_chars_max.is_some_and(|max| a_text_grew_past(&mut merged, changes, max)) {
        return Err(Failure::TextLong);
    }
    let bytes = merged.crdt().save_nocompress();
    let mut loaded = AutoCommit::load(&bytes).map_err(|_| Failure::Unsound("load"))?;
    same(&mut merged, &mut loaded).map_err(Failure::Unsound)?;
    let actor = changes
        .last()
        .map(|(change, _)| change.change.actor_id().clone());
    let loaded = Document::around(merged.id(), merged.kind(), loaded);
    probe(loaded, actor).map_err(Failure::Unsound)?;
    Ok(merged)
}

/// Exactly the judged changes and entries came in, and none waits.
fn arrived(
    merged: &mut Document,
    before: usize,
    changes: &[Judged<'_>],
) -> Result<(), &'static str> {
    let all = changes
        .iter()
        .all(|(change, _)| merged.contains(&change.hash()));
    if !all || !merged.crdt().get_missing_deps(&[]).is_empty() {
        return Err("dependencies");
    }
    let map = merged.entries_object().ok_or("entries")?;
    let mut fresh = 0;
    for (id, bytes) in changes.iter().flat_map(|(_, deeds)| &deeds.entries) {
        fresh += 1;
        if !holds(merged, &map, *id, bytes) {
            return Err("entries");
        }
    }
    if merged.crdt().length(&map) != before + fresh {
        return Err("entries");
    }
    Ok(())
}

fn holds(merged: &mut Document, map: &ObjId, id: EntryId, bytes: &[u8]) -> bool {
    match merged.crdt().get(map, id.to_string()) {
        Ok(Some((automerge::Value::Scalar(scalar), _))) => {
            matches!(scalar.as_ref(), ScalarValue::Bytes(found) if found == bytes)
        }
        _ => false,
    }
}

fn a_text_grew_past(merged: &mut Document, changes: &[Judged<'_>], max: usize) -> bool {
    merged.text_objects().iter().any(|(text, object)| {
        let grown = |(_, deeds): &Judged<'_>| deeds.grown.contains(text.name);
        changes.iter().any(grown) && merged.crdt().length(object) > max
    })
}

/// Both have the same heads and say the same: the root, every entry, every text.
fn same(left: &mut Document, right: &mut AutoCommit) -> Result<(), &'static str> {
    if left.crdt().get_heads() != right.get_heads() {
        return Err("heads after loading");
    }
    let map = left.entries_object().ok_or("entries")?;
    let texts = left.text_objects();
    let left = left.crdt();
    if !(same_map(left, right, &ROOT) && same_map(left, right, &map)) {
        return Err("values after loading");
    }
    for (_, object) in &texts {
        if left.text(object).ok() != right.text(object).ok()
            || left.length(object) != right.length(object)
        {
            return Err("texts after loading");
        }
    }
    Ok(())
}

/// The map holds the same keys, from the same operations, with the same values.
pub(super) fn same_map(left: &AutoCommit, right: &AutoCommit, map: &ObjId) -> bool {
    let mut theirs = right.map_range(map, ..);
    let all = left.map_range(map, ..).all(|ours| {
        theirs.next().is_some_and(|theirs| {
            ours.key == theirs.key
                && ours.value == theirs.value
                && ours.conflict == theirs.conflict
                && ours.id() == theirs.id()
        })
    });
    all && theirs.next().is_none()
}

/// Edits a loaded copy as a new actor, then as the changes' own.
fn probe(mut copy: Document, own: Option<ActorId>) -> Result<(), &'static str> {
    let map = copy.entries_object().ok_or("entries after loading")?;
    let texts = copy.text_objects();
    let crdt = copy.crdt();
    crdt.set_actor(ActorId::from([0xff; 16]));
    for (_, text) in &texts {
        let end = crdt.length(text);
        crdt.splice_text(text, end, 0, "x")
            .and_then(|()| crdt.splice_text(text, 0, 1, ""))
            .map_err(|_| "edit after loading")?;
    }
    crdt.put(&map, "new", ScalarValue::Null)
        .map_err(|_| "write after loading")?;
    crdt.commit().ok_or("commit after loading")?;
    if let Some(own) = own {
        crdt.set_actor(own);
        crdt.put(&map, "own", ScalarValue::Null)
            .map_err(|_| "write after loading")?;
        crdt.commit().ok_or("commit after loading")?;
    }
    Ok(())
}
