//! What a document's changes are and how they hang together, with the changes
//! accepted so far from a batch.
//!
//! **Invariant**: every dependency of a change in here is in here too, so the
//! greatest counter among a change's dependencies is that of its whole past.

use std::collections::{HashMap, HashSet};

use automerge::AutoCommit;

use super::Parsed;
use crate::model::{ChangeHash, Incarnation};

#[derive(Clone, Debug)]
struct Node {
    deps: Vec<ChangeHash>,
    max_op: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Past {
    nodes: HashMap<ChangeHash, Node>,
    /// Each actor's changes in sequence.
    lines: HashMap<Incarnation, Vec<ChangeHash>>,
    operations: u64,
}

impl Past {
    /// Reads the history of a document.
    pub(super) fn of(crdt: &mut AutoCommit) -> Self {
        let mut past = Self::default();
        for change in crdt.get_changes_meta(&[]) {
            let Some(actor) = Incarnation::from_slice(change.actor.to_bytes()) else {
                continue;
            };
            let deps = change.deps.iter().map(|hash| ChangeHash(hash.0)).collect();
            let hash = ChangeHash(change.hash.0);
            past.add(hash, actor, deps, change.start_op, change.max_op);
        }
        past
    }

    /// Adds an accepted change.
    pub(super) fn accept(&mut self, change: &Parsed) {
        let (start, max) = (change.start_op(), change.max_op());
        self.add(change.hash(), change.actor(), change.deps(), start, max);
    }

    fn add(
        &mut self,
        hash: ChangeHash,
        actor: Incarnation,
        deps: Vec<ChangeHash>,
        start_op: u64,
        max_op: u64,
    ) {
        self.operations += (max_op + 1).saturating_sub(start_op);
        self.lines.entry(actor).or_default().push(hash);
        self.nodes.insert(hash, Node { deps, max_op });
    }

    pub(super) fn knows(&self, hash: ChangeHash) -> bool {
        self.nodes.contains_key(&hash)
    }

    /// How many operations all changes have together.
    pub(super) const fn operations(&self) -> u64 {
        self.operations
    }

    /// How often the actor has changed the document.
    pub(super) fn sequence(&self, actor: Incarnation) -> u64 {
        self.lines.get(&actor).map_or(0, |line| line.len() as u64)
    }

    /// The actor's last change.
    pub(super) fn last_of(&self, actor: Incarnation) -> Option<ChangeHash> {
        self.lines.get(&actor)?.last().copied()
    }

    /// The greatest operation counter in the past of a change.
    pub(super) fn max_op(&self, deps: &[ChangeHash]) -> u64 {
        let nodes = deps.iter().filter_map(|dep| self.nodes.get(dep));
        nodes.map(|node| node.max_op).max().unwrap_or(0)
    }

    /// Everything a change with these dependencies has seen.
    pub(super) fn before(&self, deps: &[ChangeHash]) -> HashSet<ChangeHash> {
        let mut seen: HashSet<_> = deps.iter().copied().collect();
        let mut open = deps.to_vec();
        while let Some(hash) = open.pop() {
            let deps = self.nodes.get(&hash).map_or(&[][..], |node| &node.deps);
            open.extend(deps.iter().filter(|dep| seen.insert(**dep)));
        }
        seen
    }
}
