//! Arguments and words, without a process.

use clap::CommandFactory;

use super::*;

#[test]
fn the_arguments_are_well_formed() {
    Cli::command().debug_assert();
    french(Cli::command()).debug_assert();
}

#[test]
fn every_command_and_argument_has_french_help() {
    let mut wanted = vec![(String::new(), String::new())];
    let root = Cli::command();
    let arguments = |command: &clap::Command| -> Vec<String> {
        let ids = command.get_arguments().map(|arg| arg.get_id().to_string());
        ids.collect()
    };
    wanted.extend(arguments(&root).into_iter().map(|arg| (String::new(), arg)));
    for command in root.get_subcommands() {
        let name = command.get_name().to_owned();
        wanted.push((name.clone(), String::new()));
        let ids = arguments(command).into_iter();
        wanted.extend(ids.map(|arg| (name.clone(), arg)));
    }

    for (command, arg) in wanted {
        let has = FRENCH_HELP
            .iter()
            .any(|(c, a, _)| *c == command && *a == arg);

        assert!(has, "{command} {arg}");
    }
}

#[test]
fn the_language_is_what_is_asked_for() {
    let asked = |args: &[&str]| {
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        language(&args)
    };

    assert_eq!(asked(&["x", "--lang", "fr"]), Language::Fr);
    assert_eq!(asked(&["x", "--lang=en"]), Language::En);
    assert_eq!(Language::of_locale("fr_CA.UTF-8"), Language::Fr);
    assert_eq!(Language::of_locale("C"), Language::En);
}

#[test]
fn a_qr_code_is_drawn_in_half_blocks() {
    let drawn = run::qr("https://relais.example/enrol#site=NORD&code=K7QF-2MXD-9P1T");

    let lines: Vec<_> = drawn.lines().collect();
    assert!(lines.len() > 15);
    let width = lines[0].chars().count();
    assert!(lines.iter().all(|line| line.chars().count() == width));
    // The quiet zone around it is light, as scanners need it.
    assert!(lines[0].chars().all(|c| c == '█'), "{}", lines[0]);
}
