//! One page of the feed.
//!
//! A catch-up keeps its base until it ends: each document that moved since is
//! sent with all it has new since the base. One that moves again meanwhile is
//! sent again. A new window is filled channel by channel first.
//!
//! **Invariant**: nothing outside the window is ever sent (I7).

use std::collections::BTreeSet;

use ronde_core::{
    Error,
    model::{DocumentId, Incarnation, Kind},
    store::{Tx, documents},
    wire::{Cursor, Item, Page},
};
use rusqlite::{Connection, params};

use super::{applied, digest, read_kind};
use crate::log::sqlite::changes_after;

/// Most documents of one page.
const DOCUMENTS_MAX: u32 = 5_000;

/// Who reads.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Its own changes are not sent back.
    pub incarnation: Incarnation,
    /// Its window now, the most pressing channel first.
    pub window: Vec<String>,
    /// The window it held before, when that was another one.
    pub before: Option<BTreeSet<String>>,
    /// The version of that window; 0 for none.
    pub before_version: u64,
    /// Most bytes it wants in one page.
    pub page_bytes_max: usize,
}

/// The next page after `cursor`, from one state of the derived files. `log` is
/// a reading connection to the site's log.
///
/// # Errors
///
/// [`Error::Storage`] and its kin.
pub fn page(tx: &Tx<'_>, log: &Connection, reader: &Reader, cursor: Cursor) -> Result<Page, Error> {
    let mut maker = Maker {
        tx,
        log,
        window: reader.window.iter().cloned().collect(),
        reader,
        head: applied(tx)?,
        page: Page::default(),
        bytes: 0,
    };
    maker.make(cursor)?;
    Ok(maker.page)
}

struct Maker<'a> {
    tx: &'a Tx<'a>,
    log: &'a Connection,
    reader: &'a Reader,
    window: BTreeSet<String>,
    head: u64,
    page: Page,
    bytes: usize,
}

