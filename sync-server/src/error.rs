//! What a caller is told when something cannot be done (RFC 9457).
//!
//! **Invariant**: codes are stable; a 5xx never says why, the log does, under
//! the request id that the answer carries.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ronde_core::{Error, wire};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    log,
    rate::TryLater,
    registry::code,
    site::{desk, exchange::NoAnswer},
    state::Refused,
};

/// Everything a request can be refused with.
#[derive(Debug)]
pub enum ApiError {
    /// 400, 413 or 415: the request cannot be read.
    Unreadable(StatusCode, &'static str, &'static str),
    /// 400: a field is out of bounds.
    Invalid(ronde_core::error::Invalid),
    /// 401: no token, or nobody's.
    Unknown,
    /// 401: the device was revoked; it keeps its unsent work.
    Revoked,
    /// 404: not there, or not for this caller.
    NotFound,
    /// 405.
    Method,
    /// 403, 409 or 410: the device was not enrolled.
    Enrolment(code::Refused),
    /// 429: too often.
    TooMany(TryLater),
    /// 408: the request took too long to arrive or to answer.
    TooSlow,
    /// 503: too many requests at once.
    Full,
    /// 503: the site's log is damaged and waits for repair.
    Damaged,
    /// 507: the relay's disk is full.
    StorageFull,
    /// 500: see the log.
    Internal,
}

/// What goes out, but for the request id; kept in the answer's extensions
/// until the envelope, which knows the id, writes the body.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: String,
    detail: String,
    retry_after_s: Option<u64>,
}

#[derive(Serialize)]
struct Body9457<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    request_id: Uuid,
}

/// What of a refusal goes to a connection that stays.
#[derive(Clone, Debug)]
pub struct Spoken {
    /// Stable code.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Seconds to wait; 0 where trying again does not help.
    pub retry_after_s: u32,
}

impl ApiError {
    /// The refusal as a connection that stays is told it.
    pub fn spoken(self) -> Spoken {
        let problem = self.problem();
        let retry_after_s = problem
            .retry_after_s
            .and_then(|seconds| u32::try_from(seconds).ok())
            .unwrap_or(0);
        Spoken {
            code: problem.code,
            message: problem.detail,
            retry_after_s,
        }
    }

    fn problem(self) -> Problem {
        use StatusCode as S;
        let later = |retry: TryLater| Some(retry.seconds().max(1));
        let (status, code, detail, retry_after_s) = match self {
            Self::Unreadable(status, code, detail) => (status, code, detail, None),
            Self::Invalid(invalid) => {
                return Problem {
                    status: S::BAD_REQUEST,
                    code: invalid.code.into(),
                    detail: invalid.message,
                    retry_after_s: None,
                };
            }
            Self::Unknown => (
                S::UNAUTHORIZED,
                "token",
                "the token is missing or unknown",
                None,
            ),
            Self::Revoked => (S::UNAUTHORIZED, "revoked", "the device was revoked", None),
            Self::NotFound => (S::NOT_FOUND, "not_found", "there is nothing here", None),
            Self::Method => (
                S::METHOD_NOT_ALLOWED,
                "method",
                "the path has other methods",
                None,
            ),
            Self::Enrolment(refused) => {
                let (status, code, detail) = enrolment(refused);
                (status, code, detail, None)
            }
            Self::TooMany(retry) => (
                S::TOO_MANY_REQUESTS,
                "rate",
                "too often; try again later",
                later(retry),
            ),
            Self::TooSlow => (
                S::REQUEST_TIMEOUT,
                "timeout",
                "the request took too long",
                None,
            ),
            Self::Full => (S::SERVICE_UNAVAILABLE, "busy", "the relay is busy", Some(2)),
            Self::Damaged => {
                let detail = "the site waits for repair; keep your work";
                (S::SERVICE_UNAVAILABLE, "site_damaged", detail, Some(300))
            }
            Self::StorageFull => {
                let detail = "the relay's disk is full; keep your work";
                (S::INSUFFICIENT_STORAGE, "storage_full", detail, Some(300))
            }
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "the relay failed; try again",
                None,
            ),
        };
        Problem {
            status,
            code: code.into(),
            detail: detail.into(),
            retry_after_s,
        }
    }
}

