//! Reads the outside of an Automerge chunk, so that its true size is known
//! before the library sees it: the library inflates and unrolls without bounds.
//!
//! The layout is <https://automerge.org/automerge-binary-format-spec/>: a
//! header, then a few fields, then columns of run-length encoded values. A
//! dozen bytes can claim 2⁶² values, so the runs are added up here first.
//!
//! **Invariant**: nothing here allocates by a number found in the bytes,
//! recurses, or takes longer than one pass over them.

use sha2::{Digest, Sha256};

use super::{Limits, Refusal, RefusalCode};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Bit in a column's number that says its data is deflated.
const DEFLATED: u64 = 8;

/// What a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Document = 0,
    Change = 1,
}

/// Judges the outside of a change chunk.
pub(super) fn change(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let mut reader = open(bytes, Type::Change, limits.change_bytes_max)?;
    let values_max = limits.ops_max as u64;
    let deps = reader.unsigned()?;
    if deps == 0 || deps > limits.deps_max as u64 {
        return Err(RefusalCode::Dependencies.into());
    }
    let mut last = None;
    for _ in 0..deps {
        let dep = reader.take(32)?;
        // Sorted and each once, so that a change has one spelling only.
        if last.is_some_and(|last| last >= dep) {
            return Err(RefusalCode::Dependencies.into());
        }
        last = Some(dep);
    }
    actor(&mut reader)?;
    let _sequence = reader.unsigned()?;
    let _start_op = reader.unsigned()?;
    let _time = reader.signed()?;
    let message_bytes = reader.unsigned()?;
    if message_bytes > limits.message_bytes_max as u64 {
        return Err(RefusalCode::MessageLong.into());
    }
    reader.take(message_bytes)?;
    // Every actor must be used by some operation, so there cannot be more.
    let others = reader.unsigned()?;
    if others > values_max {
        return Err(RefusalCode::TooManyOperations.into());
    }
    for _ in 0..others {
        actor(&mut reader)?;
    }
    let operations = columns(&mut reader, &OPERATION_COLUMNS, values_max)?;
    if !reader.is_empty() {
        return Err(RefusalCode::ExtraBytes.into());
    }
    match operations {
        0 => Err(RefusalCode::Empty.into()),
        _ => Ok(()),
    }
}

/// Judges the outside of a document chunk.
pub(super) fn document(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let mut reader = open(bytes, Type::Document, limits.snapshot_bytes_max)?;
    let values_max = limits.document_ops_max as u64;
    for _ in 0..reader.count(values_max)? {
        actor(&mut reader)?;
    }
    let heads = reader.count(values_max)?;
    for _ in 0..heads {
        reader.take(32)?;
    }
    let changes = column_list(&mut reader)?;
    let operations = column_list(&mut reader)?;
    for column in changes.iter().chain(&operations) {
        let data = reader.take(column.bytes)?;
        measure(column.number, data, values_max)?;
    }
    for _ in 0..heads {
        reader.unsigned()?;
    }
    if !reader.is_empty() {
        return Err(RefusalCode::ExtraBytes.into());
    }
    Ok(())
}

/// Checks magic, type, length and checksum; the reader stands behind them.
fn open(bytes: &[u8], expected: Type, bytes_max: usize) -> Result<Reader<'_>, Refusal> {
    if bytes.len() > bytes_max {
        return Err(RefusalCode::Oversized.into());
    }
    let mut reader = Reader(bytes);
    let not_a_change = |_| Refusal::from(RefusalCode::NotAChange);
    if reader.take(4).map_err(not_a_change)? != MAGIC {
        return Err(RefusalCode::NotAChange.into());
    }
    let checksum = reader.take(4).map_err(not_a_change)?;
    match reader.take(1).map_err(not_a_change)?[0] {
        found if found == expected as u8 => {}
        2 => return Err(RefusalCode::Compressed.into()),
        _ => return Err(RefusalCode::NotAChange.into()),
    }
    let hashed = &bytes[8..];
    let length = reader.unsigned()?;
    if length != reader.0.len() as u64 {
        return Err(RefusalCode::NotAChange.into());
    }
    // Type, length and body: what the change hash is made of.
    if Sha256::digest(hashed)[..4] != *checksum {
        return Err(RefusalCode::Checksum.into());
    }
    Ok(reader)
}

fn actor(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    if reader.unsigned()? != 16 {
        return Err(RefusalCode::ActorLength.into());
    }
    reader.take(16)?;
    Ok(())
}

/// The columns of a change's operations; no others are taken.
const OPERATION_COLUMNS: [u64; 14] = [
    1, 2, 17, 19, 21, 52, ACTION, 86, 87, 112, 113, 115, 148, 165,
];
/// The column that has one value for each operation.
const ACTION: u64 = 66;

