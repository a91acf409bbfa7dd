//! Listing devices, shutting them out, letting them in again.
//!
//! **Invariant**: a device that is not named without doubt is not touched.

use std::sync::Arc;

use ronde_core::model::DeviceId;

use super::{Refusal, some_sites};
use crate::{
    control::DeviceLine,
    registry::{device, name},
    site::Site,
    state::Relay,
};

/// Characters of an id's beginning that may stand for it.
const PREFIX_CHARS_MIN: usize = 6;

pub(super) fn list(sites: &[Arc<Site>]) -> Result<Vec<DeviceLine>, Refusal> {
    let mut lines = Vec::new();
    for site in sites {
        let of_site = site.read(|tx| {
            let mut lines = Vec::new();
            for device in device::list(tx)? {
                let name = name::get(tx, device.person)?;
                lines.push(DeviceLine {
                    site: site.code().clone(),
                    person_name: name.and_then(|name| name.name),
                    device,
                });
            }
            Ok(lines)
        })?;
        lines.extend(of_site);
    }
    Ok(lines)
}

pub(super) fn revoke(relay: &Relay, device: &str) -> Result<DeviceLine, Refusal> {
    let now = relay.world.now();
    change(relay, device, |site, id| {
        site.write(|tx| device::revoke(tx, id, now))
    })
}

pub(super) fn reinstate(relay: &Relay, device: &str) -> Result<DeviceLine, Refusal> {
    change(relay, device, |site, id| {
        site.write(|tx| device::reinstate(tx, id))
    })
}

fn change(
    relay: &Relay,
    device: &str,
    change: impl FnOnce(&Site, DeviceId) -> Result<bool, ronde_core::Error>,
) -> Result<DeviceLine, Refusal> {
    let sites = some_sites(relay, None)?;
    let meant = find(list(&sites)?, device)?;
    let id = meant.device.id;
    let unknown = || Refusal::DeviceUnknown {
        device: device.to_owned(),
    };
    let site = relay.site_by_code(&meant.site).ok_or_else(unknown)?;
    change(&site, id)?;
    let same = |line: &DeviceLine| line.device.id == id && line.site == meant.site;
    list(&sites)?.into_iter().find(same).ok_or_else(unknown)
}

/// The device meant by its id, its id's beginning, or its name.
fn find(lines: Vec<DeviceLine>, asked: &str) -> Result<DeviceLine, Refusal> {
    let exact = |line: &DeviceLine| line.device.id.to_string() == asked.to_lowercase();
    let similar = |line: &DeviceLine| {
        let id = line.device.id.to_string();
        let begins = asked.len() >= PREFIX_CHARS_MIN && id.starts_with(&asked.to_lowercase());
        begins || line.device.name.as_deref() == Some(asked)
    };
    let (exactly, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(exact);
    let mut found = match exactly.is_empty() {
        true => others.into_iter().filter(similar).collect(),
        false => exactly,
    };
    let device = asked.to_owned();
    match (found.len(), found.pop()) {
        (1, Some(line)) => Ok(line),
        (0, _) => Err(Refusal::DeviceUnknown { device }),
        _ => Err(Refusal::DeviceAmbiguous { device }),
    }
}
