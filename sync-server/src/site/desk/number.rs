//! Numbers of work orders: `OT-2026-00042`, given once by the relay.
//!
//! **Invariant**: a number is never given twice, also after the relay was
//! restored from a backup: `restore` raises the floor past what it may have
//! given since.

use ronde_core::{
    document::{Document, Stamp, schema::Code},
    model::{DocumentId, Kind},
    store::views,
};

use super::{Batch, Desk, Refused};

impl Desk {
    /// Numbers an order that a device pushed and that has no number yet.
    pub(super) fn number(
        &mut self,
        id: DocumentId,
        kind: Kind,
        batch: &mut Batch,
    ) -> Result<(), Refused> {
        if kind != Kind::WorkOrder {
            return Ok(());
        }
        let mut document = self.document(id, kind, batch)?;
        document.act_as(self.incarnation);
        let stamp = self.stamp();
        if self.give_number(&mut document, &stamp)? {
            self.finish(document, &stamp, batch);
        }
        Ok(())
    }

    /// Writes a number into an order that has none. Says whether it did.
    pub(super) fn give_number(
        &mut self,
        document: &mut Document,
        stamp: &Stamp,
    ) -> Result<bool, Refused> {
        let said = document.entries();
        let is_new = said.about("number").is_empty() && !said.about("created").is_empty();
        if document.kind() != Kind::WorkOrder || !is_new {
            return Ok(false);
        }
        let today = ronde_core::schedule::business_date(stamp.at.0, self.site.time_zone());
        let year = today.format("%Y").to_string();
        let next = self.next_number(&year)?;
        // Not `work_order::set`, which reads the whole order again.
        document.write("number", &Code(format!("OT-{year}-{next:05}")), stamp)?;
        Ok(true)
    }

    fn next_number(&mut self, year: &str) -> Result<u64, Refused> {
        let known = if let Some(last) = self.numbers.get(year) {
            *last
        } else {
            let prefix = format!("OT-{year}-");
            let given = self.store.read(|tx| views::last_number(tx, &prefix))?;
            self.site.number_floor(year, given)?
        };
        self.numbers.insert(year.to_owned(), known + 1);
        Ok(known + 1)
    }
}
