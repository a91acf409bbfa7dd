//! Requests to the relay.
//!
//! **Invariant**: every request has a time limit, and every answer a size limit.

use std::{sync::Once, time::Duration};

use reqwest::{StatusCode, header, redirect::Policy};

use super::Failure;
use crate::{
    replica::Account,
    wire::{self, Enrolment, EnrolmentRequest, Frame, Limits, ProblemDetails},
};

const CONNECT_WAIT: Duration = Duration::from_secs(10);
const ANSWER_WAIT: Duration = Duration::from_secs(60);
/// How long one message may be put off before the person is told.
const PATIENCE_S: u32 = 20;
const CONTENT_TYPE: &str = "application/vnd.ronde.sync";

/// A connection to one relay for one device.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    pub(super) url: String,
    pub(super) token: String,
}

/// What came back, and what it cost.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) frames: Vec<Frame>,
    pub(super) bytes_up: u64,
    pub(super) bytes_down: u64,
}

fn http() -> Result<reqwest::Client, Failure> {
    static CRYPTO: Once = Once::new();
    CRYPTO.call_once(|| {
        // An error means that the process already chose one: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .connect_timeout(CONNECT_WAIT)
        .timeout(ANSWER_WAIT)
        .redirect(Policy::none())
        .user_agent(concat!("ronde/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|cause| Failure::Unreachable(cause.into()))
}

impl Client {
    /// A client for the relay and site of `account`.
    ///
    /// # Errors
    ///
    /// [`Failure::Unreachable`] when TLS cannot be set up.
    pub fn new(account: &Account) -> Result<Self, Failure> {
        Ok(Self {
            http: http()?,
            url: format!("{}/v1/sites/{}", account.url, account.site),
            token: account.token.clone(),
        })
    }

    /// Exchanges one message, waiting as a busy relay asks, within reason.
    pub(super) async fn exchange(&self, frames: &[Frame]) -> Result<Answer, Failure> {
        let mut patience_s = PATIENCE_S;
        loop {
            match self.exchange_once(frames).await {
                Err(Failure::TryLater { after_s }) if after_s.max(1) <= patience_s => {
                    patience_s = patience_s.saturating_sub(after_s.max(1));
                    tokio::time::sleep(Duration::from_secs(after_s.max(1).into())).await;
                }
                done => return done,
            }
        }
    }

    async fn exchange_once(&self, frames: &[Frame]) -> Result<Answer, Failure> {
        let message = wire::encode(frames).map_err(|_| Failure::Confused("cannot be encoded"))?;
        let bytes_up = message.len() as u64;
        let response = self
            .http
            .post(format!("{}/sync", self.url))
            .bearer_auth(&self.token)
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .body(message)
            .send()
            .await
            .map_err(|cause| Failure::Unreachable(cause.into()))?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        if response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|it| it != CONTENT_TYPE)
        {
            return Err(Failure::NotARelay);
        }
        let body = bounded(response, Limits::ANSWER.message_bytes_max).await?;
        let frames = wire::decode(&body, &Limits::ANSWER).map_err(|refused| match refused {
            wire::WireError::Version(_) => Failure::Version,
            wire::WireError::Foreign => Failure::NotARelay,
            // Cut off or altered on the way: nothing was applied, ask again.
            damaged => Failure::Unreachable(damaged.into()),
        })?;
        Ok(Answer {
            frames,
            bytes_up,
            bytes_down: body.len() as u64,
        })
    }
}

/// Exchanges a one-time code for an enrolment.
///
/// # Errors
///
/// [`Failure::Refused`] with the relay's reason, or another [`Failure`].
pub async fn enrol(url: &str, request: &EnrolmentRequest) -> Result<Enrolment, Failure> {
    let body = serde_json::to_vec(request).map_err(|_| Failure::Confused("cannot be encoded"))?;
    let response = http()?
        .post(format!("{url}/v1/enrol"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .send()
        .await
        .map_err(|cause| Failure::Unreachable(cause.into()))?;
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    let body = bounded(response, 1 << 16).await?;
    serde_json::from_slice(&body).map_err(|_| Failure::NotARelay)
}

async fn bounded(mut response: reqwest::Response, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|cause| Failure::Unreachable(cause.into()))?
    {
        if body.len() + chunk.len() > bytes_max {
            return Err(Failure::Confused("the answer is too large"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a refused request says. Only a relay's own words count as a refusal.
async fn refusal(response: reqwest::Response) -> Failure {
    let status = response.status();
    let after_s = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .unwrap_or(30);
    let Ok(body) = bounded(response, 1 << 16).await else {
        return Failure::NotARelay;
    };
    let Ok(problem) = serde_json::from_slice::<ProblemDetails>(&body) else {
        return Failure::NotARelay;
    };
    if !problem.problem_type.starts_with("urn:ronde:problem:") {
        return Failure::NotARelay;
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::INSUFFICIENT_STORAGE => Failure::TryLater { after_s },
        StatusCode::UPGRADE_REQUIRED => Failure::Version,
        status if status.is_server_error() => Failure::TryLater { after_s },
        _ => Failure::Refused {
            message: problem.detail.unwrap_or(problem.title),
            code: problem.code,
        },
    }
}
