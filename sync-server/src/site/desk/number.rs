//! Numbers of work orders: `OT-2026-00042`, given once by the relay.
//!
//! **Invariant**: a number is never given twice, also after the relay was
//! restored from a backup: `restore` raises the floor past what it may have
//! given since.

use ronde_core::{
    document::{
        Stamp,
        schema::Code,
        work_order::{self, WorkOrder},
    },
    model::{DocumentId, Kind, Rank},
    store::views,
};

use super::{Batch, Desk, RELAY, Refused};

impl Desk {
    /// Numbers an order of the batch that has no number yet.
    pub(super) fn number(
        &mut self,
        id: DocumentId,
        kind: Kind,
        batch: &mut Batch,
    ) -> Result<(), Refused> {
        if kind != Kind::WorkOrder {
            return Ok(());
        }
        let mut document = self.document(id, kind)?;
        if WorkOrder::read(&document).is_ok_and(|order| order.number.is_some()) {
            return Ok(());
        }
        let at = self.world.now();
        let year = ronde_core::schedule::business_date(at.0, self.site.time_zone())
            .format("%Y")
            .to_string();
        let next = self.next_number(&year)?;
        let stamp = Stamp {
            by: RELAY,
            rank: Rank::Relay,
            at,
        };
        document.act_as(self.incarnation);
        work_order::set(
            &mut document,
            "number",
            &Code(format!("OT-{year}-{next:05}")),
            &stamp,
        )?;
        self.finish(document, &stamp, batch);
        Ok(())
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
