//! Goal: the shape DESIGN.md and ARCHITECTURE.md promise is the shape on disk.
//! Method: the sources are read as text; what breaks a rule is listed, all at once.

use ronde_tests::source::{Source, sources, text};
use sha2::{Digest, Sha256};

/// Most lines of code in one file; comments and blank lines are free.
const CODE_LINES_MAX: usize = 500;

/// Layers of the core, lowest first. A module may name its own layer and lower.
const LAYERS: [&[&str]; 4] = [
    &["model", "clock", "error"],
    &["document", "wire", "guard", "schedule", "alert"],
    &["store", "sync"],
    &["replica", "transport"],
];

/// What the session may name of the store beside it: plain values, no reading
/// or writing.
const PLAIN: [&str; 1] = ["store::outbox::Waiting"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "common", "manager", "service"];

/// What no program may hold.
const BANNED: [&str; 6] = [
    "todo!",
    "unimplemented!",
    "dbg!",
    "#[ignore",
    "thread::sleep",
    ".unwrap()",
];

/// What not even a test may hold: such a test waits, or never runs.
const BANNED_IN_TESTS: [&str; 5] = [
    "todo!",
    "unimplemented!",
    "dbg!",
    "#[ignore",
    "thread::sleep",
];

fn nothing(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n{}", broken.join("\n"));
}

fn words_of(source: &Source, words: &[&str]) -> Vec<String> {
    let lines = source.code.lines().enumerate();
    let found = lines.flat_map(|(n, line)| {
        let found = words.iter().filter(move |word| line.contains(**word));
        found.map(move |word| format!("{}:{} {word}", source.path, n + 1))
    });
    found.collect()
}

#[test]
fn the_sources_are_found() {
    let all = sources();

    let core = |it: &&Source| it.path.starts_with("core/src/");
    assert!(all.iter().filter(core).count() > 50, "{} files", all.len());
    assert!(
        all.iter()
            .any(|it| it.path == "tests/tests/tidy.rs" && it.is_test)
    );
    assert!(
        all.iter()
            .any(|it| it.path == "core/src/wire.rs" && it.is_program())
    );
    assert!(
        all.iter()
            .any(|it| it.path == "core/src/wire/tests.rs" && it.is_test)
    );
}

#[test]
fn arrows_of_the_core_point_down_only() {
    let layer_of = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut broken = Vec::new();
    let mut arrows = 0;
    for source in sources() {
        if !source.path.starts_with("core/src/") || source.is_test || source.module().is_empty() {
            continue;
        }
        let module = source.module()[0];
        let Some(own) = layer_of(module) else {
            broken.push(format!("{}: {module} has no layer", source.path));
            continue;
        };
        for path in source.crate_paths() {
            // Macros and re-exports of the root belong to the lowest layer.
            let Some(other) = layer_of(&path[0]) else {
                continue;
            };
            let named = path.join("::");
            arrows += 1;
            let plain = PLAIN.contains(&&*named);
            let beside = (module == "sync" && path[0] == "store" && !plain)
                || (module == "store" && path[0] == "sync");
            if other > own || beside {
                broken.push(format!("{} (L{own}) names {named} (L{other})", source.path));
            }
        }
    }

    nothing(&broken, "a module names a higher layer");
    assert!(arrows > 200, "only {arrows} names found");
}

#[test]
fn the_core_knows_no_screen_and_no_server() {
    let manifest = text("core/Cargo.toml");
    for foreign in ["uniffi", "axum", "hyper", "askama"] {
        assert!(!manifest.contains(foreign), "core/Cargo.toml: {foreign}");
    }
    let broken = sources()
        .iter()
        .filter(|it| it.path.starts_with("core/"))
        .flat_map(|it| words_of(it, &["uniffi", "axum"]))
        .collect::<Vec<_>>();

    nothing(&broken, "the core names what is above it");
}

#[test]
fn no_file_is_called_after_nothing() {
    let mut broken = Vec::new();
    for source in sources() {
        let mut parts: Vec<_> = source.path.trim_end_matches(".rs").split('/').collect();
        let name = parts.pop().unwrap_or_default();
        if name == "mod" || parts.last() == Some(&name) && name != "tests" {
            broken.push(format!(
                "{}: `foo.rs` and `foo/`, never mod.rs or foo/foo.rs",
                source.path
            ));
        }
        if EMPTY_NAMES.contains(&name) || parts.iter().any(|part| EMPTY_NAMES.contains(part)) {
            broken.push(format!("{}: the name says nothing", source.path));
        }
    }

    nothing(&broken, "files and folders are nouns");
}

#[test]
fn no_file_is_too_long() {
    let long = |it: &Source| {
        let lines = it.code_lines();
        (lines > CODE_LINES_MAX).then(|| format!("{}: {lines} lines of code", it.path))
    };
    let broken = sources().iter().filter_map(long).collect::<Vec<_>>();

    nothing(&broken, "past 500 lines there is a second noun inside");
}

#[test]
fn every_module_says_why_it_is_there() {
    let silent = |it: &&Source| {
        let test_of_a_file = it.is_test && it.path.contains("/src/");
        !test_of_a_file && !it.text.starts_with("//! ")
    };
    let broken = sources()
        .iter()
        .filter(silent)
        .map(|it| it.path.clone())
        .collect::<Vec<_>>();

    nothing(
        &broken,
        "a file begins with `//!`: purpose, invariant, pointer",
    );
}

#[test]
fn nothing_is_left_undone_waited_for_or_unwrapped() {
    let broken = sources()
        .iter()
        .flat_map(|it| {
            let banned: &[&str] = if it.is_test {
                &BANNED_IN_TESTS
            } else {
                &BANNED
            };
            words_of(it, banned)
        })
        .collect::<Vec<_>>();

    nothing(&broken, "words that do not belong here");
}

#[test]
fn nothing_is_unsafe() {
    let blocks = [
        "unsafe {",
        "unsafe fn",
        "unsafe impl",
        "unsafe trait",
        "unsafe extern",
    ];
    let broken = sources()
        .iter()
        .flat_map(|it| words_of(it, &blocks))
        .collect::<Vec<_>>();

    nothing(&broken, "unsafe code");
    assert!(text("Cargo.toml").contains("unsafe_code = \"deny\""));
}

#[test]
fn the_wire_is_documented_as_it_is() {
    let sources = ["", "/cursor", "/envelope", "/measure"];
    let mut hasher = Sha256::new();
    for source in sources {
        hasher.update(text(&format!("core/src/wire{source}.rs")));
    }
    let hash = hasher
        .finalize()
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));

    let page = text("core/docs/wire.md");
    assert!(
        page.contains(&format!("`{hash}`")),
        "core/src/wire changed: read core/docs/wire.md again, then write there {hash}"
    );
    for line in text("core/docs/wire-vectors.txt").lines() {
        let (name, _) = line.split_once(' ').unwrap();
        assert!(
            page.contains(&format!("**`{name}`**")),
            "{name} is not explained"
        );
    }
}
