//! The program as administrators meet it: processes, exit codes, signals.

#![expect(clippy::unwrap_used, reason = "every helper here is part of a test")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ronde-server");

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(args)
        .env_remove("RONDE_DATA")
        .env("LC_ALL", "C")
        .stdin(Stdio::null());
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    let data = data.to_str().unwrap();
    let mut all = args.to_vec();
    all.extend(["--data", data, "--json"]);
    program(&all).output().unwrap()
}

fn answer(data: &Path, args: &[&str]) -> Value {
    let output = run(data, args);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The exit code and the error's code.
fn refusal(data: &Path, args: &[&str]) -> (i32, String) {
    let output = run(data, args);
    let told = String::from_utf8_lossy(&output.stderr);
    let error: Value = serde_json::from_str(told.trim()).unwrap_or_else(|_| panic!("{told}"));
    for part in ["message", "hint"] {
        let words = error["error"][part].as_str().unwrap();
        assert!(!words.is_empty(), "{told}");
    }
    let code = error["error"]["code"].as_str().unwrap();
    (output.status.code().unwrap(), code.to_owned())
}

const INIT: &[&str] = &[
    "init",
    "--site",
    "NORD",
    "--name",
    "Nord",
    "--time-zone",
    "Europe/Paris",
];
const CODE: &[&str] = &[
    "code",
    "--person",
    "Ana Zyxwvut",
    "--roles",
    "technician,storekeeper",
];

struct Serving {
    child: Child,
    address: String,
}

fn serve(data: &Path) -> Serving {
    let data = data.to_str().unwrap();
    let mut child = program(&["serve", "--listen", "127.0.0.1:0", "--json", "--data", data])
        .env("RONDE_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let out = child.stdout.take().unwrap();
    BufReader::new(out).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap();
    let url = told["listening"].as_str().unwrap();
    let address = url.strip_prefix("http://").unwrap().to_owned();
    Serving { child, address }
}

impl Serving {
    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: r\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let status = text.split(' ').nth(1).unwrap().parse().unwrap();
        let body = text.split("\r\n\r\n").nth(1).unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    /// Sends what no log may repeat: a raw path, a query, a token.
    fn probe(&self, token: &str) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET /secret-path%0Aforged?code=secret-query HTTP/1.1\r\nhost: r\r\n\
             connection: close\r\nauthorization: Bearer {token}\r\n\r\n"
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    }

    /// Asks it to stop, as systemd does; returns what it logged.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut logged = String::new();
        let mut pipe = self.child.stderr.take().unwrap();
        pipe.read_to_string(&mut logged).unwrap();
        assert!(self.child.wait().unwrap().success());
        logged
    }
}

#[test]
fn commands_work_with_and_without_a_running_relay() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(answer(&data, INIT)["site"], "NORD");
    assert!(answer(&data, CODE)["code"].is_string());
    assert_eq!(answer(&data, &["devices"]), json!([]));

    let serving = serve(&data);
    let code = answer(&data, CODE);
    let application = json!({
        "code": code["code"], "device_name": "Poste", "device": uuid::Uuid::from_u128(1),
        "incarnation": uuid::Uuid::from_u128(2),
    });
    let (status, enrolled) = serving.post("/v1/enrol", &application);
    assert_eq!(status, 200, "{enrolled}");
    assert_eq!(enrolled["roles"], json!(["technician", "storekeeper"]));
    let devices = answer(&data, &["devices"]);
    assert_eq!(devices[0]["name"], "Poste");
    assert_eq!(devices[0]["person_name"], "Ana Zyxwvut");
    let revoked = answer(&data, &["revoke", "Poste"]);
    assert!(revoked["revoked_at"].is_string());
    assert!(answer(&data, &["reinstate", "Poste"])["revoked_at"].is_null());
    // Two entries: the documents of the site and of the person a code was made
    // for.
    let verified = answer(&data, &["verify"]);
    assert_eq!(verified["sites"][0]["head_seq"], 2);
    assert_eq!(verified["sites"][0]["derived_ok"], true);
    let backup = folder.path().join("backup");
    let backup = backup.to_str().unwrap();
    assert_eq!(
        answer(&data, &["backup", backup])["sites"][0]["site"],
        "NORD"
    );
    let second = [
        "init",
        "--site",
        "EST",
        "--name",
        "Est",
        "--time-zone",
        "Europe/Paris",
    ];
    assert_eq!(answer(&data, &second)["site"], "EST");
    assert_eq!(refusal(&data, &["restore", backup]), (1, "in_use".into()));

    let (token, code) = (enrolled["token"].as_str(), code["code"].as_str());
    let (token, code) = (token.unwrap(), code.unwrap());
    serving.probe(token);
    let logged = serving.stop();
    for line in ["/v1/enrol", "404"] {
        assert!(logged.contains(line), "{line} in {logged}");
    }
    let plain = code.replace('-', "");
    for secret in ["Zyxwvut", "Poste", "secret", "forged", token, code, &plain] {
        assert!(!logged.contains(secret), "{secret} in {logged}");
    }
    assert!(!data.join("control.sock").exists());
    assert_eq!(refusal(&data, &["restore", backup]), (1, "exists".into()));
    let restored = answer(&data, &["restore", backup, "--force"]);
    assert_eq!(restored[0]["site"], "NORD");
}

