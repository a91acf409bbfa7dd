//! `ronde watch`: changes cross as they are made.
//!
//! **Invariant**: a connection that cannot be had is tried again with growing
//! delays; meanwhile, and where only plain requests pass, exchanges go on one
//! by one. Ctrl-C ends it cleanly: what was received is on disk.

use std::{pin::pin, time::Duration};

use ronde_core::{
    clock::{System, World},
    replica::Replica,
    sync::{Report, retry_delay_ms},
    transport::{self, Client, Failure},
};
use serde_json::json;

use super::{Desk, runtime, sync};
use crate::{fault::Fault, json, setting::Setting, show::Paper};

pub(super) fn watch(setting: &Setting) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    let client = Client::new(desk.replica.account())?;
    let paper = desk.paper()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut watch = Watch {
            setting,
            paper,
            seen: Report::default(),
        };
        let mut stop = pin!(tokio::signal::ctrl_c());
        watch.event("watching", &json!({}), setting.words.say("watch.begins"));
        tokio::select! {
            _ = &mut stop => Ok(()),
            ended = watch.go_on(&mut desk.replica, &client) => ended,
        }
    })
}

struct Watch<'a> {
    setting: &'a Setting,
    paper: Paper,
    /// What was told of the present connection.
    seen: Report,
}

impl Watch<'_> {
    async fn go_on(&mut self, replica: &mut Replica, client: &Client) -> Result<(), Fault> {
        let mut attempt = 0;
        loop {
            self.seen = Report::default();
            let mut news = false;
            let ended = transport::live(replica, client, &mut |report, _| {
                news = true;
                self.told(report);
                true
            })
            .await;
            if news {
                attempt = 0;
            }
            let Err(failure) = ended else {
                continue;
            };
            self.failed(failure)?;
            // The live connection may be all that does not pass.
            self.seen = Report::default();
            match transport::sync(replica, client, &mut |_| {}).await {
                Ok(report) => self.told(&report),
                Err(failure) => self.failed(failure)?,
            }
            let mut random = [0; 8];
            System.fill(&mut random);
            let delay_ms = retry_delay_ms(attempt, u64::from_le_bytes(random));
            attempt = attempt.saturating_add(1);
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
    }

    /// Ends on what does not pass by itself.
    fn failed(&self, failure: Failure) -> Result<(), Fault> {
        if !failure.is_passing() {
            return Err(failure.into());
        }
        let code = failure.code().to_owned();
        let told = Fault::from(failure).told(self.paper.words);
        self.event("offline", &json!({ "code": code }), &told.message);
        Ok(())
    }

    /// Says what came and went since the last time.
    fn told(&mut self, report: &Report) {
        let since = Report {
            pushed: report.pushed.saturating_sub(self.seen.pushed),
            pulled: report.pulled.saturating_sub(self.seen.pulled),
            left: report.left.saturating_sub(self.seen.left),
            refused: report.refused.saturating_sub(self.seen.refused),
            ..report.clone()
        };
        self.seen = report.clone();
        if since.pushed + since.pulled + since.left + since.refused == 0 {
            return;
        }
        let value = json!({
            "pushed": since.pushed, "pulled": since.pulled,
            "left": since.left, "refused": since.refused,
        });
        self.event(
            "exchanged",
            &value,
            sync::text(&self.paper, &since).trim_end(),
        );
    }

    /// One line: JSON for a program, words with the time for a person.
    fn event(&self, event: &str, value: &serde_json::Value, text: &str) {
        let at = System.now();
        if self.setting.json {
            let mut value = value.clone();
            value["event"] = json!(event);
            value["at"] = json!(at);
            if let Ok(line) = json::line(&value) {
                json::write(&line);
            }
        } else {
            json::write(&format!("{}  {text}\n", self.paper.time(at)));
        }
    }
}
