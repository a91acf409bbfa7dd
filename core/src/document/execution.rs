//! Executions: one run of one published checklist version.
//!
//! **Invariant**: an execution stays on the version it started with; of two
//! answers given apart both are kept, and a failure is never hidden by a pass.

mod answer;
mod content;
mod review;
mod state;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use answer::{Answer, AnswerValue, Answered, Other, Outcome, Said};
pub use content::ContentHash;
pub use review::{ItemState, Problem, Verdict, review};
pub use state::{Signature, Signed, State, StateChange};

use super::{
    Conflict, Document, Life, Stamp,
    checklist::{Item, REPETITIONS_MAX},
    plain::{self, Fold},
    schema::{Field, Value, field, identifier},
    work_order::Link,
};
use crate::{
    error::{Error, Invalid},
    model::{DocumentId, EntryId, Line, check_text},
};

/// The keys of an execution.
pub(super) const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("work_order", Option<DocumentId>, Describe),
    field!(many "answer", Answer, Work),
    Field {
        key: "state",
        many: false,
        judge: state::judge,
    },
    field!(many "signature", Signature, Work),
];

/// An execution as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The checklist.
    pub checklist: DocumentId,
    /// The published version it runs, for good.
    pub version: EntryId,
    /// The order it is done for.
    pub work_order: Option<DocumentId>,
    /// The plan and occurrence it is done for.
    pub plan: Option<Link>,
    /// How far it is.
    pub state: State,
    /// What was answered, by item and repetition.
    pub answers: Vec<Answered>,
    /// Who signed what.
    pub signatures: Vec<Signed>,
    /// The hash of the answers as they are now.
    pub content: ContentHash,
}

/// Everything an execution starts with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The checklist.
    #[n(0)]
    pub checklist: DocumentId,
    /// The published version it runs.
    #[n(1)]
    pub version: EntryId,
    /// The order it is done for.
    #[n(2)]
    pub work_order: Option<DocumentId>,
    /// The plan and occurrence it is done for.
    #[n(3)]
    pub plan: Option<Link>,
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        self.plan.check()
    }
}

/// The id of the execution of one checklist for one occurrence of a plan, or
/// for an order: whoever starts it, it is one.
pub fn id_for(of: DocumentId, checklist: DocumentId, occurrence: &str) -> DocumentId {
    DocumentId::derived(of, "execution", &format!("{checklist}/{occurrence}"))
}

/// Writes the first entry of a new execution.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(document: &mut Document, created: &Created, stamp: &Stamp) -> Result<(), Error> {
    plain::create(document, created, stamp)
}

/// Says which order it is done for.
///
/// # Errors
///
/// [`Error::Malformed`] when the document is not an execution.
pub fn attach(
    document: &mut Document,
    work_order: Option<DocumentId>,
    stamp: &Stamp,
) -> Result<(), Error> {
    plain::set(document, &["work_order"], "work_order", &work_order, stamp)
}

/// Answers one item; `repetition` is 0 outside repeat groups. An answer
/// without anything in it takes the answer back. Saying again what already
/// counts changes nothing.
///
/// # Errors
///
/// [`Error::Invalid`] with code `finalized`, `repetition`, or saying what is
/// out of bounds. A number outside the item's bounds is not refused: it fails.
pub fn answer(
    document: &mut Document,
    item: &str,
    repetition: u16,
    answer: Answer,
    stamp: &Stamp,
) -> Result<(), Error> {
    let execution = Execution::read(document)?;
    if execution.state != State::Draft {
        let message = "a finalized execution is reopened before it is answered";
        return Err(Invalid::new("finalized", message).into());
    }
    identifier(item)?;
    if repetition >= REPETITIONS_MAX {
        return Err(Invalid::new("repetition", "too many repetitions").into());
    }
    let answer = answer.in_order();
    answer.check()?;
    let key = answer::key(item, repetition);
    let now = document.entries().plain::<Answer>(&key);
    if now.is_some_and(|now| now.value == answer && now.rivals.is_empty()) {
        return Ok(());
    }
    document.write(&key, &answer, stamp)
}

