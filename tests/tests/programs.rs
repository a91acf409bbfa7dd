//! Goal: the two programs together keep every promise a person relies on.
//! Method: `ronde-server` and `ronde` started for real, in folders of their own.

use std::{fs, path::Path};

use ronde_tests::program::{RelayProcess, Said, Terminal, server};
use serde_json::{Value, json};
use tempfile::TempDir;

struct Plant {
    folder: TempDir,
    relay: RelayProcess,
}

impl Plant {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("relay");
        let made = [
            "init",
            "--data",
            data.to_str().unwrap(),
            "--site",
            "NORD",
            "--name",
            "Usine Nord",
        ];
        server(&[&made[..], &["--time-zone", "Europe/Paris"]].concat()).json();
        let relay = RelayProcess::start(&data, "127.0.0.1:0");
        Self { folder, relay }
    }

    fn data(&self) -> String {
        self.folder
            .path()
            .join("relay")
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn admin(&self, arguments: &[&str]) -> Said {
        let data = self.data();
        server(&[arguments, &["--data", &data]].concat())
    }

    fn home(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn enrol(&self, name: &str, roles: &str) -> Terminal {
        let code = self
            .admin(&["code", "--site", "NORD", "--person", name, "--roles", roles])
            .json();
        let terminal = Terminal::new(&self.home(name));
        terminal.json(&["enrol", &self.relay.url, code["code"].as_str().unwrap()]);
        terminal.json(&["sync"]);
        terminal
    }

    /// Stops the relay and starts it again in the same place.
    fn restart(&mut self, meanwhile: impl FnOnce(&Self)) {
        let address = self.relay.address().to_owned();
        assert_eq!(self.relay.stop(), Some(0));
        meanwhile(self);
        self.relay = RelayProcess::start(self.data().as_ref(), &address);
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn titles(terminal: &Terminal) -> Vec<String> {
    let orders = terminal.json(&["ot", "list", "--all"]);
    let mut titles: Vec<_> = orders
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

fn digest(terminal: &Terminal) -> Value {
    terminal.json(&["status"])["digest"].clone()
}

/// Everybody syncs until all have heard of everything.
fn meet(terminals: &[&Terminal]) {
    for _ in 0..3 {
        for terminal in terminals {
            terminal.json(&["sync"]);
        }
    }
    let first = digest(terminals[0]);
    assert!(terminals.iter().all(|terminal| digest(terminal) == first));
}

#[test]
fn five_thousand_real_orders_reach_two_terminals_and_their_work_meets() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/excavators.csv");
    if !file.exists() {
        println!("skipped: {} is not here", file.display());
        return;
    }
    let plant = Plant::new();
    let imported = plant
        .admin(&[
            "import",
            "work_orders",
            file.to_str().unwrap(),
            "--site",
            "NORD",
        ])
        .json();
    assert_eq!(imported["rows"], 5_485);
    assert_eq!(imported["errors"], json!([]));
    let (ana, ben) = (
        plant.enrol("Ana", "technician"),
        plant.enrol("Ben", "technician"),
    );
    assert_eq!(titles(&ana).len(), 5_485);
    let orders = ana.json(&["ot", "list", "--limit", "2"]);
    let (one, two) = (
        orders[0]["number"].as_str().unwrap(),
        orders[1]["number"].as_str().unwrap(),
    );

    ana.json(&["ot", "start", one]);
    ana.json(&["ot", "comment", two, "vu par Ana"]);
    ben.json(&["ot", "start", one]);
    ben.json(&["ot", "comment", two, "vu par Ben"]);
    ben.json(&["ot", "new", "Godet fendu", "--equipment", "A"]);
    meet(&[&ana, &ben]);

    let shown = ana.json(&["ot", "show", two]);
    assert_eq!(shown["comments"].as_array().unwrap().len(), 2);
    assert_eq!(
        ana.json(&["ot", "show", one])["interventions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let idle = ana.json(&["sync"]);
    assert_eq!(
        (&idle["round_trips"], &idle["documents_loaded"]),
        (&json!(1), &json!(0))
    );
    let verified = plant.admin(&["verify"]).json();
    assert_eq!(
        (
            &verified["sites"][0]["chain_ok"],
            &verified["sites"][0]["derived_ok"]
        ),
        (&json!(true), &json!(true))
    );
}

#[test]
fn fault_54_a_relay_restored_from_an_old_backup_is_refilled_by_its_devices() {
    let mut plant = Plant::new();
    let (ana, ben) = (
        plant.enrol("Ana", "technician"),
        plant.enrol("Ben", "technician"),
    );
    ana.json(&["ot", "new", "avant la sauvegarde"]);
    meet(&[&ana, &ben]);
    let backup = plant.home("backup").to_str().unwrap().to_owned();
    plant.admin(&["backup", &backup]).json();
    ana.json(&["ot", "new", "après, par Ana"]);
    ben.json(&["ot", "new", "après, par Ben"]);
    meet(&[&ana, &ben]);
    let numbers = |terminal: &Terminal| {
        let orders = terminal.json(&["ot", "list"]);
        orders
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["number"].to_string())
            .collect::<Vec<_>>()
    };
    let before = numbers(&ana);

    plant.restart(|plant| {
        let (data, backup) = (plant.data(), backup.clone());
        server(&["restore", &backup, "--data", &data, "--force"]).json();
    });
    ana.json(&["ot", "new", "depuis la restauration"]);
    meet(&[&ana, &ben]);

    assert_eq!(titles(&ana).len(), 4);
    assert_eq!(titles(&ana), titles(&ben));
    let after = numbers(&ben);
    assert!(
        before.iter().all(|number| after.contains(number)),
        "{before:?} {after:?}"
    );
    let mut once = after.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), 4, "a number was given twice: {after:?}");
    assert_eq!(ana.json(&["status"])["pending"], 0);
    plant.admin(&["verify"]).json();
}

#[test]
fn fault_15_a_home_copied_to_a_second_machine_loses_nothing() {
    let plant = Plant::new();
    let ana = plant.enrol("Ana", "technician");
    ana.json(&["ot", "new", "commun"]);
    ana.json(&["sync"]);
    copy_folder(&ana.home, &plant.home("copie"));
    let copy = Terminal::new(&plant.home("copie"));
    let order = ana.json(&["ot", "list"])[0]["number"]
        .as_str()
        .unwrap()
        .to_owned();

    for (terminal, says) in [(&ana, "l'original"), (&copy, "la copie")] {
        terminal.json(&["ot", "comment", &order, says]);
        terminal.json(&["ot", "new", says]);
    }
    meet(&[&ana, &copy]);

    assert_eq!(titles(&ana), ["commun", "l'original", "la copie"]);
    let comments = ana.json(&["ot", "show", &order])["comments"].clone();
    assert_eq!(comments.as_array().unwrap().len(), 2);
    assert_eq!(ana.json(&["why"]), json!([]));
    assert_eq!(copy.json(&["why"]), json!([]));
}

#[test]
fn fault_80_81_what_a_person_may_no_longer_send_is_kept_and_taken_later() {
    let plant = Plant::new();
    let (ana, ben) = (
        plant.enrol("Ana", "technician"),
        plant.enrol("Ben", "technician"),
    );
    ana.json(&["ot", "new", "partagé"]);
    meet(&[&ana, &ben]);

    // Revoked: nothing is taken, nothing is lost.
    let device = ana.json(&["status"])["device"].as_str().unwrap().to_owned();
    plant.admin(&["revoke", &device]).json();
    ana.json(&["ot", "new", "pendant l'exclusion"]);
    let refused = ana.run(&["sync"]);
    assert_eq!(refused.code, Some(5));
    assert_eq!(refused.error()["error"]["code"], "revoked");
    let why = ana.json(&["why"]);
    assert_eq!(
        (&why[0]["code"], &why[0]["title"]),
        (&json!("revoked"), &json!("pendant l'exclusion"))
    );
    assert!(!why[0]["explanation"].as_str().unwrap().is_empty());
    plant.admin(&["reinstate", &device]).json();
    assert_eq!(ana.json(&["sync"])["pushed"], 1);

    // Without the role: refused by the relay, kept aside on both sides.
    plant
        .admin(&[
            "roles", "--site", "NORD", "--person", "Ana", "--roles", "reader",
        ])
        .json();
    ana.json(&["ot", "new", "sans le rôle"]);
    let report = ana.json(&["sync"]);
    assert_eq!(report["refused"], 1);
    let why = ana.json(&["why"]);
    assert_eq!(why[0]["title"], "sans le rôle");
    assert_eq!(ana.json(&["status"])["refused"], 1);
    ben.json(&["sync"]);
    assert!(!titles(&ben).contains(&"sans le rôle".to_owned()));

    plant
        .admin(&[
            "roles",
            "--site",
            "NORD",
            "--person",
            "Ana",
            "--roles",
            "technician",
        ])
        .json();
    meet(&[&ana, &ben]);
    assert!(titles(&ben).contains(&"sans le rôle".to_owned()));
    assert_eq!(ana.json(&["why"]), json!([]));
    assert_eq!(ana.json(&["status"])["refused"], 0);
}

#[test]
fn wrong_use_is_told_in_words_and_ends_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let terminal = Terminal::new(folder.path());

    for arguments in [
        &["ot", "shwo"][..],
        &["enrol"],
        &["ot", "list", "--nope"],
        &["frobnicate"],
    ] {
        let said = terminal.run(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.err);
        let error = said.error();
        assert!(!error["error"]["message"].as_str().unwrap().is_empty());
        assert!(
            said.out.is_empty() && !said.err.contains("panicked"),
            "{}",
            said.err
        );
    }
    assert_eq!(terminal.run(&["today"]).code, Some(3));
    for arguments in [
        &["serve"][..],
        &["import", "cats", "x.csv"],
        &["frobnicate"],
    ] {
        let said = server(arguments);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.err);
        assert!(said.error()["error"]["message"].is_string());
    }
    let unreachable = terminal.run(&["enrol", "http://127.0.0.1:1", "K7QF-2MXD-9PLT"]);
    assert_eq!(unreachable.code, Some(4), "{}", unreachable.err);
    assert_eq!(unreachable.error()["error"]["code"], "unreachable");
}
