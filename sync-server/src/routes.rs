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
    health,
    state::{BODY_BYTES_MAX, JSON_BYTES_MAX, Relay},
};

/// The relay's HTTP interface.
pub fn app(relay: Arc<Relay>) -> Router {
    let routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .route("/v1/enrol", post(enrol::enrol));
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
