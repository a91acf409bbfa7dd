//! Plan executions: what became of one occurrence of a plan.
//!
//! **Invariant**: that somebody executed it outweighs that the office skipped
//! it meanwhile; of two executions the earlier counts, and both are kept.

mod outcome;

use chrono_tz::Tz;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use outcome::{Execution, Happened, Outcome};

use super::{
    Document, Life, Stamp, plain, plan,
    schema::{Field, Value, field, required},
};
use crate::{
    error::{Error, Invalid},
    model::{Day, DocumentId, Line, stored_text},
    schedule::{Done, business_date},
};

/// The keys of a plan execution.
pub(super) const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    Field {
        key: "outcome",
        many: false,
        judge: outcome::judge,
    },
];

/// What became of an occurrence, as its document says now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanExecution {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The plan.
    pub plan: DocumentId,
    /// The occurrence's key.
    pub occurrence: String,
    /// Local date it was due.
    pub due: Option<Day>,
    /// What counts; none until somebody said what became of it.
    pub outcome: Option<Happened>,
    /// Other current words: a second execution, or that it was skipped.
    pub others: Vec<Happened>,
}

/// Which occurrence it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The plan.
    #[n(0)]
    pub plan: DocumentId,
    /// The occurrence's key.
    #[n(1)]
    pub occurrence: String,
    /// Local date it was due.
    #[n(2)]
    pub due: Option<Day>,
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        required(&self.occurrence)?;
        stored_text(&self.occurrence, Line::CODE)
    }
}

/// Says what became of an occurrence, starting its document where it is new.
///
/// A wrong execution is corrected by saying the right one; that it was skipped
/// is said only of an occurrence that nobody is known to have executed.
///
/// # Errors
///
/// [`Error::Invalid`] with code `occurrence_id` when the document is not the
/// one of this occurrence, `executed_already`, `reason_missing`, or when a
/// value is out of bounds.
pub fn record(
    document: &mut Document,
    created: &Created,
    outcome: &Outcome,
    stamp: &Stamp,
) -> Result<(), Error> {
    let invalid = |code, message: &str| Err(Invalid::new(code, message).into());
    created.check()?;
    let outcome = outcome.clone().trimmed()?;
    outcome.check()?;
    if document.id() != plan::execution_id(created.plan, &created.occurrence) {
        return invalid("occurrence_id", "the document is another occurrence's");
    }
    if matches!(&outcome, Outcome::Skipped { reason } if reason.is_empty()) {
        return invalid("reason_missing", "skipping needs a reason");
    }
    let known = !document.entries().about("created").is_empty();
    let now = if known {
        PlanExecution::read(document)?.outcome
    } else {
        None
    };
    if let Some(now) = now {
        if now.outcome == outcome {
            return Ok(());
        }
        if now.outcome.execution().is_some() && outcome.execution().is_none() {
            return invalid("executed_already", "the occurrence was executed");
        }
    }
    if !known {
        plain::create(document, created, stamp)?;
    }
    document.write("outcome", &outcome, stamp)
}

impl PlanExecution {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as a plan
    /// execution.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("plan execution");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let (mut said, conflict) = outcome::read(&entries);
        life.conflicts.extend(conflict);
        let outcome = (!said.is_empty()).then(|| said.remove(0));
        Ok(Self {
            plan: created.plan,
            occurrence: created.occurrence,
            due: created.due,
            outcome,
            others: said,
            life,
        })
    }

    /// The execution that counts, where there is one.
    pub fn executed(&self) -> Option<&Execution> {
        self.outcome.as_ref()?.outcome.execution()
    }

    /// What the scheduler makes of it in the site's zone; `None` until
    /// somebody said what became of it, and where it was deleted.
    pub fn done(&self, zone: Tz) -> Option<Done> {
        self.outcome.as_ref().filter(|_| !self.life.deleted)?;
        let executed = self.executed();
        Some(Done {
            key: self.occurrence.clone(),
            due: self.due.map(|due| due.0),
            executed_on: executed.map(|executed| business_date(executed.on.0, zone)),
            execution: self.life.id.0,
            reading_micro: executed.and_then(|executed| executed.reading.map(|value| value.0)),
        })
    }
}
