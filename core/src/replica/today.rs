//! What a technician sees first: my orders, what is due, what runs.
//!
//! **Invariant**: "today" is the site's local date, wherever the device is.

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::Serialize;

use super::{PlanRow, Replica, plans};
use crate::{
    document::site::Site,
    error::Error,
    model::{Day, Kind, Timestamp},
    schedule::business_date,
    store::{
        Tx, outbox,
        views::{self, OrderFilter, OrderRow, Timer},
    },
};

/// What there is today.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Today {
    /// The site's local date.
    pub date: Day,
    /// My open orders, the most urgent first.
    pub orders: Vec<OrderRow>,
    /// Open orders of anybody that are due today or were before.
    pub due: Vec<OrderRow>,
    /// My timers that run.
    pub timers: Vec<Timer>,
    /// Plans that are overdue or due.
    pub plans: Vec<PlanRow>,
    /// Changes the relay has not acknowledged.
    pub pending: u32,
    /// Changes the relay keeps aside.
    pub refused: u32,
    /// Things somebody should look at.
    pub conflicts: u32,
}

impl Replica {
    /// What there is today.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn today(&self) -> Result<Today, Error> {
        let (now, me) = (self.world().now(), self.person());
        self.read(|tx| {
            let date = Day(date(tx, now)?);
            let mine = OrderFilter {
                open: Some(true),
                assignee: Some(me),
                ..OrderFilter::default()
            };
            let due = OrderFilter {
                open: Some(true),
                due_by: Some(date),
                ..OrderFilter::default()
            };
            Ok(Today {
                date,
                orders: views::orders(tx, &mine)?,
                due: views::orders(tx, &due)?,
                timers: views::timers(tx, Some(me))?,
                plans: plans::plans_due(tx, now, 0)?,
                pending: outbox::count(tx)?,
                refused: outbox::refused_count(tx)?,
                conflicts: views::conflict_count(tx)?,
            })
        })
    }

    /// The site's time zone; UTC before the site is on this device.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] and its kin.
    pub fn time_zone(&self) -> Result<Tz, Error> {
        self.read(zone)
    }
}

/// The site's time zone.
pub(super) fn zone(tx: &Tx<'_>) -> Result<Tz, Error> {
    let sites: Vec<Site> = views::records(tx, Kind::Site)?;
    Ok(sites.first().map_or(Tz::UTC, |site| site.time_zone))
}

/// The site's local date.
pub(super) fn date(tx: &Tx<'_>, now: Timestamp) -> Result<NaiveDate, Error> {
    Ok(business_date(now.0, zone(tx)?))
}
