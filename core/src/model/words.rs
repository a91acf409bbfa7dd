//! What people type, made safe once: normalised, bounded, without characters
//! that hide or reorder what a reader sees.
//!
//! **Invariant**: stored text is NFC, has no control or bidirectional override
//! characters, and is no longer than its limit.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::error::Invalid;

/// Limits of one text, in characters.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// The most characters it may have.
    pub chars_max: usize,
    /// True when new lines are allowed.
    pub lines: bool,
}

/// The limit of titles, names and labels.
impl Line {
    /// A title, name or label: one line of 200 characters.
    pub const TITLE: Self = Self {
        chars_max: 200,
        lines: false,
    };
    /// A code or reference: one line of 64 characters.
    pub const CODE: Self = Self {
        chars_max: 64,
        lines: false,
    };
    /// A description, comment or note: 10,000 characters, several lines.
    pub const PROSE: Self = Self {
        chars_max: 10_000,
        lines: true,
    };
}

/// A checked text, ready to be stored.
pub type Prose = String;

/// Trims and normalises `text`, and refuses what nobody can read safely.
///
/// # Errors
///
/// [`Invalid`] with code `text_long` or `text_characters`.
///
/// ```
/// use ronde_core::model::{Line, check_text};
///
/// assert_eq!(check_text("  Pompe P-12 ", Line::TITLE)?, "Pompe P-12");
/// assert!(check_text("abc\u{202e}def", Line::TITLE).is_err());
/// # Ok::<(), ronde_core::error::Invalid>(())
/// ```
pub fn check_text(text: &str, limit: Line) -> Result<Prose, Invalid> {
    let text: String = text.trim().nfc().collect();
    stored_text(&text, limit)?;
    Ok(text)
}

/// Judges a text that is already stored or arrived from a device.
pub(crate) fn stored_text(text: &str, limit: Line) -> Result<(), Invalid> {
    if text.chars().count() > limit.chars_max {
        let message = format!("the text is longer than {} characters", limit.chars_max);
        return Err(Invalid::new("text_long", message));
    }
    let hidden = |c: char| {
        (c.is_control() && !(limit.lines && matches!(c, '\n' | '\t')))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    if text.contains(hidden) || !is_nfc(text) {
        return Err(Invalid::new(
            "text_characters",
            "the text has control characters or is not in normal form",
        ));
    }
    Ok(())
}
