//! `ronde-server demo`: a plant, a relay, and technicians who go offline.
//!
//! Everything is real: the plant goes through the importer, the relay listens
//! on a socket, and each person has a replica in a folder of their own and
//! syncs over HTTP. What is told is read back from those replicas.
//!
//! **Invariant**: nothing is told that was not read from a replica or answered
//! by the relay.

mod crew;
mod plant;
mod story;
mod tell;

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use ronde_core::{clock::System, model::Role};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    data::Data,
    serve::serve,
    state::{Limits, Relay},
    words::Language,
};

pub use tell::Teller;

/// How the demo runs.
#[derive(Debug)]
pub struct Options {
    /// Folder for the plant; a fresh one where nothing is said.
    pub folder: PathBuf,
    /// Address to listen on.
    pub listen: String,
    /// False to end when the story is told.
    pub stay: bool,
    /// Language of the story.
    pub language: Language,
}

/// Tells the story, then keeps serving until `stop`.
///
/// # Errors
///
/// Whatever went wrong first, in words.
pub async fn run(
    options: Options,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let teller = Teller::new(options.language);
    let data = Data::at(options.folder.join("relay"));
    data.make().context("the data folder cannot be made")?;
    let _held = data.hold().context("the data folder is in use")?;
    let relay = Arc::new(
        Relay::open(data, Arc::new(System), Limits::default())
            .context("the relay cannot open its data")?,
    );

    let site = plant::found(&relay, &teller).await?;
    let listener = TcpListener::bind(&options.listen)
        .await
        .with_context(|| format!("cannot listen on {}: is another demo running? --listen 127.0.0.1:0 takes any free port", options.listen))?;
    let url = format!("http://{}", listener.local_addr()?);
    let (end, ended) = oneshot::channel::<()>();
    let stay = options.stay;
    let serving = tokio::spawn(serve(listener, Arc::clone(&relay), async move {
        tokio::select! {
            _ = ended => {}
            () = stop => {}
        }
    }));

    let crew = crew::Crew::hire(&relay, &site, &url, &options.folder, &teller).await?;
    story::tell(crew, &teller).await?;

    if !stay {
        drop(end);
        serving.await?;
        return Ok(());
    }
    let code = crew::code(&relay, &site, "Invité", &[Role::Technician]).await?;
    tell::how_to_join(teller, &url, &code, &options.folder);
    // Kept until the demo is stopped: dropping it would end the serving.
    let cut = serving.await?;
    drop(end);
    tracing::debug!(cut, "the demo ends");
    Ok(())
}
