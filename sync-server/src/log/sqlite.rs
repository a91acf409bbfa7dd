//! The log of one site in one SQLite file.
//!
//! The chain is proven entry by entry as it is read, from the stored link
//! before the first one, so damage is found where it is met and not only at
//! start. What was found stays known until the file is repaired and reopened.
//!
//! **Invariant**: rows of `entry` and `epoch` are inserted, never updated or
//! deleted; `head` moves in the same transaction.

mod head;
mod life;
mod row;

use std::{cell::Cell, path::Path};

use ronde_core::model::{ChangeHash, DocumentId, Epoch, Incarnation, SiteId, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use self::life::Life;
use super::{Chain, Damage, Defect, Entry, Error, Found, Head, Limit, Log, NewEntry};
use crate::database;

/// How many of the last entries are proven when a log is opened.
pub const CHECKED_AT_START_COUNT: u64 = 1_000;

/// The changes of one document in `(after_seq, to_seq]` for a reader that does
/// not want `own` back, and how many there are in all. Own changes that were
/// refused at first are sent: the device has put them aside.
///
/// # Errors
///
/// [`ronde_core::Error::Storage`] when the disk fails.
pub fn changes_after(
    tx: &Connection,
    document: DocumentId,
    after_seq: u64,
    to_seq: u64,
    own: Option<Incarnation>,
) -> Result<(Vec<Vec<u8>>, usize), ronde_core::Error> {
    let mut statement = tx.prepare_cached(
        "SELECT bytes, actor IS ?4 AND flags NOT LIKE '%\"reinstated\"%' FROM entry
          WHERE document = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq",
    )?;
    let rows = statement.query_map(
        params![
            document.bytes(),
            after_seq.cast_signed(),
            to_seq.cast_signed(),
            own.map(Incarnation::bytes)
        ],
        |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, bool>(1)?)),
    )?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let all = rows.len();
    Ok((
        rows.into_iter()
            .filter(|(_, own)| !own)
            .map(|(bytes, _)| bytes)
            .collect(),
        all,
    ))
}

/// A site's log in a SQLite file.
#[derive(Debug)]
pub struct SqliteLog {
    connection: Connection,
    site: SiteId,
    lives: Vec<Life>,
    head: Head,
    damage: Cell<Option<Damage>>,
}

impl SqliteLog {
    /// Makes the log of a new site, in its first life.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the file exists or the disk fails.
    pub fn create(path: &Path, site: SiteId, epoch: Epoch, at: Timestamp) -> Result<Self, Error> {
        let mut connection = database::create(path)?;
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let chain = Chain::of_site(site);
        tx.execute(
            "INSERT INTO head (id, site, seq, chain) VALUES (1, ?1, 0, ?2)",
            params![site.bytes(), chain.0],
        )?;
        let start = Head { seq: 0, chain };
        let first = Life::begin(&tx, None, start, epoch, at)?;
        tx.commit()?;
        Ok(Self {
            connection,
            site,
            head: Head {
                seq: 0,
                chain: first.chain,
            },
            lives: vec![first],
            damage: Cell::new(None),
        })
    }

