//! From what a device pushed to a verdict on each change.
//!
//! **Invariant**: one bad change holds up no other document (law 7), business
//! rules flag and never refuse, and what is refused is kept aside.

use std::collections::{BTreeMap, BTreeSet};

use ronde_core::{
    Error,
    document::{Document, Record},
    guard::{self, Author, Outcome, Parsed, Refusal},
    model::{ChangeHash, DeviceId, DocumentId, Incarnation, Kind, PersonId, Roles},
    wire::{Push, Pushed, Verdict},
};

use super::{Batch, Desk, Refused};
use crate::{
    log::NewEntry,
    registry::{device, quarantine},
    site::Site,
};

/// Says that a change was taken out of quarantine: its author is sent it back.
pub const REINSTATED: &str = "reinstated";
/// The reason of what was built on something refused.
const DEPENDS_ON_REFUSED: &str = "depends_on_refused";

struct Sender<'a> {
    device: DeviceId,
    person: PersonId,
    roles: &'a Roles,
    incarnations: &'a [Incarnation],
    on_behalf: bool,
    flags: &'a [&'a str],
}

impl Desk {
    /// Judges a push; accepted changes join the batch.
    pub(super) fn judge(
        &mut self,
        device: DeviceId,
        person: PersonId,
        push: Push,
        batch: &mut Batch,
    ) -> Result<Vec<Verdict>, Refused> {
        let roles = self.store.read(|tx| Site::roles_in(tx, person))?;
        // Changes of others are taken from a device only into a log that was
        // restored: whoever carries them is not their author then.
        let on_behalf = push.on_behalf && self.site.was_restored();
        let parsed: Vec<Vec<_>> = push
            .documents
            .iter()
            .map(|pushed| {
                let changes = pushed.changes.iter();
                changes
                    .map(|bytes| guard::parse(bytes, &self.limits))
                    .collect()
            })
            .collect();
        let actors = parsed.iter().flatten().flatten().map(Parsed::actor);
        let incarnations = match on_behalf {
            true => Vec::new(),
            false => self.incarnations(device, actors.collect())?,
        };
        let sender = Sender {
            device,
            person,
            roles: &roles,
            incarnations: &incarnations,
            on_behalf,
            flags: &[],
        };
        let mut verdicts = Vec::new();
        for (pushed, changes) in push.documents.into_iter().zip(parsed) {
            verdicts.extend(self.judge_document(&sender, &pushed, changes, batch)?);
        }
        Ok(verdicts)
    }

    /// The lives of a device. Work of a life that was over before the relay met
    /// it (a copied or salvaged replica) is the device's own all the same.
    fn incarnations(
        &self,
        device: DeviceId,
        actors: BTreeSet<Incarnation>,
    ) -> Result<Vec<Incarnation>, Error> {
        let mut known = self.site.read(|tx| device::incarnations(tx, device))?;
        let now = self.world.now();
        for actor in actors {
            if !known.contains(&actor)
                && self
                    .site
                    .read(|tx| device::of_incarnation(tx, actor))?
                    .is_none()
                && self.site.write(|tx| device::bind(tx, actor, device, now))?
            {
                known.push(actor);
            }
        }
        Ok(known)
    }

    fn judge_document(
        &mut self,
        sender: &Sender<'_>,
        pushed: &Pushed,
        parsed: Vec<Result<Parsed, Refusal>>,
        batch: &mut Batch,
    ) -> Result<Vec<Verdict>, Refused> {
        let readable: Vec<Parsed> = parsed
            .iter()
            .filter_map(|change| change.as_ref().ok().cloned())
            .collect();
        let document = self.document(pushed.id, pushed.kind, batch)?;
        if document.kind() != pushed.kind {
            return Ok(vec![
                Verdict::Refused {
                    code: "wrong_kind".to_owned()
                };
                parsed.len()
            ]);
        }
        let mut outcomes = self.admit(sender, &document, &readable, batch)?.into_iter();
        Ok(parsed
            .into_iter()
            .map(|change| match change {
                Ok(_) => outcomes.next().unwrap_or(Verdict::Missing),
                // Nobody can be shown bytes that do not parse: the device keeps
                // them.
                Err(refusal) => Verdict::Refused {
                    code: refusal.code.name().to_owned(),
                },
            })
            .collect())
    }

