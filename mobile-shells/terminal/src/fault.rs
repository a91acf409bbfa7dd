//! What went wrong, as a stable code, words and an exit code.
//!
//! | exit | meaning |
//! |---|---|
//! | 1 | anything else |
//! | 2 | wrong use |
//! | 3 | not enrolled |
//! | 4 | the relay cannot be reached, or says "later" |
//! | 5 | the relay refused |
//!
//! **Invariant**: with `--json` an error is one object on stderr; never a
//! trace, and stdout stays empty.

use std::{io::Write, process::ExitCode};

use ronde_core::{
    error::{Error, Invalid},
    transport::Failure,
};
use serde_json::json;

use crate::words::Words;

/// Why a command did not do what it should.
#[derive(Debug)]
pub enum Fault {
    /// Wrong use: a code and what to put into its words.
    Usage(&'static str, String),
    /// The replica said no.
    Replica(Error),
    /// The relay said no, or nothing.
    Relay(Failure),
    /// Help or version were asked for: that is no fault.
    Told(String),
    /// No command was given: the help says which there are.
    Lost(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Replica(error)
    }
}

impl From<Invalid> for Fault {
    fn from(invalid: Invalid) -> Self {
        Self::Replica(invalid.into())
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Replica(error) => Self::Replica(error),
            other => Self::Relay(other),
        }
    }
}

/// An error in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
}

impl Fault {
    /// The exit code.
    pub const fn exit(&self) -> u8 {
        match self {
            Self::Told(_) => 0,
            Self::Usage(..) | Self::Lost(_) => 2,
            Self::Replica(Error::NotEnrolled) => 3,
            Self::Relay(failure) if failure.is_passing() => 4,
            Self::Relay(Failure::Refused { .. } | Failure::Version) => 5,
            Self::Replica(_) | Self::Relay(_) => 1,
        }
    }

    /// The error in words.
    pub fn told(&self, words: Words) -> Told {
        match self {
            Self::Told(text) => Told {
                code: "told".to_owned(),
                message: text.clone(),
                hint: String::new(),
            },
            Self::Lost(_) => tell(words, "command_missing", "", ""),
            Self::Usage(code, detail) => tell(words, code, detail, detail),
            Self::Replica(Error::Invalid(invalid)) => {
                let detail = invalid.detail().unwrap_or_default();
                tell(words, invalid.code, detail, &invalid.message)
            }
            Self::Replica(Error::Unknown { kind, .. }) => {
                let kind = words.of("kind", kind);
                tell(words, "not_on_device", kind, kind)
            }
            Self::Replica(error) => {
                let code = match error {
                    Error::NotEnrolled => "not_enrolled",
                    Error::Malformed(_) => "malformed",
                    Error::StorageFull(_) => "disk_full",
                    Error::Busy => "replica_busy",
                    Error::NewerSchema { .. } => "newer_schema",
                    Error::Damaged(..) => "replica_damaged",
                    _ => "storage",
                };
                tell(words, code, "", &error.to_string())
            }
            Self::Relay(failure) => {
                let detail = match failure {
                    Failure::TryLater { after_s } => after_s.to_string(),
                    Failure::Confused(what) => (*what).to_owned(),
                    _ => String::new(),
                };
                let fallback = match failure {
                    Failure::Refused { message, .. } => message.clone(),
                    other => other.to_string(),
                };
                tell(words, failure.code(), &detail, &fallback)
            }
        }
    }

    /// Says it on stderr.
    pub fn report(&self, words: Words, json: bool) -> ExitCode {
        let Told {
            code,
            message,
            hint,
        } = self.told(words);
        let text = if json {
            let error = json!({ "error": { "code": code, "message": message, "hint": hint } });
            format!("{error}\n")
        } else if let Self::Lost(help) = self {
            help.clone()
        } else {
            let mut text = format!("{} {message}\n", words.say("fault.title"));
            if !hint.is_empty() {
                let title = words.say("fault.hint");
                text = format!("{text}{title} {hint}\n");
            }
            text
        };
        complain(&text);
        ExitCode::from(self.exit())
    }
}

fn tell(words: Words, code: &str, detail: &str, fallback: &str) -> Told {
    let message = words.find(&format!("error.{code}"));
    let hint = words.find(&format!("hint.{code}")).unwrap_or_default();
    let mut message = message.map_or(fallback.to_owned(), |it| it.replace("{}", detail));
    if !detail.is_empty() && !message.contains(detail) {
        message = format!("{message} : {detail}");
    }
    Told {
        code: code.to_owned(),
        message,
        hint: hint.to_owned(),
    }
}

/// Writes to stderr, whether anybody listens or not.
pub fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
