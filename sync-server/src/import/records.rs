//! Text to records: the quoting rules of RFC 4180 with any line ending.
//!
//! Written here rather than taken from a CSV library because two things matter to the person who
//! must correct the file: the physical line of each row (past empty lines and line breaks inside
//! quotes), and a quote that never closes being told where it opens.
//!
//! **Invariant**: one record at a time, with at most [`COLUMNS_MAX`] cells kept, so a file of
//! nothing but delimiters costs no more memory than its own size.

use super::Reason;

/// The most columns a file may have.
pub(super) const COLUMNS_MAX: usize = 512;

/// One row as it is written.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The physical line it starts on, from 1.
    pub(super) line: u64,
    /// Its values without quotes, line breaks as `\n`.
    pub(super) cells: Vec<String>,
    /// How many cells it has, also past [`COLUMNS_MAX`].
    pub(super) count: usize,
    /// The first fault of its quoting, and the fault's line.
    pub(super) fault: Option<(u64, Reason)>,
}

impl Record {
    /// An empty line, or a spreadsheet's empty row.
    pub(super) fn is_blank(&self) -> bool {
        self.fault.is_none()
            && self.count == self.cells.len()
            && self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

/// The records of a text, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Records<'a> {
    rest: &'a str,
    line: u64,
    delimiter: char,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, delimiter: char) -> Self {
        Self {
            rest: text,
            line: 1,
            delimiter,
        }
    }

    /// Takes one cell off the rest; `false` where it was the record's last.
    fn cell(&mut self, record: &mut Record) -> bool {
        let value = match self.rest.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted, record),
            None => self.plain().to_owned(),
        };
        record.count += 1;
        if record.cells.len() < COLUMNS_MAX {
            record.cells.push(value);
        }
        self.separator()
    }

    /// What stands before the next delimiter or line end.
    fn plain(&mut self) -> &'a str {
        let stops = [self.delimiter, '\n', '\r'];
        let end = self.rest.find(stops).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        value
    }

    fn quoted(&mut self, mut inside: &'a str, record: &mut Record) -> String {
        let opened_on = self.line;
        let mut value = String::new();
        loop {
            let Some((chunk, after)) = inside.split_once('"') else {
                self.line += line_breaks(inside);
                self.rest = "";
                record
                    .fault
                    .get_or_insert((opened_on, Reason::UnclosedQuote));
                return value;
            };
            self.line += line_breaks(chunk);
            push_with_unix_breaks(&mut value, chunk);
            let Some(more) = after.strip_prefix('"') else {
                self.rest = after;
                break;
            };
            value.push('"');
            inside = more;
        }
        if !self.plain().trim().is_empty() {
            record
                .fault
                .get_or_insert((self.line, Reason::TextAfterQuote));
        }
        value
    }

    /// Steps over what ends a cell; `false` at the end of the record.
    fn separator(&mut self) -> bool {
        if let Some(rest) = self.rest.strip_prefix(self.delimiter) {
            self.rest = rest;
            return true;
        }
        let ended = self.rest.strip_prefix("\r\n");
        if let Some(rest) = ended.or_else(|| self.rest.strip_prefix(['\n', '\r'])) {
            self.rest = rest;
            self.line += 1;
        }
        false
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Record {
            line: self.line,
            ..Record::default()
        };
        while self.cell(&mut record) {}
        Some(record)
    }
}

/// How many lines end in a text: `\n`, `\r\n` and a lone `\r` are one each.
pub(super) fn line_breaks(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = |(at, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    bytes.iter().enumerate().map(ends).map(u64::from).sum()
}

fn push_with_unix_breaks(value: &mut String, chunk: &str) {
    if chunk.contains('\r') {
        value.push_str(&chunk.replace("\r\n", "\n").replace('\r', "\n"));
    } else {
        value.push_str(chunk);
    }
}
