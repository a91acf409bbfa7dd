//! The status of a work order and which step may follow which.
//!
//! **Invariant**: a step that is not allowed is merged and flagged, never
//! refused; of concurrent steps, done outweighs cancelled.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::{
        Conflict, Entries, Settled,
        schema::{Group, Value, checked},
    },
    error::Invalid,
    model::{Line, stored_text},
};

/// Where a work order stands (DOMAIN.md, "Work order status").
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being written.
    #[n(0)]
    Draft,
    /// Accepted, not planned yet.
    #[n(1)]
    ToPlan,
    /// Planned.
    #[n(2)]
    Planned,
    /// Waits for something.
    #[n(3)]
    OnHold,
    /// Somebody works on it.
    #[n(4)]
    InProgress,
    /// Will not be done.
    #[n(5)]
    Cancelled,
    /// The work is done.
    #[n(6)]
    Done,
    /// Looked at by the supervisor and frozen.
    #[n(7)]
    Closed,
}

impl Status {
    /// Every status; of concurrent ones the later in this list counts.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::ToPlan,
        Self::Planned,
        Self::OnHold,
        Self::InProgress,
        Self::Cancelled,
        Self::Done,
        Self::Closed,
    ];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::ToPlan => "to_plan",
            Self::Planned => "planned",
            Self::OnHold => "on_hold",
            Self::InProgress => "in_progress",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Closed => "closed",
        }
    }

    /// True until the work is done or given up.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Done | Self::Closed | Self::Cancelled)
    }

    /// True when `next` may follow. Starting at once is for everybody: a
    /// breakdown does not wait for a plan.
    pub const fn may_become(self, next: Self) -> bool {
        use Status::{Cancelled, Closed, Done, Draft, InProgress, OnHold, Planned, ToPlan};
        matches!(
            (self, next),
            (Draft, ToPlan | Planned | InProgress | Cancelled)
                | (ToPlan, Planned | InProgress | Cancelled)
                | (Planned, ToPlan | InProgress | Cancelled)
                | (InProgress, OnHold | Done | Cancelled)
                | (OnHold, InProgress | Done | Cancelled)
                | (Done, Closed | InProgress)
        )
    }

    /// True when the step needs a reason.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::OnHold | Self::Cancelled)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct StatusChange {
    /// Where it goes.
    #[n(0)]
    pub to: Status,
    /// Why.
    #[n(1)]
    pub reason: Option<String>,
}

impl Value for StatusChange {
    fn check(&self) -> Result<(), Invalid> {
        match &self.reason {
            Some(reason) => stored_text(reason, Line::PROSE),
            None => Ok(()),
        }
    }
}

/// The field group of a step: the office cancels, closes and plans.
pub(super) fn judge(bytes: &[u8]) -> Result<Group, Invalid> {
    Ok(match checked::<StatusChange>(bytes)?.to {
        Status::Draft | Status::ToPlan | Status::Planned => Group::Schedule,
        Status::OnHold | Status::InProgress | Status::Done => Group::Work,
        Status::Cancelled | Status::Closed => Group::Decide,
    })
}

/// The step that counts now, and what is wrong with it.
pub(super) fn read(entries: &Entries, first: Status) -> (StatusChange, Vec<Conflict>) {
    let settled = entries.settle::<StatusChange, _>("status", |entry, step| {
        (step.to, entry.rank, entry.at, entry.id)
    });
    let Some(settled) = settled else {
        return (
            StatusChange {
                to: first,
                reason: None,
            },
            Vec::new(),
        );
    };
    let mut conflicts: Vec<_> = concurrent(&settled).into_iter().collect();
    conflicts.extend(unexpected(entries, first));
    (settled.value, conflicts)
}

/// The flag for steps that cannot both stand.
fn concurrent(settled: &Settled<StatusChange>) -> Option<Conflict> {
    let over = |status| {
        settled.value.to == status || settled.rivals.iter().any(|(step, _)| step.to == status)
    };
    let worked = over(Status::Done)
        || over(Status::InProgress)
        || over(Status::OnHold)
        || over(Status::Closed);
    let same = settled
        .rivals
        .iter()
        .all(|(step, _)| step.to == settled.value.to);
    let code = match (over(Status::Cancelled) && worked, same) {
        (true, _) => "cancelled_during_execution",
        // Two people held, started or finished it: nothing to decide.
        (false, true) => return None,
        // Work outweighs planning, and holding loses against somebody working.
        (false, false) if settled.value.to == Status::InProgress => return None,
        (false, false) => "concurrent_status",
    };
    settled.conflict("status", code)
}

/// The flag for a current step that could not follow any step it had seen.
fn unexpected(entries: &Entries, first: Status) -> Option<Conflict> {
    let register = entries.about("status");
    let from = |id| {
        register
            .iter()
            .find(|entry| entry.id == id)?
            .decode::<StatusChange>()
    };
    let odd = entries.heads("status").into_iter().find(|entry| {
        let Some(step) = entry.decode::<StatusChange>() else {
            return false;
        };
        let mut seen: Vec<_> = entry
            .after
            .iter()
            .filter_map(|id| from(*id))
            .map(|step| step.to)
            .collect();
        if seen.is_empty() {
            seen.push(first);
        }
        !seen
            .into_iter()
            .any(|status| status == step.to || status.may_become(step.to))
    })?;
    Some(Conflict {
        field: "status".to_owned(),
        code: "unexpected_transition".to_owned(),
        entries: vec![odd.id],
    })
}