fn enrolment(refused: code::Refused) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    use code::Refused as R;
    match refused {
        R::Wrong => (S::FORBIDDEN, "code_wrong", "the code is not known"),
        R::Expired => (
            S::GONE,
            "code_expired",
            "the code's life is over; ask for another",
        ),
        R::Used => (
            S::GONE,
            "code_used",
            "another device used the code; ask for another",
        ),
        R::Revoked => (S::FORBIDDEN, "device_revoked", "the device was revoked"),
        R::DeviceTaken => (S::CONFLICT, "device_taken", "the device is somebody else's"),
        R::IncarnationTaken => (
            S::CONFLICT,
            "incarnation_taken",
            "the replica is another device's copy; start a new incarnation",
        ),
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => Self::Invalid(invalid),
            Error::StorageFull(_) => Self::StorageFull,
            Error::Busy => Self::Full,
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "request failed");
                Self::Internal
            }
        }
    }
}

impl From<wire::WireError> for ApiError {
    fn from(error: wire::WireError) -> Self {
        use StatusCode as S;
        match error {
            wire::WireError::Version(_) => Self::Unreadable(
                S::UPGRADE_REQUIRED,
                "version",
                "this relay does not know the message's version: update the older of the two",
            ),
            wire::WireError::TooLarge => Self::Unreadable(
                S::PAYLOAD_TOO_LARGE,
                "too_large",
                "the message is too large: send less at once",
            ),
            wire::WireError::Foreign => {
                Self::Unreadable(S::BAD_REQUEST, "not_a_message", "this is not a message")
            }
            wire::WireError::Damaged => Self::Unreadable(
                S::BAD_REQUEST,
                "damaged",
                "the message was cut off or altered: send it again",
            ),
        }
    }
}

impl From<NoAnswer> for ApiError {
    fn from(refused: NoAnswer) -> Self {
        match refused {
            NoAnswer::Protocol(what) => Self::Unreadable(StatusCode::BAD_REQUEST, "protocol", what),
            NoAnswer::TooMuch => wire::WireError::TooLarge.into(),
            NoAnswer::Version => Self::Unreadable(
                StatusCode::UPGRADE_REQUIRED,
                "version",
                "the program is too old for this relay: update it, your work is kept",
            ),
            NoAnswer::Refused(refused) => refused.into(),
        }
    }
}

impl From<desk::Refused> for ApiError {
    fn from(refused: desk::Refused) -> Self {
        match refused {
            desk::Refused::Document(error) => error.into(),
            desk::Refused::Log(log::Error::Damaged(_)) => Self::Damaged,
            desk::Refused::Busy | desk::Refused::Closed => Self::Full,
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "request failed");
                Self::Internal
            }
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooMany(later) => Self::TooMany(later),
            Refused::Code(refused) => Self::Enrolment(refused),
            Refused::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let mut response = problem.status.into_response();
        response.extensions_mut().insert(problem);
        response
    }
}

/// Gives `response` its body and headers where it is a refusal, whoever made it.
pub(crate) fn finish(mut response: Response, request_id: Uuid) -> Response {
    let status = response.status();
    let problem = response.extensions_mut().remove::<Problem>();
    if problem.is_none() && !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    // A layer below answered by itself (413 of the body limit, for one).
    let problem = problem.unwrap_or_else(|| {
        let (code, detail) = match status {
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large".into(), "the body is too large"),
            other => (
                format!("http_{}", other.as_u16()),
                "the request is not in order",
            ),
        };
        Problem {
            status,
            code,
            detail: detail.into(),
            retry_after_s: None,
        }
    });
    let body = Body9457 {
        r#type: format!("urn:ronde:problem:{}", problem.code),
        title: status.canonical_reason().unwrap_or("refused"),
        status: status.as_u16(),
        code: &problem.code,
        detail: &problem.detail,
        request_id,
    };
    let (mut parts, _) = response.into_parts();
    let headers = &mut parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Some(seconds) = problem.retry_after_s {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    // The body is made of strings and numbers, which always serialise.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    Response::from_parts(parts, Body::from(body))
}