impl Maker<'_> {
    fn make(&mut self, cursor: Cursor) -> Result<(), Error> {
        let changed = self.reader.before.is_some();
        let cursor = match cursor {
            Cursor::Start => filling(self.head, 0),
            // What of a half-filled window arrived is not known: fill anew.
            Cursor::Filling { base, .. } if changed => filling(base, 0),
            Cursor::At(base) | Cursor::Catching { base, .. } if changed => {
                filling(base, self.reader.before_version)
            }
            same => same,
        };
        match cursor {
            Cursor::Filling {
                base,
                from_window,
                stage,
                after,
                done,
            } => self.fill(base, from_window, stage, after, done),
            Cursor::Catching { base, sent, done } => self.catch_up(base, sent, done),
            Cursor::Start => self.catch_up(0, 0, 0),
            Cursor::At(base) => self.catch_up(base, base, 0),
        }
    }

    fn has_room(&self) -> bool {
        self.bytes < self.reader.page_bytes_max
            && self.page.items.len() < usize::try_from(DOCUMENTS_MAX).unwrap_or(usize::MAX)
    }

    /// Fills a new window: first what leaves, then what each added channel has.
    fn fill(
        &mut self,
        base: u64,
        from_window: u64,
        mut stage: u16,
        mut after: Option<DocumentId>,
        mut done: u32,
    ) -> Result<(), Error> {
        let old = match from_window {
            0 => BTreeSet::new(),
            version => crate::registry::window::channels(self.log, version)?.unwrap_or_default(),
        };
        let removed: Vec<_> = old.difference(&self.window).cloned().collect();
        let added: Vec<_> = self
            .reader
            .window
            .iter()
            .filter(|channel| !old.contains(*channel))
            .cloned()
            .collect();
        self.page.total = self
            .members(&removed)?
            .saturating_add(self.members(&added)?);
        loop {
            let channels: &[String] = match stage {
                0 => &removed,
                stage => match added.get(usize::from(stage) - 1) {
                    Some(channel) => std::slice::from_ref(channel),
                    None => return self.catch_up(base, base, 0),
                },
            };
            let room =
                DOCUMENTS_MAX - u32::try_from(self.page.items.len()).unwrap_or(DOCUMENTS_MAX);
            let members = self.members_after(channels, after, room)?;
            let last_of_stage = u32::try_from(members.len()).unwrap_or(u32::MAX) < room;
            for (id, kind) in members {
                if !self.has_room() {
                    self.page.cursor = Cursor::Filling {
                        base,
                        from_window,
                        stage,
                        after,
                        done,
                    };
                    self.page.done = done;
                    return Ok(());
                }
                after = Some(id);
                done += 1;
                let held: BTreeSet<_> = self.channels_of(id)?;
                if stage == 0 {
                    if held.is_disjoint(&self.window) {
                        self.leave(id);
                    }
                    continue;
                }
                // What a kept channel or an earlier stage holds is there already.
                let earlier = &added[..usize::from(stage) - 1];
                let kept =
                    |channel: &String| old.contains(channel) && self.window.contains(channel);
                if !held
                    .iter()
                    .any(|channel| earlier.contains(channel) || kept(channel))
                {
                    self.enter(id, kind)?;
                }
            }
            if last_of_stage {
                stage += 1;
                after = None;
            }
            if !self.has_room() {
                self.page.cursor = Cursor::Filling {
                    base,
                    from_window,
                    stage,
                    after,
                    done,
                };
                self.page.done = done;
                return Ok(());
            }
        }
    }

    /// Sends what moved since `base`, from the last move after `sent` on.
    fn catch_up(&mut self, base: u64, mut sent: u64, mut done: u32) -> Result<(), Error> {
        let moved = self.moved_after(sent)?;
        if sent > base || !moved.is_empty() {
            self.page.total = self.page.total.saturating_add(self.moves_since(base)?);
        }
        let all = u32::try_from(moved.len()).unwrap_or(u32::MAX) < DOCUMENTS_MAX;
        for (id, kind, last_seq) in moved {
            if !self.has_room() {
                self.page.cursor = Cursor::Catching { base, sent, done };
                self.page.done = done;
                return Ok(());
            }
            self.send_move(id, kind, base)?;
            sent = last_seq;
            done += 1;
        }
        self.page.done = done;
        if !all {
            self.page.cursor = Cursor::Catching { base, sent, done };
            return Ok(());
        }
        self.page.cursor = Cursor::At(self.head);
        self.page.complete = true;
        self.page.digest = Some(digest(self.tx, &self.window)?.0);
        Ok(())
    }

    fn send_move(&mut self, id: DocumentId, kind: Kind, base: u64) -> Result<(), Error> {
        let now = !self.channels_of(id)?.is_disjoint(&self.window);
        let (before, since) = self.was_member(id, base)?;
        if !now {
            if before || since {
                self.leave(id);
            }
            return Ok(());
        }
        let from = if before { base } else { 0 };
        let (changes, all) = changes_after(self.log, id, from, self.head, self.reader.incarnation)?;
        if !before && !changes.is_empty() {
            return self.enter(id, kind);
        }
        // A device's own new document: it has the content, but not yet the word
        // that its window holds it.
        if !changes.is_empty() || !before && all > 0 {
            self.bytes += changes.iter().map(Vec::len).sum::<usize>() + 32;
            let changes = changes.into_iter().map(Into::into).collect();
            self.page.items.push(Item::Update { id, kind, changes });
        }
        Ok(())
    }

    fn enter(&mut self, id: DocumentId, kind: Kind) -> Result<(), Error> {
        if let Some(snapshot) = documents::whole(self.tx, id)? {
            self.bytes += snapshot.len() + 32;
            self.page.items.push(Item::Enter { id, kind, snapshot });
        }
        Ok(())
    }

    fn leave(&mut self, id: DocumentId) {
        self.bytes += 32;
        self.page.items.push(Item::Leave { id });
    }

    fn channels_of(&self, id: DocumentId) -> Result<BTreeSet<String>, Error> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT channel FROM member WHERE document = ?1 AND to_seq IS NULL")?;
        Ok(statement
            .query_map([id.0], |row| row.get(0))?
            .collect::<Result<_, _>>()?)
    }

    /// Whether a channel of the window held it at `base`, and at any time since.
    fn was_member(&self, id: DocumentId, base: u64) -> Result<(bool, bool), Error> {
        let mut statement = self
            .tx
            .prepare_cached("SELECT channel, from_seq, to_seq FROM member WHERE document = ?1")?;
        let mut rows = statement.query([id.0])?;
        let base = base.cast_signed();
        let (mut before, mut since) = (false, false);
        while let Some(row) = rows.next()? {
            if self.window.contains(&row.get::<_, String>(0)?) {
                let (from, to): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
                let lasted = to.is_none_or(|to| to > base);
                before |= from <= base && lasted;
                since |= lasted;
            }
        }
        Ok((before, since))
    }

    fn members(&self, channels: &[String]) -> Result<u32, Error> {
        let mut total = 0_u32;
        for channel in channels {
            let count: u32 = self
                .tx
                .prepare_cached(
                    "SELECT count(*) FROM member WHERE channel = ?1 AND to_seq IS NULL",
                )?
                .query_row([channel], |row| row.get(0))?;
            total = total.saturating_add(count);
        }
        Ok(total)
    }

    /// Members of these channels by id, each once.
    fn members_after(
        &self,
        channels: &[String],
        after: Option<DocumentId>,
        count_max: u32,
    ) -> Result<Vec<(DocumentId, Kind)>, Error> {
        let mut found = std::collections::BTreeMap::new();
        for channel in channels {
            let mut statement = self.tx.prepare_cached(
                "SELECT m.document, f.kind FROM member m JOIN feed f ON f.document = m.document
                  WHERE m.channel = ?1 AND m.to_seq IS NULL AND (?2 IS NULL OR m.document > ?2)
                  ORDER BY m.document LIMIT ?3",
            )?;
            let rows = statement
                .query_map(params![channel, after.map(|id| id.0), count_max], |row| {
                    Ok((DocumentId(row.get(0)?), row.get::<_, u8>(1)?))
                })?;
            for row in rows {
                let (id, kind) = row?;
                found.insert(id, read_kind(kind)?);
            }
        }
        let count_max = usize::try_from(count_max).unwrap_or(usize::MAX);
        Ok(found.into_iter().take(count_max).collect())
    }

    fn moved_after(&self, sent: u64) -> Result<Vec<(DocumentId, Kind, u64)>, Error> {
        let mut statement = self.tx.prepare_cached(
            "SELECT document, kind, last_seq FROM feed WHERE last_seq > ?1 ORDER BY last_seq, document LIMIT ?2",
        )?;
        let rows = statement.query_map(params![sent.cast_signed(), DOCUMENTS_MAX], |row| {
            Ok((
                DocumentId(row.get(0)?),
                row.get::<_, u8>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })?;
        rows.map(|row| {
            let (id, kind, seq) = row?;
            Ok((id, read_kind(kind)?, seq.cast_unsigned()))
        })
        .collect()
    }

    fn moves_since(&self, base: u64) -> Result<u32, Error> {
        Ok(self
            .tx
            .prepare_cached("SELECT count(*) FROM feed WHERE last_seq > ?1")?
            .query_row([base.cast_signed()], |row| row.get(0))?)
    }
}

const fn filling(base: u64, from_window: u64) -> Cursor {
    Cursor::Filling {
        base,
        from_window,
        stage: 0,
        after: None,
        done: 0,
    }
}
