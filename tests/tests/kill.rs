//! Goal: `kill -9` of relay and terminals at random moments loses nothing that
//! was confirmed, leaves no half action, and resumes without help.
//! Method: real programs, real files. `RONDE_CYCLES=300 cargo test --test kill`.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng, rngs::SmallRng};
use ronde_tests::program::{RelayProcess, Terminal, server};
use serde_json::Value;

fn cycles() -> usize {
    std::env::var("RONDE_CYCLES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(300)
}

fn enrol(data: &str, url: &str, name: &str, home: &std::path::Path) -> Terminal {
    let code = server(&[
        "code",
        "--data",
        data,
        "--site",
        "NORD",
        "--person",
        name,
        "--roles",
        "technician",
    ])
    .json();
    let terminal = Terminal::new(home);
    terminal.json(&["enrol", url, code["code"].as_str().unwrap()]);
    terminal
}

fn titles(terminal: &Terminal) -> BTreeSet<String> {
    let orders = terminal.json(&["ot", "list", "--all"]);
    orders
        .as_array()
        .unwrap()
        .iter()
        .map(|order| order["title"].as_str().unwrap().to_owned())
        .collect()
}

/// Syncs until nothing waits on either side.
fn settle(terminal: &Terminal) -> Value {
    for _ in 0..20 {
        let report = terminal.run(&["sync"]);
        if report.code == Some(0) && report.json()["complete"] == true {
            return terminal.json(&["status"]);
        }
    }
    panic!(
        "the terminal does not settle: {:?}",
        terminal.run(&["sync"])
    );
}

#[test]
fn fault_01_26_52_killed_at_random_nothing_confirmed_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("relay");
    let data = data.to_str().unwrap();
    server(&[
        "init",
        "--data",
        data,
        "--site",
        "NORD",
        "--name",
        "Usine Nord",
        "--time-zone",
        "Europe/Paris",
    ])
    .json();
    let mut relay = RelayProcess::start(data.as_ref(), "127.0.0.1:0");
    let address = relay.address().to_owned();
    let terminals: Vec<_> = ["Ana", "Ben"]
        .iter()
        .map(|name| enrol(data, &relay.url, name, &folder.path().join(name)))
        .collect();
    let seed = 17;
    let mut random = SmallRng::seed_from_u64(seed);
    let mut confirmed: Vec<BTreeSet<String>> = vec![BTreeSet::new(), BTreeSet::new()];
    let (mut relay_kills, mut terminal_kills) = (0, 0);

    for cycle in 0..cycles() {
        let who = random.random_range(0..terminals.len());
        let terminal = &terminals[who];
        let title = format!("OT {cycle}");
        match random.random_range(0..3) {
            0 => {
                let (ended, said) =
                    terminal.kill_after(&["ot", "new", &title], random.random_range(0..20_000));
                terminal_kills += usize::from(!ended);
                // Only what the program has said counts as confirmed.
                if serde_json::from_str::<Value>(&said.out).is_ok_and(|said| said["id"].is_string())
                {
                    confirmed[who].insert(title);
                }
            }
            1 => {
                let (ended, _) = terminal.kill_after(&["sync"], random.random_range(0..25_000));
                terminal_kills += usize::from(!ended);
            }
            _ => {
                terminal.json(&["ot", "new", &title]);
                confirmed[who].insert(title);
                let mut syncing = terminal
                    .command(&["sync"])
                    .stdout(std::process::Stdio::null())
                    .stderr(std::process::Stdio::null())
                    .spawn()
                    .unwrap();
                ronde_tests::program::spin(random.random_range(0..80_000));
                relay.kill();
                relay_kills += 1;
                syncing.wait().unwrap();
                relay = RelayProcess::start(data.as_ref(), &address);
            }
        }
        // Whatever happened, what was confirmed is there at once.
        if cycle % 25 == 0 {
            let held = titles(terminal);
            assert!(
                confirmed[who].is_subset(&held),
                "seed {seed}, cycle {cycle}"
            );
        }
    }

    for terminal in terminals.iter().chain(&terminals) {
        settle(terminal);
    }
    let ends: Vec<_> = terminals.iter().map(settle).collect();
    let everything: BTreeSet<_> = confirmed.iter().flatten().cloned().collect();
    for (terminal, end) in terminals.iter().zip(&ends) {
        assert!(everything.is_subset(&titles(terminal)), "seed {seed}");
        assert_eq!(end["digest"], ends[0]["digest"], "seed {seed}");
        assert_eq!(
            (&end["pending"], &end["refused"]),
            (&Value::from(0), &Value::from(0)),
            "seed {seed}"
        );
        assert_eq!(terminal.json(&["why"]), serde_json::json!([]));
    }
    // An action that was killed is whole or absent: every order has its number.
    let orders = terminals[0].json(&["ot", "list", "--all"]);
    assert!(
        orders
            .as_array()
            .unwrap()
            .iter()
            .all(|order| order["number"].is_string())
    );
    assert_eq!(relay.stop(), Some(0));
    let verified = server(&["verify", "--data", data]).json();
    assert_eq!(verified["sites"][0]["chain_ok"], true);
    assert_eq!(verified["sites"][0]["derived_ok"], true);
    println!(
        "{} cycles: {relay_kills} relay kills, {terminal_kills} terminal kills, {} orders",
        cycles(),
        everything.len()
    );
}
