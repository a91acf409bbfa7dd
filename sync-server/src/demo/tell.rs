//! How the story is told: a line at a time, in one of two languages.
//!
//! **Invariant**: nothing is decided here.

use std::{io::IsTerminal, path::Path, time::Duration};

use crate::words::Language;

/// Between two lines, where a person reads along.
const PAUSE: Duration = Duration::from_millis(350);

/// Tells lines.
#[derive(Clone, Copy, Debug)]
pub struct Teller {
    language: Language,
    live: bool,
}

impl Teller {
    /// A teller to standard output.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            live: std::io::stdout().is_terminal(),
        }
    }

    /// One of two texts.
    pub fn pick<'a>(&self, french: &'a str, english: &'a str) -> &'a str {
        match self.language {
            Language::Fr => french,
            Language::En => english,
        }
    }

    /// A new chapter.
    pub async fn chapter(&self, french: &str, english: &str) {
        let title = self.pick(french, english);
        match self.live {
            true => println!("\n\u{1b}[1m{title}\u{1b}[0m"),
            false => println!("\n{title}"),
        }
        self.pause().await;
    }

    /// Something somebody does.
    pub async fn line(&self, who: &str, french: &str, english: &str) {
        println!("  {who:<9} {}", self.pick(french, english));
        self.pause().await;
    }

    async fn pause(&self) {
        if self.live {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// What to type to take part.
pub(super) fn how_to_join(teller: Teller, url: &str, code: &str, folder: &Path) {
    let ronde = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.parent()?.join("ronde")))
        .filter(|path| path.exists())
        .map_or_else(|| "ronde".to_owned(), |path| path.display().to_string());
    println!(
        "\n{}\n",
        teller.pick(
            "Le relais continue. Dans un autre terminal :",
            "The relay goes on. In another terminal:"
        )
    );
    println!("  export RONDE_HOME={}", folder.join("moi").display());
    println!("  {ronde} enrol {url} {code}");
    println!("  {ronde} sync && {ronde} today");
    println!("  {ronde} ot list\n");
    println!("{}", teller.pick("Ctrl-C pour arrêter.", "Ctrl-C to stop."));
}
