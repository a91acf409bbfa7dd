use super::*;

fn parsed(line: &str) -> Result<Cli, Fault> {
    let args: Vec<OsString> = std::iter::once("ronde")
        .chain(line.split_whitespace())
        .map(OsString::from)
        .collect();
    parse(&args, Words(Language::Fr))
}

fn code(line: &str) -> (&'static str, String, u8) {
    match parsed(line).unwrap_err() {
        fault @ Fault::Usage(..) => {
            let exit = fault.exit();
            let Fault::Usage(code, detail) = fault else {
                unreachable!()
            };
            (code, detail, exit)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_command_line_holds_together() {
    Cli::command().debug_assert();
    command(Words(Language::Fr)).debug_assert();
}

/// Every command and argument below `command`, as help names them.
fn named(command: &clap::Command, path: &str, all: &mut Vec<(String, String, String)>) {
    let about =
        |text: Option<&clap::builder::StyledStr>| text.map_or(String::new(), ToString::to_string);
    all.push((path.to_owned(), String::new(), about(command.get_about())));
    for arg in command.get_arguments() {
        if ["help", "version"].contains(&arg.get_id().as_str()) {
            continue;
        }
        let id = arg.get_id().to_string();
        all.push((path.to_owned(), id, about(arg.get_help())));
    }
    for below in command.get_subcommands() {
        let path = format!("{path} {}", below.get_name());
        named(below, path.trim(), all);
    }
}

#[test]
fn all_help_is_there_in_french() {
    let mut english = Vec::new();
    named(&Cli::command(), "", &mut english);
    let mut french = Vec::new();
    named(&command(Words(Language::Fr)), "", &mut french);

    assert!(english.len() > 150, "only {} texts", english.len());
    let same: Vec<_> = english
        .iter()
        .zip(&french)
        .filter(|((_, _, english), (_, _, french))| english == french)
        .map(|((path, arg, text), _)| (path.as_str(), arg.as_str(), text.as_str()))
        .collect();
    // Words that are the same in both languages.
    let same: Vec<_> = same
        .into_iter()
        .filter(|(.., text)| !matches!(*text, "Cause" | "" | "Description"))
        .collect();
    assert_eq!(same, Vec::new());
}

#[test]
fn wrong_use_is_exit_code_two_with_our_words() {
    assert_eq!(
        code("ot show"),
        ("argument_missing", "<ORDER>".to_owned(), 2)
    );
    assert_eq!(code("ot dance"), ("command_unknown", "dance".to_owned(), 2));
    assert_eq!(
        code("sync --quick"),
        ("argument_unknown", "--quick".to_owned(), 2)
    );
    assert_eq!(
        code("ot list --priority P9"),
        ("value_invalid", "--priority <PRIORITY> P9".to_owned(), 2)
    );
    assert_eq!(code("ot list --due").0, "value_missing");
}

#[test]
fn no_command_is_wrong_use_and_help_is_not() {
    assert_eq!(parsed("").unwrap_err().exit(), 2);
    assert_eq!(parsed("ot").unwrap_err().exit(), 2);
    assert_eq!(parsed("ot --help").unwrap_err().exit(), 0);
    assert_eq!(parsed("--version").unwrap_err().exit(), 0);
}

#[test]
fn options_may_stand_anywhere() {
    let cli = parsed("ot --json list --home /tmp/x --mine").unwrap();

    assert!(cli.json);
    assert_eq!(cli.home, Some("/tmp/x".into()));
    let Command::Ot(OrderCommand::List(args)) = cli.command else {
        panic!("{:?}", cli.command)
    };
    assert!(args.mine);
}

#[test]
fn a_status_is_taken_by_name_and_by_word_of_either_language() {
    for text in ["in_progress", "en-cours", "En_Cours", "in-progress"] {
        let cli = parsed(&format!("ot list --status {text}")).unwrap();
        let Command::Ot(OrderCommand::List(args)) = cli.command else {
            panic!("{text}")
        };
        let status = args
            .status
            .map(ronde_core::document::work_order::Status::name);
        assert_eq!(status, Some("in_progress"), "{text}");
    }
}
