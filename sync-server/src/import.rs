//! Reads a CSV export of another system (SAP, an old CMMS, a spreadsheet) into typed rows.
//!
//! Bytes and a column mapping in, rows or the list of everything wrong out: nothing here opens a
//! file, a database or a document.
//!
//! **Invariant**: the whole file or nothing. One bad row means no rows, and every bad row is told
//! with its line, its column and a reason, so that one correction pass is enough.
//!
//! The fields of each kind and the headers that are recognised: [`fields()`].

mod checklists;
mod columns;
mod date;
mod encoding;
mod equipment;
mod error;
mod fields;
mod label;
mod parts;
mod plans;
mod quantity;
mod records;
mod row;
mod sheet;
mod stock_levels;
mod work_orders;

#[cfg(test)]
mod tests;

pub use checklists::{ChecklistRow, ChecklistTable, ItemKind, OnFail};
pub use encoding::Encoding;
pub use equipment::{Criticality, EquipmentRow, EquipmentState, MeterKind, MeterRow};
pub use error::{ERRORS_MAX, Reason, RowError};
pub use fields::{Field, Kind, Mapping, fields};
pub use parts::PartRow;
pub use plans::{PeriodUnit, PlanMeterRow, PlanPartRow, PlanRow};
pub use stock_levels::StockLevelRow;
pub use work_orders::{FailureRow, OrderStatus, OrderType, Priority, WorkOrderRow};

pub(crate) use error::{Errors, shown};

use sheet::Sheet;

/// The largest file that is read, 64 MiB.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most rows one file may hold, its header and empty rows aside.
pub const ROWS_MAX: usize = 200_000;

/// A file that was read without one error.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Table {
    /// What the file says.
    pub rows: Rows,
    /// How its bytes were read.
    pub encoding: Encoding,
    /// What separates its columns.
    pub delimiter: char,
    /// `(field, header)` of each column that was used.
    pub used: Vec<(&'static str, String)>,
    /// Headers of the columns nobody asked for, so that the person importing can be told.
    pub ignored: Vec<String>,
}

/// The rows of one file, by kind, in the file's order.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// Pieces of equipment.
    Equipment(Vec<EquipmentRow>),
    /// Spare parts.
    Parts(Vec<PartRow>),
    /// Maintenance plans.
    Plans(Vec<PlanRow>),
    /// Checklists, their items grouped.
    Checklists(Vec<ChecklistTable>),
    /// What each store holds.
    StockLevels(Vec<StockLevelRow>),
    /// Work orders.
    WorkOrders(Vec<WorkOrderRow>),
}

impl Rows {
    /// How many equipment, parts, plans, checklists, levels or work orders there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Equipment(rows) => rows.len(),
            Self::Parts(rows) => rows.len(),
            Self::Plans(rows) => rows.len(),
            Self::Checklists(rows) => rows.len(),
            Self::StockLevels(rows) => rows.len(),
            Self::WorkOrders(rows) => rows.len(),
        }
    }
}

/// Reads a whole file of one kind.
///
/// # Errors
/// Everything that is wrong with the file, by line; at most [`ERRORS_MAX`] entries, then one
/// [`Reason::More`] that counts the rest.
///
/// ```
/// use ronde_server::import::{Kind, Mapping, Rows, parse};
///
/// let table = parse(Kind::Parts, b"R\xe9f\xe9rence;Nom\n6205-2RS;Roulement", &Mapping::default());
/// assert!(matches!(table.unwrap().rows, Rows::Parts(parts) if parts[0].reference == "6205-2RS"));
///
/// let errors = parse(Kind::Parts, b"Reference,Name,Min\nA-1,Belt,-2\n", &Mapping::default());
/// assert_eq!(errors.unwrap_err()[0].to_string(), "line 2, column `Min`: must not be negative");
/// ```
pub fn parse(kind: Kind, bytes: &[u8], mapping: &Mapping) -> Result<Table, Vec<RowError>> {
    let mut errors = Errors::default();
    let table = read(kind, bytes, mapping, &mut errors);
    let errors = errors.into_sorted();
    match table {
        Some(table) if errors.is_empty() => Ok(table),
        _ => Err(errors),
    }
}

/// `None` means that at least one error was added.
fn read(kind: Kind, bytes: &[u8], mapping: &Mapping, errors: &mut Errors) -> Option<Table> {
    if bytes.len() > FILE_BYTES_MAX {
        errors.add(0, "", Reason::FileTooLarge);
        return None;
    }
    let (text, encoding) = match encoding::decode(bytes) {
        Ok(decoded) => decoded,
        Err((line, reason)) => {
            errors.add(line, "", reason);
            return None;
        }
    };
    let mut sheet = Sheet::open(&text, fields(kind), mapping, errors)?;
    let rows = match kind {
        Kind::Equipment => Rows::Equipment(equipment::read(&mut sheet)),
        Kind::Parts => Rows::Parts(parts::read(&mut sheet)),
        Kind::Plans => Rows::Plans(plans::read(&mut sheet)),
        Kind::Checklists => Rows::Checklists(checklists::read(&mut sheet)),
        Kind::StockLevels => Rows::StockLevels(stock_levels::read(&mut sheet)),
        Kind::WorkOrders => Rows::WorkOrders(work_orders::read(&mut sheet)),
    };
    Some(Table {
        rows,
        encoding,
        delimiter: sheet.delimiter(),
        used: sheet.columns().used(),
        ignored: sheet.columns().ignored(),
    })
}