#[test]
fn a_file_is_imported_whole_or_not_at_all_with_and_without_a_running_relay() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    answer(&data, INIT);
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let head = |data: &Path| {
        let verified = answer(data, &["verify"]);
        assert_eq!(verified["sites"][0]["derived_ok"], true);
        verified["sites"][0]["head_seq"].clone()
    };
    let machines = file("m.csv", "Code;Nom;Teinte\nM-1;Pompe;bleu\nM-2;Moteur;\n");
    let orders = file("o.csv", "Objet libre;Repère\nFuite;M-1\nBruit;M-3\n");
    let wrong = file("w.csv", "Code;Nom;Parent\nM-4;Frein;M-9\n");
    let import = ["import", "equipment", &machines];

    let dry = answer(&data, &[&import[..], &["--dry-run"]].concat());
    assert_eq!(
        (&dry["created"], &dry["dry_run"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(head(&data), 1);
    let done = answer(&data, &import);
    assert_eq!(
        (&done["created"], &done["ignored"]),
        (&json!(2), &json!(["Teinte"]))
    );

    let serving = serve(&data);
    assert_eq!(answer(&data, &import)["created"], 0);
    let map = ["--map", "title=Objet libre", "--site", "NORD"];
    let import = [&["import", "work_orders", &orders], &map[..]].concat();
    let done = answer(&data, &import);
    assert_eq!((&done["rows"], &done["created"]), (&json!(2), &json!(3)));
    let refused = run(&data, &["import", "equipment", &wrong]);
    assert_eq!(refused.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!(told["created"], 0);
    let error = json!({
        "line": 2, "column": "Parent",
        "reason": "there is no equipment `M-9`; import it first",
    });
    assert_eq!(told["errors"], json!([error]));
    assert_eq!(head(&data), 6);
    let no_map = ["import", "parts", &machines, "--map", "name"];
    assert_eq!(refusal(&data, &no_map), (2, "map".into()));
    let nowhere = ["import", "parts", "/nowhere.csv"];
    assert_eq!(refusal(&data, &nowhere), (1, "unread".into()));
    serving.stop();
}

#[test]
fn a_second_relay_on_the_same_data_leaves() {
    let folder = tempfile::tempdir().unwrap();
    answer(folder.path(), INIT);
    let serving = serve(folder.path());

    let second = refusal(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);

    assert_eq!(second, (1, "in_use".into()));
    assert!(answer(folder.path(), &["devices"]).is_array());
    serving.stop();
}

#[test]
fn a_relay_that_was_killed_leaves_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    answer(folder.path(), INIT);
    let mut killed = serve(folder.path());
    killed.child.kill().unwrap();
    killed.child.wait().unwrap();
    assert!(folder.path().join("control.sock").exists());

    assert!(answer(folder.path(), CODE)["code"].is_string());
    let serving = serve(folder.path());

    assert!(answer(folder.path(), &["verify"])["sites"].is_array());
    serving.stop();
}

#[test]
fn wrong_use_is_told_from_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    assert_eq!(refusal(&nowhere, &["devices"]), (1, "no_data".into()));
    assert!(!nowhere.exists());
    let wrong: [&[&str]; 5] = [
        &["dance"],
        &["revoke"],
        &["code", "--person", "Ana", "--roles", "king"],
        &["code", "--person", "Ana"],
        &["devices", "--site", "a/b"],
    ];
    for args in wrong {
        assert_eq!(
            refusal(folder.path(), args),
            (2, "usage".into()),
            "{args:?}"
        );
    }
    answer(folder.path(), INIT);
    assert_eq!(refusal(folder.path(), INIT), (1, "site_taken".into()));
    let taken = refusal(folder.path(), &["serve", "--listen", "256.0.0.1:1"]);
    assert_eq!(taken, (1, "listen".into()));
}

#[test]
fn people_read_their_own_language() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("nowhere");
    let data = data.to_str().unwrap();
    let said = |args: &[&str], locale: &str| {
        let output = program(args).env("LC_ALL", locale).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap()
    };

    let english = said(&["devices", "--data", data], "C");
    let french = said(&["devices", "--data", data], "fr_FR.UTF-8");
    let asked = said(&["devices", "--data", data, "--lang", "fr"], "C");
    let help = said(&["--help"], "fr_FR.UTF-8");

    assert!(
        english.contains("error: there is no relay data"),
        "{english}"
    );
    assert!(english.contains("hint: "), "{english}");
    assert!(
        french.contains("erreur: aucune donnée de relais"),
        "{french}"
    );
    assert_eq!(asked, french);
    assert!(help.contains("Lister les appareils"), "{help}");
}

#[test]
fn a_code_is_shown_to_be_typed_followed_and_scanned() {
    let folder = tempfile::tempdir().unwrap();
    answer(folder.path(), INIT);
    let data = folder.path().to_str().unwrap();
    let mut args = CODE.to_vec();
    args.extend(["--data", data, "--url", "https://relais.example"]);

    let output = program(&args).output().unwrap();

    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("https://relais.example/enrol#site=NORD&code="),
        "{text}"
    );
    assert!(text.contains("██"), "{text}");
}

#[test]
fn the_demo_tells_its_story_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");

    let told = Command::new(env!("CARGO_BIN_EXE_ronde-server"))
        .args([
            "demo",
            "--no-serve",
            "--lang",
            "en",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(&data)
        .output()
        .unwrap();

    let story = String::from_utf8_lossy(&told.stdout);
    assert!(
        told.status.success(),
        "{story}{}",
        String::from_utf8_lossy(&told.stderr)
    );
    for line in ["level -1", "cancelled during execution", "byte for byte"] {
        assert!(story.contains(line), "{line}: {story}");
    }
}
