//! What administrators do, the same from the command line and the control
//! socket.
//!
//! **Invariant**: every outcome is an [`Answer`] or a [`Refusal`]; the words
//! for both are chosen where they are shown.

mod backup;
mod code;
mod devices;
mod fill;
mod invite;
mod people;
mod refusal;
mod verify;

use std::sync::Arc;

pub use backup::restore;
pub use invite::invite;
pub use refusal::Refusal;
use ronde_core::{
    error::Invalid,
    model::{Line, check_text},
};

use crate::{
    control::{Answer, Command, Founded},
    data::SiteCode,
    site::{Founding, Site},
    state::Relay,
};

/// Does what `command` says. Blocks.
///
/// # Errors
///
/// [`Refusal`], with what the administrator can do about it.
pub fn run(relay: &Relay, command: Command) -> Result<Answer, Refusal> {
    match command {
        Command::Init {
            site,
            name,
            time_zone,
            url,
        } => found(relay, site, &name, &time_zone, url.as_deref()),
        Command::Code {
            site,
            person,
            roles,
            minutes,
            url,
        } => {
            let site = one_site(relay, site.as_ref())?;
            code::issue(relay, &site, &person, roles, minutes, url.as_deref()).map(Answer::Code)
        }
        Command::Roles {
            site,
            person,
            roles,
        } => {
            let site = one_site(relay, site.as_ref())?;
            people::change(relay, &site, &person, roles).map(Answer::Person)
        }
        Command::Devices { site } => {
            devices::list(&some_sites(relay, site.as_ref())?).map(Answer::Devices)
        }
        Command::Revoke { device } => devices::revoke(relay, &device).map(Answer::Revoked),
        Command::Reinstate { device } => devices::reinstate(relay, &device).map(Answer::Reinstated),
        Command::Import {
            site,
            kind,
            map,
            dry_run,
            bytes,
            ..
        } => {
            let site = one_site(relay, site.as_ref())?;
            fill::import(relay, &site, kind, &bytes, &map, dry_run).map(Answer::Imported)
        }
        Command::Verify { site, expect } => {
            let sites = some_sites(relay, site.as_ref())?;
            verify::all(relay, &sites, expect.as_deref()).map(Answer::Verified)
        }
        Command::Backup { to } => backup::copy(relay, &to).map(Answer::BackedUp),
    }
}

fn found(
    relay: &Relay,
    code: SiteCode,
    name: &str,
    time_zone: &str,
    url: Option<&str>,
) -> Result<Answer, Refusal> {
    let zone = time_zone.parse().map_err(|_| {
        let message = "a time zone is an IANA name such as Europe/Paris";
        Invalid::new("time_zone", message)
    })?;
    let founding = Founding {
        code: code.clone(),
        name: check_text(name, Line::TITLE)?,
        time_zone: zone,
        url: url.map(checked_url).transpose()?,
    };
    let site = relay.found(&founding)?;
    let site = site.ok_or_else(|| Refusal::SiteTaken { site: code.clone() })?;
    Ok(Answer::Founded(Founded {
        site: code,
        id: site.id(),
    }))
}

/// An address without a slash at its end.
fn checked_url(url: &str) -> Result<String, Invalid> {
    let url = url.trim_end_matches('/');
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or_default();
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '?' | '"' | '<' | '>');
    if host.is_empty() || !url.chars().all(plain) {
        let message = "a URL is like https://ronde.example.org";
        return Err(Invalid::new("url", message));
    }
    Ok(url.to_owned())
}

/// The site that is meant: the named one, or the only one.
fn one_site(relay: &Relay, code: Option<&SiteCode>) -> Result<Arc<Site>, Refusal> {
    let mut sites = some_sites(relay, code)?;
    match (sites.len(), sites.pop()) {
        (1, Some(site)) => Ok(site),
        _ => Err(Refusal::SiteNeeded {
            known: codes(relay),
        }),
    }
}

/// The sites that are meant: the named one, or all, in order of their codes.
/// Refused where one of them could not be opened.
fn some_sites(relay: &Relay, code: Option<&SiteCode>) -> Result<Vec<Arc<Site>>, Refusal> {
    let meant = |broken: &SiteCode| code.is_none_or(|code| code == broken);
    if let Some((code, error)) = relay.broken().iter().find(|(code, _)| meant(code)) {
        return Err(Refusal::of_log(code, error));
    }
    let Some(code) = code else {
        let mut sites = relay.sites();
        sites.sort_by(|a, b| a.code().cmp(b.code()));
        return Ok(sites);
    };
    match relay.site_by_code(code) {
        Some(site) => Ok(vec![site]),
        None => Err(Refusal::SiteUnknown {
            site: code.clone(),
            known: codes(relay),
        }),
    }
}

fn codes(relay: &Relay) -> Vec<SiteCode> {
    let sites = relay.sites();
    let mut codes: Vec<_> = sites.iter().map(|site| site.code().clone()).collect();
    codes.sort_unstable();
    codes
}

#[cfg(test)]
mod tests;
