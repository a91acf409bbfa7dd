//! A log in memory, for simulations and tests: same contract, no disk.
//!
//! **Invariant**: behaves as [`super::SqliteLog`] does (`contract.rs`).

use std::collections::{HashMap, HashSet};

use ronde_core::model::{ChangeHash, DocumentId, Epoch, Incarnation, SiteId, Timestamp};

use super::{Chain, Damage, Defect, Entry, Error, Found, Head, Limit, Log, NewEntry};

/// A log that lives as long as the program.
#[derive(Debug)]
pub struct MemoryLog {
    site: SiteId,
    entries: Vec<Entry>,
    /// Each life and the entry count it began at.
    lives: Vec<(Epoch, u64, Timestamp)>,
    chain: Chain,
    hashes: HashSet<(DocumentId, ChangeHash)>,
    counts: HashMap<(DocumentId, Incarnation, u64), Found>,
}

impl MemoryLog {
    /// An empty log in its first life.
    pub fn new(site: SiteId, epoch: Epoch, at: Timestamp) -> Self {
        Self {
            site,
            entries: Vec::new(),
            lives: vec![(epoch, 0, at)],
            chain: Chain::of_site(site).with_epoch(epoch, 0, at),
            hashes: HashSet::new(),
            counts: HashMap::new(),
        }
    }
}

impl Log for MemoryLog {
    fn append(&mut self, entries: &[NewEntry]) -> Result<Vec<u64>, Error> {
        let (mut hashes, mut counts) = (HashSet::new(), HashSet::new());
        for entry in entries {
            let hash = (entry.document, entry.hash);
            let count = (entry.document, entry.actor, entry.actor_seq);
            let known = self.hashes.contains(&hash) || self.counts.contains_key(&count);
            if known || !hashes.insert(hash) || !counts.insert(count) {
                let (document, hash) = hash;
                return Err(Error::Known { document, hash });
            }
        }
        let epoch = self.epoch();
        let mut seqs = Vec::with_capacity(entries.len());
        for entry in entries {
            let seq = self.entries.len() as u64 + 1;
            let hash = entry.hash;
            self.chain = self.chain.with_entry(epoch, seq, entry);
            self.hashes.insert((entry.document, hash));
            let count = (entry.document, entry.actor, entry.actor_seq);
            self.counts.insert(count, Found { seq, hash });
            self.entries.push(Entry {
                seq,
                epoch,
                content: entry.clone(),
                chain: self.chain,
                ends_batch: seqs.len() + 1 == entries.len(),
            });
            seqs.push(seq);
        }
        Ok(seqs)
    }

    fn read(&self, after_seq: u64, limit: Limit) -> Result<Vec<Entry>, Error> {
        let start = usize::try_from(after_seq).unwrap_or(usize::MAX);
        let mut bytes = 0_usize;
        let page = self.entries.iter().skip(start).take(limit.count_max.max(1));
        let page = page.enumerate().take_while(|(index, entry)| {
            bytes = bytes.saturating_add(entry.content.bytes.len());
            *index == 0 || bytes <= limit.bytes_max
        });
        Ok(page.map(|(_, entry)| entry.clone()).collect())
    }

    fn read_document(&self, document: DocumentId, after_seq: u64) -> Result<Vec<Entry>, Error> {
        let of_document =
            |entry: &&Entry| entry.content.document == document && entry.seq > after_seq;
        Ok(self.entries.iter().filter(of_document).cloned().collect())
    }

    fn contains(&self, document: DocumentId, hash: ChangeHash) -> Result<bool, Error> {
        Ok(self.hashes.contains(&(document, hash)))
    }

    fn find(
        &self,
        document: DocumentId,
        actor: Incarnation,
        actor_seq: u64,
    ) -> Result<Option<Found>, Error> {
        Ok(self.counts.get(&(document, actor, actor_seq)).copied())
    }

    fn head(&self) -> Head {
        Head {
            seq: self.entries.len() as u64,
            chain: self.chain,
        }
    }

    fn site(&self) -> SiteId {
        self.site
    }

    fn epoch(&self) -> Epoch {
        // There is always a first life.
        self.lives.last().map_or(Epoch(uuid::Uuid::nil()), |l| l.0)
    }

    fn verify(&self, from_seq: u64) -> Result<(), Error> {
        let mut chain = Chain::of_site(self.site);
        let mut lives = self.lives.iter().peekable();
        for seq in 1..=self.head().seq + 1 {
            while let Some((epoch, after, at)) = lives.next_if(|life| life.1 == seq - 1) {
                chain = chain.with_epoch(*epoch, *after, *at);
            }
            let stored = match usize::try_from(seq - 1)
                .ok()
                .and_then(|i| self.entries.get(i))
            {
                Some(entry) => {
                    chain = chain.with_entry(entry.epoch, seq, &entry.content);
                    entry.chain
                }
                None => self.chain,
            };
            if seq >= from_seq && chain != stored {
                let what = Defect::Altered;
                return Err(Damage { seq, what }.into());
            }
        }
        Ok(())
    }

    fn new_epoch(&mut self, epoch: Epoch, at: Timestamp) -> Result<(), Error> {
        let after_seq = self.head().seq;
        self.chain = self.chain.with_epoch(epoch, after_seq, at);
        self.lives.push((epoch, after_seq, at));
        Ok(())
    }
}
