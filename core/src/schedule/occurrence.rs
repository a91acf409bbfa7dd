//! One time that a plan is due, and what is known so far about earlier times.
//!
//! **Invariant:** an occurrence is named by its key alone; two devices that know the same
//! facts give it the same key, so the orders they both make have the same id.
//!
//! Pointer: DOMAIN.md "Scheduling", occurrence key.

use chrono::{Days, NaiveDate};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{encoding, rule::Margins};

/// An occurrence that is over: executed, skipped or absorbed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Done {
    /// Key of the occurrence.
    #[n(0)]
    pub key: String,
    /// The date it was due, local to the site.
    #[cbor(n(1), with = "encoding::optional_date", has_nil)]
    pub due: Option<NaiveDate>,
    /// The date it was executed, local to the site; none when it was skipped or absorbed.
    #[cbor(n(2), with = "encoding::optional_date", has_nil)]
    pub executed_on: Option<NaiveDate>,
    /// Id of the plan execution, which keys the following occurrence of a floating rule.
    #[cbor(n(3), with = "encoding::id")]
    pub execution: Uuid,
    /// The meter then, in millionths of its unit. Where the person noted none, give the last
    /// reading taken on or before that date; with none at all, an execution counts as made
    /// exactly when the meter was due.
    #[n(4)]
    pub reading_micro: Option<i64>,
}

/// An occurrence whose work order exists and is neither done nor cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Open {
    /// Key of the occurrence.
    #[n(0)]
    pub key: String,
    /// The order's due date. After a change of rule it tells that the new rule's occurrence
    /// of that day already has its order.
    #[cbor(n(1), with = "encoding::optional_date", has_nil)]
    pub due: Option<NaiveDate>,
}

/// The newest reading of a plan's meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Reading {
    /// In millionths of the meter's unit.
    #[n(0)]
    pub value_micro: i64,
    /// The date it was taken, local to the site.
    #[cbor(n(1), with = "encoding::date")]
    pub on: NaiveDate,
}

/// Everything besides the rule that decides what is due. In any order: it is sorted here.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// What is over. At least everything since the last execution; for a fixed rule all of it.
    pub done: &'a [Done],
    /// What has an open work order.
    pub open: &'a [Open],
    /// The newest reading, for a rule with a meter.
    pub reading: Option<Reading>,
    /// Expected use per day in millionths of the meter's unit; without it (or at 0 or less) a
    /// meter is due only once a reading has reached its step.
    pub daily_usage_micro: Option<i64>,
    /// One occurrence that was moved to another date by hand: its key and that date.
    pub override_due: Option<(&'a str, NaiveDate)>,
}

/// One time that a plan is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
pub struct Occurrence {
    /// What names it; see [`next`](super::next) for the forms.
    #[n(0)]
    pub key: String,
    /// The date it is due, local to the site.
    #[cbor(n(1), with = "encoding::date")]
    pub due: NaiveDate,
    /// The first date on which its work order is made: due − lead.
    #[cbor(n(2), with = "encoding::date")]
    pub opens: NaiveDate,
    /// The last date on which it is not overdue: due + grace.
    #[cbor(n(3), with = "encoding::date")]
    pub overdue_after: NaiveDate,
}

impl Occurrence {
    /// The occurrence `key` due on `due`. Dates at the far ends of the calendar stay there.
    pub(super) fn new(key: String, due: NaiveDate, margins: Margins) -> Self {
        let (lead, grace) = (margins.lead_days.into(), margins.grace_days.into());
        Self {
            key,
            due,
            opens: due
                .checked_sub_days(Days::new(lead))
                .unwrap_or(NaiveDate::MIN),
            overdue_after: due
                .checked_add_days(Days::new(grace))
                .unwrap_or(NaiveDate::MAX),
        }
    }
}

/// Whether an occurrence that nobody executed is overdue: `today` > due + grace.
///
/// ```
/// use ronde_core::schedule::{Occurrence, is_overdue};
///
/// let date = |text: &str| text.parse().unwrap();
/// let (due, opens) = (date("2026-03-31"), date("2026-03-24"));
/// let march = Occurrence { key: "2".into(), due, opens, overdue_after: date("2026-04-02") };
/// assert!(!is_overdue(&march, date("2026-04-02")));
/// assert!(is_overdue(&march, date("2026-04-03")));
/// ```
pub fn is_overdue(occurrence: &Occurrence, today: NaiveDate) -> bool {
    today > occurrence.overdue_after
}

/// Whether an execution complies: at most `tolerance_days` from the due date, before or after.
///
/// ```
/// use ronde_core::schedule::{Occurrence, is_compliant};
///
/// let date = |text: &str| text.parse().unwrap();
/// let due = date("2026-03-31");
/// let march = Occurrence { key: "2".into(), due, opens: due, overdue_after: due };
/// assert!(is_compliant(&march, date("2026-03-29"), 2));
/// assert!(!is_compliant(&march, date("2026-04-03"), 2));
/// ```
pub fn is_compliant(occurrence: &Occurrence, executed_on: NaiveDate, tolerance_days: u16) -> bool {
    let distance = executed_on.signed_duration_since(occurrence.due);
    distance.num_days().unsigned_abs() <= u64::from(tolerance_days)
}
