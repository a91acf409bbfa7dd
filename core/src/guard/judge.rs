//! Judges one change against its document's history, the schema and the rights.
//!
//! **Invariant**: default deny. The only operations that pass are a new entry
//! under the hash of its content, and inserting or deleting single characters
//! of the kind's own texts.

use std::collections::{BTreeSet, HashMap, HashSet};

use automerge::{ObjId, ReadDoc, ScalarValue, legacy};

use super::{
    Author, Limits, Outcome, Parsed, Refusal, RefusalCode,
    elements::Elements,
    past::Past,
    trial::{self, Judged},
};
use crate::{
    document::{
        Document, Entry,
        permission::{Grant, granted},
        schema::{self, Group, Text},
        work_order::WorkOrder,
    },
    model::{ChangeHash, EntryId, Incarnation, Kind, Line, stored_text},
};

/// The keys whose entry brings a document into being.
const CREATORS: [&str; 2] = ["created", "posted"];

/// What a change does, once it has been judged.
#[derive(Clone, Debug, Default)]
pub(super) struct Deeds {
    pub(super) groups: BTreeSet<Group>,
    /// Entries that were not there before, with their bytes.
    pub(super) entries: Vec<(EntryId, Vec<u8>)>,
    /// Names of the texts that grow.
    pub(super) grown: BTreeSet<&'static str>,
    creates: bool,
}

/// Judges the changes of one batch, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Judge<'a> {
    kind: Kind,
    author: &'a Author<'a>,
    limits: &'a Limits,
    past: Past,
    elements: Option<Elements>,
    entries: legacy::OpId,
    texts: Vec<(legacy::OpId, &'static Text)>,
    /// Entries accepted from this batch.
    fresh: HashMap<EntryId, Vec<u8>>,
    created: bool,
    assigned: bool,
    /// Changes of this batch that were not accepted, and why.
    fallen: HashMap<ChangeHash, (Incarnation, Outcome)>,
}

impl<'a> Judge<'a> {
    /// `None` when the document does not have its kind's objects.
    pub(super) fn new(
        document: &mut Document,
        author: &'a Author<'a>,
        limits: &'a Limits,
    ) -> Option<Self> {
        let kind = document.kind();
        let texts = document.text_objects().into_iter();
        let entries = document.entries_object()?;
        let assigned = !author.is_courier()
            && granted_somewhere(author, kind, Grant::Assigned)
            && is_assigned(document, author);
        Some(Self {
            kind,
            author,
            limits,
            past: Past::of(document.crdt()),
            elements: None,
            entries: op_id(&entries)?,
            texts: texts
                .map(|(text, object)| Some((op_id(&object)?, text)))
                .collect::<Option<_>>()?,
            fresh: HashMap::new(),
            // The first entry of all was a creation: this very rule saw to it.
            created: document.crdt().length(&entries) > 0,
            assigned,
            fallen: HashMap::new(),
        })
    }

    /// Judges one change against what was accepted before it.
    pub(super) fn judge(
        &mut self,
        document: &mut Document,
        change: &Parsed,
    ) -> Result<Deeds, Outcome> {
        self.place(change)?;
        self.deeds(document, change).map_err(Outcome::Refused)
    }

    /// Notes that a change was merged.
    pub(super) fn accept(&mut self, change: &Parsed, deeds: &Deeds) {
        self.past.accept(change);
        if let Some(elements) = &mut self.elements {
            elements.accept(change);
        }
        self.created |= deeds.creates;
        self.fresh.extend(deeds.entries.iter().cloned());
    }

    /// Notes that a change was not merged; what follows it falls with it.
    pub(super) fn fell(&mut self, change: &Parsed, outcome: &Outcome) {
        if !matches!(outcome, Outcome::Known) {
            let why = (change.actor(), outcome.clone());
            self.fallen.insert(change.hash(), why);
        }
    }

