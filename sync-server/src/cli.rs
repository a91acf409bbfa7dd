//! The relay's command line.
//!
//! **Invariant**: exit code 0 is done, 1 refused, 2 wrong use; an error is
//! words and a hint, with `--json` one object on stderr; never a trace.

mod run;
mod serve;

use std::{ffi::OsString, io::Write, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use ronde_core::model::{Role, Roles};
use serde_json::json;

use crate::{
    admin::Refusal,
    data::SiteCode,
    import::Kind,
    words::{self, FRENCH_HELP, Language},
};

/// The relay: takes in, keeps and hands out what devices do
#[derive(Debug, Parser)]
#[command(name = "ronde-server", version)]
pub struct Cli {
    /// Answers and errors as JSON
    #[arg(long, global = true)]
    json: bool,
    /// Language of messages
    #[arg(long, global = true, value_enum)]
    lang: Option<Language>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a site (and the data folder where it is missing)
    Init(Init),
    /// Serve devices until Ctrl-C or SIGTERM
    Serve(Serve),
    /// Make a one-time enrolment code
    Code(Code),
    /// Change what somebody may do
    Roles(Rights),
    /// List devices
    Devices(Devices),
    /// Shut a device out from its next request on
    Revoke(OneDevice),
    /// Let a revoked device in again
    Reinstate(OneDevice),
    /// Fill a site from a CSV file of another system, all of it or nothing
    Import(Import),
    /// Prove every entry of the logs, and what is derived from them
    Verify(Verify),
    /// Derive documents, views and feeds anew from the logs (while not serving)
    Rebuild(Rebuild),
    /// Copy the data, also while serving
    Backup(Backup),
    /// Put a backup back (while not serving)
    Restore(Restore),
    /// A plant, this relay and three technicians who go offline
    Demo(Demo),
}

#[derive(Debug, Args)]
struct Folder {
    /// Data folder
    #[arg(long, env = "RONDE_DATA")]
    data: PathBuf,
}

#[derive(Debug, Args)]
struct Init {
    #[command(flatten)]
    folder: Folder,
    /// Site code: 1 to 16 of A-Z, 0-9 and -
    #[arg(long)]
    site: SiteCode,
    /// The name people see
    #[arg(long)]
    name: String,
    /// IANA time zone, such as Europe/Paris
    #[arg(long)]
    time_zone: String,
    /// Address at which devices reach the relay
    #[arg(long)]
    url: Option<String>,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    folder: Folder,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8640")]
    listen: String,
}

#[derive(Debug, Args)]
struct Code {
    #[command(flatten)]
    folder: Folder,
    /// Site code, where there are several
    #[arg(long)]
    site: Option<SiteCode>,
    /// The person's name, or id
    #[arg(long)]
    person: String,
    /// Roles on the site, separated by commas
    #[arg(long, required = true, value_delimiter = ',')]
    roles: Vec<Role>,
    /// How long the code lives
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1440))]
    minutes: u32,
    /// Address of the relay in this link
    #[arg(long)]
    url: Option<String>,
}

#[derive(Debug, Args)]
struct Rights {
    #[command(flatten)]
    folder: Folder,
    /// Site code, where there are several
    #[arg(long)]
    site: Option<SiteCode>,
    /// The person's name, or id
    #[arg(long)]
    person: String,
    /// Roles on the site, separated by commas; empty for none
    #[arg(long, required = true, value_delimiter = ',')]
    roles: Vec<String>,
}

#[derive(Debug, Args)]
struct Rebuild {
    #[command(flatten)]
    folder: Folder,
}

#[derive(Debug, Args)]
struct Demo {
    /// Folder for the plant and the people; a fresh one without
    #[arg(long)]
    data: Option<PathBuf>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8640")]
    listen: String,
    /// End when the story is told
    #[arg(long)]
    no_serve: bool,
}

