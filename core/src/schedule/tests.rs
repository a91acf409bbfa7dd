//! Claims about the dates of plans, one file per noun.
//!
//! **Invariant:** no test reads a clock; every date is written down or drawn from a seed that
//! proptest prints.
//!
//! Pointer: DOMAIN.md "Scheduling".

mod calendar;
mod change;
mod encoding;
mod fixed;
mod floating;
mod meter;
mod nesting;
mod zone;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Calendar, Done, Margins, Meter, Open, Rule, Unit};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn calendar(anchor: &str, every: u32, unit: Unit, shift_percent: u8) -> Calendar {
    Calendar {
        anchor: date(anchor),
        every,
        unit,
        shift_percent,
    }
}

fn by_calendar(anchor: &str, every: u32, unit: Unit, shift_percent: u8) -> Rule {
    Rule {
        calendar: Some(calendar(anchor, every, unit, shift_percent)),
        meter: None,
        effective_from: None,
    }
}

fn by_meter(step_micro: i64, first_micro: i64) -> Rule {
    let meter = Meter {
        meter: "hours".into(),
        step_micro,
        first_micro,
    };
    Rule {
        calendar: None,
        meter: Some(meter),
        effective_from: None,
    }
}

fn lead(lead_days: u16) -> Margins {
    Margins {
        lead_days,
        ..Margins::default()
    }
}

fn executed(key: &str, due: &str, on: &str, execution: u128) -> Done {
    Done {
        key: key.into(),
        due: Some(date(due)),
        executed_on: Some(date(on)),
        execution: Uuid::from_u128(execution),
        reading_micro: None,
    }
}

fn skipped(key: &str, due: &str, execution: u128) -> Done {
    Done {
        executed_on: None,
        ..executed(key, due, due, execution)
    }
}

fn open(key: &str) -> Open {
    Open {
        key: key.into(),
        due: None,
    }
}

fn after(execution: u128) -> String {
    format!("after:{}", Uuid::from_u128(execution))
}
