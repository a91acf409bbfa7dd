//! What people read: one message file per language, `fr.txt` and `en.txt`, a
//! line per key.
//!
//! Plain tables: two languages, no plural beyond what "(s)" avoids, and codes
//! of the core are keys as they are, so a test can say that none is without
//! words. A message library would add a syntax, and failures while running.
//!
//! **Invariant**: both files have the same keys, in order (tested), and every
//! code that core, guard and transport can give has words.

mod help;

use std::{collections::BTreeMap, sync::LazyLock};

pub use help::FRENCH as FRENCH_HELP;

/// A language of the screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Français
    #[default]
    Fr,
    /// English
    En,
}

/// The words of one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Words(pub Language);

impl Language {
    /// The language of a locale such as `en_GB.UTF-8`; French for the others.
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("en") {
            Self::En
        } else {
            Self::Fr
        }
    }
}

type Table = BTreeMap<&'static str, &'static str>;

static FRENCH: LazyLock<Table> = LazyLock::new(|| lines(include_str!("words/fr.txt")).collect());
static ENGLISH: LazyLock<Table> = LazyLock::new(|| lines(include_str!("words/en.txt")).collect());

/// The lines of a message file: `key = text`, and comments.
fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(" = "))
}

impl Words {
    fn table(self) -> &'static Table {
        match self.0 {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
        }
    }

    /// The words of a key; `None` where there are none.
    pub fn find(self, key: &str) -> Option<&'static str> {
        self.table().get(key).copied()
    }

    /// The words of a key of this program.
    pub fn say(self, key: &'static str) -> &'static str {
        self.find(key).unwrap_or(key)
    }

    /// The words of a value that has a stable name: `of("status", "done")`.
    pub fn of<'a>(self, group: &str, name: &'a str) -> &'a str {
        self.find(&format!("{group}.{name}")).unwrap_or(name)
    }

    /// The words of a key with `{}` filled in, in order.
    pub fn fill(self, key: &'static str, values: &[&dyn std::fmt::Display]) -> String {
        let mut parts = self.say(key).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values) {
            text.push_str(&value.to_string());
            text.push_str(part);
        }
        text
    }
}

#[cfg(test)]
mod tests;
