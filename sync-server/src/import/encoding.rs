//! Bytes to text: UTF-8 where they are, else Windows-1252 (which holds Latin-1).
//!
//! **Invariant**: never a silent replacement character. Whoever announces UTF-8 and breaks it is
//! told where; whoever announces nothing is believed to be an older French export.
//!
//! Called once per file by [`parse`](super::parse).

use std::borrow::Cow;

use encoding_rs::{UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Reason;
use super::records::line_breaks;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a file's bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Encoding {
    /// With or without its mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// Also read when the file is Latin-1.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// The text, without a mark; or the line of the fault.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), (u64, Reason)> {
    if let Some(marked) = bytes.strip_prefix(UTF8_MARK) {
        return match std::str::from_utf8(marked) {
            Ok(text) => Ok((Cow::Borrowed(text), Encoding::Utf8)),
            Err(fault) => {
                let before = marked.get(..fault.valid_up_to()).unwrap_or_default();
                let breaks = std::str::from_utf8(before).map_or(0, line_breaks);
                Err((breaks + 1, Reason::NotUtf8))
            }
        };
    }
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    if marked == Some(UTF_16LE) || marked == Some(UTF_16BE) {
        return Err((0, Reason::Utf16));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((Cow::Borrowed(text), Encoding::Utf8));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok((text, Encoding::Windows1252))
}
