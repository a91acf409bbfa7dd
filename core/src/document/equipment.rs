//! Equipment: machines and their parts, the state they are in, their meters
//! and what those said.
//!
//! **Invariant**: a reading is only ever added; readings are ordered by when
//! they were taken, never by when they arrived.

mod fields;
mod meters;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use fields::{Created, Criticality, Meter, MeterKind, NewMeter, Reading, State};
pub(super) use fields::{FIELDS, TEXTS};
pub use meters::Taken;

use super::{
    Document, Life, Stamp,
    plain::{self, Fold},
    schema::{OptionalTitle, Reference, Tags, Title, Value, identifier},
};
use crate::{
    error::{Error, Invalid},
    model::{DocumentId, EntryId},
};

const PLAIN: &[&str] = &[
    "code",
    "name",
    "parent",
    "location",
    "criticality",
    "tags",
    "state",
    "meter",
];

/// A machine as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Equipment {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// The plant's code.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// What it is a part of.
    pub parent: Option<DocumentId>,
    /// Where it stands.
    pub location: Option<String>,
    /// How much depends on it.
    pub criticality: Criticality,
    /// What its QR codes and NFC tags say.
    pub tags: Vec<String>,
    /// How it is.
    pub state: State,
    /// Long text.
    pub notes: String,
    /// Its meters by id.
    pub meters: BTreeMap<String, Meter>,
    /// What each meter said, by the time it was read.
    pub readings: BTreeMap<String, Vec<Taken>>,
}

/// Writes the first entry of new equipment.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(document: &mut Document, created: &Created, stamp: &Stamp) -> Result<(), Error> {
    plain::create(document, created, stamp)
}

/// Sets one plain field: `code`, `name`, `parent`, `location`, `criticality`,
/// `tags`, `state` or `meter/<id>`.
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
    if let Some(meter) = field.strip_prefix("meter/") {
        identifier(meter)?;
    }
    plain::set(document, PLAIN, field, value, stamp)
}

/// Replaces the notes.
///
/// # Errors
///
/// [`Error::Invalid`] when the text is too long or has hidden characters.
pub fn set_notes(document: &mut Document, notes: &str, stamp: &Stamp) -> Result<(), Error> {
    document.set_text("notes", notes, stamp)
}

/// Records what a meter says; returns the reading's name, to correct it by.
///
/// # Errors
///
/// [`Error::Invalid`] with code `unknown_meter`, or when the value or the time
/// is out of bounds.
pub fn record_reading(
    document: &mut Document,
    meter: &str,
    reading: &Reading,
    stamp: &Stamp,
) -> Result<String, Error> {
    reading.check()?;
    if !Equipment::read(document)?.meters.contains_key(meter) {
        return Err(Invalid::new("unknown_meter", "the equipment has no such meter").into());
    }
    let said = format!("{} {} {}", stamp.by, reading.at.0, reading.value.0);
    let name = EntryId::of(said.as_bytes()).to_string();
    document.write(&format!("reading/{meter}/{name}"), reading, stamp)?;
    Ok(name)
}

/// Replaces a reading that was taken down wrongly; the wrong one stays in the
/// history.
///
/// # Errors
///
/// [`Error::Invalid`] with code `unknown_reading`, or when the value or the
/// time is out of bounds.
pub fn correct_reading(
    document: &mut Document,
    meter: &str,
    name: &str,
    reading: &Reading,
    stamp: &Stamp,
) -> Result<(), Error> {
    reading.check()?;
    let key = format!("reading/{meter}/{name}");
    if document.entries().about(&key).is_empty() {
        return Err(Invalid::new("unknown_reading", "the meter has no such reading").into());
    }
    document.write(&key, reading, stamp)
}

impl Equipment {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as equipment.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("equipment");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let code = fold.plain("code");
        let name = fold.plain("name");
        let parent = fold.plain("parent");
        let location = fold.plain("location");
        let criticality = fold.plain("criticality");
        let tags = fold.plain("tags");
        let state = fold.plain("state");
        let meters = meters::all(&mut fold, created.meters);
        let readings = meters::readings(&mut fold, &meters);
        Ok(Self {
            code: code.unwrap_or(Reference(created.code)).0,
            name: name.unwrap_or(Title(created.name)).0,
            parent: parent.unwrap_or(created.parent),
            location: location.unwrap_or(OptionalTitle(created.location)).0,
            criticality: criticality.unwrap_or(created.criticality),
            tags: tags.unwrap_or(Tags(created.tags)).0,
            state: state.unwrap_or_default(),
            notes: document.text("notes"),
            meters,
            readings,
            life,
        })
    }

    /// What a meter said last.
    pub fn last_reading(&self, meter: &str) -> Option<&Taken> {
        self.readings.get(meter)?.last()
    }
}
