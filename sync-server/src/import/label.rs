//! Words as people write them: headers and enumeration labels, in French and English.
//!
//! **Invariant**: two spellings that differ only by case, accents, spaces or punctuation are the
//! same word. `Échéance`, `echeance` and `ÉCHÉANCE :` are one.
//!
//! Each kind's file holds its own labels.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The letters and digits of a word, without case or accents.
fn folded(word: &str) -> impl Iterator<Item = char> {
    let letters = word.nfd().filter(|c| !is_combining_mark(*c));
    let spelled = letters.flat_map(|c| match c {
        'œ' | 'Œ' => ['o', 'e'].into_iter().take(2),
        'æ' | 'Æ' => ['a', 'e'].into_iter().take(2),
        _ => [c, c].into_iter().take(1),
    });
    spelled
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric())
}

/// Whether two spellings are one word.
pub(super) fn same_word(left: &str, right: &str) -> bool {
    left == right || folded(left).eq(folded(right))
}

/// An enumeration that a file spells in words.
pub(super) trait Labelled: Copy + 'static {
    /// Each value with its labels: the French one first, the English one second, then others.
    const LABELS: &'static [(Self, &'static [&'static str])];

    /// The value a word stands for.
    fn from_label(word: &str) -> Option<Self> {
        // Most cells are spelled exactly; folding every label for each of them is what would cost.
        let find = |same: &dyn Fn(&str) -> bool| {
            let known = |(_, labels): &&(Self, &[&str])| labels.iter().any(|label| same(label));
            Self::LABELS.iter().find(known).map(|(value, _)| *value)
        };
        find(&|label| label == word).or_else(|| find(&|label| same_word(label, word)))
    }

    /// What may be written, for an error message.
    fn accepted() -> String {
        let first_two = |(_, labels): &(Self, &'static [&'static str])| {
            let shown: Vec<&str> = labels.iter().take(2).copied().collect();
            shown.join(" / ")
        };
        let each: Vec<String> = Self::LABELS.iter().map(first_two).collect();
        each.join(", ")
    }
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Yes,
    No,
}

impl Labelled for Flag {
    const LABELS: &'static [(Self, &'static [&'static str])] = &[
        (
            Self::Yes,
            &["oui", "yes", "o", "y", "vrai", "true", "1", "x"],
        ),
        (Self::No, &["non", "no", "n", "faux", "false", "0"]),
    ];
}
