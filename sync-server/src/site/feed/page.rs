//! One page of the feed.
//!
//! A catch-up keeps its base until it ends: each document that moved since is
//! sent with all it has new since the base. One that moves again meanwhile is
//! sent again. A new window is filled channel by channel first; documents move
//! between channels meanwhile, so whatever moved since the base is sent whole
//! afterwards, unless the device surely had it all the time.
//!
//! **Invariant**: nothing outside the window is ever sent (I7).

use std::collections::BTreeSet;

use ronde_core::{
    Error,
    model::{DocumentId, Incarnation, Kind},
    store::{Tx, documents},
    wire::{Cursor, Item, Page},
};
use rusqlite::{Connection, Transaction, params};

use super::{applied, digest, read_kind};
use crate::{log::sqlite::changes_after, registry::window};

/// Most documents of one page.
const DOCUMENTS_MAX: u32 = 5_000;

/// Who reads.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Whose changes are not sent back, being its own.
    pub own: Option<Incarnation>,
    /// Its window now, the most pressing channel first.
    pub window: Vec<String>,
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
        match cursor {
            Cursor::Start => {
                let mut place = Place::start(self.head, 0, 0);
                self.fill(&mut place)
            }
            Cursor::Filling {
                base,
                from_window,
                stage,
                after,
                done,
                unsure_window,
            } => self.fill(&mut Place {
                base,
                from_window,
                stage,
                after,
                done,
                unsure_window,
            }),
            Cursor::Catching {
                base,
                sent,
                done,
                filled_from,
            } => self.catch_up(base, sent, done, filled_from),
            Cursor::At(base) => self.catch_up(base, base, 0, None),
        }
    }

    fn has_room(&self) -> bool {
        self.bytes < self.reader.page_bytes_max
            && self.page.items.len() < usize::try_from(DOCUMENTS_MAX).unwrap_or(usize::MAX)
    }

    /// Fills a new window: first what leaves, then what each added channel has.
    fn fill(&mut self, place: &mut Place) -> Result<(), Error> {
        let old = self.channels(place.from_window)?;
        let maybe = &old | &self.channels(place.unsure_window)?;
        let removed: Vec<_> = maybe.difference(&self.window).cloned().collect();
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
            let stage = usize::from(place.stage);
            let channels = match stage.checked_sub(1) {
                None => &removed[..],
                Some(nth) => added.get(nth..=nth).unwrap_or_default(),
            };
            if stage > added.len() {
                let from = Some(place.from_window);
                return self.catch_up(place.base, place.base, place.done, from);
            }
            let room =
                DOCUMENTS_MAX - u32::try_from(self.page.items.len()).unwrap_or(DOCUMENTS_MAX);
            // What left a removed channel since the base is still at the device.
            let since = if place.stage == 0 {
                place.base
            } else {
                u64::MAX >> 1
            };
            let members = self.members_after(channels, since, place.after, room)?;
            let last_of_stage = u32::try_from(members.len()).unwrap_or(u32::MAX) < room;
            for (id, kind) in members {
                if !self.has_room() {
                    self.stop(place);
                    return Ok(());
                }
                place.after = Some(id);
                place.done = place.done.saturating_add(1);
                let held: BTreeSet<_> = self.channels_of(id)?;
                if place.stage == 0 {
                    if held.is_disjoint(&self.window) {
                        self.leave(id);
                    }
                    continue;
                }
                // What a kept channel or an earlier stage holds is there
                // already, or moved since the base and is sent at the end.
                let earlier = &added[..stage - 1];
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
                place.stage += 1;
                place.after = None;
            }
            if !self.has_room() {
                self.stop(place);
                return Ok(());
            }
        }
    }

    /// Ends the page within a filling.
    fn stop(&mut self, place: &Place) {
        self.page.done = place.done;
        self.page.cursor = place.cursor();
    }

    /// Sends what moved since `base`, from the last move after `sent` on.
    fn catch_up(
        &mut self,
        base: u64,
        mut sent: u64,
        mut done: u32,
        filled_from: Option<u64>,
    ) -> Result<(), Error> {
        let sure = match filled_from {
            Some(version) => &self.channels(version)? & &self.window,
            None => self.window.clone(),
        };
        let moved = self.moved_after(sent)?;
        if sent > base || !moved.is_empty() {
            self.page.total = self.page.total.saturating_add(self.moves_since(base)?);
        }
        let all = u32::try_from(moved.len()).unwrap_or(u32::MAX) < DOCUMENTS_MAX;
        for (id, kind, last_seq) in moved {
            if !self.has_room() {
                self.page.done = done;
                self.page.cursor = Cursor::Catching {
                    base,
                    sent,
                    done,
                    filled_from,
                };
                return Ok(());
            }
            self.send_move(id, kind, base, &sure, filled_from.is_some())?;
            sent = last_seq;
            done = done.saturating_add(1);
        }
        self.page.done = done;
        if !all {
            self.page.cursor = Cursor::Catching {
                base,
                sent,
                done,
                filled_from,
            };
            return Ok(());
        }
        self.page.cursor = Cursor::At(self.head);
        self.page.complete = true;
        self.page.digest = Some(digest(self.tx, &self.window)?.0);
        Ok(())
    }

    fn send_move(
        &mut self,
        id: DocumentId,
        kind: Kind,
        base: u64,
        sure: &BTreeSet<String>,
        filled: bool,
    ) -> Result<(), Error> {
        let stays = self.stays(id)?;
        let in_window = |stay: &&Stay| self.window.contains(&stay.channel);
        if !stays.iter().filter(in_window).any(|stay| stay.to.is_none()) {
            // It may have been sent since the base, if it is not held since before.
            if stays.iter().filter(in_window).any(|stay| stay.lasts(base)) {
                self.leave(id);
            }
            return Ok(());
        }
        let held = stayed(&stays, sure, base);
        let from = if held { base } else { 0 };
        let (changes, all) = changes_after(self.log, id, from, self.head, self.reader.own)?;
        if !held && (filled || !changes.is_empty()) {
            return self.enter(id, kind);
        }
        // A device's own new document: it has the content, but not yet the word
        // that its window holds it.
        if !changes.is_empty() || !held && all > 0 {
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

    /// Every stay of a document in a channel.
    fn stays(&self, id: DocumentId) -> Result<Vec<Stay>, Error> {
        let mut statement = self.tx.prepare_cached(
            "SELECT channel, from_seq, to_seq FROM member WHERE document = ?1 ORDER BY from_seq",
        )?;
        let stays = statement.query_map([id.0], |row| {
            Ok(Stay {
                channel: row.get(0)?,
                from: row.get::<_, i64>(1)?.cast_unsigned(),
                to: row.get::<_, Option<i64>>(2)?.map(i64::cast_unsigned),
            })
        })?;
        Ok(stays.collect::<Result<_, _>>()?)
    }

    /// The channels of a window that was held before; none for version 0.
    fn channels(&self, version: u64) -> Result<BTreeSet<String>, Error> {
        match version {
            0 => Ok(BTreeSet::new()),
            version => Ok(window::channels(self.log, version)?.unwrap_or_default()),
        }
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

    /// Members of these channels, now or until after `since`, by id, each once.
    fn members_after(
        &self,
        channels: &[String],
        since: u64,
        after: Option<DocumentId>,
        count_max: u32,
    ) -> Result<Vec<(DocumentId, Kind)>, Error> {
        let mut found = std::collections::BTreeMap::new();
        for channel in channels {
            let mut statement = self.tx.prepare_cached(
                "SELECT DISTINCT m.document, f.kind
                   FROM member m JOIN feed f ON f.document = m.document
                  WHERE m.channel = ?1 AND (m.to_seq IS NULL OR m.to_seq > ?4)
                    AND (?2 IS NULL OR m.document > ?2)
                  ORDER BY m.document LIMIT ?3",
            )?;
            let bounds = params![
                channel,
                after.map(|id| id.0),
                count_max,
                since.cast_signed()
            ];
            let rows = statement.query_map(bounds, |row| {
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

/// One stay of a document in a channel.
struct Stay {
    channel: String,
    from: u64,
    to: Option<u64>,
}

impl Stay {
    /// True when it lasted beyond `seq`.
    fn lasts(&self, seq: u64) -> bool {
        self.to.is_none_or(|to| to > seq)
    }
}

/// True when one of these channels or another held it from `base` to now,
/// without a gap. In a gap, the device may have been told to let go of it.
///
/// The stays are in the order in which they began.
fn stayed(stays: &[Stay], channels: &BTreeSet<String>, base: u64) -> bool {
    let mut until = base;
    for stay in stays.iter().filter(|stay| channels.contains(&stay.channel)) {
        if stay.from > until {
            return false;
        }
        match stay.to {
            None => return true,
            Some(to) => until = until.max(to),
        }
    }
    false
}

/// Where a filling stands: the fields of [`Cursor::Filling`].
struct Place {
    base: u64,
    from_window: u64,
    stage: u16,
    after: Option<DocumentId>,
    done: u32,
    unsure_window: u64,
}

impl Place {
    const fn start(base: u64, from_window: u64, unsure_window: u64) -> Self {
        Self {
            base,
            from_window,
            stage: 0,
            after: None,
            done: 0,
            unsure_window,
        }
    }

    const fn cursor(&self) -> Cursor {
        Cursor::Filling {
            base: self.base,
            from_window: self.from_window,
            stage: self.stage,
            after: self.after,
            done: self.done,
            unsure_window: self.unsure_window,
        }
    }
}

/// The cursor of a device whose window was `was` and is another one now: it
/// goes on from the same base, with the filling of its new window.
///
/// # Errors
///
/// [`Error::Storage`] when the disk fails.
pub fn refilling(cursor: Cursor, was: u64, log: &Transaction<'_>) -> Result<Cursor, Error> {
    let place = match cursor {
        Cursor::Start => return Ok(Cursor::Start),
        Cursor::At(base)
        | Cursor::Catching {
            base,
            filled_from: None,
            ..
        } => Place::start(base, was, 0),
        // What of a half-filled window arrived is not known: everything is sent
        // again, and whatever may have arrived and does not belong leaves.
        Cursor::Catching {
            base,
            filled_from: Some(from),
            ..
        } => Place::start(base, 0, union(log, &[from, was])?),
        Cursor::Filling {
            base,
            from_window,
            unsure_window,
            ..
        } => Place::start(base, 0, union(log, &[from_window, unsure_window, was])?),
    };
    Ok(place.cursor())
}

/// The version of all channels of these windows together.
fn union(log: &Transaction<'_>, versions: &[u64]) -> Result<u64, Error> {
    let mut all = BTreeSet::new();
    for version in versions {
        all.extend(window::channels(log, *version)?.unwrap_or_default());
    }
    window::version(log, &all)
}
