//! A file once its delimiter and its header are known: hands its rows out one by one.
//!
//! **Invariant**: a row that reaches a kind's reader has as many cells as the header and holds no
//! forbidden character; what does not is reported and skipped.
//!
//! The typed access to one row is in [`row`](super::row).

use std::collections::HashMap;

use super::ROWS_MAX;
use super::columns::{Columns, recognised_count};
use super::error::{Errors, Reason, forbidden, shown};
use super::fields::{Field, Mapping};
use super::records::{Record, Records};
use super::row::Row;

/// French spreadsheets first: where nothing else decides, the first of these wins.
const DELIMITERS: [char; 4] = [';', ',', '\t', '|'];

/// How many lines may stand before the header; it is looked for once per delimiter.
const HEADER_LINES_MAX: usize = 1_000;

#[derive(Debug)]
pub(super) struct Sheet<'a> {
    records: Records<'a>,
    columns: Columns,
    delimiter: char,
    errors: &'a mut Errors,
}

impl<'a> Sheet<'a> {
    /// Finds the delimiter and reads the header; `None` means that an error was added.
    pub(super) fn open(
        text: &'a str,
        fields: &'static [Field],
        mapping: &Mapping,
        errors: &'a mut Errors,
    ) -> Option<Self> {
        let mut best: Option<(usize, usize, char, Record, Records<'a>)> = None;
        for delimiter in DELIMITERS {
            let mut records = Records::new(text, delimiter);
            let Some(header) = records.by_ref().take(HEADER_LINES_MAX).find(is_header) else {
                continue;
            };
            let score = (recognised_count(fields, &header, mapping), header.count);
            if best.as_ref().is_none_or(|best| score > (best.0, best.1)) {
                best = Some((score.0, score.1, delimiter, header, records));
            }
        }
        let Some((_, _, delimiter, header, records)) = best else {
            errors.add(0, "", Reason::EmptyFile);
            return None;
        };
        let columns = Columns::resolve(fields, &header, mapping, errors)?;
        Some(Self {
            records,
            columns,
            delimiter,
            errors,
        })
    }

    pub(super) fn delimiter(&self) -> char {
        self.delimiter
    }

    pub(super) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Reads every row; a row that reports an error still counts for later checks.
    pub(super) fn rows<T>(&mut self, mut read: impl FnMut(&mut Row<'_>) -> T) -> Vec<T> {
        let mut rows = Vec::new();
        let mut count = 0;
        for record in self.records.by_ref() {
            if record.is_blank() {
                continue;
            }
            count += 1;
            if count > ROWS_MAX {
                self.errors.add(record.line, "", Reason::TooManyRows);
                break;
            }
            if well_formed(&record, &self.columns, self.errors) {
                rows.push(read(&mut Row::new(&record, &self.columns, self.errors)));
            }
        }
        if count == 0 {
            self.errors.add(0, "", Reason::NoRows);
        }
        rows
    }

    /// Reports something seen only with all rows at hand.
    pub(super) fn report(&mut self, line: u64, field: &str, reason: Reason) {
        self.errors.add(line, self.columns.name_of(field), reason);
    }
}

/// Not a line of delimiters, nor Excel's `sep=;`: the delimiter is found without its help.
fn is_header(record: &Record) -> bool {
    let says = |cell: &String| cell.contains(char::is_alphanumeric);
    let first = record.cells.first().map_or("", |cell| cell.trim());
    let hint = record.line == 1 && first.len() <= "sep=;".len() && first.starts_with("sep=");
    record.fault.is_some() || (record.cells.iter().any(says) && !hint)
}

fn well_formed(record: &Record, columns: &Columns, errors: &mut Errors) -> bool {
    if let Some((line, reason)) = &record.fault {
        errors.add(*line, "", reason.clone());
        return false;
    }
    if record.count != columns.count() {
        let (expected, found) = (columns.count(), record.count);
        errors.add(record.line, "", Reason::FieldCount { expected, found });
        return false;
    }
    let mut clean = true;
    for (place, cell) in record.cells.iter().enumerate() {
        if let Some(c) = cell.chars().find(|c| forbidden(*c)) {
            let reason = Reason::ForbiddenCharacter(c.into());
            errors.add(record.line, columns.header(place), reason);
            clean = false;
        }
    }
    clean
}

/// What must be there once in a file, with the line where it first was.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<String, u64>);

impl Seen {
    /// Reports a value that is there already. Empty values are reported elsewhere.
    pub(super) fn once(&mut self, row: &mut Row<'_>, field: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let first_line = *self.0.entry(value.to_owned()).or_insert(row.line());
        if first_line != row.line() {
            let value = shown(value);
            row.report(field, Reason::Duplicate { value, first_line });
        }
    }
}
