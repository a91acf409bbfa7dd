//! Spare parts: the list and the page.
//!
//! **Invariant**: how many there are is what the movements say, here as
//! everywhere.

use serde::Serialize;

use super::{
    HistoryLine, LevelLine, LevelState, MovementLine, Replica, history, record,
    stock::{levels_of, movement_lines},
};
use crate::{
    document::{Conflict, part::Part},
    error::Error,
    model::{DocumentId, Kind, Quantity},
    store::{Tx, outbox, views},
};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartRow {
    /// The part.
    pub id: DocumentId,
    /// The plant's reference.
    pub reference: String,
    /// What people call it.
    pub name: String,
    /// The unit it is counted in.
    pub unit: String,
    /// How much there is in all stores together.
    pub quantity: Quantity,
    /// The worst of its levels; none where no store keeps it.
    pub state: Option<LevelState>,
    /// True when production stops without it.
    pub critical: bool,
}

/// Everything about one part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartPage {
    /// What the list shows.
    #[serde(flatten)]
    pub row: PartRow,
    /// How many decimals a quantity of it may have.
    pub decimals: u8,
    /// Level each store should not fall below.
    pub min: Option<Quantity>,
    /// Level each store should not rise above.
    pub max: Option<Quantity>,
    /// Level at which more is ordered.
    pub reorder_point: Option<Quantity>,
    /// How much is ordered then.
    pub reorder_quantity: Option<Quantity>,
    /// How much each store has.
    pub levels: Vec<LevelLine>,
    /// Its movements, the latest first.
    pub movements: Vec<MovementLine>,
    /// What somebody should look at.
    pub conflicts: Vec<Conflict>,
    /// Who said what, in order.
    pub history: Vec<HistoryLine>,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

impl Replica {
    /// Every part, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn parts(&self) -> Result<Vec<PartRow>, Error> {
        self.read(|tx| {
            let parts: Vec<Part> = views::records(tx, Kind::Part)?;
            parts.iter().map(|part| row(tx, part)).collect()
        })
    }

    /// A part's page.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn part(&self, id: DocumentId) -> Result<PartPage, Error> {
        self.read(|tx| {
            let part: Part = record(tx, Kind::Part, id)?;
            let names = views::names(tx)?;
            Ok(PartPage {
                row: row(tx, &part)?,
                decimals: part.decimals,
                min: part.min,
                max: part.max,
                reorder_point: part.reorder_point,
                reorder_quantity: part.reorder_quantity,
                levels: levels_of(tx, &part)?,
                movements: movement_lines(tx, None, Some(id))?,
                history: history(&part.life, &names),
                conflicts: part.life.conflicts,
                pending: outbox::count_of(tx, id)?,
            })
        })
    }
}

fn row(tx: &Tx<'_>, part: &Part) -> Result<PartRow, Error> {
    let levels = levels_of(tx, part)?;
    let quantities = levels.iter().map(|level| level.quantity);
    Ok(PartRow {
        id: part.life.id,
        reference: part.reference.clone(),
        name: part.name.clone(),
        unit: part.unit.clone(),
        quantity: quantities.fold(Quantity::ZERO, Quantity::saturating_add),
        state: levels.iter().map(|level| level.state).min(),
        critical: part.critical,
    })
}
