//! Comparing what a device holds with what its window should hold.
//!
//! Needed after the relay was restored, and to repair what must never happen:
//! 256 sums find the buckets that differ, and those are listed in full.
//!
//! **Invariant**: the device ends with the union of both sides; nothing either
//! side has is dropped.

use std::collections::{BTreeMap, BTreeSet};

use ronde_core::{
    Error,
    document::Document,
    model::{ChangeHash, DocumentId},
    store::{Tx, documents},
    wire::{Differ, Digest, Frame, Holding, Holdings, Item, Repair, bucket},
};

use super::{Asked, Current};
use crate::site::{Site, feed};

pub(super) fn answer(site: &Site, current: &Current, asked: Asked) -> Result<Frame, Error> {
    let window = current.channels();
    site.reading(|tx, _| match asked {
        Asked::Sums(theirs) => Ok(Frame::Differ(differ(tx, &window, &theirs)?)),
        Asked::Holdings(holdings) => Ok(Frame::Repair(repair(tx, &window, &holdings)?)),
    })
}

fn differ(tx: &Tx<'_>, window: &BTreeSet<String>, theirs: &[Digest]) -> Result<Differ, Error> {
    let mut ours = vec![Digest::default(); 256];
    for tracked in feed::held(tx, window)? {
        let sum = &mut ours[usize::from(bucket(tracked.id))];
        *sum = sum.plus(tracked.digest);
    }
    let buckets = (0..=u8::MAX).filter(|bucket| {
        let place = usize::from(*bucket);
        theirs.get(place) != Some(&ours[place])
    });
    Ok(Differ {
        buckets: buckets.collect(),
        head: feed::applied(tx)?,
    })
}

fn repair(tx: &Tx<'_>, window: &BTreeSet<String>, theirs: &Holdings) -> Result<Repair, Error> {
    let listed: BTreeMap<DocumentId, &Holding> =
        theirs.documents.iter().map(|it| (it.id, it)).collect();
    let mut repair = Repair::default();
    for tracked in feed::held(tx, window)? {
        if theirs.buckets.contains(&bucket(tracked.id))
            && !listed.contains_key(&tracked.id)
            && let Some(snapshot) = documents::whole(tx, tracked.id)?
        {
            repair.items.push(Item::Enter {
                id: tracked.id,
                kind: tracked.kind,
                snapshot,
            });
        }
    }
    for holding in &theirs.documents {
        let ours = documents::held(tx, holding.id)?
            .map(|held| held.heads)
            .unwrap_or_default();
        let outside = feed::tracked(tx, holding.id)?.is_some_and(|tracked| !tracked.is_in(window));
        let mut document = match ours == holding.heads {
            true => None,
            false => documents::load(tx, holding.id)?,
        };
        let known: Vec<ChangeHash> = match &mut document {
            Some(document) => {
                let heads = holding.heads.iter().copied();
                heads.filter(|head| document.contains(head)).collect()
            }
            None => ours.clone(),
        };
        if document.is_none() && ours != holding.heads || known.len() < holding.heads.len() {
            // What it has of it and the log lacks comes first: it may even be
            // what makes it belong there. The next pass tells.
            repair.wants.push(Holding {
                heads: ours,
                ..holding.clone()
            });
        } else if outside {
            repair.items.push(Item::Leave { id: holding.id });
            continue;
        }
        let Some(mut document) = document else {
            continue;
        };
        repair
            .items
            .extend(lacking(&mut document, holding, &known, window, tx)?);
    }
    Ok(repair)
}

/// What the device lacks of a document of its window.
fn lacking(
    document: &mut Document,
    holding: &Holding,
    known: &[ChangeHash],
    window: &BTreeSet<String>,
    tx: &Tx<'_>,
) -> Result<Option<Item>, Error> {
    if feed::tracked(tx, holding.id)?.is_none_or(|tracked| !tracked.is_in(window)) {
        return Ok(None);
    }
    let (id, kind) = (document.id(), document.kind());
    if known.is_empty() {
        return Ok(Some(Item::Enter {
            id,
            kind,
            snapshot: document.save(),
        }));
    }
    let changes = document.changes_since(known);
    let changes = changes
        .iter()
        .map(|change| change.raw_bytes().to_vec().into())
        .collect();
    Ok(Some(Item::Update { id, kind, changes }))
}
