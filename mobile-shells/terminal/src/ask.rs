//! Questions to the person at the terminal.
//!
//! **Invariant**: nothing is asked unless a person is at stdin and stdout; a
//! script is told what it left out instead.

use std::io::{BufRead, Write};

use crate::{fault::Fault, setting::Setting};

/// What was given, or what the person answers.
pub fn required(
    setting: &Setting,
    given: Option<String>,
    label: &'static str,
) -> Result<String, Fault> {
    let missing = || {
        let label = setting.words.say(label);
        Fault::Usage("argument_missing", label.to_owned())
    };
    match given.filter(|text| !text.trim().is_empty()) {
        Some(text) => Ok(text),
        None => optional(setting, None, label)?.ok_or_else(missing),
    }
}

/// What was given, or what the person answers; `None` for an empty line.
pub fn optional(
    setting: &Setting,
    given: Option<String>,
    label: &'static str,
) -> Result<Option<String>, Fault> {
    if given.is_some() || !setting.interactive {
        return Ok(given);
    }
    line(setting, setting.words.say(label))
}

/// One line; `None` when it is empty or there are no more.
pub fn line(setting: &Setting, prompt: &str) -> Result<Option<String>, Fault> {
    if !setting.interactive {
        return Ok(None);
    }
    let unread = |cause: std::io::Error| Fault::Replica(cause.into());
    let mut out = std::io::stdout().lock();
    write!(out, "{prompt} : ").map_err(unread)?;
    out.flush().map_err(unread)?;
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut text)
        .map_err(unread)?;
    let text = text.trim();
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
