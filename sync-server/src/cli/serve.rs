//! `serve`: one process per data folder, until it is told to stop.
//!
//! **Invariant**: the folder is held from before the first file is opened
//! until after the last answer.

use std::{io::Write, sync::Arc};

use ronde_core::clock::System;
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use super::run::refused;
use crate::{
    admin::Refusal,
    control,
    data::Data,
    serve,
    state::{Limits, Relay},
    words::{self, Language},
};

pub(super) fn serve(
    data: Data,
    listen: &str,
    language: Language,
    json: bool,
) -> Result<(), Refusal> {
    let _held = data.hold().map_err(|error| refused(&data, error))?;
    log_to_stderr(json);
    let socket = data.control_socket();
    let relay = Arc::new(Relay::open(data, Arc::new(System), Limits::default())?);
    for (site, error) in relay.broken() {
        tracing::error!(%site, error = error as &dyn std::error::Error, "site is not served");
    }
    for site in relay.sites() {
        if let Some(damage) = site.damage() {
            tracing::error!(site = %site.code(), %damage, "site is not served");
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let unheard = |cause: std::io::Error| Refusal::Listen {
            address: listen.to_owned(),
            cause: cause.to_string(),
        };
        let listener = TcpListener::bind(listen).await.map_err(unheard)?;
        let url = format!("http://{}", listener.local_addr().map_err(unheard)?);
        let orders = control::listen(&socket)?;
        let told = Arc::clone(&relay);
        let path = socket.clone();
        tokio::spawn(async move { control::answer(orders, &path, told).await });
        let (mut terminate, mut interrupt) = (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        );
        say(&url, language, json)?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let cut = serve::serve(listener, relay, stop).await;
        if cut > 0 {
            tracing::warn!(cut, "connections were cut at shutdown");
        }
        let _ = std::fs::remove_file(&socket);
        Ok(())
    })
}

fn say(url: &str, language: Language, json: bool) -> Result<(), Refusal> {
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", json!({ "listening": url }))?;
    } else {
        writeln!(out, "{}", words::listening(language, url))?;
    }
    Ok(out.flush()?)
}

fn log_to_stderr(json: bool) {
    let filter = EnvFilter::try_from_env("RONDE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Only a test, which has its own, could have set one before.
    let _ = if json {
        lines.json().try_init()
    } else {
        lines.try_init()
    };
}
