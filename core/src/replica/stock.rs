//! Stock: levels, and one form for each kind of movement.
//!
//! **Invariant**: a movement names its person and is never changed; a mistake
//! is a reversal. A level below zero is shown, never refused.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Act, Replica, record};
use crate::{
    document::{
        part::{Part, Store},
        possible_duplicate_movements,
        stock_movement::{
            self, Line as MovedLine, MovementKind, Posted, StockMovement, reversal_id,
        },
    },
    error::{Error, Invalid},
    model::{DocumentId, Kind, Line, PersonId, Quantity, Timestamp, check_text},
    store::{Tx, outbox, views},
};

/// How much of a part a store has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LevelLine {
    /// The part.
    pub part: DocumentId,
    /// Its reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// The store.
    pub store: String,
    /// How much, possibly less than nothing.
    pub quantity: Quantity,
    /// The part's unit.
    pub unit: String,
    /// Level it should not fall below.
    pub min: Option<Quantity>,
    /// Level at which more is ordered.
    pub reorder_point: Option<Quantity>,
    /// What to make of it.
    pub state: LevelState,
}

/// What to make of a level, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelState {
    /// Less than nothing: what was recorded cannot all be true (*écart*).
    Negative,
    /// Nothing left of a part that is to be kept (*rupture*).
    Out,
    /// Below the reorder point or the least to keep (*stock bas*).
    Low,
    /// Enough.
    Ok,
}

/// A movement to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMovement {
    /// What kind; reversals are made by [`Replica::reverse_movement`].
    pub kind: MovementKind,
    /// What moves.
    pub lines: Vec<NewLine>,
    /// The order it is for.
    pub work_order: Option<DocumentId>,
    /// Why.
    pub reason: Option<String>,
    /// When it happened; now where nothing is said.
    pub at: Option<Timestamp>,
}

/// One part that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// The part.
    pub part: DocumentId,
    /// How much; in an adjustment what was counted.
    pub quantity: Quantity,
    /// The store it leaves. Where the kind asks for one and none is said, the
    /// only store that keeps the part.
    pub from: Option<String>,
    /// The store it comes to, likewise.
    pub to: Option<String>,
    /// Cost of one unit, in the site's currency.
    pub unit_cost: Option<Quantity>,
}

/// A movement as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovementLine {
    /// The movement.
    pub id: DocumentId,
    /// What kind it is.
    pub kind: MovementKind,
    /// When it happened.
    pub at: Timestamp,
    /// Who moved it.
    pub person: PersonId,
    /// Their name.
    pub person_name: Option<String>,
    /// The order it was for.
    pub work_order: Option<DocumentId>,
    /// What that is called.
    pub work_order_number: Option<String>,
    /// What moved.
    pub lines: Vec<PartMoved>,
    /// Why.
    pub reason: Option<String>,
    /// The movement it reverses.
    pub reverses: Option<DocumentId>,
    /// The movement that reverses it.
    pub reversed_by: Option<DocumentId>,
    /// Movements that may record the same thing, for a person to judge.
    pub possible_duplicates: Vec<DocumentId>,
    /// How many of its changes wait in the outbox.
    pub pending: u32,
}

/// One part of a movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartMoved {
    /// The part.
    pub part: DocumentId,
    /// Its reference, where it is on this device.
    pub reference: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// Its unit.
    pub unit: Option<String>,
    /// The store it left.
    pub from: Option<String>,
    /// The store it came to.
    pub to: Option<String>,
    /// Cost of one unit.
    pub unit_cost: Option<Quantity>,
}

