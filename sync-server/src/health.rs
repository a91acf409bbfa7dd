//! Is the relay well, and what has it counted.
//!
//! **Invariant**: tells nothing that names a site, a device or a person.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};

use crate::{
    error::ApiError,
    registry::device,
    state::{Relay, blocking},
};

/// 200 while every site's log stands, 503 once one is damaged or not readable.
pub async fn healthz(State(relay): State<Arc<Relay>>) -> impl IntoResponse {
    let mut damaged = relay.sites().iter().any(|site| site.damage().is_some());
    damaged |= !relay.broken().is_empty();
    if damaged {
        (StatusCode::SERVICE_UNAVAILABLE, "damaged\n").into_response()
    } else {
        (StatusCode::OK, "ok\n").into_response()
    }
}

/// Everything counted, in Prometheus' text form.
pub async fn metrics(State(relay): State<Arc<Relay>>) -> Result<impl IntoResponse, ApiError> {
    let counted = Arc::clone(&relay);
    let gauges = blocking(move || {
        let (mut entries, mut devices, mut damaged) = (0, 0, counted.broken().len() as u64);
        let sites = counted.sites();
        for site in &sites {
            entries += site.head().seq;
            devices += site.read(device::count)?;
            damaged += u64::from(site.damage().is_some());
        }
        Ok::<_, ApiError>([
            ("ronde_sites", sites.len() as u64),
            ("ronde_sites_damaged", damaged),
            ("ronde_log_entries", entries),
            ("ronde_devices", devices),
        ])
    })
    .await?;
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
    Ok((kind, relay.metrics.text(&gauges)))
}
