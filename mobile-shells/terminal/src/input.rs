//! What people type: names of values, dates and times, answers.
//!
//! **Invariant**: every value is taken by its stable name and by its word in
//! either language; dates and times without a zone are the site's.

use chrono::{Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use ronde_core::{
    document::{
        checklist::{Asks, Choice},
        equipment,
        execution::{AnswerValue, Outcome},
        plan,
        work_order::{OrderType, Priority, Status},
    },
    model::{Day, DocumentId, PersonId, Quantity, Timestamp},
    schedule::business_date,
};

use crate::{
    fault::Fault,
    words::{Language, Words},
};

/// A value by its stable name, or by its word in either language.
fn named<T: Copy>(
    text: &str,
    group: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, String> {
    let typed = text.trim().to_lowercase().replace([' ', '-'], "_");
    let same = |word: &str| word.to_lowercase().replace([' ', '-'], "_") == typed;
    let mut all_of = all.iter().copied();
    all_of
        .find(|value| {
            let name = name(*value);
            let words = [Language::Fr, Language::En].map(Words);
            same(name) || words.iter().any(|words| same(words.of(group, name)))
        })
        .ok_or_else(|| {
            let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
            names.join(", ")
        })
}

/// The status of an order.
pub fn status(text: &str) -> Result<Status, String> {
    named(text, "status", &Status::ALL, Status::name)
}

/// The type of an order.
pub fn order_type(text: &str) -> Result<OrderType, String> {
    named(text, "type", &OrderType::ALL, OrderType::name)
}

/// The priority of an order.
pub fn priority(text: &str) -> Result<Priority, String> {
    named(text, "priority", &Priority::ALL, Priority::name)
}

/// The status of a plan.
pub fn plan_status(text: &str) -> Result<plan::Status, String> {
    named(text, "plan_status", &plan::Status::ALL, plan::Status::name)
}

/// The state of equipment.
pub fn equipment_state(text: &str) -> Result<equipment::State, String> {
    let (all, name) = (&equipment::State::ALL, equipment::State::name);
    named(text, "state", all, name)
}

/// Words given one by one as one text.
pub fn joined(words: &[String]) -> Option<String> {
    let text = words.join(" ");
    (!text.trim().is_empty()).then_some(text)
}

/// A local date: ISO, `31/03/2026`, `today`, `tomorrow`, or `+7`.
pub fn day(text: &str, today: NaiveDate) -> Result<Day, Fault> {
    let text = text.trim();
    let in_days = |days: u64| today.checked_add_days(Days::new(days));
    let date = match text.to_lowercase().as_str() {
        "today" | "aujourd'hui" | "aujourd’hui" => Some(today),
        "tomorrow" | "demain" => in_days(1),
        other => match other.strip_prefix('+') {
            Some(days) => days.parse().ok().and_then(in_days),
            None => ["%Y-%m-%d", "%d/%m/%Y"]
                .iter()
                .find_map(|form| NaiveDate::parse_from_str(text, form).ok()),
        },
    };
    date.map(Day)
        .ok_or_else(|| Fault::Usage("date_invalid", text.to_owned()))
}

/// An instant: RFC 3339, a local date and time, or a time of today.
pub fn instant(text: &str, zone: Tz, now: Timestamp) -> Result<Timestamp, Fault> {
    let text = text.trim();
    let invalid = || Fault::Usage("time_invalid", text.to_owned());
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
        return Ok(Timestamp(at.timestamp_millis()));
    }
    let date_time = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let time = || NaiveTime::parse_from_str(text, "%H:%M").ok();
    let local = date_time
        .or_else(|| Some(business_date(now.0, zone).and_time(time()?)))
        .or_else(|| {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            date.and_hms_opt(12, 0, 0)
        })
        .ok_or_else(invalid)?;
    match zone.from_local_datetime(&local) {
        // The hour that comes twice: the first time.
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
            Ok(Timestamp(at.timestamp_millis()))
        }
        LocalResult::None => Err(invalid()),
    }
}

/// A quantity.
pub fn quantity(text: &str) -> Result<Quantity, Fault> {
    text.parse()
        .map_err(|_| Fault::Usage("quantity_invalid", text.to_owned()))
}

/// An answer as an item asks for it. `part` is the part that was used, where
/// the item asks for one.
pub fn answer(
    asks: &Asks,
    text: &str,
    me: PersonId,
    today: NaiveDate,
    part: Option<DocumentId>,
) -> Result<AnswerValue, Fault> {
    let invalid = || Fault::Usage("answer_invalid", text.to_owned());
    let typed = text.trim().to_lowercase();
    let yes = || match typed.as_str() {
        "oui" | "o" | "yes" | "y" | "true" | "x" | "ok" | "1" | "vrai" | "fait" | "done" => {
            Ok(true)
        }
        "non" | "n" | "no" | "false" | "0" | "faux" => Ok(false),
        _ => Err(invalid()),
    };
    Ok(match asks {
        Asks::Instruction | Asks::Check => AnswerValue::Check(yes()?),
        Asks::YesNo { .. } => AnswerValue::YesNo(yes()?),
        Asks::Outcome => AnswerValue::Outcome(match typed.as_str() {
            "ok" | "c" | "conforme" | "conforming" => Outcome::Ok,
            "nok" | "nc" | "non conforme" | "ko" => Outcome::Nok,
            "na" | "n/a" | "so" | "sans objet" | "not_applicable" | "not applicable" => {
                Outcome::NotApplicable
            }
            _ => return Err(invalid()),
        }),
        Asks::Number { .. } | Asks::MeterReading { .. } => AnswerValue::Number(quantity(text)?),
        Asks::Text => AnswerValue::Text(text.trim().to_owned()),
        Asks::OneChoice { choices } => AnswerValue::One(choice(choices, text).ok_or_else(invalid)?),
        Asks::ManyChoices { choices } => {
            let taken = text.split(',').map(|one| choice(choices, one));
            let mut taken: Vec<_> = taken.collect::<Option<_>>().ok_or_else(invalid)?;
            taken.sort_unstable();
            taken.dedup();
            AnswerValue::Many(taken)
        }
        Asks::Date => AnswerValue::Date(day(text, today)?),
        Asks::Signature => AnswerValue::Signature(me),
        Asks::Scan { .. } => AnswerValue::Scan(text.trim().to_owned()),
        Asks::ConsumedPart { part: asked } => AnswerValue::Part {
            part: part
                .or(*asked)
                .ok_or_else(|| Fault::Usage("argument_missing", "--part".to_owned()))?,
            quantity: quantity(text)?,
            movement: None,
        },
        Asks::Photo | Asks::Section | Asks::Repeat { .. } | Asks::Calculated { .. } => {
            return Err(invalid());
        }
    })
}

/// A choice by its id or its label.
fn choice(choices: &[Choice], text: &str) -> Option<String> {
    let wanted = text.trim().to_lowercase();
    let mut choices = choices.iter();
    choices
        .find(|it| it.id.to_lowercase() == wanted || it.label.to_lowercase() == wanted)
        .map(|it| it.id.clone())
}

#[cfg(test)]
mod tests;
