//! Where a command runs: its folder, its language, who reads its answer.
//!
//! **Invariant**: questions are asked only where a person is at both ends;
//! colour is for terminals, and only without `NO_COLOR`.

use std::{ffi::OsString, io::IsTerminal, path::PathBuf, sync::Arc};

use ronde_core::{clock::System, replica::Replica};

use crate::{
    cli::Cli,
    fault::Fault,
    words::{Language, Words},
};

/// What the process finds around it.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// `LC_ALL`, `LC_MESSAGES` or `LANG`, the first that is set.
    pub locale: String,
    /// Where programs keep their data.
    pub data: Option<PathBuf>,
    /// True when a person is at stdin and stdout.
    pub interactive: bool,
    /// True when stdout may have colours.
    pub colour: bool,
    /// True when somebody sees stderr.
    pub watched: bool,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let folder = |name: &str| variable(name).map(PathBuf::from);
        let out = std::io::stdout().is_terminal();
        Self {
            locale: ["LC_ALL", "LC_MESSAGES", "LANG"]
                .into_iter()
                .find_map(variable)
                .unwrap_or_default(),
            data: folder("XDG_DATA_HOME")
                .or_else(|| folder("HOME").map(|home| home.join(".local/share")))
                .or_else(|| folder("LOCALAPPDATA")),
            interactive: out && std::io::stdin().is_terminal(),
            colour: out && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
            watched: std::io::stderr().is_terminal(),
        }
    }
}

/// Where a command runs.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The device's folder.
    pub home: PathBuf,
    /// Answers for programs.
    pub json: bool,
    /// The language.
    pub words: Words,
    /// A person can be asked.
    pub interactive: bool,
    /// Text may have colours.
    pub colour: bool,
    /// A progress bar would be seen.
    pub watched: bool,
}

impl Setting {
    /// The setting of a command.
    pub fn new(cli: &Cli, around: &Surroundings) -> Result<Self, Fault> {
        let home = cli
            .home
            .clone()
            .or_else(|| around.data.as_ref().map(|data| data.join("ronde")))
            .ok_or_else(|| Fault::Usage("home_missing", String::new()))?;
        let language = cli
            .lang
            .unwrap_or_else(|| Language::of_locale(&around.locale));
        Ok(Self {
            home,
            json: cli.json,
            words: Words(language),
            interactive: around.interactive && !cli.json,
            colour: around.colour && !cli.json,
            watched: around.watched && !cli.json,
        })
    }

    /// Opens the replica, and says what was salvaged of a damaged one.
    pub fn open(&self) -> Result<Replica, Fault> {
        let replica = Replica::open(&self.home, Arc::new(System))?;
        if let Some(salvage) = replica.salvaged() {
            let aside = salvage.set_aside.display();
            let told = self.words.fill("salvaged", &[&aside, &salvage.unsynced]);
            crate::fault::complain(&format!("{told}\n"));
        }
        Ok(replica)
    }
}

/// `--json` and the language, read by hand: the errors of reading the command
/// line need them too.
pub fn early(args: &[OsString], around: &Surroundings) -> (bool, Words) {
    let texts: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let json = texts.iter().any(|text| text == "--json");
    let asked = texts.iter().enumerate().find_map(|(index, text)| {
        let value = match text.strip_prefix("--lang=") {
            Some(value) => value,
            None if text == "--lang" => texts.get(index + 1)?,
            None => return None,
        };
        match value {
            "fr" => Some(Language::Fr),
            "en" => Some(Language::En),
            _ => None,
        }
    });
    let language = asked.unwrap_or_else(|| Language::of_locale(&around.locale));
    (json, Words(language))
}
