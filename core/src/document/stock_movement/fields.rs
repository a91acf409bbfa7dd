//! The one value a stock movement holds.
//!
//! **Invariant**: field numbers (`#[n(…)]`), once released, keep their meaning.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    document::{
        part::Store,
        schema::{Field, Value, at_most, field, optional},
    },
    error::Invalid,
    model::{DocumentId, Line as Limit, PersonId, Quantity, Timestamp},
};

/// The keys of a stock movement.
pub const FIELDS: &[Field] = &[field!("posted", Posted, Post)];

/// The most lines of one movement.
const LINES_MAX: usize = 200;

/// What kind of movement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum MovementKind {
    /// Brought into a store (*entrée*).
    #[n(0)]
    Entry,
    /// Taken from a store (*sortie*).
    #[n(1)]
    Issue,
    /// Brought back unused (*retour*).
    #[n(2)]
    Return,
    /// From one store to another (*transfert*).
    #[n(3)]
    Transfer,
    /// A count: the quantity is what was there (*ajustement*).
    #[n(4)]
    Adjustment,
    /// Thrown away (*rebut*).
    #[n(5)]
    Scrap,
    /// Unmakes another movement (*contre-passation*).
    #[n(6)]
    Reversal,
}

impl MovementKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Entry,
        Self::Issue,
        Self::Return,
        Self::Transfer,
        Self::Adjustment,
        Self::Scrap,
        Self::Reversal,
    ];

    /// The name used in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Issue => "issue",
            Self::Return => "return",
            Self::Transfer => "transfer",
            Self::Adjustment => "adjustment",
            Self::Scrap => "scrap",
            Self::Reversal => "reversal",
        }
    }

    /// True when the form asks for a reason.
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Scrap | Self::Reversal)
    }
}

/// One part that moved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Line {
    /// The part.
    #[n(0)]
    pub part: DocumentId,
    /// How much, more than nothing; in an adjustment what was counted.
    #[n(1)]
    pub quantity: Quantity,
    /// The store it left.
    #[n(2)]
    pub from: Option<Store>,
    /// The store it came to; in an adjustment the store that was counted.
    #[n(3)]
    pub to: Option<Store>,
    /// Cost of one unit when it was posted, in the site's currency.
    #[n(4)]
    pub unit_cost: Option<Quantity>,
}

/// A movement as it was posted.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(map)]
pub struct Posted {
    /// What kind of movement it is.
    #[n(0)]
    #[serde(rename = "movement_kind")]
    pub kind: MovementKind,
    /// What moved.
    #[n(1)]
    pub lines: Vec<Line>,
    /// The order it was for.
    #[n(2)]
    pub work_order: Option<DocumentId>,
    /// Who moved it.
    #[n(3)]
    pub person: PersonId,
    /// When it moved, by the device's clock.
    #[n(4)]
    pub at: Timestamp,
    /// Why.
    #[n(5)]
    pub reason: Option<String>,
    /// The movement it reverses.
    #[n(6)]
    pub reverses: Option<DocumentId>,
}

impl Line {
    fn check(&self, kind: MovementKind) -> Result<(), Invalid> {
        use MovementKind::{Adjustment, Entry, Issue, Return, Reversal, Scrap, Transfer};
        let stores = match (kind, &self.from, &self.to) {
            (Entry | Return | Adjustment | Reversal, None, Some(_))
            | (Issue | Scrap | Reversal, Some(_), None) => true,
            (Transfer | Reversal, Some(from), Some(to)) => from != to,
            _ => false,
        };
        if !stores {
            return Err(Invalid::new(
                "line_stores",
                "a line says where the part comes from and goes to, as its kind asks",
            ));
        }
        [&self.from, &self.to]
            .into_iter()
            .flatten()
            .try_for_each(Value::check)?;
        // A count may find nothing, and so may the reversal of a count.
        let nothing = matches!(kind, Adjustment | Reversal);
        if self.quantity < Quantity::ZERO || self.quantity == Quantity::ZERO && !nothing {
            return Err(Invalid::new(
                "line_quantity",
                "the quantity is more than nothing",
            ));
        }
        self.unit_cost.check()
    }
}

impl Value for Posted {
    fn check(&self) -> Result<(), Invalid> {
        if self.lines.is_empty() {
            return Err(Invalid::new("no_lines", "a movement has at least one line"));
        }
        at_most(&self.lines, LINES_MAX)?;
        self.lines
            .iter()
            .try_for_each(|line| line.check(self.kind))?;
        if self.kind == MovementKind::Adjustment && counted_twice(&self.lines) {
            return Err(Invalid::new(
                "counted_twice",
                "a part is counted once per store",
            ));
        }
        if (self.kind == MovementKind::Reversal) != self.reverses.is_some() {
            return Err(Invalid::new(
                "reverses",
                "a reversal, and nothing else, names the movement it reverses",
            ));
        }
        if !self.at.is_plausible() {
            return Err(Invalid::new(
                "implausible_time",
                "the time is before 2000 or after 2200",
            ));
        }
        optional(self.reason.as_ref(), Limit::PROSE)
    }
}

fn counted_twice(lines: &[Line]) -> bool {
    let mut places: Vec<_> = lines.iter().map(|line| (line.part, &line.to)).collect();
    places.sort_unstable();
    places.windows(2).any(|pair| pair[0] == pair[1])
}
