//! `ronde sync`
//!
//! **Invariant**: what was exchanged before a failure stands; running it again
//! goes on from there.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use ronde_core::{
    sync::{Progress, Report},
    transport::{self, Client},
};

use super::{Desk, runtime};
use crate::{fault::Fault, setting::Setting, show::Paper};

pub(super) fn sync(setting: &Setting) -> Result<(), Fault> {
    let mut desk = Desk::open(setting)?;
    let client = Client::new(desk.replica.account())?;
    let bar = bar(setting);
    let mut progress = |at: Progress| {
        bar.set_length(u64::from(at.total));
        bar.set_position(u64::from(at.done));
    };
    let done = runtime()?.block_on(transport::sync(&mut desk.replica, &client, &mut progress));
    bar.finish_and_clear();
    let report = done?;
    desk.answer(&report, |paper| text(paper, &report))
}

/// A bar on stderr, where somebody sees it.
pub(super) fn bar(setting: &Setting) -> ProgressBar {
    let bar = ProgressBar::new(0);
    if !setting.watched {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        return bar;
    }
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.set_message(setting.words.say("sync.progress"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// What an exchange did, in words.
pub(super) fn text(paper: &Paper, report: &Report) -> String {
    let words = paper.words;
    let mut text = words.fill("sync.done", &[&report.pushed, &report.pulled]);
    if report.left > 0 {
        text.push_str(&words.fill("sync.left", &[&report.left]));
    }
    text.push('\n');
    if report.refused > 0 {
        let refused = words.fill("sync.refused", &[&report.refused]);
        text.push_str(&paper.bad(&refused));
        text.push('\n');
    }
    if !report.complete {
        text.push_str(&paper.warn(words.say("sync.waiting")));
        text.push('\n');
    }
    text
}
