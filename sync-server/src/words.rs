//! What people read on the command line, one file per language.
//!
//! **Invariant**: every answer and refusal has words in every language: the
//! matches are exhaustive.

mod en;
mod fr;

use std::str::FromStr;

use ronde_core::model::{Role, Roles};

use crate::{
    admin::Refusal,
    control::{Answer, DeviceLine, Proof, Verified, VerifiedSite},
    fill::{Fault, Report},
};

pub(crate) use fr::HELP as FRENCH_HELP;

/// A language of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// French.
    Fr,
}

impl Language {
    /// The language of a locale such as `fr_FR.UTF-8`; English for the others.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("fr") {
            Self::Fr
        } else {
            Self::En
        }
    }
}

impl FromStr for Language {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "en" => Ok(Self::En),
            "fr" => Ok(Self::Fr),
            _ => Err(()),
        }
    }
}

/// A refusal in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// `answer` in words.
pub fn answer(language: Language, answer: &Answer) -> String {
    match language {
        Language::En => en::answer(answer),
        Language::Fr => fr::answer(answer),
    }
}

/// `refusal` in words.
pub fn refusal(language: Language, refusal: &Refusal) -> Told {
    let (message, hint) = match language {
        Language::En => en::refusal(refusal),
        Language::Fr => fr::refusal(refusal),
    };
    let hint = hint.into();
    Told { message, hint }
}

/// That a relay listens.
pub fn listening(language: Language, url: &str) -> String {
    match language {
        Language::En => format!("listening on {url}; Ctrl-C stops"),
        Language::Fr => format!("à l'écoute sur {url} ; Ctrl-C arrête"),
    }
}

/// That a large import has begun.
pub fn importing(language: Language, bytes: &[u8]) -> String {
    let lines = bytes.split(|byte| *byte == b'\n').count();
    match language {
        Language::En => format!("importing about {lines} rows; all of them or none…"),
        Language::Fr => format!("import d'environ {lines} lignes, toutes ou aucune…"),
    }
}

/// The title of errors.
pub fn error_title(language: Language) -> &'static str {
    match language {
        Language::En => "error",
        Language::Fr => "erreur",
    }
}

/// The title of hints.
pub fn hint_title(language: Language) -> &'static str {
    match language {
        Language::En => "hint",
        Language::Fr => "conseil",
    }
}

fn list<T: ToString>(things: &[T]) -> String {
    let things: Vec<_> = things.iter().map(ToString::to_string).collect();
    if things.is_empty() {
        "-".into()
    } else {
        things.join(", ")
    }
}

fn heads(verified: &Verified) -> String {
    let line = |it: &VerifiedSite| format!("  {}  {}:{}\n", it.site, it.head_seq, it.chain);
    verified.sites.iter().map(line).collect()
}

fn roles(roles: &Roles) -> String {
    let names: Vec<_> = roles.iter().map(Role::name).collect();
    list(&names)
}

fn faults(report: &Report, line: &str, column: &str) -> String {
    let told = |fault: &Fault| {
        let place = match (fault.line, fault.column.as_str()) {
            (0, "") => String::new(),
            (0, header) => format!("{column} `{header}`: "),
            (at, "") => format!("{line} {at}: "),
            (at, header) => format!("{line} {at}, {column} `{header}`: "),
        };
        format!("  {place}{}\n", fault.reason)
    };
    report.errors.iter().map(told).collect()
}

fn proofs(proofs: &[Proof]) -> String {
    let line = |proof: &Proof| format!("  {}  {}:{}\n", proof.site, proof.seq, proof.chain);
    proofs.iter().map(line).collect()
}

fn device(line: &DeviceLine, revoked: &str) -> String {
    let device = &line.device;
    let mark = device.revoked_at.map(|at| format!("  {revoked} {at}"));
    format!(
        "{}  {}  {}  {}  {}{}",
        line.site,
        device.id,
        line.person_name.as_deref().unwrap_or("-"),
        device.name.as_deref().unwrap_or("-"),
        device.last_seen,
        mark.unwrap_or_default(),
    )
}
