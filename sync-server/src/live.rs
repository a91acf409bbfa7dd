//! `GET /v1/sites/{site}/live`: a WebSocket on which small changes cross as
//! they are made. The same frames as over HTTP; pages also come unasked.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
};
use ronde_core::wire::{Frame, Limits, Problem};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    error::ApiError,
    extract::Device,
    site::exchange::{self, Speaker, Talk},
    state::Relay,
    sync::{decoded, encoded},
};

/// How often a silent connection is asked whether it still stands, and its
/// token whether it still holds.
const STILL_THERE_EVERY: Duration = Duration::from_secs(30);

/// Opens the live connection.
pub async fn live(
    State(relay): State<Arc<Relay>>,
    device: Device,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let speaker = Speaker {
        site: device.site,
        device: device.device,
        person: device.person,
    };
    Ok(upgrade
        .max_message_size(Limits::REQUEST.message_bytes_max)
        .max_frame_size(Limits::REQUEST.message_bytes_max)
        .on_upgrade(async move |socket| {
            let mut connection = Connection {
                relay,
                speaker,
                socket,
                talk: None,
            };
            // A broken connection is the device's to make again.
            if let Err(problem) = connection.run().await {
                drop(connection.send(vec![Frame::Problem(problem)]).await);
            }
        }))
}

struct Connection {
    relay: Arc<Relay>,
    speaker: Speaker,
    socket: WebSocket,
    talk: Option<Talk>,
}

impl Connection {
    async fn run(&mut self) -> Result<(), Problem> {
        let mailbox = self.relay.mailbox(&self.speaker.site).map_err(problem)?;
        let mut moved = mailbox.moved();
        let mut still_there = interval(STILL_THERE_EVERY);
        still_there.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Binary(body))) => {
                        check_rights(&self.relay, &self.speaker).await?;
                        let frames = decoded(body).await.map_err(problem)?;
                        self.pace(&frames).map_err(problem)?;
                        let answers =
                            exchange::answer(&self.speaker, &mailbox, &self.relay.world, &mut self.talk, frames)
                                .await
                                .map_err(|refused| problem(refused.into()))?;
                        self.send(answers).await?;
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Text(_) | Message::Close(_)) | Err(_)) | None => return Ok(()),
                },
                changed = moved.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    check_rights(&self.relay, &self.speaker).await?;
                    let news =
                        exchange::news(&self.speaker, &self.relay.world, &mut self.talk).await;
                    self.send(news.map_err(|cause| problem(cause.into()))?).await?;
                },
                _ = still_there.tick() => {
                    check_rights(&self.relay, &self.speaker).await?;
                    if self.socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                        return Ok(());
                    }
                },
                () = self.relay.closing() => return Ok(()),
            }
        }
    }

    fn pace(&self, frames: &[Frame]) -> Result<(), ApiError> {
        let work = exchange::work(frames)?;
        self.relay
            .pace_work(self.speaker.device, work)
            .map_err(ApiError::TooMany)
    }

    async fn send(&mut self, frames: Vec<Frame>) -> Result<(), Problem> {
        if frames.is_empty() {
            return Ok(());
        }
        let message = encoded(frames).await.map_err(problem)?;
        // A connection that broke shows at the next receive.
        drop(self.socket.send(Message::Binary(message.into())).await);
        Ok(())
    }
}

/// A revoked device is cut off at once, not at its next request.
async fn check_rights(relay: &Relay, speaker: &Speaker) -> Result<(), Problem> {
    match relay.is_revoked(&speaker.site, speaker.device).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(problem(ApiError::Revoked)),
        Err(cause) => Err(problem(cause)),
    }
}

fn problem(error: ApiError) -> Problem {
    let spoken = error.spoken();
    Problem {
        code: spoken.code,
        message: spoken.message,
        retry_after_s: spoken.retry_after_s,
    }
}
