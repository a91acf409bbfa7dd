//! The words of the command line.
//!
//! **Invariant**: wrong use is exit code 2 with our words in the person's
//! language; help, too, is in that language (`words/help.rs`, tested to be
//! complete).

mod orders;
mod others;

use std::{ffi::OsString, path::PathBuf};

use clap::{
    CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};

pub use orders::{Assign, Edit, FilterArgs, Finish, NewArgs, OrderCommand, WithReason, WithText};
pub use others::{
    AnswerArgs, ChecklistCommand, EquipmentCommand, ExecuteArgs, LevelArgs, MoveArgs, MovementArgs,
    OrderPlanArgs, PartCommand, PersonCommand, PlanCommand, PlanListArgs, ReadingArgs, ReverseArgs,
    RunArgs, StockCommand,
};

use crate::{
    fault::Fault,
    words::{FRENCH_HELP, Language, Words},
};

/// A maintenance technician's terminal: works offline, syncs when it can
#[derive(Debug, Parser)]
#[command(name = "ronde", version, disable_help_subcommand = true)]
pub struct Cli {
    /// The device's folder
    #[arg(long, global = true, env = "RONDE_HOME")]
    pub home: Option<PathBuf>,
    /// Answers and errors as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of answers
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Language>,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Enrol this device with a one-time code
    Enrol(Enrol),
    /// Exchange everything with the relay, once
    Sync,
    /// Stay connected: changes cross as they are made
    Watch,
    /// Where this device stands
    Status,
    /// What is not at the relay yet, and why
    Why,
    /// What there is today
    Today,
    /// Search everything this device holds
    Search(Search),
    /// Work orders
    #[command(subcommand)]
    Ot(OrderCommand),
    /// Checklists and their executions
    #[command(subcommand)]
    Checklist(ChecklistCommand),
    /// Stock levels and movements
    #[command(subcommand)]
    Stock(StockCommand),
    /// Maintenance plans
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Equipment
    #[command(subcommand)]
    Equipment(EquipmentCommand),
    /// Spare parts
    #[command(subcommand)]
    Part(PartCommand),
    /// People
    #[command(subcommand)]
    Person(PersonCommand),
}

#[derive(Debug, clap::Args)]
pub struct Enrol {
    /// Address of the relay, or the whole link of the code
    pub url: String,
    /// The one-time code
    pub code: Option<String>,
    /// What to call this device
    #[arg(long)]
    pub name: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct Search {
    /// Words; the last one may be unfinished
    #[arg(required = true)]
    pub text: Vec<String>,
    /// At most so many
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
}

/// Reads the command line.
///
/// # Errors
///
/// [`Fault::Usage`], or [`Fault::Told`] for help and version.
pub fn parse(args: &[OsString], words: Words) -> Result<Cli, Fault> {
    let matches = command(words).try_get_matches_from(args);
    matches
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| fault(&error))
}

/// The command line with help in this language.
pub fn command(words: Words) -> clap::Command {
    let command = Cli::command();
    match words.0 {
        Language::En => command,
        Language::Fr => FRENCH_HELP
            .iter()
            .fold(headings(command), |command, (path, arg, text)| {
                let steps: Vec<_> = path.split_whitespace().collect();
                french(command, &steps, arg, text)
            }),
    }
}

/// The headings of help in French, for the command and all below it.
fn headings(command: clap::Command) -> clap::Command {
    let names: Vec<_> = command
        .get_subcommands()
        .map(|it| it.get_name().to_owned())
        .collect();
    let command = names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, headings)
    });
    command
        .subcommand_help_heading("Commandes")
        .subcommand_value_name("COMMANDE")
        .help_template("{about-with-newline}\nUtilisation : {usage}\n\n{all-args}")
}

fn french(
    command: clap::Command,
    path: &[&str],
    arg: &'static str,
    text: &'static str,
) -> clap::Command {
    match path {
        [] if arg.is_empty() => command.about(text),
        [] => command.mut_arg(arg, |it| it.help(text)),
        [first, rest @ ..] => command.mut_subcommand(first, |it| french(it, rest, arg, text)),
    }
}

/// Our words for what clap found.
fn fault(error: &clap::Error) -> Fault {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Fault::Told(error.render().to_string())
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Fault::Lost(error.render().to_string())
        }
        ErrorKind::MissingRequiredArgument => {
            Fault::Usage("argument_missing", context(ContextKind::InvalidArg))
        }
        ErrorKind::MissingSubcommand => Fault::Usage("command_missing", String::new()),
        ErrorKind::InvalidSubcommand => {
            Fault::Usage("command_unknown", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => {
            Fault::Usage("argument_unknown", context(ContextKind::InvalidArg))
        }
        ErrorKind::ArgumentConflict => {
            Fault::Usage("argument_conflict", context(ContextKind::InvalidArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (arg, value) = (
                context(ContextKind::InvalidArg),
                context(ContextKind::InvalidValue),
            );
            match value.is_empty() {
                true => Fault::Usage("value_missing", arg),
                false => Fault::Usage("value_invalid", format!("{arg} {value}")),
            }
        }
        _ => Fault::Usage("usage", context(ContextKind::InvalidArg)),
    }
}

#[cfg(test)]
mod tests;