    /// Opens the log at `path` and proves its beginning and its last entries.
    ///
    /// A damaged log opens: what stands before the damage can be read, and
    /// [`SqliteLog::damage`] says where it is.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] when the file is missing, newer, or not a relay's.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = database::open(path)?;
        let (site, head) = head::read(&connection)?;
        let lives = life::all(&connection)?;
        let log = Self {
            connection,
            site,
            lives,
            head,
            damage: Cell::new(None),
        };
        let from_seq = head.seq.saturating_sub(CHECKED_AT_START_COUNT) + 1;
        match log.verify(from_seq) {
            Ok(()) | Err(Error::Damaged(_)) => Ok(log),
            Err(failed) => Err(failed),
        }
    }

    /// True when the log has had more than one life.
    pub fn was_restored(&self) -> bool {
        self.lives.len() > 1
    }

    /// The first damage seen since the file was opened.
    pub fn damage(&self) -> Option<Damage> {
        self.damage.get()
    }

    /// Remembers damage, the earliest first.
    fn damaged(&self, seq: u64, what: Defect) -> Error {
        let found = Damage { seq, what };
        let known = self.damage.get().filter(|known| known.seq <= seq);
        let first = known.unwrap_or(found);
        self.damage.set(Some(first));
        first.into()
    }

    /// The link before `seq`: a life's beginning there, or the entry before.
    fn link_before(&self, tx: &Connection, seq: u64) -> Result<Chain, Error> {
        let begun = self.lives.iter().rfind(|life| life.after_seq + 1 == seq);
        if let Some(life) = begun {
            return Ok(life.chain);
        }
        row::chain_of(tx, seq - 1)?.ok_or_else(|| self.damaged(seq - 1, Defect::Missing))
    }

    /// Proves the entries after `after_seq` one by one and hands them out,
    /// until `more` is false or the log ends.
    fn walk(&self, after_seq: u64, mut more: impl FnMut(Entry) -> bool) -> Result<(), Error> {
        let tx = self.connection.unchecked_transaction()?;
        let (_, head) = head::read(&tx)?;
        if after_seq >= head.seq {
            return Ok(());
        }
        let mut chain = self.link_before(&tx, after_seq + 1)?;
        let mut expected = after_seq + 1;
        let mut statement = tx.prepare_cached(row::AFTER)?;
        let mut rows = statement.query(params![after_seq.cast_signed(), head.seq.cast_signed()])?;
        while let Some(row) = rows.next()? {
            if let Some(known) = self.damage.get().filter(|known| known.seq <= expected) {
                return Err(known.into());
            }
            if row.get::<_, i64>("seq")? != expected.cast_signed() {
                return Err(self.damaged(expected, Defect::Missing));
            }
            if expected > after_seq + 1 {
                let begun = self
                    .lives
                    .iter()
                    .rfind(|life| life.after_seq + 1 == expected);
                chain = begun.map_or(chain, |life| life.chain);
            }
            let entry = row::proven(row, &self.lives, chain)?
                .ok_or_else(|| self.damaged(expected, Defect::Altered))?;
            (chain, expected) = (entry.chain, expected + 1);
            if !more(entry) {
                return Ok(());
            }
        }
        if expected <= head.seq {
            return Err(self.damaged(expected, Defect::Missing));
        }
        Ok(())
    }
}

impl Log for SqliteLog {
    fn append(&mut self, entries: &[NewEntry]) -> Result<Vec<u64>, Error> {
        if let Some(damage) = self.damage.get() {
            return Err(damage.into());
        }
        let Some(life) = self.lives.last() else {
            return Err(self.damaged(1, Defect::Missing));
        };
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (_, mut head) = head::read(&tx)?;
        let mut seqs = Vec::with_capacity(entries.len());
        for entry in entries {
            head.seq += 1;
            head.chain = head.chain.with_entry(life.id, head.seq, entry);
            row::insert(
                &tx,
                life.ordinal,
                head,
                entry,
                seqs.len() + 1 == entries.len(),
            )
            .map_err(|cause| match cause {
                Error::Store(ronde_core::Error::Storage(cause)) if row::is_duplicate(&*cause) => {
                    let (document, hash) = (entry.document, entry.hash);
                    Error::Known { document, hash }
                }
                other => other,
            })?;
            seqs.push(head.seq);
        }
        head::write(&tx, head)?;
        tx.commit()?;
        self.head = head;
        Ok(seqs)
    }

