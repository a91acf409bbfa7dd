//! `POST /v1/enrol`: a one-time code for a device token.
//!
//! **Invariant**: the token leaves in this answer and is never shown again.

use std::sync::Arc;

use axum::extract::State;
use ronde_core::{
    model::{DeviceId, Incarnation, Line, check_text},
    wire::Enrolment,
};
use serde::Deserialize;

use crate::{
    data::SiteCode,
    error::ApiError,
    extract::Json,
    registry::code::Applicant,
    secret::Code,
    state::{Relay, blocking},
};

/// What a device sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_debug_implementations, reason = "holds the code")]
pub struct Request {
    code: String,
    /// Where the link or QR code named it; a typed code does without.
    site: Option<SiteCode>,
    device_name: String,
    device: DeviceId,
    incarnation: Incarnation,
}

/// Enrols a device. The same device may ask again while the code lives.
pub async fn enrol(
    State(relay): State<Arc<Relay>>,
    Json(request): Json<Request>,
) -> Result<axum::Json<Enrolment>, ApiError> {
    let code = Code::parse(&request.code).map_err(ApiError::Invalid)?;
    let applicant = Applicant {
        device: request.device,
        name: check_text(&request.device_name, Line::TITLE).map_err(ApiError::Invalid)?,
        incarnation: request.incarnation,
    };
    let device = request.device;
    let enrolled = blocking(move || relay.enrol(request.site.as_ref(), &code, &applicant)).await?;
    Ok(axum::Json(Enrolment {
        site: enrolled.site.id(),
        site_code: enrolled.site.code().to_string(),
        site_name: enrolled.site.name().to_owned(),
        device,
        person: enrolled.invitation.person,
        roles: enrolled.invitation.roles,
        token: enrolled.token.reveal(),
        epoch: enrolled.site.epoch(),
    }))
}
