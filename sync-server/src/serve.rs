//! Connections: accepting them, bounding them, and saying goodbye.
//!
//! `axum::serve` can set no header timeout, so hyper is driven directly.
//!
//! **Invariant**: a peer that says nothing, or too slowly, is cut off; after
//! `stop` no new request begins and none is cut before `farewell`.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};

use crate::{routes::app, state::Relay};

/// Headers of one request.
const HEADERS_MAX: usize = 64;
/// Bytes of one request's headers.
const HEADER_BYTES_MAX: usize = 16 << 10;
/// After the system refused a connection (out of descriptors, mostly).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready, then finishes what has begun. Returns how many
/// connections had to be cut.
pub async fn serve(
    listener: TcpListener,
    relay: Arc<Relay>,
    stop: impl Future<Output = ()>,
) -> usize {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(relay.limits.headers)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEADER_BYTES_MAX);
    let app = app(Arc::clone(&relay));
    let places = relay.limits.connections_max;
    let room = Arc::new(Semaphore::new(places as usize));
    let (goodbye, _) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(cause) => {
                tracing::warn!(error = %cause, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Small answers must not wait for the next one (Nagle).
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(app.clone());
        let connection = http
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let mut leave = goodbye.subscribe();
        let relay = Arc::clone(&relay);
        tokio::spawn(async move {
            relay.metrics.connections.fetch_add(1, Ordering::Relaxed);
            let mut connection = std::pin::pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                _ = leave.changed() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(cause) = ended {
                tracing::debug!(error = %cause, "a connection ended");
            }
            relay.metrics.connections.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
    drop(listener);
    relay.close();
    goodbye.send_replace(());
    // Once every connection has given back its place, none is open.
    let all = room.acquire_many(places);
    if timeout(relay.limits.farewell, all).await.is_ok() {
        return 0;
    }
    (places as usize).saturating_sub(room.available_permits())
}

#[cfg(test)]
mod tests;
