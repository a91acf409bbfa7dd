//! What each command does, one noun per file.
//!
//! **Invariant**: a command asks the replica, once or twice, and shows the
//! answer: as JSON for a program, as text for a person.

mod checklists;
mod enrol;
mod equipment;
mod orders;
mod parts;
mod people;
mod plans;
mod standing;
mod stock;
mod sync;
mod watch;

use chrono::NaiveDate;
use chrono_tz::Tz;
use ronde_core::{
    document::schema::Group,
    model::{DocumentId, Kind, PersonId, Timestamp},
    replica::Replica,
    schedule::business_date,
    transport::Failure,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{cli::Command, fault::Fault, input, json, setting::Setting, show::Paper};

/// Does what was asked.
pub fn run(command: Command, setting: &Setting) -> Result<(), Fault> {
    match command {
        Command::Enrol(args) => enrol::enrol(setting, &args),
        Command::Sync => sync::sync(setting),
        Command::Watch => watch::watch(setting),
        Command::Status => standing::status(setting),
        Command::Why => standing::why(setting),
        Command::Today => standing::today(setting),
        Command::Search(args) => standing::search(setting, &args),
        Command::Ot(command) => orders::run(setting, command),
        Command::Checklist(command) => checklists::run(setting, command),
        Command::Stock(command) => stock::run(setting, command),
        Command::Plan(command) => plans::run(setting, command),
        Command::Equipment(command) => equipment::run(setting, command),
        Command::Part(command) => parts::run(setting, command),
        Command::Person(command) => people::run(setting, &command),
    }
}

/// A replica that is open, and what every answer needs.
pub(crate) struct Desk<'a> {
    setting: &'a Setting,
    replica: Replica,
    zone: Tz,
}

impl<'a> Desk<'a> {
    fn open(setting: &'a Setting) -> Result<Self, Fault> {
        let replica = setting.open()?;
        let zone = replica.time_zone()?;
        Ok(Self {
            setting,
            replica,
            zone,
        })
    }

    fn now(&self) -> Timestamp {
        self.replica.world().now()
    }

    fn today(&self) -> NaiveDate {
        business_date(self.now().0, self.zone)
    }

    /// The paper that text is written on.
    fn paper(&self) -> Result<Paper, Fault> {
        Ok(Paper {
            words: self.setting.words,
            colour: self.setting.colour,
            zone: self.zone,
            today: self.today(),
            names: self.replica.names()?,
        })
    }

    /// Writes an answer: `value` for a program, `text` for a person.
    fn answer<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&Paper) -> String,
    ) -> Result<(), Fault> {
        if self.setting.json {
            json::write(&json::line(value)?);
        } else {
            json::write(&text(&self.paper()?));
        }
        Ok(())
    }

    /// Says what was touched. Where the relay's last word does not allow it,
    /// says that too: the work is kept, and the relay will judge.
    fn touched(
        &self,
        mut value: Value,
        kind: Kind,
        group: Group,
        text: impl FnOnce(&Paper) -> String,
    ) -> Result<(), Fault> {
        let allowed = self.replica.may(kind, group)?;
        if !allowed && self.setting.json {
            value["warning"] = json!("not_permitted");
        } else if !allowed {
            let warning = self.setting.words.say("warning.not_permitted");
            crate::fault::complain(&format!("{warning}\n"));
        }
        self.answer(&value, text)
    }

    fn find(&self, kind: Kind, text: &str) -> Result<DocumentId, Fault> {
        Ok(self.replica.find(kind, text)?)
    }

    fn find_optional(
        &self,
        kind: Kind,
        text: Option<&String>,
    ) -> Result<Option<DocumentId>, Fault> {
        text.map(|text| self.find(kind, text)).transpose()
    }

    /// A person; "me" and "moi" are whoever uses this device.
    fn person(&self, text: &str) -> Result<PersonId, Fault> {
        match text.trim().to_lowercase().as_str() {
            "me" | "moi" => Ok(self.replica.person()),
            _ => Ok(self.replica.find_person(text)?),
        }
    }

    fn instant(&self, text: Option<&String>) -> Result<Option<Timestamp>, Fault> {
        text.map(|text| input::instant(text, self.zone, self.now()))
            .transpose()
    }
}

/// A runtime for commands that speak to the relay.
fn runtime() -> Result<tokio::runtime::Runtime, Fault> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|cause| Failure::Unreachable(cause.into()).into())
}
