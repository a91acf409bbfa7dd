//! Inviting somebody from within the relay's own process.

use std::sync::Arc;

use ronde_core::model::Role;

use super::{Refusal, code};
use crate::{site::Site, state::Relay};

/// How long such a code lives: as long as somebody reads along.
const MINUTES: u32 = 60;

/// Makes a one-time code for somebody with these roles; returns it as typed.
///
/// # Errors
///
/// As `ronde-server code`.
pub async fn invite(
    relay: &Arc<Relay>,
    site: &Arc<Site>,
    name: &str,
    roles: &[Role],
) -> Result<String, Refusal> {
    let (relay, site, name) = (Arc::clone(relay), Arc::clone(site), name.to_owned());
    let roles = roles.iter().copied().collect();
    let issued = tokio::task::spawn_blocking(move || {
        code::issue(&relay, &site, &name, roles, MINUTES, None)
    });
    let failed = |cause: tokio::task::JoinError| Refusal::Storage {
        cause: cause.to_string(),
    };
    Ok(issued.await.map_err(failed)??.code)
}
