//! When a plan is due: pure rules from (rule, facts, today) to occurrences. The clock, the
//! documents and the writing of orders are the caller's.
//!
//! **Invariant:** the same facts give the same occurrences with the same keys, on every device
//! and however often, late or out of order it is asked; every loop is bounded, since no series
//! leaves the years 1900 to 2199.
//!
//! Pointer: DOMAIN.md "Scheduling". Dates follow ISO 8601; where RFC 5545 would leave out a
//! month that lacks the day, the date is clamped to the month's end (`schedule/step.rs`).

mod cycle;
mod encoding;
mod fixed;
mod floating;
mod nesting;
mod occurrence;
mod rule;
mod step;
#[cfg(test)]
mod tests;
mod zone;

use chrono::NaiveDate;
use serde::Serialize;

use cycle::Cycle;
use fixed::Series;

pub use nesting::{Absorbed, Nested, absorb};
pub use occurrence::{Done, Facts, Occurrence, Open, Reading, is_compliant, is_overdue};
pub use rule::{Calendar, EVERY_MAX, InvalidRule, Margins, Meter, Rule, Unit, YEAR_MAX, YEAR_MIN};
pub use step::{OutOfRange, nth_fixed};
pub use zone::{business_date, start_of_day_ms};

/// The most dates [`upcoming`] lists.
pub const UPCOMING_MAX: usize = 1000;
/// The most occurrences that one [`generate`] skips; it keeps the latest.
pub const SKIPPED_MAX: usize = 400;

/// What a run of the scheduler has to write for one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Generation {
    /// Make this work order.
    pub order: Option<Occurrence>,
    /// Record these as skipped: missed, and replaced by a later one. Oldest first.
    pub skipped: Vec<Occurrence>,
}

