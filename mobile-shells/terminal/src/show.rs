//! Text for people: aligned, in their language, with dates of the site.
//!
//! **Invariant**: pure: the same answer gives the same text; colour never
//! carries what the words do not say.

pub mod checklists;
pub mod equipment;
pub mod orders;
pub mod plans;
pub mod standing;
pub mod stock;
mod table;

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;
use ronde_core::{
    document::Conflict,
    model::{Day, PersonId, Timestamp},
    replica::HistoryLine,
};

pub use table::{Cell, Table};

use crate::words::Words;

/// What text is written on: language, colour, the site's zone and date, names.
#[derive(Clone, Debug)]
pub struct Paper {
    /// The language.
    pub words: Words,
    /// True when text may have colours.
    pub colour: bool,
    /// The site's zone.
    pub zone: Tz,
    /// The site's date.
    pub today: NaiveDate,
    /// Names of people.
    pub names: BTreeMap<PersonId, String>,
}

/// How a word stands out, where colours are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// As it is.
    #[default]
    Plain,
    /// A title.
    Bold,
    /// Less important.
    Dim,
    /// Well.
    Good,
    /// Somebody should look.
    Warn,
    /// Not well.
    Bad,
}

impl Paper {
    /// `text` in this ink.
    pub fn ink(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Plain => return text.to_owned(),
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Good => "32",
            Ink::Warn => "33",
            Ink::Bad => "31",
        };
        match self.colour {
            true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }

    /// Not well.
    pub fn bad(&self, text: &str) -> String {
        self.ink(Ink::Bad, text)
    }

    /// Somebody should look.
    pub fn warn(&self, text: &str) -> String {
        self.ink(Ink::Warn, text)
    }

    /// A section's title with an empty line before it.
    pub fn heading(&self, key: &'static str) -> String {
        format!("\n{}\n", self.ink(Ink::Bold, self.words.say(key)))
    }

    /// A date as people here write it.
    pub fn day(&self, day: Day) -> String {
        let form = match self.words.0 {
            crate::words::Language::Fr => "%d/%m/%Y",
            crate::words::Language::En => "%Y-%m-%d",
        };
        day.0.format(form).to_string()
    }

    /// A local date and time.
    pub fn when(&self, at: Timestamp) -> String {
        let local = self.zone.from_utc_datetime(&at.utc().naive_utc());
        format!(
            "{} {}",
            self.day(Day(local.date_naive())),
            local.format("%H:%M")
        )
    }

    /// A local time of day.
    pub fn time(&self, at: Timestamp) -> String {
        let local = self.zone.from_utc_datetime(&at.utc().naive_utc());
        local.format("%H:%M:%S").to_string()
    }

    /// A person's name, or the beginning of their id.
    pub fn who(&self, person: PersonId) -> String {
        match self.names.get(&person) {
            Some(name) => name.clone(),
            // The relay writes numbers and generated orders in its own name.
            None if person.bytes() == [0; 16] => self.words.say("relay").to_owned(),
            None => short(&person.to_string()),
        }
    }

    /// Names, separated by commas; a dash for nobody.
    pub fn people(&self, people: &[PersonId]) -> String {
        let names: Vec<_> = people.iter().map(|person| self.who(*person)).collect();
        match names.is_empty() {
            true => "–".to_owned(),
            false => names.join(", "),
        }
    }

    /// A label and what it says, aligned with its neighbours.
    pub fn field(&self, key: &'static str, text: &str) -> String {
        format!("  {:<20} {text}\n", self.words.say(key))
    }

    /// Conflicts with their explanation.
    pub fn conflicts(&self, conflicts: &[Conflict]) -> String {
        if conflicts.is_empty() {
            return String::new();
        }
        let mut text = self.heading("heading.conflicts");
        for conflict in conflicts {
            let said = self.words.of("conflict", &conflict.code);
            let line = format!("  ! {} — {said}\n", self.field_name(&conflict.field));
            text.push_str(&self.warn(&line));
        }
        text
    }

    /// History, one line each.
    pub fn history(&self, history: &[HistoryLine]) -> String {
        let mut table = Table::new(&[]);
        for line in history {
            let said = line.value.as_deref().map_or(String::new(), |value| {
                let (name, rest) = value.split_once(": ").unwrap_or((value, ""));
                let head = line.field.split('/').next().unwrap_or_default();
                let name = self.words.of(head, name);
                match rest.is_empty() {
                    true => name.to_owned(),
                    false => format!("{name} ({rest})"),
                }
            });
            table.row([
                Cell::from(self.when(line.at)).ink(Ink::Dim),
                self.who(line.person).into(),
                self.field_name(&line.field).into(),
                said.into(),
            ]);
        }
        self.heading("heading.history") + &table.text(self)
    }

    /// What a field is called.
    pub fn field_name(&self, field: &str) -> String {
        let head = field.split('/').next().unwrap_or(field);
        self.words.of("field", head).to_owned()
    }
}

/// The beginning of an id: enough to name it by.
pub fn short(id: &str) -> String {
    // A UUIDv7 begins with its time, and things made together begin alike.
    id.chars().take(13).collect()
}

/// Indented prose.
pub fn prose(text: &str) -> String {
    text.lines()
        .fold(String::new(), |all, line| all + "  " + line + "\n")
}

/// Minutes as hours and minutes.
pub fn duration(minutes: i64) -> String {
    format!("{} h {:02}", minutes / 60, minutes % 60)
}

/// Text or a dash.
pub fn or_dash(text: Option<&str>) -> String {
    text.filter(|text| !text.is_empty())
        .unwrap_or("–")
        .to_owned()
}

#[cfg(test)]
mod tests;
