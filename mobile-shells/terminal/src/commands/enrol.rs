//! `ronde enrol`
//!
//! **Invariant**: asking again after an answer was lost is harmless: the device
//! keeps the id it asked with until it is enrolled.

use ronde_core::{
    clock::{System, World},
    error::Invalid,
    model::{DeviceId, Incarnation},
    replica::{Account, Replica},
    transport,
    wire::EnrolmentRequest,
};
use serde_json::json;

use super::runtime;
use crate::{ask, cli::Enrol, fault::Fault, json, setting::Setting};

pub(super) fn enrol(setting: &Setting, args: &Enrol) -> Result<(), Fault> {
    if Replica::account_in(&setting.home)?.is_some() {
        let message = format!(
            "this folder is enrolled already: {}",
            setting.home.display()
        );
        return Err(Invalid::new("enrolled", message).into());
    }
    let (url, code) = address(&args.url, args.code.as_deref());
    let code = ask::required(setting, code, "ask.code")?;
    let request = EnrolmentRequest {
        code: code.trim().to_owned(),
        device_name: args.name.clone().unwrap_or_else(host),
        device: device(setting)?,
        incarnation: Incarnation(System.uuid()),
    };
    let enrolled = runtime()?.block_on(transport::enrol(&url, &request))?;
    let account = Account {
        url,
        site: enrolled.site,
        site_code: enrolled.site_code,
        site_name: enrolled.site_name,
        device: enrolled.device,
        person: enrolled.person,
        roles: enrolled.roles,
        token: enrolled.token,
    };
    Replica::enrol(&setting.home, &account)?;
    // What is left of it would name nothing any more.
    let _ = std::fs::remove_file(setting.home.join(ASKED_AS));
    if setting.json {
        let value = json!({
            "site": account.site, "site_code": account.site_code, "site_name": account.site_name,
            "device": account.device, "person": account.person, "roles": account.roles,
        });
        json::write(&json::line(&value)?);
    } else {
        let words = setting.words;
        json::write(&words.fill("enrolled", &[&account.site_name, &account.site_code]));
        json::write("\n");
    }
    Ok(())
}

/// The relay's address and the code, out of a link that has both.
fn address(url: &str, code: Option<&str>) -> (String, Option<String>) {
    let (base, fragment) = url.split_once('#').unwrap_or((url, ""));
    let in_link = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("code="));
    let base = base.trim_end_matches('/');
    let base = match in_link {
        Some(_) => base.strip_suffix("/enrol").unwrap_or(base),
        None => base,
    };
    let code = code.or(in_link).map(str::to_owned);
    (base.to_owned(), code)
}

/// The file that remembers which id a device first asked with.
const ASKED_AS: &str = "asked-as";

/// The id this folder asks with: the same until it is enrolled.
fn device(setting: &Setting) -> Result<DeviceId, Fault> {
    let path = setting.home.join(ASKED_AS);
    let known = std::fs::read_to_string(&path).ok();
    if let Some(device) = known.and_then(|text| text.trim().parse().ok()) {
        return Ok(device);
    }
    let device = DeviceId(System.uuid());
    let unwritten = |cause: std::io::Error| Fault::Replica(cause.into());
    std::fs::create_dir_all(&setting.home).map_err(unwritten)?;
    std::fs::write(&path, device.to_string()).map_err(unwritten)?;
    Ok(device)
}

/// What this machine is called, where it says.
fn host() -> String {
    let named = std::fs::read_to_string("/etc/hostname").ok();
    let named = named.or_else(|| std::env::var("COMPUTERNAME").ok());
    let named = named.map(|name| name.trim().to_owned());
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "terminal".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_both_address_and_code() {
        let link = "https://relais.example/enrol#site=NORD&code=ABCD-EFGH";

        assert_eq!(
            address(link, None),
            (
                "https://relais.example".to_owned(),
                Some("ABCD-EFGH".to_owned())
            )
        );
        assert_eq!(
            address("http://h:8640/", Some("X")),
            ("http://h:8640".to_owned(), Some("X".to_owned()))
        );
    }
}