/// How a rule goes on from one occurrence to the next.
enum Course<'a> {
    Fixed(Box<Series<'a>>),
    Floating(&'a Calendar),
    Cycle(Cycle<'a>),
}

impl<'a> Course<'a> {
    fn new(rule: &'a Rule, margins: Margins, facts: &Facts<'_>) -> Result<Self, InvalidRule> {
        rule.check()?;
        if let Some((_, date)) = facts.override_due {
            rule::check_year(date)?;
        }
        match (&rule.calendar, &rule.meter) {
            (_, Some(meter)) => Ok(Self::Cycle(Cycle::new(rule, meter, facts))),
            (Some(calendar), None) if calendar.shift_percent == 0 => Ok(Self::Fixed(Box::new(
                Series::new(calendar, rule.effective_from, margins, facts),
            ))),
            (Some(calendar), None) => Ok(Self::Floating(calendar)),
            (None, None) => Err(InvalidRule::Empty),
        }
    }
}

/// The next occurrence: the earliest one that is neither executed nor skipped, whether its
/// order exists or not. `None` when the series has ended, or while nothing tells when a meter
/// will reach its step.
///
/// Its key is
/// - `"<k>"` for a fixed calendar, the number of steps from the anchor;
///   `"<effective from>:<k>"` when the rule has that date, because a changed rule counts anew;
/// - `"after:<previous execution's id>"` for a shifted or floating one, `"after:anchor"` at first;
/// - `"cycle:<i>"` for every rule with a meter, also when its calendar comes first.
///
/// # Errors
/// [`InvalidRule`] when the rule fails its check, or when an occurrence was moved by hand to a
/// date outside the years 1900 to 2199.
///
/// ```
/// use ronde_core::schedule::{Calendar, Done, Facts, InvalidRule, Margins, Rule, Unit, next};
/// use uuid::Uuid;
///
/// let date = |text: &str| text.parse().unwrap();
/// let calendar = Calendar {
///     anchor: date("2026-01-31"), every: 1, unit: Unit::Month, shift_percent: 0,
/// };
/// let mut rule = Rule { calendar: Some(calendar), meter: None, effective_from: None };
/// let january = Done {
///     key: "0".into(),
///     due: Some(date("2026-01-31")),
///     executed_on: Some(date("2026-02-04")),
///     execution: Uuid::from_u128(1),
///     reading_micro: None,
/// };
/// let facts = Facts { done: &[january], ..Facts::default() };
/// let margins = Margins { lead_days: 7, ..Margins::default() };
///
/// let fixed = next(&rule, margins, &facts).unwrap().unwrap();
/// assert_eq!((&*fixed.key, fixed.due), ("1", date("2026-02-28")));
///
/// rule.calendar.as_mut().unwrap().shift_percent = 100;
/// let floating = next(&rule, margins, &facts).unwrap().unwrap();
/// assert_eq!(floating.key, "after:00000000-0000-0000-0000-000000000001");
/// assert_eq!((floating.due, floating.opens), (date("2026-03-04"), date("2026-02-25")));
///
/// rule.calendar = None;
/// assert_eq!(next(&rule, margins, &facts), Err(InvalidRule::Empty));
/// ```
pub fn next(
    rule: &Rule,
    margins: Margins,
    facts: &Facts<'_>,
) -> Result<Option<Occurrence>, InvalidRule> {
    Ok(match Course::new(rule, margins, facts)? {
        Course::Fixed(series) => series.next(),
        Course::Floating(calendar) => floating::next(calendar, rule.effective_from, margins, facts),
        Course::Cycle(cycle) => cycle.next(margins, facts),
    })
}

/// The next `count` occurrences due on `from` or later (at most [`UPCOMING_MAX`]), by date.
///
/// Past the next one, floating dates and meter dates are a projection: each is taken to be
/// executed on its due date, or on `from` when it is overdue then. A floating projection has
/// the key `"projected:<i>"`, which is for display and never to be stored.
///
/// # Errors
/// As for [`next`].
///
/// ```
/// use ronde_core::schedule::{Calendar, Facts, InvalidRule, Margins, Rule, Unit, upcoming};
///
/// let date = |text: &str| text.parse().unwrap();
/// let calendar = Calendar {
///     anchor: date("2024-02-29"), every: 1, unit: Unit::Year, shift_percent: 0,
/// };
/// let mut rule = Rule { calendar: Some(calendar), meter: None, effective_from: None };
/// let from = date("2025-01-01");
/// let list = upcoming(&rule, Margins::default(), &Facts::default(), from, 4).unwrap();
/// let dues: Vec<String> = list.iter().map(|occurrence| occurrence.due.to_string()).collect();
/// assert_eq!(dues, ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]);
///
/// rule.calendar.as_mut().unwrap().every = 2000;
/// let refused = upcoming(&rule, Margins::default(), &Facts::default(), from, 4);
/// assert_eq!(refused, Err(InvalidRule::Every(2000)));
/// ```
pub fn upcoming(
    rule: &Rule,
    margins: Margins,
    facts: &Facts<'_>,
    from: NaiveDate,
    count: usize,
) -> Result<Vec<Occurrence>, InvalidRule> {
    let count = count.min(UPCOMING_MAX);
    Ok(match Course::new(rule, margins, facts)? {
        Course::Fixed(series) => series.upcoming(from, count),
        Course::Floating(calendar) => floating::next(calendar, rule.effective_from, margins, facts)
            .map(|first| floating::upcoming(calendar, margins, &first, from, count))
            .unwrap_or_default(),
        Course::Cycle(cycle) => cycle.upcoming(margins, facts, from, count),
    })
}

/// What the scheduler has to write for one plan on `today`: the order to make, and the missed
/// occurrences to skip in its favour.
///
/// An order is made when today ≥ due − lead, never only on that very day, so a missed run
/// catches up. Of the occurrences due by today, only the latest gets an order and the older
/// ones without one are skipped; those still ahead are never skipped. At most one order comes
/// back: where the lead is longer than the step, call again with it among `facts.open` until
/// none does. A floating, shifted or metered rule makes none while `facts.open` has any.
///
/// A fixed rule without `effective_from` owes nothing older than the first occurrence in
/// `facts.done`, and everything since its anchor when there is none.
///
/// # Errors
/// As for [`next`].
///
/// ```
/// use ronde_core::schedule::{Calendar, Facts, InvalidRule, Margins, Rule, Unit, generate};
///
/// let date = |text: &str| text.parse().unwrap();
/// let calendar = Calendar {
///     anchor: date("2026-01-31"), every: 1, unit: Unit::Month, shift_percent: 0,
/// };
/// let mut rule = Rule { calendar: Some(calendar), meter: None, effective_from: None };
/// let margins = Margins { lead_days: 7, ..Margins::default() };
/// let before = generate(&rule, margins, &Facts::default(), date("2026-01-23")).unwrap();
/// assert_eq!(before.order, None);
///
/// // The scheduler was down until April.
/// let late = generate(&rule, margins, &Facts::default(), date("2026-04-02")).unwrap();
/// assert_eq!(late.order.unwrap().due, date("2026-03-31"));
/// assert_eq!(late.skipped.len(), 2);
///
/// rule.calendar.as_mut().unwrap().shift_percent = 101;
/// let refused = generate(&rule, margins, &Facts::default(), date("2026-04-02"));
/// assert_eq!(refused, Err(InvalidRule::Shift(101)));
/// ```
pub fn generate(
    rule: &Rule,
    margins: Margins,
    facts: &Facts<'_>,
    today: NaiveDate,
) -> Result<Generation, InvalidRule> {
    let next = match Course::new(rule, margins, facts)? {
        Course::Fixed(series) => return Ok(series.generate(today)),
        _ if !facts.open.is_empty() => None,
        Course::Floating(calendar) => floating::next(calendar, rule.effective_from, margins, facts),
        Course::Cycle(cycle) => cycle.next(margins, facts),
    };
    Ok(Generation {
        order: next.filter(|occurrence| today >= occurrence.opens),
        skipped: Vec::new(),
    })
}