    fn admit(
        &mut self,
        sender: &Sender<'_>,
        document: &Document,
        changes: &[Parsed],
        batch: &mut Batch,
    ) -> Result<Vec<Verdict>, Refused> {
        let author = Author {
            incarnations: sender.incarnations,
            person: sender.person,
            roles: sender.roles,
            relay: false,
            on_behalf: sender.on_behalf,
        };
        let admission = guard::admit(document, changes, &author, &self.limits);
        let flags = admission
            .document
            .as_ref()
            .map_or_else(Vec::new, |after| new_conflicts(document, after));
        let mut refused = BTreeSet::new();
        let mut verdicts = Vec::with_capacity(changes.len());
        let forked = changes
            .iter()
            .zip(&admission.outcomes)
            .find(|(_, outcome)| matches!(outcome, Outcome::Fork));
        if let Some((change, _)) = forked {
            self.site.write(|tx| device::forked(tx, change.actor()))?;
        }
        let (id, kind) = (document.id(), document.kind());
        for (change, outcome) in changes.iter().zip(admission.outcomes) {
            let verdict = match outcome {
                Outcome::Known => Verdict::Accepted,
                Outcome::Fork => Verdict::Fork,
                Outcome::Accepted { .. } => {
                    let codes = flags
                        .iter()
                        .map(String::as_str)
                        .chain(sender.flags.iter().copied());
                    batch.add(NewEntry {
                        document: id,
                        kind,
                        hash: change.hash(),
                        actor: change.actor(),
                        actor_seq: change.seq(),
                        bytes: change.bytes().to_vec(),
                        device: Some(sender.device),
                        received_at: self.world.now(),
                        flags: codes.map(str::to_owned).collect(),
                    });
                    match flags.is_empty() {
                        true => Verdict::Accepted,
                        false => Verdict::Flagged {
                            codes: flags.clone(),
                        },
                    }
                }
                Outcome::Missing { deps } => match self.waits_for_refused(id, &deps, &refused)? {
                    true => Verdict::Refused {
                        code: DEPENDS_ON_REFUSED.to_owned(),
                    },
                    false => Verdict::Missing,
                },
                Outcome::Refused(refusal) => Verdict::Refused {
                    code: refusal.code.name().to_owned(),
                },
            };
            if let Verdict::Refused { code } = &verdict {
                refused.insert(change.hash());
                batch
                    .quarantine
                    .push(self.aside(sender, id, kind, change, code));
            }
            verdicts.push(verdict);
        }
        if let Some(after) = admission.document {
            self.warm.insert(id, after);
            self.number(id, kind, batch)?;
        }
        Ok(verdicts)
    }

    /// True when a missing dependency was refused, now or before.
    fn waits_for_refused(
        &self,
        id: DocumentId,
        deps: &[ChangeHash],
        refused: &BTreeSet<ChangeHash>,
    ) -> Result<bool, Error> {
        if deps.iter().any(|dep| refused.contains(dep)) {
            return Ok(true);
        }
        self.site.read(|tx| {
            for dep in deps {
                if quarantine::get(tx, id, *dep)?
                    .is_some_and(|kept| kept.state == quarantine::State::Open)
                {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn aside(
        &self,
        sender: &Sender<'_>,
        document: DocumentId,
        kind: Kind,
        change: &Parsed,
        code: &str,
    ) -> quarantine::Refused {
        quarantine::Refused {
            document,
            hash: change.hash(),
            kind,
            actor: change.actor(),
            actor_seq: change.seq(),
            bytes: change.bytes().to_vec(),
            device: sender.device,
            code: code.to_owned(),
            detail: String::new(),
            received_at: self.world.now(),
            state: quarantine::State::Open,
        }
    }

    /// Judges again what was refused of a person whose rights have changed.
    pub(super) fn judge_again(
        &mut self,
        person: PersonId,
        batch: &mut Batch,
    ) -> Result<(), Refused> {
        let roles = self.store.read(|tx| Site::roles_in(tx, person))?;
        let devices = self.site.read(|tx| {
            let all = device::list(tx)?;
            Ok(all
                .into_iter()
                .filter(|device| device.person == person)
                .collect::<Vec<_>>())
        })?;
        for device in devices {
            let (kept, incarnations) = self.site.read(|tx| {
                Ok((
                    quarantine::open_of(tx, device.id)?,
                    device::incarnations(tx, device.id)?,
                ))
            })?;
            let sender = Sender {
                device: device.id,
                person,
                roles: &roles,
                incarnations: &incarnations,
                on_behalf: false,
                flags: &[REINSTATED],
            };
            let mut by_document = BTreeMap::<_, Vec<_>>::new();
            for refused in kept {
                by_document
                    .entry((refused.document, refused.kind))
                    .or_default()
                    .push(refused);
            }
            for ((id, kind), kept) in by_document {
                let changes: Vec<_> = kept
                    .iter()
                    .filter_map(|refused| guard::parse(&refused.bytes, &self.limits).ok())
                    .collect();
                let document = self.document(id, kind, batch)?;
                let verdicts = self.admit(&sender, &document, &changes, batch)?;
                let taken = |verdict: &Verdict| {
                    matches!(verdict, Verdict::Accepted | Verdict::Flagged { .. })
                };
                let judged = changes.iter().zip(verdicts);
                batch.reinstated.extend(
                    judged
                        .filter(|(_, it)| taken(it))
                        .map(|(change, _)| (id, change.hash())),
                );
            }
        }
        Ok(())
    }
}

/// Reason codes of what somebody should look at now and not before.
fn new_conflicts(before: &Document, after: &Document) -> Vec<String> {
    let codes = |document| {
        Record::read(document).map_or_else(
            |_| BTreeSet::new(),
            |record| {
                record
                    .conflicts()
                    .iter()
                    .map(|it| (it.field.clone(), it.code.clone()))
                    .collect::<BTreeSet<_>>()
            },
        )
    };
    let (before, after) = (codes(before), codes(after));
    let new: BTreeSet<_> = after
        .difference(&before)
        .map(|(_, code)| code.clone())
        .collect();
    new.into_iter().collect()
}
