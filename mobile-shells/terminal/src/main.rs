//! `ronde`: a maintenance technician in a terminal. Works offline, syncs when
//! it can; for people, for scripts and for tests.
//!
//! **Invariant**: no rule is written here: every command calls the replica
//! once and shows what it says. stdout carries the answer and nothing else.
//!
//! | file | what |
//! |---|---|
//! | `cli.rs` | the words of the command line |
//! | `commands.rs`, `commands/` | one noun per file: what a command does |
//! | `show.rs`, `show/` | text for people |
//! | `json.rs`, `fault.rs` | values and errors for programs |
//! | `words.rs`, `words/` | French and English |

mod ask;
mod cli;
mod commands;
mod fault;
mod input;
mod json;
mod setting;
mod show;
mod words;

use std::{
    ffi::OsString,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use crate::{fault::Fault, setting::Setting};

fn main() -> ExitCode {
    panic::set_hook(Box::new(|what| {
        // One line, and where to look; never a trace. What the program was
        // doing is on disk or was never done.
        let place = what.location().map_or(String::new(), |at| {
            format!(" ({}:{})", at.file(), at.line())
        });
        fault::complain(&format!("ronde: internal error{place}\n"));
    }));
    log();
    let args: Vec<OsString> = std::env::args_os().collect();
    panic::catch_unwind(AssertUnwindSafe(|| run(&args))).unwrap_or(ExitCode::FAILURE)
}

fn run(args: &[OsString]) -> ExitCode {
    let surroundings = setting::Surroundings::of_process();
    let (json, words) = setting::early(args, &surroundings);
    let done = cli::parse(args, words).and_then(|cli| {
        let setting = Setting::new(&cli, &surroundings)?;
        commands::run(cli.command, &setting)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Fault::Told(text)) => {
            json::write(&text);
            ExitCode::SUCCESS
        }
        Err(fault) => fault.report(words, json),
    }
}

/// The library's own journal, for whoever asks for it with `RONDE_LOG`.
fn log() {
    let Ok(filter) = std::env::var("RONDE_LOG") else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .init();
}
