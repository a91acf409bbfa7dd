//! What may be wrong with a file, and where.
//!
//! **Invariant**: at most [`ERRORS_MAX`] errors are kept, whatever the file; the rest is counted,
//! so a hostile file cannot make the list of its faults larger than itself.
//!
//! Offending values are shown shortened and without control characters: they end in a terminal.

use std::fmt;

use serde::Serialize;

/// How many errors are reported one by one.
pub const ERRORS_MAX: usize = 1_000;
/// How many characters of an offending value a message repeats.
const SHOWN_CHARS_MAX: usize = 40;

/// One thing that must be corrected before the file can be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// The physical line on which the row starts, from 1; 0 speaks of the file or of `--map`.
    pub line: u64,
    /// The header of the column, the field's name where no column was found, or nothing.
    pub column: String,
    /// What is wrong.
    pub reason: Reason,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}", self.line)?;
        }
        if !self.column.is_empty() {
            let comma = if self.line > 0 { ", " } else { "" };
            write!(f, "{comma}column `{}`", self.column)?;
        }
        if self.line > 0 || !self.column.is_empty() {
            f.write_str(": ")?;
        }
        self.reason.fmt(f)
    }
}

/// Why a file, a header, a row or a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Over [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX).
    #[error("the file is larger than {} MiB", super::FILE_BYTES_MAX / 1024 / 1024)]
    FileTooLarge,
    /// No header among the first lines.
    #[error("the file is empty, or begins with nothing but empty lines")]
    EmptyFile,
    /// A header and nothing under it.
    #[error("the file has a header and no rows")]
    NoRows,
    /// Over [`ROWS_MAX`](super::ROWS_MAX).
    #[error("the file has more than {} rows", super::ROWS_MAX)]
    TooManyRows,
    /// More columns than any table has.
    #[error("the header has more than {0} columns")]
    TooManyColumns(usize),
    /// A spreadsheet's "Unicode text" export.
    #[error("the file is UTF-16; save it as CSV UTF-8")]
    Utf16,
    /// A UTF-8 mark, then bytes that are not UTF-8.
    #[error("the file says that it is UTF-8 and this line is not")]
    NotUtf8,
    /// The rest of the file would be one value.
    #[error("a quote opens here and never closes")]
    UnclosedQuote,
    /// As in `"6205" SKF`.
    #[error("text after a closing quote; write quotes inside a value twice")]
    TextAfterQuote,
    /// A row that is longer or shorter than its header.
    #[error("{found} fields where the header has {expected}")]
    FieldCount {
        /// As in the header.
        expected: usize,
        /// As in the row.
        found: usize,
    },
    /// No header is recognised as a needed field.
    #[error("no column for it; add one of: {accepted}, or say --map {field}=Column")]
    MissingColumn {
        /// The field.
        field: &'static str,
        /// Its headers.
        accepted: String,
    },
    /// Two columns are recognised as one field.
    #[error("columns {columns} could all be it; choose with --map {field}=Column")]
    AmbiguousColumn {
        /// The field.
        field: &'static str,
        /// The candidates.
        columns: String,
    },
    /// Not `field=Column`.
    #[error("--map `{0}` is not of the form field=Column")]
    MapSyntax(String),
    /// `--map` of something this kind does not have.
    #[error("--map: no field `{field}`; one of: {known}")]
    UnknownField {
        /// As given.
        field: String,
        /// What there is.
        known: String,
    },
    /// `--map` to something this file does not have.
    #[error("--map: no column `{column}` in the file; one of: {known}")]
    UnknownColumn {
        /// As given.
        column: String,
        /// What there is.
        known: String,
    },
    /// `--map` of one field to two columns.
    #[error("--map: field `{0}` is given twice")]
    MappedTwice(String),
    /// NUL and its like, or a character that reorders the text around it.
    #[error("the character U+{0:04X} is not allowed")]
    ForbiddenCharacter(u32),
    /// An empty cell that must not be.
    #[error("must not be empty")]
    Required,
    /// Longer than its field may be.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// More entries in one cell than its field may have.
    #[error("more than {0} entries")]
    TooManyEntries(usize),
    /// Not a number at all.
    #[error("`{0}` is not a number (write 1234,5 or 1234.5)")]
    NotANumber(String),
    /// Less than zero where that has no meaning.
    #[error("must not be negative")]
    Negative,
    /// Finer than can be kept.
    #[error("has more than {0} decimals")]
    TooManyDecimals(u32),
    /// Outside what the field may be.
    #[error("must be between {min} and {max}")]
    OutOfRange {
        /// Lowest.
        min: i64,
        /// Highest.
        max: i64,
    },
    /// Not a day of the calendar.
    #[error("`{0}` is not a date (write 2026-03-31 or 31/03/2026)")]
    NotADate(String),
    /// Not one of the field's labels.
    #[error("`{value}` is not known here; one of: {accepted}")]
    NotOneOf {
        /// As written.
        value: String,
        /// The first French and English label of each.
        accepted: String,
    },
    /// An entry of a list that is not built as it must be.
    #[error("`{value}` is not of the form {form}")]
    NotOfForm {
        /// As written.
        value: String,
        /// As it should be.
        form: &'static str,
    },
    /// Something that stands for one thing, twice.
    #[error("`{value}` is already on line {first_line}")]
    Duplicate {
        /// As written.
        value: String,
        /// Where it was first.
        first_line: u64,
    },
    /// Two values of a row, or two rows, that contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
    /// A code that stands for nothing.
    #[error("there is no {what} `{value}`; import it first")]
    Unknown {
        /// What it should stand for.
        what: &'static str,
        /// As written.
        value: String,
    },
    /// What a document cannot hold.
    #[error("{0}")]
    Unfit(String),
    /// What does not fit in the list.
    #[error("and {0} more errors")]
    More(usize),
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The start of an outside value, safe to show.
pub(crate) fn shown(value: &str) -> String {
    let mut out: String = value
        .chars()
        .take(SHOWN_CHARS_MAX)
        .map(|c| {
            if forbidden(c) || c == '\n' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect();
    if value.chars().nth(SHOWN_CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

/// Whether a character may not be imported: controls, and what makes a text read otherwise than
/// it is stored.
pub(super) fn forbidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Errors as they are found, bounded.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    kept: Vec<RowError>,
    beyond: usize,
}

impl Errors {
    pub(crate) fn add(&mut self, line: u64, column: &str, reason: Reason) {
        if self.kept.len() < ERRORS_MAX {
            self.kept.push(RowError {
                line,
                column: shown(column),
                reason,
            });
        } else {
            self.beyond += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// By line; errors of one line stay in the order of discovery.
    pub(crate) fn into_sorted(mut self) -> Vec<RowError> {
        self.kept.sort_by_key(|error| error.line);
        if self.beyond > 0 {
            self.kept.push(RowError {
                line: 0,
                column: String::new(),
                reason: Reason::More(self.beyond),
            });
        }
        self.kept
    }
}
