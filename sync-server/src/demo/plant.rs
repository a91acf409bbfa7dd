//! The plant: a cannery, from six CSV files through the importer.
//!
//! The files stand on Monday 23 November 2026; every date is moved by whole
//! weeks so that the plant is always as busy as on that day.

use std::sync::Arc;

use anyhow::{Context, anyhow};
use chrono::{Days, NaiveDate};
use ronde_core::schedule::business_date;

use super::Teller;
use crate::{
    data::SiteCode,
    fill::{self, Ground, Refused},
    import::{self, Kind, Mapping, RowError, Rows},
    site::{Founding, Site},
    state::Relay,
};

/// The files in filling order, with what they hold in both languages.
const FILES: [(Kind, &str, [&str; 2]); 6] = [
    (
        Kind::Equipment,
        include_str!("plant/equipment.csv"),
        ["équipements", "pieces of equipment"],
    ),
    (
        Kind::Parts,
        include_str!("plant/parts.csv"),
        ["pièces de rechange", "spare parts"],
    ),
    (
        Kind::Checklists,
        include_str!("plant/checklists.csv"),
        ["checklists", "checklists"],
    ),
    (
        Kind::Plans,
        include_str!("plant/plans.csv"),
        ["plans préventifs", "preventive plans"],
    ),
    (
        Kind::StockLevels,
        include_str!("plant/stock_levels.csv"),
        [
            "lignes de stock, deux magasins",
            "stock levels in two stores",
        ],
    ),
    (
        Kind::WorkOrders,
        include_str!("plant/work_orders.csv"),
        ["ordres de travail en cours", "open work orders"],
    ),
];

/// Founds the site, or finds the one of an earlier demo in the same folder.
pub(super) async fn found(relay: &Arc<Relay>, teller: &Teller) -> anyhow::Result<Arc<Site>> {
    let code: SiteCode = "CONSERVES"
        .parse()
        .map_err(|_| anyhow!("the site code is not one"))?;
    let founding = Founding {
        code: code.clone(),
        name: "Conserverie du Val d'Orge".to_owned(),
        time_zone: chrono_tz::Europe::Paris,
        url: None,
    };
    let site = relay
        .found(&founding)
        .context("the site cannot be made")?
        .ok_or_else(|| anyhow!("this folder already holds a demo: choose another with --data"))?;
    teller
        .chapter(
            "Une conserverie de légumes, quelque part en France.",
            "A vegetable cannery, somewhere in France.",
        )
        .await;
    let mailbox = relay
        .mailbox(&site)
        .map_err(|_| anyhow!("the site is not served"))?;
    let days = days_since_written(relay, &site);
    for (kind, csv, [french, english]) in FILES {
        let mut table = import::parse(kind, csv.as_bytes(), &Mapping::default())
            .map_err(|errors| first_of(kind, &errors))?;
        move_dates(&mut table.rows, days);
        let ground = Ground {
            site: site.id(),
            time_zone: site.time_zone(),
            now: relay.world.now(),
        };
        let filling = site.snapshot(|tx| Ok(fill::plan(&table, tx, ground)))?;
        let filling = filling.map_err(|refused| match refused {
            Refused::Rows(errors) => first_of(kind, &errors),
            Refused::Views(error) => error.into(),
        })?;
        mailbox.write(filling.edits).await?;
        let count = table.rows.count();
        teller
            .line(
                "",
                &format!("{count} {french}"),
                &format!("{count} {english}"),
            )
            .await;
    }
    Ok(site)
}

fn first_of(kind: Kind, errors: &[RowError]) -> anyhow::Error {
    anyhow!(
        "{kind}: {}",
        errors.first().map_or_else(String::new, ToString::to_string)
    )
}

/// Whole weeks from the day the files stand on to today, in days.
fn days_since_written(relay: &Relay, site: &Site) -> i64 {
    let today = business_date(relay.world.now().0, site.time_zone());
    let written = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap_or(today);
    (today - written).num_days().div_euclid(7) * 7
}

fn move_dates(rows: &mut Rows, days: i64) {
    let moved = |date: NaiveDate| {
        let by = Days::new(days.unsigned_abs());
        let moved = if days < 0 {
            date.checked_sub_days(by)
        } else {
            date.checked_add_days(by)
        };
        moved.unwrap_or(date)
    };
    match rows {
        Rows::Plans(plans) => plans
            .iter_mut()
            .for_each(|plan| plan.anchor = moved(plan.anchor)),
        Rows::WorkOrders(orders) => {
            for order in orders {
                order.due = order.due.map(moved);
                order.created_on = order.created_on.map(moved);
            }
        }
        _ => {}
    }
}
