//! What can be imported: the kinds, their fields, and a person's own mapping of columns.
//!
//! **Invariant**: within a kind no header is accepted for two fields, so recognising a column
//! never depends on the order of the columns.
//!
//! The fields themselves stand beside the row they fill, in each kind's file.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::error::{Reason, shown};
use super::label::same_word;
use super::{checklists, equipment, parts, plans, stock_levels, work_orders};

/// What one file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum, Serialize, Deserialize)]
#[value(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Pieces of equipment and their tree.
    Equipment,
    /// Spare parts.
    Parts,
    /// Checklists, one row per item.
    Checklists,
    /// Maintenance plans.
    Plans,
    /// What each store holds.
    StockLevels,
    /// Work orders.
    WorkOrders,
}

impl Kind {
    /// Every kind, in the order in which a site is filled: each refers only to those before it.
    pub const ALL: [Self; 6] = [
        Self::Equipment,
        Self::Parts,
        Self::Checklists,
        Self::Plans,
        Self::StockLevels,
        Self::WorkOrders,
    ];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Equipment => "equipment",
            Self::Parts => "parts",
            Self::Plans => "plans",
            Self::Checklists => "checklists",
            Self::StockLevels => "stock_levels",
            Self::WorkOrders => "work_orders",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing a row can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// As in `--map name=Column`.
    pub name: &'static str,
    /// Whether a file without a column for it is refused.
    pub required: bool,
    /// Headers that are recognised, besides the name; case, accents, spaces and punctuation aside.
    pub headers: &'static [&'static str],
    /// What to write in it, and what an empty cell means.
    pub about: &'static str,
}

/// A field whose column must be there.
pub(super) const fn needed(
    name: &'static str,
    headers: &'static [&'static str],
    about: &'static str,
) -> Field {
    Field {
        name,
        required: true,
        headers,
        about,
    }
}

/// A field that a file may leave out.
pub(super) const fn optional(
    name: &'static str,
    headers: &'static [&'static str],
    about: &'static str,
) -> Field {
    Field {
        name,
        required: false,
        headers,
        about,
    }
}

impl Field {
    /// Whether a header is one of this field's.
    pub(super) fn recognises(&self, header: &str) -> bool {
        same_word(self.name, header) || self.headers.iter().any(|known| same_word(known, header))
    }
}

/// The fields of a kind, in the order of its documentation.
pub fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Equipment => equipment::FIELDS,
        Kind::Parts => parts::FIELDS,
        Kind::Plans => plans::FIELDS,
        Kind::Checklists => checklists::FIELDS,
        Kind::StockLevels => stock_levels::FIELDS,
        Kind::WorkOrders => work_orders::FIELDS,
    }
}

/// Which column to read for which field, where the headers do not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping(Vec<(String, String)>);

impl Mapping {
    /// Reads `field=Column` arguments; whether they exist is judged with the file at hand.
    ///
    /// # Errors
    /// [`Reason::MapSyntax`] and [`Reason::MappedTwice`].
    pub fn from_args<S: AsRef<str>>(args: impl IntoIterator<Item = S>) -> Result<Self, Reason> {
        let mut mapping = Self::default();
        for arg in args {
            let MappedColumn { field, column } = arg.as_ref().parse()?;
            if mapping.0.iter().any(|(known, _)| *known == field) {
                return Err(Reason::MappedTwice(shown(&field)));
            }
            mapping.0.push((field, column));
        }
        Ok(mapping)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(f, c)| (f.as_str(), c.as_str()))
    }
}

struct MappedColumn {
    field: String,
    column: String,
}

impl FromStr for MappedColumn {
    type Err = Reason;

    fn from_str(arg: &str) -> Result<Self, Reason> {
        match arg.split_once('=') {
            Some((field, column)) if !field.trim().is_empty() && !column.trim().is_empty() => {
                Ok(Self {
                    field: field.trim().to_owned(),
                    column: column.trim().to_owned(),
                })
            }
            _ => Err(Reason::MapSyntax(shown(arg))),
        }
    }
}
