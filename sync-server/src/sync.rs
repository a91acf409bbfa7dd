//! `POST /v1/sites/{site}/sync`: one message up, one message down.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use ronde_core::wire::{self, Frame, Limits};

use crate::{
    error::ApiError,
    extract::{Paced, unread},
    site::exchange::{self, Speaker},
    state::{Relay, blocking},
};

/// The media type of a message.
pub const CONTENT_TYPE: &str = "application/vnd.ronde.sync";

/// Exchanges one message.
pub async fn sync(
    State(relay): State<Arc<Relay>>,
    Paced(device): Paced,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|it| it != CONTENT_TYPE)
    {
        return Err(ApiError::Unreadable(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media_type",
            "the body must be a Ronde message",
        ));
    }
    let body = body.map_err(|rejection| unread(&rejection))?;
    let frames = decoded(body).await?;
    relay
        .pace_work(device.device, exchange::work(&frames)?)
        .map_err(ApiError::TooMany)?;
    let mailbox = relay.mailbox(&device.site)?;
    let speaker = Speaker {
        site: device.site,
        device: device.device,
        person: device.person,
    };
    let answers = exchange::answer(&speaker, &mailbox, &relay.world, &mut None, frames).await?;
    let message = encoded(answers).await?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], message).into_response())
}

/// Unpacks a message off the async threads: inflating takes time.
pub(crate) async fn decoded(body: Bytes) -> Result<Vec<Frame>, ApiError> {
    blocking(move || wire::decode(&body, &Limits::REQUEST).map_err(ApiError::from)).await
}

/// Packs a message off the async threads.
pub(crate) async fn encoded(frames: Vec<Frame>) -> Result<Vec<u8>, ApiError> {
    blocking(move || wire::encode(&frames).map_err(ApiError::from)).await
}