struct Column {
    number: u64,
    bytes: u64,
}

fn column_list(reader: &mut Reader<'_>) -> Result<Vec<Column>, Refusal> {
    let mut columns = Vec::<Column>::new();
    for _ in 0..reader.unsigned()? {
        let (number, bytes) = (reader.unsigned()?, reader.unsigned()?);
        if number & DEFLATED != 0 {
            return Err(RefusalCode::Compressed.into());
        }
        if columns.last().is_some_and(|last| last.number >= number) {
            return Err(RefusalCode::Malformed.into());
        }
        columns.push(Column { number, bytes });
    }
    Ok(columns)
}

/// Reads the column list and the data; returns how many operations there are.
fn columns(reader: &mut Reader<'_>, known: &[u64], values_max: u64) -> Result<u64, Refusal> {
    let mut operations = 0;
    for column in column_list(reader)? {
        if !known.contains(&column.number) {
            return Err(RefusalCode::Malformed.into());
        }
        let values = measure(column.number, reader.take(column.bytes)?, values_max)?;
        if column.number == ACTION {
            operations = values;
        }
    }
    Ok(operations)
}

/// How many values a column unrolls to.
fn measure(number: u64, data: &[u8], values_max: u64) -> Result<u64, Refusal> {
    let mut reader = Reader(data);
    match number & 7 {
        0 => runs(&mut reader, Item::Group, values_max),
        1 | 2 | 6 => runs(&mut reader, Item::Unsigned, values_max),
        3 => runs(&mut reader, Item::Signed, values_max),
        4 => {
            let mut total = Total::new(values_max);
            while !reader.is_empty() {
                total.add(reader.unsigned()?)?;
            }
            Ok(total.sum)
        }
        5 => runs(&mut reader, Item::Text, values_max),
        // Raw values are not run-length encoded.
        _ => Ok(0),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Unsigned,
    Signed,
    Text,
    /// A number of values in the columns that follow.
    Group,
}

fn runs(reader: &mut Reader<'_>, item: Item, values_max: u64) -> Result<u64, Refusal> {
    let mut total = Total::new(values_max);
    let mut grouped = Total::new(values_max);
    while !reader.is_empty() {
        let run = reader.signed()?;
        let length = run.unsigned_abs();
        match run {
            0 => total.add(reader.unsigned()?)?,
            1.. => {
                total.add(length)?;
                let value = reader.item(item)?;
                grouped.add(value.saturating_mul(length))?;
            }
            _ => {
                total.add(length)?;
                for _ in 0..length {
                    grouped.add(reader.item(item)?)?;
                }
            }
        }
    }
    Ok(total.sum)
}

struct Total {
    sum: u64,
    max: u64,
}

impl Total {
    const fn new(max: u64) -> Self {
        Self { sum: 0, max }
    }

    fn add(&mut self, count: u64) -> Result<(), Refusal> {
        self.sum = self.sum.saturating_add(count);
        if self.sum > self.max {
            return Err(RefusalCode::TooManyOperations.into());
        }
        Ok(())
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Refusal> {
        let (taken, rest) = usize::try_from(count)
            .ok()
            .and_then(|count| self.0.split_at_checked(count))
            .ok_or(RefusalCode::Malformed)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A LEB128 number; longer spellings than needed are refused.
    fn unsigned(&mut self) -> Result<u64, Refusal> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                let overlong = shift > 0 && byte == 0;
                return if overlong {
                    Err(RefusalCode::Malformed.into())
                } else {
                    Ok(value)
                };
            }
        }
        Err(RefusalCode::Malformed.into())
    }

    /// A signed LEB128 number; the library judges how it is spelled.
    fn signed(&mut self) -> Result<i64, Refusal> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0 && shift < 57;
                return Ok(if negative {
                    value | (-1 << (shift + 7))
                } else {
                    value
                });
            }
        }
        Err(RefusalCode::Malformed.into())
    }

    fn count(&mut self, max: u64) -> Result<u64, Refusal> {
        match self.unsigned()? {
            count if count <= max => Ok(count),
            _ => Err(RefusalCode::TooManyOperations.into()),
        }
    }

    /// Passes one value; its number where that says how many others follow.
    fn item(&mut self, item: Item) -> Result<u64, Refusal> {
        match item {
            Item::Unsigned => self.unsigned().map(|_| 0),
            Item::Signed => self.signed().map(|_| 0),
            Item::Text => {
                let bytes = self.unsigned()?;
                self.take(bytes).map(|_| 0)
            }
            Item::Group => self.unsigned(),
        }
    }
}
