//! What handlers are given, and how a request that cannot be read is refused.
//!
//! **Invariant**: a handler of a site's data takes [`Device`] or [`Paced`];
//! another site's existence is told to nobody.

use std::sync::Arc;

use axum::{
    extract::{
        FromRequest, FromRequestParts, RawPathParams, Request,
        rejection::{BytesRejection, JsonRejection},
    },
    http::{StatusCode, header, request::Parts},
};
use ronde_core::model::{DeviceId, PersonId, SiteId};
use serde::de::DeserializeOwned;

use crate::{
    error::ApiError,
    registry::token::{self, Bearer},
    secret::Token,
    site::Site,
    state::{Relay, blocking},
};

/// A JSON body, refused in our own form.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Relay>> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, relay: &Arc<Relay>) -> Result<Self, ApiError> {
        let bad = |code, detail| ApiError::Unreadable(StatusCode::BAD_REQUEST, code, detail);
        match axum::Json::from_request(request, relay).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonSyntaxError(_)) => Err(bad("json", "the body is not JSON")),
            Err(JsonRejection::JsonDataError(_)) => Err(bad(
                "json_fields",
                "the body has missing, unknown or wrong fields",
            )),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(ApiError::Unreadable(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "the body must be application/json",
            )),
            Err(JsonRejection::BytesRejection(rejection)) => Err(unread(&rejection)),
            Err(_) => Err(bad("body", "the body cannot be read")),
        }
    }
}

/// A body that did not come through whole.
pub(crate) fn unread(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::Unreadable(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is too large",
        ),
        _ => ApiError::Unreadable(
            StatusCode::BAD_REQUEST,
            "body",
            "the body ended before it was whole",
        ),
    }
}

/// An enrolled device that speaks for its person, at the site in the path.
#[derive(Clone, Debug)]
pub struct Device {
    /// The site, whose log stands.
    pub site: Arc<Site>,
    /// The device.
    pub device: DeviceId,
    /// Who works with it.
    pub person: PersonId,
}

impl FromRequestParts<Arc<Relay>> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, ApiError> {
        let token = bearer_token(parts).ok_or(ApiError::Unknown)?;
        let wanted = path_site(parts, relay).await;
        let relay = Arc::clone(relay);
        let (site, bearer) = blocking(move || owner(&relay, &token, wanted)).await?;
        if bearer.revoked {
            return Err(ApiError::Revoked);
        }
        // Whose site it is not learns the same as where no site is.
        if Some(site.id()) != wanted {
            return Err(ApiError::NotFound);
        }
        if site.damage().is_some() {
            return Err(ApiError::Damaged);
        }
        Ok(Self {
            site,
            device: bearer.device,
            person: bearer.person,
        })
    }
}

/// A [`Device`] within its rate.
#[derive(Clone, Debug)]
pub struct Paced(pub Device);

impl FromRequestParts<Arc<Relay>> for Paced {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, relay: &Arc<Relay>) -> Result<Self, ApiError> {
        let device = Device::from_request_parts(parts, relay).await?;
        relay.pace(device.device).map_err(ApiError::TooMany)?;
        Ok(Self(device))
    }
}

fn bearer_token(parts: &Parts) -> Option<Token> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Token::parse(token.trim()))?
}

async fn path_site(parts: &mut Parts, relay: &Arc<Relay>) -> Option<SiteId> {
    let params = RawPathParams::from_request_parts(parts, relay).await.ok()?;
    let (_, value) = params.iter().find(|(name, _)| *name == "site")?;
    value.parse().ok()
}

/// Where the token belongs: the wanted site is asked first, so that the usual
/// request costs one lookup.
fn owner(
    relay: &Relay,
    token: &Token,
    wanted: Option<SiteId>,
) -> Result<(Arc<Site>, Bearer), ApiError> {
    let first = wanted.and_then(|id| relay.site(id));
    let others = relay.sites().into_iter();
    let others = others.filter(|site| Some(site.id()) != wanted);
    for site in first.into_iter().chain(others) {
        if let Some(bearer) = site.read(|tx| token::bearer(tx, token))? {
            return Ok((site, bearer));
        }
    }
    Err(ApiError::Unknown)
}

#[cfg(test)]
mod tests;
