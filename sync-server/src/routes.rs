//! Every path of the relay on one screen.
//!
//! **Invariant**: everything passes the envelope; a body past
//! [`BODY_BYTES_MAX`] is cut off however it is read.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    routing::{get, post},
};
use tower_http::limit::RequestBodyLimitLayer;

use crate::{
    enrol,
    envelope::envelope,
    error::ApiError,
    health, live,
    state::{BODY_BYTES_MAX, JSON_BYTES_MAX, Relay},
    sync,
};

/// The relay's HTTP interface.
pub fn app(relay: Arc<Relay>) -> Router {
    // Messages have a limit of their own, above that of JSON.
    let messages = Router::new()
        .route("/v1/sites/{site}/sync", post(sync::sync))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .route("/v1/enrol", post(enrol::enrol))
        .route("/v1/sites/{site}/live", get(live::live))
        .merge(messages);
    enveloped(routes, relay)
}

/// Puts `routes` behind what every request passes.
pub(crate) fn enveloped(routes: Router<Arc<Relay>>, relay: Arc<Relay>) -> Router {
    routes
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::Method)
        .layer(DefaultBodyLimit::max(JSON_BYTES_MAX))
        .layer(RequestBodyLimitLayer::new(BODY_BYTES_MAX))
        .layer(from_fn_with_state(Arc::clone(&relay), envelope))
        .with_state(relay)
}

#[cfg(test)]
mod tests;
