//! Typed access to the cells of one row.
//!
//! **Invariant**: a getter that cannot give what is asked reports why and gives an empty value, so
//! that one pass finds every fault of a row. A file with a reported fault is never imported, so
//! these empty values never leave this folder.
//!
//! An absent column reads like an empty cell.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::columns::Columns;
use super::error::{Errors, Reason, shown};
use super::label::Labelled;
use super::quantity::{self, ONE_MICRO};
use super::records::Record;

/// The longest code or reference.
pub const CODE_CHARS_MAX: usize = 64;
/// The longest title, name or other single line.
pub const TITLE_CHARS_MAX: usize = 200;
/// The longest text.
pub const TEXT_CHARS_MAX: usize = 10_000;
/// The most entries in the list of one cell.
pub const ENTRIES_MAX: usize = 100;

/// What separates the entries of a list inside one cell.
const ENTRY_ENDS: [char; 3] = ['|', ';', '\n'];

#[derive(Debug)]
pub(super) struct Row<'a> {
    record: &'a Record,
    columns: &'a Columns,
    errors: &'a mut Errors,
}

impl<'a> Row<'a> {
    pub(super) fn new(record: &'a Record, columns: &'a Columns, errors: &'a mut Errors) -> Self {
        Self {
            record,
            columns,
            errors,
        }
    }

    pub(super) fn line(&self) -> u64 {
        self.record.line
    }

    pub(super) fn report(&mut self, field: &str, reason: Reason) {
        let column = self.columns.name_of(field);
        self.errors.add(self.record.line, column, reason);
    }

    fn cell(&self, field: &str) -> &'a str {
        let place = self.columns.place(field);
        let cell = place.and_then(|place| self.record.cells.get(place));
        cell.map_or("", |cell| cell.trim())
    }

    /// Gives the value, or reports the empty cell.
    pub(super) fn required<T: Default>(&mut self, field: &str, value: Option<T>) -> T {
        if value.is_none() && self.cell(field).is_empty() {
            self.report(field, Reason::Required);
        }
        value.unwrap_or_default()
    }

    /// A text of several lines.
    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        let text: String = self.cell(field).nfc().collect();
        self.fitting(field, text, TEXT_CHARS_MAX)
    }

    /// A text of one line; line breaks and tabs in it become spaces.
    pub(super) fn title(&mut self, field: &str) -> Option<String> {
        let title = single_line(self.cell(field));
        self.fitting(field, title, TITLE_CHARS_MAX)
    }

    /// What identifies something.
    pub(super) fn code(&mut self, field: &str) -> Option<String> {
        let code = single_line(self.cell(field));
        self.fitting(field, code, CODE_CHARS_MAX)
    }

    fn fitting(&mut self, field: &str, value: String, chars_max: usize) -> Option<String> {
        if value.chars().nth(chars_max).is_some() {
            self.report(field, Reason::TooLong(chars_max));
            return None;
        }
        (!value.is_empty()).then_some(value)
    }

    /// A number that may be negative, in millionths.
    pub(super) fn signed_micro(&mut self, field: &str) -> Option<i64> {
        let cell = self.cell(field);
        if cell.is_empty() {
            return None;
        }
        self.checked(field, quantity::micro(cell))
    }

    /// A quantity, in millionths.
    pub(super) fn micro(&mut self, field: &str) -> Option<i64> {
        let value = self.signed_micro(field)?;
        self.checked(field, not_negative(value))
    }

    /// An amount of money, with or without its currency, in millionths.
    pub(super) fn money_micro(&mut self, field: &str) -> Option<i64> {
        let cell = self.cell(field);
        if cell.is_empty() {
            return None;
        }
        let bare = cell.strip_suffix('€').or_else(|| cell.strip_suffix("EUR"));
        self.checked(field, quantity::micro(bare.unwrap_or(cell).trim_end()))
    }

    /// A whole number within bounds; `30` and `30 %` alike.
    pub(super) fn whole(&mut self, field: &str, min: u32, max: u32) -> Option<u32> {
        let cell = self.cell(field);
        if cell.is_empty() {
            return None;
        }
        let bare = cell.strip_suffix('%').map_or(cell, str::trim_end);
        let value = self.checked(field, quantity::micro(bare))?;
        let whole = u32::try_from(value / ONE_MICRO).ok();
        match whole {
            Some(whole) if value % ONE_MICRO == 0 && (min..=max).contains(&whole) => Some(whole),
            _ if value < 0 => self.checked(field, Err(Reason::Negative)),
            _ if value % ONE_MICRO != 0 => self.checked(field, Err(Reason::TooManyDecimals(0))),
            _ => {
                let (min, max) = (i64::from(min), i64::from(max));
                self.checked(field, Err(Reason::OutOfRange { min, max }))
            }
        }
    }

    pub(super) fn date(&mut self, field: &str) -> Option<NaiveDate> {
        let cell = self.cell(field);
        if cell.is_empty() {
            return None;
        }
        self.checked(field, super::date::date(cell))
    }

    /// One of an enumeration's labels.
    pub(super) fn label<T: Labelled>(&mut self, field: &str) -> Option<T> {
        let cell = self.cell(field);
        if cell.is_empty() {
            return None;
        }
        self.checked(field, labelled(cell))
    }

    /// The entries of a cell of names or texts; a comma is a part of an entry.
    pub(super) fn texts(&mut self, field: &str) -> Vec<String> {
        self.entries(field, &ENTRY_ENDS, TITLE_CHARS_MAX)
    }

    /// The entries of a cell of codes; a comma separates them too.
    pub(super) fn codes(&mut self, field: &str) -> Vec<String> {
        self.entries(field, &['|', ';', '\n', ','], CODE_CHARS_MAX)
    }

    /// The entries of a cell of labels; a comma separates them too.
    pub(super) fn labels<T: Labelled + PartialEq>(&mut self, field: &str) -> Vec<T> {
        let mut values = Vec::new();
        for entry in self.codes(field) {
            let value = self.checked(field, labelled(&entry));
            values.extend(value.filter(|value| !values.contains(value)));
        }
        values
    }

    fn entries(&mut self, field: &str, ends: &[char], chars_max: usize) -> Vec<String> {
        let split = self.cell(field).split(ends).map(single_line);
        let mut entries: Vec<String> = Vec::new();
        for entry in split.filter(|entry| !entry.is_empty()) {
            if entries.len() == ENTRIES_MAX {
                self.report(field, Reason::TooManyEntries(ENTRIES_MAX));
                break;
            }
            if entries.contains(&entry) {
                let (value, first_line) = (shown(&entry), self.line());
                self.report(field, Reason::Duplicate { value, first_line });
            }
            entries.extend(self.fitting(field, entry, chars_max));
        }
        entries
    }

    pub(super) fn checked<T>(&mut self, field: &str, value: Result<T, Reason>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(reason) => {
                self.report(field, reason);
                None
            }
        }
    }
}

/// A value that is zero or more.
pub(super) fn not_negative(value: i64) -> Result<i64, Reason> {
    if value < 0 {
        return Err(Reason::Negative);
    }
    Ok(value)
}

/// The value of a label, or what may be written instead.
pub(super) fn labelled<T: Labelled>(word: &str) -> Result<T, Reason> {
    T::from_label(word).ok_or_else(|| Reason::NotOneOf {
        value: shown(word),
        accepted: T::accepted(),
    })
}

fn single_line(value: &str) -> String {
    let words: Vec<&str> = value.split(['\n', '\t']).map(str::trim).collect();
    words.join(" ").trim().nfc().collect()
}
