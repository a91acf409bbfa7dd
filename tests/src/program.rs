//! The two programs as a user starts them.
//!
//! **Invariant**: a program is found where cargo put it and started for real;
//! its standard output is JSON and nothing else.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// Where cargo put the program `name`, beside the running test.
///
/// # Panics
///
/// When it was not built: `cargo build --workspace` does.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is not built: cargo build --workspace",
        path.display()
    );
    path
}

/// What a program said and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// Exit code; none when it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The one JSON value on standard output of a program that succeeded.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The error object of a program that did not.
    pub fn error(&self) -> Value {
        assert_ne!(self.code, Some(0), "{}", self.out);
        let line = self
            .err
            .lines()
            .rev()
            .find(|line| line.starts_with('{'))
            .unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {}", self.err))
    }
}

/// Runs `ronde-server` to its end, with `--json`.
pub fn server(arguments: &[&str]) -> Said {
    Said::of(
        &Command::new(program("ronde-server"))
            .args(arguments)
            .arg("--json")
            .output()
            .unwrap(),
    )
}

/// A relay as a process of its own.
#[derive(Debug)]
pub struct RelayProcess {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl RelayProcess {
    /// Starts `ronde-server serve` and waits until it listens.
    pub fn start(data: &Path, listen: &str) -> Self {
        let mut child = Command::new(program("ronde-server"))
            .args(["serve", "--json", "--listen", listen, "--data"])
            .arg(data)
            .env("RONDE_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let said: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("the relay said: {line:?}"));
        Self {
            child,
            url: said["listening"].as_str().unwrap().to_owned(),
        }
    }

    /// The address without the scheme, to start again in the same place.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A technician's terminal: a home folder and the program `ronde`.
#[derive(Clone, Debug)]
pub struct Terminal {
    /// Its home.
    pub home: PathBuf,
}

impl Terminal {
    /// A terminal whose home is `home`.
    pub fn new(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
        }
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("ronde"));
        command
            .arg("--home")
            .arg(&self.home)
            .arg("--json")
            .args(["--lang", "en"])
            .args(arguments);
        command.stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&self.command(arguments).output().unwrap())
    }

    /// Runs it and returns its JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.run(arguments).json()
    }

    /// Starts it and kills it after it has run for about `micros` µs of work:
    /// true when it had ended by itself before.
    pub fn kill_after(&self, arguments: &[&str], micros: u64) -> (bool, Said) {
        let mut child = self
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        spin(micros);
        let ended = child.try_wait().unwrap().is_some();
        let _ = child.kill();
        (ended, Said::of(&child.wait_with_output().unwrap()))
    }
}

/// Lets `micros` µs pass; where exactly a kill falls is the point of the test.
pub fn spin(micros: u64) {
    let until = std::time::Instant::now() + std::time::Duration::from_micros(micros);
    while std::time::Instant::now() < until {
        std::thread::yield_now();
    }
}
