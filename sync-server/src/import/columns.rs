//! Which column of a file holds which field.
//!
//! **Invariant**: a field has one column or none; where two columns could be it, the file is
//! refused and the person chooses with `--map`.
//!
//! Used by [`sheet`](super::sheet).

use super::error::{Errors, Reason, forbidden, shown};
use super::fields::{Field, Mapping};
use super::label::same_word;
use super::records::{COLUMNS_MAX, Record};

/// The header, understood.
#[derive(Debug)]
pub(super) struct Columns {
    headers: Vec<String>,
    /// Beside each field, the place of its column.
    places: Vec<(&'static Field, Option<usize>)>,
}

impl Columns {
    /// Reads the header row; `None` means that at least one error was added.
    pub(super) fn resolve(
        fields: &'static [Field],
        header: &Record,
        mapping: &Mapping,
        errors: &mut Errors,
    ) -> Option<Self> {
        if header.count > COLUMNS_MAX {
            errors.add(header.line, "", Reason::TooManyColumns(COLUMNS_MAX));
            return None;
        }
        if let Some((line, reason)) = &header.fault {
            errors.add(*line, "", reason.clone());
            return None;
        }
        for name in &header.cells {
            if let Some(c) = name.chars().find(|c| forbidden(*c)) {
                errors.add(header.line, name, Reason::ForbiddenCharacter(c.into()));
            }
        }
        let mut columns = Self {
            headers: header.cells.iter().map(|h| h.trim().to_owned()).collect(),
            places: fields.iter().map(|field| (field, None)).collect(),
        };
        columns.place_mapped(mapping, errors);
        columns.place_recognised(header.line, errors);
        // A mapping that went wrong is why a column is missing: one complaint is enough.
        if errors.is_empty() {
            columns.report_missing(header.line, errors);
        }
        errors.is_empty().then_some(columns)
    }

    fn place_mapped(&mut self, mapping: &Mapping, errors: &mut Errors) {
        for (field, column) in mapping.entries() {
            let Some(index) = self.places.iter().position(|(f, _)| f.name == field) else {
                let names: Vec<&str> = self.places.iter().map(|(f, _)| f.name).collect();
                let (field, known) = (shown(field), names.join(", "));
                errors.add(0, "", Reason::UnknownField { field, known });
                continue;
            };
            match *self.candidates(|header| header == column) {
                [place] => self.places[index].1 = Some(place),
                [] => match *self.candidates(|header| same_word(header, column)) {
                    [place] => self.places[index].1 = Some(place),
                    [] => errors.add(
                        0,
                        "",
                        Reason::UnknownColumn {
                            column: shown(column),
                            known: self.list(0..self.headers.len()),
                        },
                    ),
                    ref places => self.report_ambiguous(0, index, places, errors),
                },
                ref places => self.report_ambiguous(0, index, places, errors),
            }
        }
    }

    fn place_recognised(&mut self, line: u64, errors: &mut Errors) {
        let mapped: Vec<usize> = self.places.iter().filter_map(|(_, place)| *place).collect();
        for index in 0..self.places.len() {
            let (field, None) = self.places[index] else {
                continue;
            };
            let mut places = self.candidates(|header| field.recognises(header));
            places.retain(|place| !mapped.contains(place));
            match *places {
                [] => {}
                [place] => self.places[index].1 = Some(place),
                _ => self.report_ambiguous(line, index, &places, errors),
            }
        }
    }

    fn candidates(&self, matches: impl Fn(&str) -> bool) -> Vec<usize> {
        let named = |(_, header): &(usize, &String)| !header.is_empty() && matches(header);
        let found = self.headers.iter().enumerate().filter(named);
        found.map(|(place, _)| place).collect()
    }

    fn report_ambiguous(&self, line: u64, index: usize, places: &[usize], errors: &mut Errors) {
        let field = self.places[index].0.name;
        let columns = self.list(places.iter().copied());
        errors.add(line, field, Reason::AmbiguousColumn { field, columns });
    }

    fn report_missing(&self, line: u64, errors: &mut Errors) {
        for (field, place) in &self.places {
            if field.required && place.is_none() {
                let (field, accepted) = (field.name, field.headers.join(", "));
                errors.add(line, field, Reason::MissingColumn { field, accepted });
            }
        }
    }

    fn list(&self, places: impl IntoIterator<Item = usize>) -> String {
        let named = places
            .into_iter()
            .filter_map(|place| self.headers.get(place));
        let named: Vec<String> = named.filter(|h| !h.is_empty()).map(|h| shown(h)).collect();
        named.join(", ")
    }

    /// How many cells each row must have.
    pub(super) fn count(&self) -> usize {
        self.headers.len()
    }

    /// The header at a place.
    pub(super) fn header(&self, place: usize) -> &str {
        self.headers.get(place).map_or("", String::as_str)
    }

    /// Where a field stands. Asking for a field the kind does not declare is a fault of ours.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let declared = self.places.iter().find(|(field, _)| field.name == name);
        debug_assert!(declared.is_some(), "undeclared field {name}");
        declared.and_then(|(_, place)| *place)
    }

    /// The header of a field's column, or the field's own name.
    pub(super) fn name_of<'a>(&'a self, field: &'a str) -> &'a str {
        self.place(field).map_or(field, |place| self.header(place))
    }

    /// `(field, header)` of each column that is read.
    pub(super) fn used(&self) -> Vec<(&'static str, String)> {
        let read = |(field, place): &(&'static Field, Option<usize>)| {
            place.map(|place| (field.name, self.header(place).to_owned()))
        };
        self.places.iter().filter_map(read).collect()
    }

    /// Headers of the columns that are not read.
    pub(super) fn ignored(&self) -> Vec<String> {
        let used: Vec<usize> = self.places.iter().filter_map(|(_, place)| *place).collect();
        let all = self.headers.iter().enumerate();
        let rest = all.filter(|(place, header)| !header.is_empty() && !used.contains(place));
        rest.map(|(_, header)| header.clone()).collect()
    }
}

/// How many headers of a row are recognised; tells the right delimiter from the wrong ones.
pub(super) fn recognised_count(fields: &[Field], header: &Record, mapping: &Mapping) -> usize {
    let mapped = |cell: &str| mapping.entries().any(|(_, column)| same_word(column, cell));
    let known = |cell: &&String| {
        let cell = cell.trim();
        !cell.is_empty() && (fields.iter().any(|field| field.recognises(cell)) || mapped(cell))
    };
    header.cells.iter().filter(known).count()
}
