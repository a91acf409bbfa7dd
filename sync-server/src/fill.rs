//! Turns the rows of an imported file into documents of a site.
//!
//! Reading is one step, writing another: [`plan()`] looks at the views and says
//! what it would write or everything that is wrong; the edits then go to the
//! site's desk as one write, hence one append to the log.
//!
//! **Invariant**: the whole file or nothing, and the same file twice creates
//! nothing twice: a document's id follows from what its row calls it. What a
//! person wrote since an earlier import is kept (law 6).
//!
//! One file per kind; what they share is `file`, `known` and `changes`.

mod changes;
mod checklists;
mod equipment;
mod file;
mod items;
mod known;
mod orders;
mod parts;
mod plans;
mod stock_levels;
mod work_orders;

use chrono_tz::Tz;
use ronde_core::{
    Error,
    model::{SiteId, Timestamp},
    store::Tx,
};
use serde::{Deserialize, Serialize};

use crate::{
    import::{self, Kind, Mapping, RowError, Rows, Table},
    site::{
        Site,
        desk::{self, Edit, Mailbox},
    },
};
use file::File;

/// The site that is filled, and when.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    /// The site.
    pub site: SiteId,
    /// The time zone of its dates.
    pub time_zone: Tz,
    /// The relay's clock.
    pub now: Timestamp,
}

/// What is to be written.
#[derive(Debug, Default)]
pub struct Filling {
    /// The edits, in an order in which nothing refers to what comes later.
    pub edits: Vec<Edit>,
    /// Documents that are made.
    pub created: usize,
    /// Documents that are changed.
    pub updated: usize,
    /// Documents that differ from the file and stay as they are, because
    /// somebody changed, closed or deleted them since.
    pub kept: usize,
}

/// Why nothing can be written.
#[derive(Debug)]
pub enum Refused {
    /// The file is to be corrected.
    Rows(Vec<RowError>),
    /// The views could not be read.
    Views(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Views(error)
    }
}

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Rows that were read.
    pub rows: usize,
    /// Documents that were made.
    pub created: usize,
    /// Documents that were changed.
    pub updated: usize,
    /// Documents that stay as somebody made them since.
    pub kept: usize,
    /// Headers of columns that were not used.
    pub ignored: Vec<String>,
    /// What is to be corrected; where there is anything, nothing was written.
    pub errors: Vec<Fault>,
    /// True when nothing was to be written.
    pub dry_run: bool,
}

/// One thing to correct, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The line on which the row starts; 0 speaks of the file.
    pub line: u64,
    /// The column's header, or nothing.
    pub column: String,
    /// What is wrong.
    pub reason: String,
}

impl From<&RowError> for Fault {
    fn from(error: &RowError) -> Self {
        Self {
            line: error.line,
            column: error.column.clone(),
            reason: error.reason.to_string(),
        }
    }
}

/// A file to import.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What it holds.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Columns its headers do not tell.
    pub mapping: &'a Mapping,
}

/// Works out what a table writes into a site. Only reads.
///
/// # Errors
///
/// [`Refused::Rows`] with everything that is wrong, by line.
pub fn plan(table: &Table, tx: &Tx<'_>, ground: Ground) -> Result<Filling, Refused> {
    let mut file = File::new(table, tx, ground);
    match &table.rows {
        Rows::Equipment(rows) => equipment::fill(&mut file, rows)?,
        Rows::Parts(rows) => parts::fill(&mut file, rows)?,
        Rows::Checklists(tables) => checklists::fill(&mut file, tables)?,
        Rows::Plans(rows) => plans::fill(&mut file, rows)?,
        Rows::StockLevels(rows) => stock_levels::fill(&mut file, rows)?,
        Rows::WorkOrders(rows) => work_orders::fill(&mut file, rows)?,
    }
    file.into_filling().map_err(Refused::Rows)
}

/// Imports a file into a site, or only says what it would do. Blocks.
///
/// # Errors
///
/// [`desk::Refused`] when the site cannot be read or written; then nothing was
/// written. A file that is wrong is no error: see [`Report::errors`].
pub fn import(
    site: &Site,
    mailbox: &Mailbox,
    now: Timestamp,
    source: Source<'_>,
    dry_run: bool,
) -> Result<Report, desk::Refused> {
    let report = Report {
        dry_run,
        ..Report::default()
    };
    let refused = |errors: &[RowError]| Report {
        errors: errors.iter().map(Fault::from).collect(),
        ..report.clone()
    };
    let table = match import::parse(source.kind, source.bytes, source.mapping) {
        Ok(table) => table,
        Err(errors) => return Ok(refused(&errors)),
    };
    let ground = Ground {
        site: site.id(),
        time_zone: site.time_zone(),
        now,
    };
    let mut planned = Ok(Filling::default());
    site.reading(|tx, _| {
        planned = plan(&table, tx, ground);
        Ok(())
    })?;
    let filling = match planned {
        Ok(filling) => filling,
        Err(Refused::Views(error)) => return Err(error.into()),
        Err(Refused::Rows(errors)) => {
            return Ok(Report {
                rows: table.rows.count(),
                ..refused(&errors)
            });
        }
    };
    if !dry_run && !filling.edits.is_empty() {
        mailbox.write_blocking(filling.edits)?;
    }
    Ok(Report {
        rows: table.rows.count(),
        created: filling.created,
        updated: filling.updated,
        kept: filling.kept,
        ignored: table.ignored,
        ..report
    })
}

#[cfg(test)]
mod tests;
