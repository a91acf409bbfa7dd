//! Answers: one value on stdout, written in one go.
//!
//! **Invariant**: a reader that went away is no error; nothing else is ever
//! written to stdout.

use std::io::Write;

use serde::Serialize;

use crate::fault::Fault;

/// `value` as one line of JSON.
pub fn line<T: Serialize>(value: &T) -> Result<String, Fault> {
    let mut text = serde_json::to_string(value)
        .map_err(|_| Fault::Replica(ronde_core::Error::Malformed("answer")))?;
    text.push('\n');
    Ok(text)
}

/// Writes an answer.
pub fn write(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}
