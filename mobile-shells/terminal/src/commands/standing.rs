//! `ronde status`, `why`, `today`, `search`
//!
//! **Invariant**: whatever is not synced has a reason that a person can read.

use ronde_core::replica::Why;
use serde_json::json;

use super::Desk;
use crate::{cli::Search, fault::Fault, setting::Setting, show::standing, words::Words};

pub(super) fn status(setting: &Setting) -> Result<(), Fault> {
    let desk = Desk::open(setting)?;
    let status = desk.replica.status()?;
    desk.answer(&status, |paper| standing::status(paper, &status))
}

pub(super) fn why(setting: &Setting) -> Result<(), Fault> {
    let desk = Desk::open(setting)?;
    let all = desk.replica.why()?;
    let lines: Vec<_> = all
        .iter()
        .map(|why| {
            let mut value = json!(why);
            value["explanation"] = json!(explanation(setting.words, why));
            value
        })
        .collect();
    desk.answer(&lines, |paper| {
        standing::why(paper, &all, |why| explanation(paper.words, why))
    })
}

/// Why it is still here, for a person.
fn explanation(words: Words, why: &Why) -> String {
    let known = words
        .find(&format!("why.{}", why.code))
        .or_else(|| words.find(&format!("error.{}", why.code)));
    match known {
        Some(text) => text.replace("{}", "").trim().to_owned(),
        None => words.fill("why.other", &[&why.code]),
    }
}

pub(super) fn today(setting: &Setting) -> Result<(), Fault> {
    let desk = Desk::open(setting)?;
    let today = desk.replica.today()?;
    desk.answer(&today, |paper| standing::today(paper, &today))
}

pub(super) fn search(setting: &Setting, args: &Search) -> Result<(), Fault> {
    let desk = Desk::open(setting)?;
    let found = desk.replica.search(&args.text.join(" "), args.limit)?;
    desk.answer(&found, |paper| standing::found(paper, &found))
}
