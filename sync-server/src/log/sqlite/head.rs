//! The one row that says where the log ends.
//!
//! **Invariant**: it moves in the transaction that moves the log, and is read
//! from the file, so that every connection sees one end.

use ronde_core::model::SiteId;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::row;
use crate::log::{Chain, Error, Head};

/// Where the log of which site ends.
pub(super) fn read(connection: &Connection) -> Result<(SiteId, Head), Error> {
    let head = connection
        .prepare_cached("SELECT site, seq, chain FROM head WHERE id = 1")?
        .query_row([], |row| {
            let site = SiteId(uuid::Uuid::from_bytes(row.get(0)?));
            let seq = row.get::<_, i64>(1)?.cast_unsigned();
            let chain = Chain(row.get(2)?);
            Ok((site, Head { seq, chain }))
        })
        .optional()?;
    head.ok_or_else(|| {
        let cause = "it has no head".into();
        ronde_core::Error::Damaged("log", cause).into()
    })
}

/// Moves the end.
pub(super) fn write(tx: &Transaction<'_>, head: Head) -> Result<(), Error> {
    tx.prepare_cached("UPDATE head SET seq = ?1, chain = ?2 WHERE id = 1")?
        .execute(params![row::stored(head.seq)?, head.chain.0])?;
    Ok(())
}
