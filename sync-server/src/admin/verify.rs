//! Proving logs, entry by entry, and what is derived from them.
//!
//! **Invariant**: a log is proven over a connection of its own, so that a
//! running relay goes on meanwhile.

use std::sync::Arc;

use ronde_core::error::Invalid;

use super::Refusal;
use crate::{
    control::{Proof, Verified, VerifiedSite},
    data::SiteCode,
    log::{self, Limit, Log, SqliteLog},
    site::{Site, rebuild},
    state::Relay,
};

pub(super) fn all(
    relay: &Relay,
    sites: &[Arc<Site>],
    expect: Option<&str>,
) -> Result<Verified, Refusal> {
    let expect = expect.map(noted_head).transpose()?;
    if expect.is_some() && sites.len() != 1 {
        let known = sites.iter().map(|site| site.code().clone()).collect();
        return Err(Refusal::SiteNeeded { known });
    }
    let mut proven = Verified { sites: Vec::new() };
    for site in sites {
        let code = site.code();
        let refused = |error: log::Error| Refusal::of_log(code, &error);
        let log = SqliteLog::open(&relay.data().log(code)).map_err(refused)?;
        log.verify(1).map_err(refused)?;
        if let Some((seq, chain)) = &expect {
            let one = Limit {
                count_max: 1,
                bytes_max: 0,
            };
            let there = log.read(seq.saturating_sub(1), one).map_err(refused)?;
            let same = there.first().is_some_and(|e| e.chain.to_string() == *chain);
            if !same {
                let (site, seq) = (code.clone(), *seq);
                return Err(Refusal::HeadDiffers { site, seq });
            }
        }
        let Proof {
            site: code,
            seq,
            chain,
            epoch,
        } = of(code, &log);
        let (documents, derived_ok) = rebuild::compare(site, &log)?;
        if !derived_ok {
            return Err(Refusal::DerivedDiffers { site: code });
        }
        proven.sites.push(VerifiedSite {
            site: code,
            head_seq: seq,
            chain,
            epoch,
            documents,
            chain_ok: true,
            derived_ok,
        });
    }
    Ok(proven)
}

/// What a proven log is.
pub(super) fn of(site: &SiteCode, log: &SqliteLog) -> Proof {
    Proof {
        site: site.clone(),
        seq: log.head().seq,
        chain: log.head().chain.to_string(),
        epoch: log.epoch(),
    }
}

/// A head noted as `SEQ:CHAIN`.
fn noted_head(text: &str) -> Result<(u64, String), Invalid> {
    let parts = text.split_once(':');
    let parts = parts.and_then(|(seq, chain)| Some((seq.parse().ok()?, chain.to_lowercase())));
    parts
        .filter(|(seq, chain)| *seq > 0 && chain.len() == 64)
        .ok_or_else(|| Invalid::new("head", "a head is SEQ:CHAIN, as verify prints it"))
}
