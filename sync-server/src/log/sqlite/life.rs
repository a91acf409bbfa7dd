//! The lives of a log: which epoch holds after which seq.
//!
//! **Invariant**: a life's beginning is a link of the chain, so a life can
//! neither be added nor moved afterwards without being seen.

use ronde_core::model::{Epoch, SiteId, Timestamp};
use rusqlite::{Connection, Transaction, params};

use super::{head, row};
use crate::log::{Chain, Error, Head};

/// One life of a log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Life {
    /// Its place among the lives, from 1; what entries refer to.
    pub ordinal: i64,
    /// The id devices know it by.
    pub id: Epoch,
    /// The last entry of the life before; 0 for the first.
    pub after_seq: u64,
    /// When it began, by the relay's clock.
    pub began_at: Timestamp,
    /// The chain at its beginning.
    pub chain: Chain,
}

impl Life {
    /// Begins a life after `end` and moves the head's chain with it.
    pub(super) fn begin(
        tx: &Transaction<'_>,
        last: Option<&Self>,
        end: Head,
        id: Epoch,
        began_at: Timestamp,
    ) -> Result<Self, Error> {
        let life = Self {
            ordinal: last.map_or(1, |life| life.ordinal + 1),
            id,
            after_seq: end.seq,
            began_at,
            chain: end.chain.with_epoch(id, end.seq, began_at),
        };
        tx.execute(
            "INSERT INTO epoch (ordinal, id, after_seq, began_at_ms, chain)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                life.ordinal,
                id.bytes(),
                row::stored(end.seq)?,
                began_at.0,
                life.chain.0
            ],
        )?;
        let chain = life.chain;
        head::write(tx, Head { chain, ..end })?;
        Ok(life)
    }
}

/// Every life, the first one first.
pub(super) fn all(connection: &Connection) -> Result<Vec<Life>, Error> {
    let mut statement = connection
        .prepare("SELECT ordinal, id, after_seq, began_at_ms, chain FROM epoch ORDER BY ordinal")?;
    let lives = statement.query_map([], |row| {
        Ok(Life {
            ordinal: row.get(0)?,
            id: Epoch(uuid::Uuid::from_bytes(row.get(1)?)),
            after_seq: row.get::<_, i64>(2)?.cast_unsigned(),
            began_at: Timestamp(row.get(3)?),
            chain: Chain(row.get(4)?),
        })
    })?;
    Ok(lives.collect::<Result<_, _>>()?)
}

/// The seq at which the first life that cannot be proven begins.
pub(super) fn check(
    lives: &[Life],
    site: SiteId,
    chain_of: impl Fn(u64) -> Result<Option<Chain>, Error>,
) -> Result<Option<u64>, Error> {
    let mut before: Option<&Life> = None;
    for life in lives {
        let link = match before {
            None => Some(Chain::of_site(site)),
            Some(last) if last.after_seq == life.after_seq => Some(last.chain),
            Some(_) => chain_of(life.after_seq)?,
        };
        let proven = link.map(|link| link.with_epoch(life.id, life.after_seq, life.began_at));
        let first_at_start = before.is_some() || life.after_seq == 0;
        if proven != Some(life.chain) || !first_at_start {
            return Ok(Some(life.after_seq + 1));
        }
        before = Some(life);
    }
    Ok(before.is_none().then_some(1))
}