impl Replica {
    /// The levels of one part or of all, by reference and store. A store that
    /// keeps a part of which nothing ever moved has none of it.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn levels(&self, part: Option<DocumentId>) -> Result<Vec<LevelLine>, Error> {
        self.read(|tx| {
            let parts = match part {
                Some(part) => vec![record(tx, Kind::Part, part)?],
                None => views::records(tx, Kind::Part)?,
            };
            let mut lines = Vec::new();
            for part in &parts {
                lines.extend(levels_of(tx, part)?);
            }
            lines.sort_by(|a, b| (&a.reference, &a.store).cmp(&(&b.reference, &b.store)));
            Ok(lines)
        })
    }

    /// The movements of one order, one part, or all; the latest first.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn movements(
        &self,
        work_order: Option<DocumentId>,
        part: Option<DocumentId>,
    ) -> Result<Vec<MovementLine>, Error> {
        self.read(|tx| movement_lines(tx, work_order, part))
    }

    /// Posts one movement by this device's person.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `no_lines`,
    /// `line_stores`, `line_quantity`, `quantity_decimals`, `store_missing`,
    /// `unknown_store`, `reason_missing`…
    pub fn post_movement(&mut self, new: &NewMovement) -> Result<MovementLine, Error> {
        let id = DocumentId(self.world().uuid());
        self.act(|act| {
            if new.kind == MovementKind::Reversal {
                let message = "a reversal is made from the movement it reverses";
                return Err(Invalid::new("reverses", message).into());
            }
            super::orders::known(act, Kind::WorkOrder, new.work_order)?;
            let reason = new.reason.as_deref().map(|it| check_text(it, Line::PROSE));
            let posted = Posted {
                kind: new.kind,
                lines: new
                    .lines
                    .iter()
                    .map(|line| complete(act.tx(), new.kind, line))
                    .collect::<Result<_, _>>()?,
                work_order: new.work_order,
                person: act.person(),
                at: new.at.unwrap_or(act.at()),
                reason: reason.transpose()?.filter(|reason| !reason.is_empty()),
                reverses: None,
            };
            post(act, id, &posted)
        })?;
        self.movement(id)
    }

    /// Unmakes a movement by one that goes the other way (*contre-passation*).
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], or [`Error::Invalid`] with code `already_reversed`,
    /// `reverses_reversal` or `reason_missing`.
    pub fn reverse_movement(
        &mut self,
        movement: DocumentId,
        reason: &str,
    ) -> Result<MovementLine, Error> {
        let id = self.act(|act| reverse(act, movement, reason))?;
        self.movement(id)
    }

    /// One movement.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`].
    pub fn movement(&self, id: DocumentId) -> Result<MovementLine, Error> {
        self.read(|tx| {
            let movement: StockMovement = record(tx, Kind::StockMovement, id)?;
            let siblings = match movement.posted.work_order {
                Some(order) => views::movements_of(tx, Some(order), None)?,
                None => Vec::new(),
            };
            line_of(tx, &movement, &siblings.iter().collect::<Vec<_>>())
        })
    }
}

/// The levels of one part in every store that keeps it or ever had it.
pub(super) fn levels_of(tx: &Tx<'_>, part: &Part) -> Result<Vec<LevelLine>, Error> {
    let mut levels: BTreeMap<_, _> = part
        .stores
        .iter()
        .map(|store| (store.0.clone(), Quantity::ZERO))
        .collect();
    for level in views::levels(tx, Some(part.life.id))? {
        levels.insert(level.store, level.quantity);
    }
    let point = part.reorder_point.max(part.min);
    Ok(levels
        .into_iter()
        .map(|(store, quantity)| LevelLine {
            part: part.life.id,
            reference: part.reference.clone(),
            name: part.name.clone(),
            store,
            quantity,
            unit: part.unit.clone(),
            min: part.min,
            reorder_point: part.reorder_point,
            state: match point {
                _ if quantity < Quantity::ZERO => LevelState::Negative,
                Some(_) if quantity == Quantity::ZERO => LevelState::Out,
                Some(point) if quantity < point => LevelState::Low,
                _ => LevelState::Ok,
            },
        })
        .collect())
}

/// The movements of an order or a part, each with what may be its duplicate.
pub(super) fn movement_lines(
    tx: &Tx<'_>,
    work_order: Option<DocumentId>,
    part: Option<DocumentId>,
) -> Result<Vec<MovementLine>, Error> {
    let movements = views::movements_of(tx, work_order, part)?;
    // Only movements for one order may be each other's duplicates.
    let mut by_order = BTreeMap::<_, Vec<&StockMovement>>::new();
    for movement in &movements {
        if let Some(order) = movement.posted.work_order {
            by_order.entry(order).or_default().push(movement);
        }
    }
    let siblings = |movement: &StockMovement| {
        let order = movement.posted.work_order.as_ref();
        order.and_then(|order| by_order.get(order))
    };
    movements
        .iter()
        .map(|it| line_of(tx, it, siblings(it).map_or(&[][..], Vec::as_slice)))
        .collect()
}

