//! The live connection: small changes cross as they are made.
//!
//! The same session and the same frames as over HTTP; the relay also sends a
//! page whenever the log grows.
//!
//! **Invariant**: what is received is stored with its cursor before the next
//! message is read.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{
        Error as SocketError, Message,
        client::IntoClientRequest,
        http::{HeaderValue, StatusCode, header},
        protocol::WebSocketConfig,
    },
};

use super::{Client, Failure, ended};
use crate::{
    replica::Replica,
    sync::{Effect, Input, Report, Session},
    wire::{self, Frame, Limits},
};

/// How often the replica is looked at for work that other processes did.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// A relay that says nothing for so long, not even "still here", is gone.
const SILENCE_MAX: Duration = Duration::from_secs(90);
const CONNECT_WAIT: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Keeps a live connection until it breaks or `news` returns false.
///
/// `news` is told after each exchange that ended with nothing more to do; the
/// report counts since the connection was made.
///
/// # Errors
///
/// See [`Failure`]; call again after [`retry_delay_ms`](crate::sync::retry_delay_ms).
pub async fn live(
    replica: &mut Replica,
    client: &Client,
    news: &mut (dyn FnMut(&Report, &Replica) -> bool + Send),
) -> Result<(), Failure> {
    let done = listen(replica, client, news).await;
    if let Err(failure) = &done {
        // What went wrong is worth knowing even where noting it fails too.
        drop(replica.note_problem(Some(failure.code())));
    }
    done
}

async fn listen(
    replica: &mut Replica,
    client: &Client,
    news: &mut (dyn FnMut(&Report, &Replica) -> bool + Send),
) -> Result<(), Failure> {
    let mut socket = connect(client).await?;
    let mut session = Session::live();
    let mut version = replica.data_version()?;
    let mut heard = Instant::now();
    let mut input = Some(Input::Begin);
    loop {
        while let Some(now) = input.take() {
            for effect in session.handle(now) {
                match effect {
                    Effect::Send(frames) => {
                        session.report.bytes_up += send(&mut socket, &frames).await?;
                    }
                    Effect::Progress(_) => {}
                    Effect::Finish(outcome) => {
                        ended(outcome)?;
                        replica.note_problem(None)?;
                        if !news(&session.report, replica) {
                            return Ok(());
                        }
                    }
                    of_the_replica => input = replica.carry_out(&of_the_replica)?,
                }
            }
        }
        match timeout_at(Instant::now() + LOOK_EVERY, socket.next()).await {
            Ok(message) => {
                heard = Instant::now();
                input = received(message, &mut session.report)?.map(Input::Received);
            }
            Err(_) if heard.elapsed() > SILENCE_MAX => {
                return Err(Failure::Unreachable("the relay has fallen silent".into()));
            }
            Err(_) => {
                let now = replica.data_version()?;
                if now != version {
                    version = now;
                    input = Some(Input::Begin);
                }
            }
        }
    }
}

async fn connect(client: &Client) -> Result<Socket, Failure> {
    let unreachable = |cause: SocketError| Failure::Unreachable(cause.into());
    let address = match client.url.split_once("://") {
        Some(("https", rest)) => format!("wss://{rest}/live"),
        Some((_, rest)) => format!("ws://{rest}/live"),
        None => return Err(Failure::Confused("the address of the relay has no scheme")),
    };
    let mut request = address.into_client_request().map_err(unreachable)?;
    let bearer = HeaderValue::from_str(&format!("Bearer {}", client.token))
        .map_err(|_| Failure::Confused("the token is not a header value"))?;
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    let config = WebSocketConfig::default()
        .max_message_size(Some(Limits::ANSWER.message_bytes_max))
        .max_frame_size(Some(Limits::ANSWER.message_bytes_max));
    let connecting = connect_async_with_config(request, Some(config), true);
    match timeout_at(Instant::now() + CONNECT_WAIT, connecting).await {
        Err(_) => Err(Failure::Unreachable("no answer".into())),
        Ok(Ok((socket, _))) => Ok(socket),
        // The reason of a refusal is asked for over HTTP, where it has a body.
        Ok(Err(SocketError::Http(answer))) => Err(match answer.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                match client.exchange(&[]).await {
                    Err(reason) => reason,
                    Ok(_) => Failure::NotARelay,
                }
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Failure::TryLater { after_s: 30 }
            }
            _ => Failure::NotARelay,
        }),
        Ok(Err(cause)) => Err(unreachable(cause)),
    }
}

async fn send(socket: &mut Socket, frames: &[Frame]) -> Result<u64, Failure> {
    let message = wire::encode(frames).map_err(|_| Failure::Confused("cannot be encoded"))?;
    let bytes = message.len() as u64;
    socket
        .send(Message::binary(message))
        .await
        .map_err(|cause| Failure::Unreachable(cause.into()))?;
    Ok(bytes)
}

/// The frames of one message; `None` for a sign of life without any.
fn received(
    message: Option<Result<Message, SocketError>>,
    report: &mut Report,
) -> Result<Option<Vec<Frame>>, Failure> {
    match message {
        Some(Ok(Message::Binary(bytes))) => {
            report.bytes_down += bytes.len() as u64;
            wire::decode(&bytes, &Limits::ANSWER)
                .map(Some)
                .map_err(|cause| Failure::Unreachable(cause.into()))
        }
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(_)) => Err(Failure::Unreachable(
            "the relay closed the connection".into(),
        )),
        Some(Err(cause)) => Err(Failure::Unreachable(cause.into())),
        None => Err(Failure::Unreachable("the connection was closed".into())),
    }
}
