//! Sites (plants): name, time zone, currency, working hours and service levels.
//!
//! **Invariant**: a site always has a time zone that chrono-tz knows; every
//! local date of its documents is a date there.

mod hours;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

pub use hours::{Shift, WorkingCalendar};

use super::{
    Document, Life, Stamp,
    plain::{self, Fold},
    schema::{Field, Title, Value, field},
    work_order::Priority,
};
use crate::{
    error::{Error, Invalid},
    model::SiteId,
};

/// The keys of a site.
pub(super) const FIELDS: &[Field] = &[
    field!("created", Created, Describe),
    field!("name", Title, Describe),
    field!("time_zone", TimeZone, Describe),
    field!("currency", Currency, Describe),
    field!("calendar", WorkingCalendar, Schedule),
    field!(many "sla", Sla, Schedule),
];

const PLAIN: &[&str] = &["name", "time_zone", "currency", "calendar", "sla"];

/// A site as its document says it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// The common part.
    #[serde(flatten)]
    pub life: Life,
    /// What people call it.
    pub name: String,
    /// IANA name of its time zone.
    pub time_zone: Tz,
    /// ISO 4217 code, such as `EUR`.
    pub currency: String,
    /// When people work there; always where nobody said.
    pub calendar: Option<WorkingCalendar>,
    /// How soon orders are to be answered and done, by priority.
    pub sla: BTreeMap<Priority, Sla>,
}

/// Everything a site starts with.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Created {
    /// What people call it.
    #[n(0)]
    pub name: String,
    /// IANA name of its time zone.
    #[n(1)]
    pub time_zone: TimeZone,
    /// ISO 4217 code.
    #[n(2)]
    pub currency: Currency,
}

/// The IANA name of a time zone.
///
/// ```
/// use ronde_core::document::{schema::Value, site::TimeZone};
///
/// assert!(TimeZone("Europe/Paris".into()).check().is_ok());
/// assert_eq!(TimeZone("Paris".into()).check().unwrap_err().code, "time_zone");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct TimeZone(#[n(0)] pub String);

/// An ISO 4217 currency code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Currency(#[n(0)] pub String);

/// How soon an order of one priority is to be answered and done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[cbor(array)]
pub struct Sla {
    /// Minutes until somebody starts.
    #[n(0)]
    pub response_minutes: u32,
    /// Minutes until it is done.
    #[n(1)]
    pub resolution_minutes: u32,
}

impl Value for TimeZone {
    fn check(&self) -> Result<(), Invalid> {
        match self.0.parse::<Tz>() {
            Ok(_) => Ok(()),
            Err(_) => Err(Invalid::new(
                "time_zone",
                "a time zone has an IANA name such as Europe/Paris",
            )),
        }
    }
}

impl Value for Currency {
    fn check(&self) -> Result<(), Invalid> {
        if self.0.len() != 3 || !self.0.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Invalid::new(
                "currency",
                "a currency is three capital letters such as EUR",
            ));
        }
        Ok(())
    }
}

impl Value for Sla {
    fn check(&self) -> Result<(), Invalid> {
        const YEAR_MINUTES: u32 = 366 * 24 * 60;
        if self.response_minutes == 0
            || self.response_minutes > self.resolution_minutes
            || self.resolution_minutes > YEAR_MINUTES
        {
            return Err(Invalid::new(
                "sla",
                "the response comes before the resolution, both within a year",
            ));
        }
        Ok(())
    }
}

impl Value for Created {
    fn check(&self) -> Result<(), Invalid> {
        Title(self.name.clone()).check()?;
        self.time_zone.check()?;
        self.currency.check()
    }
}

/// Writes the first entry of a new site.
///
/// # Errors
///
/// [`Error::Invalid`] when a field is out of bounds, or `already_created`.
pub fn create(document: &mut Document, created: &Created, stamp: &Stamp) -> Result<(), Error> {
    plain::create(document, created, stamp)
}

/// Sets `name`, `time_zone`, `currency`, `calendar` or `sla/<priority>`.
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

impl Site {
    /// Folds the document's entries into what counts now.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] when the document was never created as a site.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let entries = document.entries();
        let malformed = || Error::Malformed("site");
        let mut life = Life::read(document, &entries).ok_or_else(malformed)?;
        let created = entries
            .plain_first::<Created>("created")
            .ok_or_else(malformed)?;
        let mut fold = Fold {
            entries: &entries,
            conflicts: &mut life.conflicts,
        };

        let name = fold.plain("name").unwrap_or(Title(created.name)).0;
        let time_zone = fold.plain("time_zone").unwrap_or(created.time_zone);
        let currency = fold.plain("currency").unwrap_or(created.currency).0;
        let calendar = fold.plain("calendar");
        let sla = Priority::ALL
            .into_iter()
            .filter_map(|priority| {
                let policy = fold.plain(&format!("sla/{}", priority.name()))?;
                Some((priority, policy))
            })
            .collect();
        Ok(Self {
            name,
            time_zone: time_zone.0.parse().map_err(|_| malformed())?,
            currency,
            calendar,
            sla,
            life,
        })
    }

    /// The site's own id, the same 16 bytes as its document's.
    pub const fn site(&self) -> SiteId {
        SiteId(self.life.id.0)
    }
}