#[derive(Debug, Args)]
struct Devices {
    #[command(flatten)]
    folder: Folder,
    /// Only those of this site
    #[arg(long)]
    site: Option<SiteCode>,
}

#[derive(Debug, Args)]
struct OneDevice {
    #[command(flatten)]
    folder: Folder,
    /// Id, beginning of an id, or name of the device
    device: String,
}

#[derive(Debug, Args)]
struct Import {
    #[command(flatten)]
    folder: Folder,
    /// What the file holds; import them in the order given here
    #[arg(value_enum)]
    kind: Kind,
    /// CSV file; - is standard input
    file: PathBuf,
    /// Site code, where there are several
    #[arg(long)]
    site: Option<SiteCode>,
    /// Which column to read for a field, as field=Column
    #[arg(long)]
    map: Vec<String>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct Verify {
    #[command(flatten)]
    folder: Folder,
    /// Only this site
    #[arg(long)]
    site: Option<SiteCode>,
    /// A head noted earlier, as SEQ:CHAIN
    #[arg(long)]
    expect: Option<String>,
}

#[derive(Debug, Args)]
struct Backup {
    #[command(flatten)]
    folder: Folder,
    /// Folder to make
    to: PathBuf,
}

#[derive(Debug, Args)]
struct Restore {
    #[command(flatten)]
    folder: Folder,
    /// Folder of the backup
    from: PathBuf,
    /// Set aside the sites that are there and replace them
    #[arg(long)]
    force: bool,
}

impl Code {
    fn roles(&self) -> Roles {
        self.roles.iter().copied().collect()
    }
}

/// Runs the program with `args`, the first of which is its name.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<_> = args.into_iter().collect();
    let language = language(&args);
    let mut command = Cli::command();
    if language == Language::Fr {
        command = french(command);
    }
    let parsed = command
        .try_get_matches_from(&args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return wrong_use(&error, &args),
    };
    let json = cli.json;
    match run::run(cli, language) {
        Ok(code) => code,
        Err(refusal) => {
            report(&refusal, language, json);
            match refusal {
                Refusal::Invalid { .. } => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// The language asked for, or that of the surroundings. Read by hand, because
/// the help and the errors of reading arguments need it too.
fn language(args: &[OsString]) -> Language {
    let texts: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let asked = texts.iter().enumerate().find_map(|(index, text)| {
        let value = match text.strip_prefix("--lang=") {
            Some(value) => value,
            None if text == "--lang" => texts.get(index + 1)?,
            None => return None,
        };
        value.parse().ok()
    });
    asked.unwrap_or_else(|| {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Language::of_locale(&locale.unwrap_or_default())
    })
}

/// Puts the French help texts in the place of the English ones.
fn french(mut command: clap::Command) -> clap::Command {
    for (name, arg, text) in FRENCH_HELP {
        let apply = |command: clap::Command| match *arg {
            "" => command.about(*text),
            arg => command.mut_arg(arg, |arg| arg.help(*text)),
        };
        command = match *name {
            "" => apply(command),
            name => command.mut_subcommand(name, apply),
        };
    }
    command
}

fn wrong_use(error: &clap::Error, args: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // Help and version were asked for.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if args.iter().any(|arg| arg == "--json") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        print_error("usage", message, "see --help");
    } else {
        let _ = error.print();
    }
    ExitCode::from(2)
}

fn report(refusal: &Refusal, language: Language, json: bool) {
    let told = words::refusal(language, refusal);
    if json {
        print_error(refusal.code(), &told.message, &told.hint);
        return;
    }
    let (error, hint) = (words::error_title(language), words::hint_title(language));
    let text = format!("{error}: {}\n{hint}: {}\n", told.message, told.hint);
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn print_error(code: &str, message: &str, hint: &str) {
    let error = json!({ "error": { "code": code, "message": message, "hint": hint } });
    let _ = writeln!(std::io::stderr(), "{error}");
}

#[cfg(test)]
mod tests;