    fn read(&self, after_seq: u64, limit: Limit) -> Result<Vec<Entry>, Error> {
        let (mut page, mut bytes) = (Vec::new(), 0_usize);
        let walked = self.walk(after_seq, |entry| {
            bytes = bytes.saturating_add(entry.content.bytes.len());
            if page.is_empty() || bytes <= limit.bytes_max {
                page.push(entry);
            }
            bytes <= limit.bytes_max && page.len() < limit.count_max
        });
        match walked {
            // What stands before the damage is served; the next read meets it.
            Err(Error::Damaged(_)) if !page.is_empty() => Ok(page),
            Err(failed) => Err(failed),
            Ok(()) => Ok(page),
        }
    }

    fn read_document(&self, document: DocumentId, after_seq: u64) -> Result<Vec<Entry>, Error> {
        let tx = self.connection.unchecked_transaction()?;
        let (_, head) = head::read(&tx)?;
        let mut statement = tx.prepare_cached(row::OF_DOCUMENT)?;
        let mut rows = statement.query(params![
            document.bytes(),
            after_seq.cast_signed(),
            head.seq.cast_signed()
        ])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let seq = row.get::<_, i64>("seq")?.cast_unsigned();
            if let Some(known) = self.damage.get().filter(|known| known.seq <= seq) {
                return Err(known.into());
            }
            let before = self.link_before(&tx, seq)?;
            let entry = row::proven(row, &self.lives, before)?
                .ok_or_else(|| self.damaged(seq, Defect::Altered))?;
            entries.push(entry);
        }
        Ok(entries)
    }

    fn contains(&self, document: DocumentId, hash: ChangeHash) -> Result<bool, Error> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT 1 FROM entry WHERE document = ?1 AND hash = ?2")?;
        Ok(statement.exists(params![document.bytes(), hash.0])?)
    }

    fn find(
        &self,
        document: DocumentId,
        actor: Incarnation,
        actor_seq: u64,
    ) -> Result<Option<Found>, Error> {
        let mut statement = self.connection.prepare_cached(
            "SELECT seq, hash FROM entry
             WHERE document = ?1 AND actor = ?2 AND actor_seq = ?3",
        )?;
        let actor_seq = row::stored(actor_seq)?;
        let found = statement.query_row(params![document.bytes(), actor.bytes(), actor_seq], |r| {
            Ok(Found {
                seq: r.get::<_, i64>(0)?.cast_unsigned(),
                hash: ChangeHash(r.get(1)?),
            })
        });
        Ok(found.optional()?)
    }

    fn head(&self) -> Head {
        self.head
    }

    fn site(&self) -> SiteId {
        self.site
    }

    fn epoch(&self) -> Epoch {
        // `create` makes the first life; a file without one is damaged.
        self.lives
            .last()
            .map_or(Epoch(uuid::Uuid::nil()), |life| life.id)
    }

    fn verify(&self, from_seq: u64) -> Result<(), Error> {
        life::check(&self.lives, self.site, |seq| {
            row::chain_of(&self.connection, seq)
        })?
        .map_or(Ok(()), |seq| Err(self.damaged(seq, Defect::Altered)))?;
        self.walk(from_seq.saturating_sub(1), |_| true)?;
        let (_, head) = head::read(&self.connection)?;
        let last: Option<i64> =
            self.connection
                .query_row("SELECT max(seq) FROM entry", [], |row| row.get(0))?;
        let last = last.unwrap_or(0).cast_unsigned();
        if last > head.seq {
            return Err(self.damaged(head.seq + 1, Defect::Foreign));
        }
        if self.link_before(&self.connection, head.seq + 1)? != head.chain {
            return Err(self.damaged(head.seq.max(1), Defect::Altered));
        }
        Ok(())
    }

    fn new_epoch(&mut self, epoch: Epoch, at: Timestamp) -> Result<(), Error> {
        if let Some(damage) = self.damage.get() {
            return Err(damage.into());
        }
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (_, mut head) = head::read(&tx)?;
        let life = Life::begin(&tx, self.lives.last(), head, epoch, at)?;
        tx.commit()?;
        head.chain = life.chain;
        self.head = head;
        self.lives.push(life);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