    /// Merges judged changes into a document that holds all they follow.
    pub(super) fn merge(
        &self,
        document: Document,
        changes: &[Judged<'_>],
    ) -> Result<Document, Refusal> {
        // What comes from the relay is merged whatever it adds up to with what
        // this device has not sent yet, or the two could never meet again.
        let text_chars_max = (!self.author.is_courier()).then_some(self.limits.text_chars_max);
        trial::merge(document, changes, text_chars_max)
    }

    /// Where the change stands among the others.
    fn place(&self, change: &Parsed) -> Result<(), Outcome> {
        let refused = |code: RefusalCode| Err(Outcome::Refused(code.into()));
        if self.past.knows(change.hash()) {
            return Err(Outcome::Known);
        }
        let actor = change.actor();
        // Nobody is the genesis' actor but the genesis.
        let own = self.author.is_courier() || self.author.incarnations.contains(&actor);
        if !own || actor.0.is_nil() {
            return refused(RefusalCode::ForeignActor);
        }
        let last = self.past.sequence(actor);
        if change.seq() <= last {
            return Err(Outcome::Fork);
        }
        let deps = change.deps();
        let mut missing = deps.clone();
        missing.retain(|dep| !self.past.knows(*dep));
        for dep in &missing {
            match self.fallen.get(dep) {
                Some((fallen, Outcome::Fork)) if *fallen == actor => return Err(Outcome::Fork),
                Some((_, Outcome::Fork | Outcome::Refused(_))) => {
                    let refusal = Refusal::because(RefusalCode::DependsOnRefused, dep.to_string());
                    return Err(Outcome::Refused(refusal));
                }
                _ => {}
            }
        }
        if !missing.is_empty() {
            return Err(Outcome::Missing { deps: missing });
        }
        if change.seq() != last + 1 {
            return refused(RefusalCode::SequenceGap);
        }
        if self
            .past
            .last_of(actor)
            .is_some_and(|own| !deps.contains(&own))
        {
            return refused(RefusalCode::OwnHistory);
        }
        if change.start_op() != self.past.max_op(&deps) + 1 {
            return refused(RefusalCode::StartOp);
        }
        let operations = self.past.operations() + change.operations.len() as u64;
        // What a device has not sent yet comes on top of what the relay judged.
        let factor = if self.author.relay { 2 } else { 1 };
        if operations > self.limits.document_ops_max as u64 * factor {
            return refused(RefusalCode::DocumentFull);
        }
        Ok(())
    }

    fn deeds(&mut self, document: &mut Document, change: &Parsed) -> Result<Deeds, Refusal> {
        let mut deeds = Deeds::default();
        let mut keys = HashSet::new();
        let mut texts = false;
        for operation in &change.operations {
            let forbidden = || Refusal::from(RefusalCode::ForbiddenOperation);
            let legacy::ObjectId::Id(object) = &operation.obj else {
                return Err(forbidden());
            };
            if *object == self.entries {
                let entry = new_entry(operation)?;
                if !keys.insert(entry.0.id) {
                    return Err(forbidden());
                }
                self.entry(document, entry, &mut deeds)?;
            } else {
                let text = self.texts.iter().find(|(id, _)| id == object);
                let (_, text) = text.ok_or_else(forbidden)?;
                if character(operation)? {
                    deeds.grown.insert(text.name);
                }
                deeds.groups.insert(text.group);
                texts = true;
            }
        }
        if texts {
            self.text_places(document, change)?;
        }
        self.permission(&deeds.groups)?;
        if !(self.created || deeds.creates) {
            return Err(RefusalCode::NotCreated.into());
        }
        Ok(deeds)
    }

    fn entry(
        &self,
        document: &mut Document,
        (entry, bytes): (Entry, &[u8]),
        deeds: &mut Deeds,
    ) -> Result<(), Refusal> {
        let group = match schema::judge(self.kind, &entry) {
            Ok(group) => group,
            // A newer program may know more fields and values than this one;
            // the relay has judged them, and readers pass over them.
            Err(invalid)
                if self.author.relay && matches!(invalid.code, "unknown_field" | "wrong_type") =>
            {
                Group::Relay
            }
            Err(invalid) if invalid.code == "unknown_field" => {
                return Err(RefusalCode::UnknownField.into());
            }
            Err(invalid) => return Err(Refusal::because(RefusalCode::InvalidValue, invalid.code)),
        };
        if !self.author.is_courier() {
            if entry.by != self.author.person {
                return Err(RefusalCode::ForeignPerson.into());
            }
            if entry.rank > self.author.roles.rank() {
                return Err(RefusalCode::Rank.into());
            }
        }
        let known = match self.fresh.get(&entry.id) {
            Some(known) => Some(known.clone()),
            None => stored(document, entry.id)?,
        };
        match known {
            Some(known) if known != bytes => return Err(RefusalCode::NotAnEntry.into()),
            Some(_) => {}
            None => deeds.entries.push((entry.id, bytes.to_vec())),
        }
        deeds.creates |= CREATORS.contains(&entry.key.as_str());
        deeds.groups.insert(group);
        Ok(())
    }

    /// Every character a text edit names must be one its author had seen.
    fn text_places(&mut self, document: &mut Document, change: &Parsed) -> Result<(), Refusal> {
        let elements = self
            .elements
            .get_or_insert_with(|| Elements::of(document.crdt()));
        let seen = self.past.before(&change.deps());
        let mut own = HashMap::new();
        let actor = change.change.actor_id();
        for (counter, operation) in (change.start_op()..).zip(&change.operations) {
            let (legacy::ObjectId::Id(text), legacy::Key::Seq(element)) =
                (&operation.obj, &operation.key)
            else {
                continue;
            };
            if let legacy::ElementId::Id(element) = element {
                let origin = elements.origin(element, text);
                let known = own.get(element) == Some(&text)
                    || origin.is_some_and(|origin| seen.contains(&origin));
                if !known {
                    return Err(RefusalCode::UnknownElement.into());
                }
            }
            if operation.insert {
                own.insert(legacy::OpId::new(counter, actor), text);
            }
        }
        Ok(())
    }

    fn permission(&self, groups: &BTreeSet<Group>) -> Result<(), Refusal> {
        if self.author.is_courier() {
            return Ok(());
        }
        for group in groups {
            match granted(self.author.roles, self.kind, *group) {
                Grant::Yes => {}
                Grant::Assigned if self.assigned => {}
                Grant::Assigned => {
                    return Err(Refusal::because(RefusalCode::NotAssigned, group.name()));
                }
                Grant::No => {
                    return Err(Refusal::because(RefusalCode::NotPermitted, group.name()));
                }
            }
        }
        Ok(())
    }
}

/// The entry a map operation puts; `Err` for anything else.
fn new_entry(operation: &legacy::Op) -> Result<(Entry, &[u8]), Refusal> {
    let forbidden = || Refusal::from(RefusalCode::ForbiddenOperation);
    let (legacy::Key::Map(key), legacy::OpType::Put(ScalarValue::Bytes(bytes))) =
        (&operation.key, &operation.action)
    else {
        return Err(forbidden());
    };
    // A predecessor would mean that something is overwritten.
    if operation.insert || !operation.pred.is_empty() {
        return Err(forbidden());
    }
    let entry = Entry::read(key, bytes).ok_or(RefusalCode::NotAnEntry)?;
    Ok((entry, bytes))
}

/// True when a text operation inserts a character, false when it deletes one;
/// `Err` for anything else.
fn character(operation: &legacy::Op) -> Result<bool, Refusal> {
    let forbidden = || Refusal::from(RefusalCode::ForbiddenOperation);
    let legacy::Key::Seq(place) = &operation.key else {
        return Err(forbidden());
    };
    match (&operation.action, operation.insert, place) {
        (legacy::OpType::Put(ScalarValue::Str(inserted)), true, _)
            if operation.pred.is_empty() && inserted.chars().count() == 1 =>
        {
            stored_text(inserted, Line::PROSE).map_err(|_| RefusalCode::TextCharacters)?;
            Ok(true)
        }
        // Only its insertion can precede a character: nothing overwrites one.
        (legacy::OpType::Delete, false, legacy::ElementId::Id(element))
            if operation.pred.len() == 1 && operation.pred.get(0) == Some(element) =>
        {
            Ok(false)
        }
        _ => Err(forbidden()),
    }
}

/// The bytes stored under an entry's key.
fn stored(document: &mut Document, id: EntryId) -> Result<Option<Vec<u8>>, Refusal> {
    let unsound = || Refusal::because(RefusalCode::Unsound, "entries");
    let map = document.entries_object().ok_or_else(unsound)?;
    match document.crdt().get(&map, id.to_string()) {
        Ok(None) => Ok(None),
        Ok(Some((automerge::Value::Scalar(scalar), _))) => match scalar.as_ref() {
            ScalarValue::Bytes(bytes) => Ok(Some(bytes.clone())),
            _ => Err(unsound()),
        },
        _ => Err(unsound()),
    }
}

/// The operation that made an object; `None` for the root.
fn op_id(object: &ObjId) -> Option<legacy::OpId> {
    match object {
        ObjId::Root => None,
        ObjId::Id(counter, actor, _) => Some(legacy::OpId::new(*counter, actor)),
    }
}

fn granted_somewhere(author: &Author<'_>, kind: Kind, grant: Grant) -> bool {
    Group::ALL
        .into_iter()
        .any(|group| granted(author.roles, kind, group) == grant)
}

fn is_assigned(document: &Document, author: &Author<'_>) -> bool {
    document.kind() == Kind::WorkOrder
        && WorkOrder::read(document).is_ok_and(|order| {
            order.assignees.contains(&author.person) || order.contributors.contains(&author.person)
        })
}
