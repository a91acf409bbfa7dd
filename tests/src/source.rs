//! The sources of this workspace, for the tests that hold their shape.
//!
//! **Invariant**: what is read is what is on disk now; comments, literals and
//! tests are told apart from code, so that a rule about code judges code.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The packages whose sources are held to the rules of programs.
const PROGRAMS: [&str; 5] = [
    "core",
    "sync-server",
    "review",
    "bindings",
    "mobile-shells/terminal",
];

/// One Rust file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its path from the workspace's root.
    pub path: String,
    /// Everything in it.
    pub text: String,
    /// The same, line for line, without comments, literals and inline tests.
    pub code: String,
    /// True when all of it is only built for tests.
    pub is_test: bool,
}

/// The workspace's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file of the workspace.
pub fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

/// Every Rust file of the workspace, in order of its path.
pub fn sources() -> Vec<Source> {
    let root = root();
    let mut paths = Vec::new();
    for folder in PROGRAMS.into_iter().chain(["tests"]) {
        find(&root.join(folder), &mut paths);
    }
    paths.sort();
    let mut sources: Vec<_> = paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let path = path.strip_prefix(&root).unwrap();
            let path = path.to_string_lossy().into_owned();
            let is_test = !PROGRAMS
                .iter()
                .any(|it| path.starts_with(&format!("{it}/src/")));
            Source {
                code: without_inline_tests(&blanked(&text)),
                text,
                path,
                is_test,
            }
        })
        .collect();
    let tests: BTreeSet<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        source.is_test |= tests.iter().any(|it| {
            source.path == format!("{it}.rs") || source.path.starts_with(&format!("{it}/"))
        });
    }
    sources
}

impl Source {
    /// True for a file that becomes part of a program or library.
    pub fn is_program(&self) -> bool {
        !self.is_test
    }

    /// Its module path inside its package: `["store", "views", "stock"]`.
    pub fn module(&self) -> Vec<&str> {
        let (_, inside) = self.path.rsplit_once("src/").unwrap_or(("", &self.path));
        let inside = inside.strip_suffix(".rs").unwrap_or(inside);
        inside
            .split('/')
            .filter(|it| *it != "lib" && *it != "main")
            .collect()
    }

    /// Lines that are neither empty nor comments.
    pub fn code_lines(&self) -> usize {
        let blank = blanked(&self.text);
        blank.lines().filter(|line| !line.trim().is_empty()).count()
    }

    /// The paths it names that begin at the crate's root, without `crate`.
    pub fn crate_paths(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        for (at, _) in self.code.match_indices("crate::") {
            let before = self.code[..at].chars().next_back();
            if before.is_none_or(|it| !it.is_alphanumeric() && it != '_') {
                tree(&self.code[at + 7..], &mut Vec::new(), &mut paths);
            }
        }
        // From a module n deep, n supers reach the root as well.
        let supers = "super::".repeat(self.module().len());
        for (at, _) in self
            .code
            .match_indices(&supers)
            .filter(|_| !supers.is_empty())
        {
            let rest = &self.code[at + supers.len()..];
            if !self.code[..at].ends_with("super::") {
                tree(rest, &mut Vec::new(), &mut paths);
            }
        }
        paths
    }
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "target" {
            find(&path, paths);
        } else if path.extension().is_some_and(|it| it == "rs") {
            paths.push(path);
        }
    }
}

/// Reads one use tree: a path, or braces of such. Returns what follows it.
fn tree<'a>(text: &'a str, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let before = rest.len();
            rest = tree(rest, prefix, paths).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if rest.len() == before {
                return rest;
            }
        }
    }
    let end = text
        .find(|it: char| !it.is_alphanumeric() && it != '_')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    prefix.push(name.to_owned());
    let rest = match rest.strip_prefix("::") {
        Some(deeper) if !deeper.starts_with('<') => tree(deeper, prefix, paths),
        _ => {
            paths.push(prefix.clone());
            let alias = rest.trim_start().strip_prefix("as ").map(str::trim_start);
            alias.map_or(rest, |alias| {
                let end = alias.find([',', '}', ';']).unwrap_or(alias.len());
                &alias[end..]
            })
        }
    };
    prefix.pop();
    rest
}

/// The files of `#[cfg(test)] mod name;`, without their ending.
fn test_modules(source: &Source) -> Vec<String> {
    let stem = source.path.strip_suffix(".rs").unwrap_or(&source.path);
    let folder = stem
        .strip_suffix("/lib")
        .or_else(|| stem.strip_suffix("/main"))
        .unwrap_or(stem);
    let lines: Vec<_> = source.code.lines().map(str::trim).collect();
    lines
        .windows(2)
        .filter(|pair| pair[0].starts_with("#[cfg(test)]"))
        .filter_map(|pair| {
            let name = pair[1].strip_suffix(';')?.rsplit_once("mod ")?.1;
            Some(format!("{folder}/{name}"))
        })
        .collect()
}

/// Inline tests come last in their file, so what follows them is theirs too.
fn without_inline_tests(code: &str) -> String {
    let mut kept = String::with_capacity(code.len());
    let mut lines = code.lines().peekable();
    while let Some(line) = lines.next() {
        let opens = |it: &&str| it.trim_start().starts_with("mod ") && it.trim_end().ends_with('{');
        if line.trim().starts_with("#[cfg(test)]") && lines.peek().is_some_and(opens) {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

/// The text with comments and the inside of literals as spaces.
fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => line_end(&chars, at),
            ('/', Some('*')) => comment_end(&chars, at),
            ('"', _) => string_end(&chars, at),
            ('r', Some('"' | '#')) if !follows_a_word(&chars, at) => raw_end(&chars, at),
            ('\'', _) => char_end(&chars, at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        out.extend(
            chars[at..end]
                .iter()
                .map(|it| if *it == '\n' { '\n' } else { ' ' }),
        );
        // A literal is code: a line that holds nothing else counts.
        if chars[at] != '/' {
            out.pop();
            out.push('"');
        }
        at = end;
    }
    out
}

fn follows_a_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn line_end(chars: &[char], at: usize) -> usize {
    let length = chars[at..].iter().position(|it| *it == '\n');
    length.map_or(chars.len(), |length| at + length)
}

fn comment_end(chars: &[char], at: usize) -> usize {
    let length = chars[at + 2..].windows(2).position(|it| it == ['*', '/']);
    length.map_or(chars.len(), |length| at + length + 4)
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != '"' {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

/// `at` itself where no raw string begins (`r#type` is a name).
fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|it| **it == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return at;
    }
    let closes = |end: &usize| {
        chars[*end] == '"' && chars[end + 1..].iter().take_while(|it| **it == '#').count() >= hashes
    };
    let end = (open + 1..chars.len()).find(closes);
    end.map_or(chars.len(), |end| end + 1 + hashes)
}

/// `at` itself where a lifetime begins.
fn char_end(chars: &[char], at: usize) -> usize {
    match chars.get(at + 1) {
        Some('\\') => {
            let close = chars[at + 3..].iter().position(|it| *it == '\'');
            close.map_or(at, |length| at + 3 + length + 1)
        }
        Some(_) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}