fn line_of(
    tx: &Tx<'_>,
    movement: &StockMovement,
    others: &[&StockMovement],
) -> Result<MovementLine, Error> {
    let (id, posted) = (movement.life.id, &movement.posted);
    let number = match posted.work_order {
        Some(order) => views::order(tx, order)?.map(|order| order.name().to_owned()),
        None => None,
    };
    let reversed_by = views::reversal_of(tx, id)?;
    let mut possible_duplicates = Vec::new();
    if reversed_by.is_none() {
        for other in others {
            if possible_duplicate_movements(movement, other)
                && views::reversal_of(tx, other.life.id)?.is_none()
            {
                possible_duplicates.push(other.life.id);
            }
        }
    }
    let part_moved = |line: &MovedLine| {
        let part: Option<Part> = views::record(tx, Kind::Part, line.part)?;
        Ok(PartMoved {
            part: line.part,
            reference: part.as_ref().map(|part| part.reference.clone()),
            name: part.as_ref().map(|part| part.name.clone()),
            quantity: line.quantity,
            unit: part.map(|part| part.unit),
            from: line.from.as_ref().map(|store| store.0.clone()),
            to: line.to.as_ref().map(|store| store.0.clone()),
            unit_cost: line.unit_cost,
        })
    };
    Ok(MovementLine {
        id,
        kind: posted.kind,
        at: posted.at,
        person: posted.person,
        person_name: views::name(tx, posted.person)?,
        work_order: posted.work_order,
        work_order_number: number,
        lines: posted
            .lines
            .iter()
            .map(part_moved)
            .collect::<Result<_, Error>>()?,
        reason: posted.reason.clone(),
        reverses: posted.reverses,
        reversed_by,
        possible_duplicates,
        pending: outbox::count_of(tx, id)?,
    })
}

/// Posts a movement under this id.
pub(super) fn post(act: &Act<'_>, id: DocumentId, posted: &Posted) -> Result<(), Error> {
    act.create(Kind::StockMovement, id, |document, stamp| {
        stock_movement::post(document, posted, stamp)
    })
}

/// Reverses a movement; it may be reversed once, wherever that is done.
pub(super) fn reverse(
    act: &Act<'_>,
    movement: DocumentId,
    reason: &str,
) -> Result<DocumentId, Error> {
    let known: StockMovement = record(act.tx(), Kind::StockMovement, movement)?;
    let id = reversal_id(movement);
    if views::kind(act.tx(), id)?.is_some() {
        return Err(Invalid::new("already_reversed", "the movement is reversed already").into());
    }
    let reason = check_text(reason, Line::PROSE)?;
    let posted = stock_movement::reversal(&known, &reason, act.stamp())?;
    post(act, id, &posted)?;
    Ok(id)
}

/// Fills in the stores that go without saying, and refuses what cannot be
/// meant: more decimals than the part has, a store nobody knows.
fn complete(tx: &Tx<'_>, kind: MovementKind, line: &NewLine) -> Result<MovedLine, Error> {
    use MovementKind::{Adjustment, Entry, Issue, Return, Scrap};
    let part: Part = record(tx, Kind::Part, line.part)?;
    if line.quantity.decimals() > part.decimals {
        let message = format!(
            "too many decimals for this part; at most: {}",
            part.decimals
        );
        return Err(Invalid::new("quantity_decimals", message).into());
    }
    let store = |said: &Option<String>, asked: bool| -> Result<Option<Store>, Error> {
        match (said, part.stores.as_slice()) {
            (Some(said), _) => Ok(Some(known_store(tx, &part, said)?)),
            (None, [only]) if asked => Ok(Some(only.clone())),
            (None, _) if asked => {
                Err(Invalid::new("store_missing", "say which store it is").into())
            }
            (None, _) => Ok(None),
        }
    };
    Ok(MovedLine {
        part: line.part,
        quantity: line.quantity,
        from: store(&line.from, matches!(kind, Issue | Scrap))?,
        to: store(&line.to, matches!(kind, Entry | Return | Adjustment))?,
        unit_cost: line.unit_cost,
    })
}

/// The store with this code as the site writes it.
fn known_store(tx: &Tx<'_>, part: &Part, said: &str) -> Result<Store, Error> {
    let said = check_text(said, Line::CODE)?;
    let mut known = views::stores(tx)?;
    known.extend(part.stores.iter().map(|store| store.0.clone()));
    if !known.iter().any(|code| code.eq_ignore_ascii_case(&said)) {
        let parts: Vec<Part> = views::records(tx, Kind::Part)?;
        known.extend(
            parts
                .into_iter()
                .flat_map(|part| part.stores)
                .map(|it| it.0),
        );
    }
    known.sort_unstable();
    known.dedup();
    match known.iter().find(|code| code.eq_ignore_ascii_case(&said)) {
        Some(code) => Ok(Store(code.clone())),
        // The first movement of a site without any store.
        None if known.is_empty() => Ok(Store(said)),
        None => {
            let message = format!("no store has this code; known ones: {}", known.join(", "));
            Err(Invalid::new("unknown_store", message).into())
        }
    }
}
