//! What every request passes through: an id, a time limit, room, headers, a
//! line in the log, a count.
//!
//! **Invariant**: no header, body, query or raw path is logged: the route
//! pattern, the status and the request id are.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    error::{ApiError, finish},
    state::Relay,
};

/// Headers of every answer: nothing here may be kept, guessed at or referred to.
const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
];

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps one request.
pub async fn envelope(State(relay): State<Arc<Relay>>, request: Request, next: Next) -> Response {
    let id = relay.world.uuid();
    let started = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str)
        .to_owned();
    let span = tracing::info_span!("request", %id, method = %request.method(), route);

    let answered = answer(&relay, request, next).instrument(span.clone()).await;

    let mut response = finish(answered, id);
    let (status, took) = (response.status(), started.elapsed());
    relay.metrics.answered(&route, status.as_u16(), took);
    span.in_scope(|| tracing::info!(status = status.as_u16(), took_us = took.as_micros()));
    let headers = response.headers_mut();
    headers.extend(HEADERS);
    headers.insert(REQUEST_ID, id_value(id));
    response
}

async fn answer(relay: &Relay, request: Request, next: Next) -> Response {
    let Ok(_room) = relay.room.try_acquire() else {
        return ApiError::Full.into_response();
    };
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(relay.limits.request, work).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            ApiError::Internal.into_response()
        }
        Err(_) => ApiError::TooSlow.into_response(),
    }
}

fn id_value(id: Uuid) -> HeaderValue {
    // A UUID is ASCII.
    HeaderValue::from_str(&id.to_string()).unwrap_or(HeaderValue::from_static("-"))
}
