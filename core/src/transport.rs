//! The async driver of sync sessions over HTTP and WebSocket.
//!
//! It carries out what a [`Session`] asks for: the
//! replica's part through [`Replica::carry_out`], the network's part here.
//!
//! **Invariant**: the token goes to the enrolled address only: redirects are
//! not followed. An answer that is not ours (a captive portal, a proxy's page)
//! changes nothing.

mod http;
mod live;

pub use http::{Client, enrol};
pub use live::live;

use crate::{
    error::Error,
    replica::Replica,
    sync::{Effect, Input, Outcome, Progress, Report, Session},
};

/// Why an exchange did not finish. "Unreachable", "refused" and "try later" are
/// different things to a person.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No answer from the relay: stay offline, try again by itself.
    #[error("the relay cannot be reached")]
    Unreachable(#[source] crate::error::Cause),
    /// Something answered that is not the relay: a portal, a proxy.
    #[error("what answered is not a Ronde relay")]
    NotARelay,
    /// The relay knows this device and says no.
    #[error("the relay refused: {code}")]
    Refused {
        /// Stable code.
        code: String,
        /// For a person.
        message: String,
    },
    /// The relay is busy: try again after so many seconds.
    #[error("the relay asks to try again in {after_s} s")]
    TryLater {
        /// Seconds to wait.
        after_s: u32,
    },
    /// This program is too old for the relay, or too new.
    #[error("the relay speaks another version")]
    Version,
    /// The answer made no sense; reported as a bug.
    #[error("confusing answer: {0}")]
    Confused(&'static str),
    /// The replica itself could not go on.
    #[error(transparent)]
    Replica(#[from] Error),
}

impl Failure {
    /// The stable code shown by `why` and `status`.
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::NotARelay => "not_a_relay",
            Self::Refused { code, .. } => code,
            Self::TryLater { .. } => "try_later",
            Self::Version => "version",
            Self::Confused(_) => "confused",
            Self::Replica(_) => "replica",
        }
    }

    /// True when trying again by itself can help.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::NotARelay | Self::TryLater { .. }
        )
    }
}

/// Exchanges everything there is to exchange, once, over HTTP.
///
/// `progress` is told how far a long catch-up is.
///
/// # Errors
///
/// See [`Failure`]; what was exchanged before it stands, on both sides.
pub async fn sync(
    replica: &mut Replica,
    client: &Client,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Report, Failure> {
    let loaded_before = replica.documents_loaded();
    let mut session = Session::new();
    let done = exchange(replica, client, &mut session, progress).await;
    session.report.documents_loaded = replica.documents_loaded() - loaded_before;
    match &done {
        Ok(()) => replica.note_problem(None)?,
        // What went wrong is worth knowing even where noting it fails too.
        Err(failure) => drop(replica.note_problem(Some(failure.code()))),
    }
    done.map(|()| session.report)
}

async fn exchange(
    replica: &mut Replica,
    client: &Client,
    session: &mut Session,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<(), Failure> {
    let mut input = Input::Begin;
    loop {
        let mut next = None;
        for effect in session.handle(input) {
            match effect {
                Effect::Send(frames) => {
                    let answer = client.exchange(&frames).await?;
                    session.report.bytes_up += answer.bytes_up;
                    session.report.bytes_down += answer.bytes_down;
                    next = Some(Input::Received(answer.frames));
                }
                Effect::Progress(at) => progress(at),
                Effect::Finish(outcome) => return ended(outcome),
                of_the_replica => next = replica.carry_out(&of_the_replica)?,
            }
        }
        input = next.ok_or(Failure::Confused("nothing to do"))?;
    }
}

fn ended(outcome: Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Complete | Outcome::Waiting => Ok(()),
        Outcome::Problem(problem) if problem.retry_after_s > 0 => Err(Failure::TryLater {
            after_s: problem.retry_after_s,
        }),
        Outcome::Problem(problem) => Err(Failure::Refused {
            code: problem.code,
            message: problem.message,
        }),
        Outcome::Confused(what) => Err(Failure::Confused(what)),
    }
}
