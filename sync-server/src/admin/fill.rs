//! Importing a file into a site.
//!
//! **Invariant**: a wrong `--map` is wrong use; a wrong file is an answer that
//! says what to correct.

use std::sync::Arc;

use ronde_core::error::Invalid;

use super::Refusal;
use crate::{
    fill::{self, Report, Source},
    import::{Kind, Mapping},
    site::{Site, desk},
    state::Relay,
};

pub(super) fn import(
    relay: &Relay,
    site: &Arc<Site>,
    kind: Kind,
    bytes: &[u8],
    map: &[String],
    dry_run: bool,
) -> Result<Report, Refusal> {
    let mapping =
        &Mapping::from_args(map).map_err(|wrong| Invalid::new("map", wrong.to_string()))?;
    let source = Source {
        kind,
        bytes,
        mapping,
    };
    // A site that is listed has a desk.
    let mailbox = relay.mailbox(site).map_err(|_| Refusal::SiteNeeded {
        known: super::codes(relay),
    })?;
    fill::import(site, &mailbox, relay.world.now(), source, dry_run).map_err(
        |refused| match refused {
            desk::Refused::Document(error) => error.into(),
            desk::Refused::Log(error) => Refusal::of_log(site.code(), &error),
            other => Refusal::Storage {
                cause: other.to_string(),
            },
        },
    )
}
