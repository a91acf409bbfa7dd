//! Goal: a script can rely on `ronde`: JSON on stdout, errors on stderr, exit
//! codes. Method: the program itself against a real relay on a socket.

#![expect(clippy::unwrap_used, reason = "a test may fail anywhere in its file")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use ronde_core::model::Role;
use ronde_tests::{LocalRelay, TestWorld};
use serde_json::Value;

struct Terminal {
    home: PathBuf,
}

impl Terminal {
    fn at(folder: &Path, name: &str) -> Self {
        Self {
            home: folder.join(name),
        }
    }

    fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_ronde"))
            .arg("--home")
            .arg(&self.home)
            .args(["--json", "--lang", "en"])
            .args(line.split('|').map(str::trim))
            .env_remove("RONDE_HOME")
            .output()
            .unwrap()
    }

    /// What a command answers.
    fn answer(&self, line: &str) -> Value {
        let output = self.run(line);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{line}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The exit code and the stable code of an error; stdout must be empty.
    fn refused(&self, line: &str) -> (i32, String) {
        let output = self.run(line);
        assert!(output.stdout.is_empty(), "{line}: an error wrote to stdout");
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        let code = error["error"]["code"].as_str().unwrap().to_owned();
        assert!(!error["error"]["message"].as_str().unwrap().is_empty());
        (output.status.code().unwrap(), code)
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_order_made_offline_gets_its_number_and_reaches_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(1));
    let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
    let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;
    let ben = relay.person("NORD", "Ben", &[Role::Supervisor]).await;
    let (left, right) = (
        Terminal::at(folder.path(), "ana"),
        Terminal::at(folder.path(), "ben"),
    );
    let enrol = |code: String| format!("enrol|{}|{code}", relay.url());
    let enrolled = left.answer(&enrol(relay.code("NORD", ana)));
    assert_eq!(enrolled["site_code"], "NORD");
    right.answer(&enrol(relay.code("NORD", ben)));
    left.answer("sync");

    let made = left.answer("ot|new|Fuite pompe|--priority|p1|--due|2026-12-01|--assign|me");
    assert_eq!(made["number"], Value::Null);
    assert_eq!(made["pending"], 1);
    let name = made["provisional"].as_str().unwrap();
    assert!(name.starts_with("P-"), "{name}");
    let why = left.answer("why");
    assert_eq!(why[0]["code"], "not_sent");
    assert_eq!(why[0]["explanation"], "not sent yet: run \"ronde sync\"");
    let synced = left.answer("sync");
    for key in [
        "pushed",
        "pulled",
        "left",
        "refused",
        "round_trips",
        "bytes_up",
        "bytes_down",
        "documents_loaded",
        "complete",
    ] {
        assert!(keys(&synced).contains(&key), "sync lacks {key}");
    }
    assert_eq!(
        (&synced["pushed"], &synced["complete"]),
        (&1.into(), &true.into())
    );

    right.answer("sync");
    let list = right.answer("ot|list");
    assert_eq!(list[0]["title"], "Fuite pompe");
    assert_eq!(list[0]["id"], made["id"]);
    let number = list[0]["number"].as_str().unwrap().to_owned();
    assert!(number.starts_with("OT-"), "{number}");
    right.answer(&format!("ot|cancel|{number}|doublon"));
    let page = right.answer(&format!("ot|show|{number}"));
    assert_eq!(page["status"], "cancelled");
    for key in [
        "checklists",
        "executions",
        "interventions",
        "movements",
        "alerts",
        "history",
        "conflicts",
    ] {
        assert!(page[key].is_array(), "ot show lacks {key}");
    }
    right.answer("sync");
    left.answer("sync");
    assert_eq!(left.answer("ot|list"), Value::Array(Vec::new()));
    let digest = |terminal: &Terminal| terminal.answer("status")["digest"].clone();
    assert_eq!(digest(&left), digest(&right));
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn exit_codes_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(TestWorld::new(2));
    let relay = LocalRelay::start(&folder.path().join("relay"), &world).await;
    let ana = relay.person("NORD", "Ana", &[Role::Technician]).await;
    let terminal = Terminal::at(folder.path(), "ana");

    assert_eq!(terminal.refused("ot|list"), (3, "not_enrolled".into()));
    assert_eq!(terminal.refused("dance"), (2, "command_unknown".into()));
    let wrong = format!("enrol|{}|AAAA-AAAA-AAAA", relay.url());
    assert_eq!(terminal.refused(&wrong).0, 5);
    let code = relay.code("NORD", ana);
    terminal.answer(&format!(
        "enrol|{}/enrol#site=NORD&code={code}",
        relay.url()
    ));
    assert_eq!(terminal.refused(&wrong), (1, "enrolled".into()));
    assert_eq!(terminal.refused("ot|show|OT-9"), (1, "not_found".into()));
    assert_eq!(terminal.refused("ot|hold|OT-9"), (1, "not_found".into()));
    terminal.answer("ot|new|Fuite");
    assert_eq!(
        terminal.refused("ot|hold|P-"),
        (2, "argument_missing".into())
    );
    relay.stop().await;

    assert_eq!(terminal.refused("sync"), (4, "unreachable".into()));
    assert_eq!(terminal.answer("status")["pending"], 1);
    assert_eq!(terminal.answer("why")[0]["code"], "unreachable");
}
