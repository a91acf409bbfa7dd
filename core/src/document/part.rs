//! Spare parts: what they are, where they are kept, when to order more. How
//! many there are is what [`stock_movement`](super::stock_movement) says.
//!
//! **Invariant**: a part's document holds no level; levels are folds over
//! movements.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{
    Document, Life, Stamp,
    plain::{self, Fold},
    schema::{Code, Field, Reference, Title, Value, at_most, field, required},
};
use crate::{
    error::{Error, Invalid},
    model::{Line, Quantity, stored_text},
};

/// The keys of a part.
pub(super) const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("reference", Reference, Describe),
    field!("name", Title, Describe),
    field!("unit", Code, Describe),
    field!("decimals", Decimals, Describe),
    field!("stores", Stores, Describe),
    field!("min", Option<Quantity>, Schedule),
    field!("max", Option<Quantity>, Schedule),
    field!("reorder_point", Option<Quantity>, Schedule),
    field!("reorder_quantity", Option<Quantity>, Schedule),
    field!("critical", bool, Describe),
];

const PLAIN: &[&str] = &[
    "reference",
    "name",
    "unit",
    "decimals",
    "stores",
    "min",
    "max",
    "reorder_point",
    "reorder_quantity",
    "critical",
];

/// The most stores that keep one part.
const STORES_MAX: usize = 50;

/// A part as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The plant's reference.
    pub reference: String,
    /// What people call it.
    pub name: String,
    /// The unit it is counted in.
    pub unit: String,
    /// How many decimals a quantity of it may have, 0 to 6.
    pub decimals: u8,
    /// The stores that keep it.
    pub stores: Vec<Store>,
    /// Level each store should not fall below.
    pub min: Option<Quantity>,
    /// Level each store should not rise above.
    pub max: Option<Quantity>,
    /// Level at which more is ordered.
    pub reorder_point: Option<Quantity>,
    /// How much is ordered then.
    pub reorder_quantity: Option<Quantity>,
    /// True when production stops without it.
    pub critical: bool,
}

/// The code of a store (*magasin*).
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize, Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Store(#[n(0)] pub String);

/// The stores that keep a part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Stores(#[n(0)] pub Vec<Store>);

/// How many decimals a quantity may have, 0 to 6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Decimals(#[n(0)] pub u8);

/// Everything a part starts with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// The plant's reference.
    #[n(0)]
    pub reference: String,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// The unit it is counted in.
    #[n(2)]
    pub unit: String,
    /// How many decimals a quantity of it may have, 0 to 6.
    #[n(3)]
    pub decimals: u8,
    /// The stores that keep it.
    #[n(4)]
    pub stores: Vec<Store>,
    /// Level each store should not fall below.
    #[n(5)]
    pub min: Option<Quantity>,
    /// Level each store should not rise above.
    #[n(6)]
    pub max: Option<Quantity>,
    /// Level at which more is ordered.
    #[n(7)]
    pub reorder_point: Option<Quantity>,
    /// How much is ordered then.
    #[n(8)]
    pub reorder_quantity: Option<Quantity>,
    /// True when production stops without it.
    #[n(9)]
    pub critical: bool,
}

impl Value for Store {
    fn check(&self) -> Result<(), Invalid> {
        required(&self.0)?;
        stored_text(&self.0, Line::CODE)
    }
}

impl Value for Stores {
    fn check(&self) -> Result<(), Invalid> {
        at_most(&self.0, STORES_MAX)?;
        self.0.iter().try_for_each(Value::check)
    }
}

impl Value for Decimals {
    fn check(&self) -> Result<(), Invalid> {
        if self.0 > 6 {
            return Err(Invalid::new("decimals", "a quantity has 0 to 6 decimals"));
        }
        Ok(())
    }
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        Reference(self.reference.clone()).check()?;
        Title(self.name.clone()).check()?;
        stored_text(&self.unit, Line::CODE)?;
        Decimals(self.decimals).check()?;
        Stores(self.stores.clone()).check()?;
        [
            self.min,
            self.max,
            self.reorder_point,
            self.reorder_quantity,
        ]
        .iter()
        .try_for_each(Value::check)
    }
}

/// Writes the first entry of a new part.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(document: &mut Document, created: &Created, stamp: &Stamp) -> Result<(), Error> {
    plain::create(document, created, stamp)
}

/// Sets one plain field: `reference`, `name`, `stores`, `reorder_point`…
///
/// # Errors
///
/// [`Error::Invalid`] when the value is out of bounds or the field unknown.
pub fn set<V: Value>(
    document: &mut Document,
    field: &str,
    value: &V,
    stamp: &Stamp,
) -> Result<(), Error> {
    plain::set(document, PLAIN, field, value, stamp)
}

impl Part {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as a part.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("part");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let reference = fold.plain("reference");
        let name = fold.plain("name");
        let unit = fold.plain("unit");
        let decimals = fold.plain("decimals");
        let stores = fold.plain("stores");
        let min = fold.plain("min");
        let max = fold.plain("max");
        let reorder_point = fold.plain("reorder_point");
        let reorder_quantity = fold.plain("reorder_quantity");
        let critical = fold.plain("critical");
        Ok(Self {
            reference: reference.unwrap_or(Reference(created.reference)).0,
            name: name.unwrap_or(Title(created.name)).0,
            unit: unit.unwrap_or(Code(created.unit)).0,
            decimals: decimals.unwrap_or(Decimals(created.decimals)).0,
            stores: stores.unwrap_or(Stores(created.stores)).0,
            min: min.unwrap_or(created.min),
            max: max.unwrap_or(created.max),
            reorder_point: reorder_point.unwrap_or(created.reorder_point),
            reorder_quantity: reorder_quantity.unwrap_or(created.reorder_quantity),
            critical: critical.unwrap_or(created.critical),
            life,
        })
    }
}