/// Ends the execution and signs its answers, in one change. `items` are those
/// of the version it runs.
///
/// # Errors
///
/// [`Error::Invalid`] with code `not_draft`, or the code of the first
/// [`Problem`].
pub fn finalize(document: &mut Document, items: &[Item], stamp: &Stamp) -> Result<(), Error> {
    let execution = Execution::read(document)?;
    if execution.state != State::Draft {
        return Err(Invalid::new("not_draft", "the execution is finalized already").into());
    }
    for state in review(items, &execution.answers) {
        if let Some(problem) = state.problem {
            let message = format!("{}: {}", problem.message(), state.item);
            return Err(Invalid::new(problem.name(), message).into());
        }
    }
    state::change(document, State::Finalized, None, stamp)?;
    sign(document, stamp)
}

/// Signs the answers as they are now.
///
/// # Errors
///
/// [`Error::Malformed`] when the document is not an execution.
pub fn sign(document: &mut Document, stamp: &Stamp) -> Result<(), Error> {
    let signature = Signature {
        person: stamp.by,
        content: Execution::read(document)?.content,
    };
    let said = format!("{} {} {}", stamp.by, stamp.at.0, signature.content);
    let name = EntryId::of(said.as_bytes());
    document.write(&format!("signature/{name}"), &signature, stamp)
}

/// Accepts a finalized execution.
///
/// # Errors
///
/// [`Error::Invalid`] with code `not_finalized`.
pub fn validate(document: &mut Document, stamp: &Stamp) -> Result<(), Error> {
    if Execution::read(document)?.state != State::Finalized {
        return Err(Invalid::new("not_finalized", "only what is finalized is validated").into());
    }
    state::change(document, State::Validated, None, stamp)
}

/// Gives a finalized execution back to be answered again.
///
/// # Errors
///
/// [`Error::Invalid`] with code `not_finalized` or `reason_missing`.
pub fn reopen(document: &mut Document, reason: &str, stamp: &Stamp) -> Result<(), Error> {
    if Execution::read(document)?.state == State::Draft {
        return Err(Invalid::new("not_finalized", "the execution is open already").into());
    }
    let reason = check_text(reason, Line::PROSE)?;
    if reason.is_empty() {
        return Err(Invalid::new("reason_missing", "this step needs a reason").into());
    }
    state::change(document, State::Draft, Some(reason), stamp)
}

impl Execution {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as an
    /// execution.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("execution");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        life.conflicts.extend(started_on_two_versions(&entries));
        let work_order = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        }
        .plain("work_order");

        let mut answers = Vec::new();
        for (key, rest) in entries.under("answer") {
            let Some((answered, conflict)) = answer::settle(&entries, key, rest) else {
                continue;
            };
            answers.push(answered);
            life.conflicts.extend(conflict);
        }
        answers.sort_by(|left: &Answered, right| left.place().cmp(&right.place()));
        let content = content::hash(created.checklist, created.version, &answers);
        let (state, conflict) = state::read(&entries);
        life.conflicts.extend(conflict);
        let (signatures, conflicts) = state::signatures(&entries, state, content);
        life.conflicts.extend(conflicts);
        Ok(Self {
            checklist: created.checklist,
            version: created.version,
            work_order: work_order.unwrap_or(created.work_order),
            plan: created.plan,
            state,
            answers,
            signatures,
            content,
            life,
        })
    }

    /// What counts as the answer to an item.
    pub fn answer(&self, item: &str, repetition: u16) -> Option<&Answered> {
        let place = (item, repetition);
        let at = self
            .answers
            .binary_search_by(|answered| answered.place().cmp(&place));
        self.answers.get(at.ok()?)
    }
}

/// The flag for an occurrence that two devices started on different versions:
/// the first counts, answers of both stand.
fn started_on_two_versions(entries: &super::Entries) -> Option<Conflict> {
    let started: Vec<_> = entries
        .about("created")
        .iter()
        .filter_map(|entry| Some((entry.decode::<Created>()?.version, entry.id)))
        .collect();
    let (first, _) = started.first()?;
    started
        .iter()
        .any(|(version, _)| version != first)
        .then(|| Conflict {
            field: "created".to_owned(),
            code: "two_versions".to_owned(),
            entries: started.iter().map(|(_, entry)| *entry).collect(),
        })
}
