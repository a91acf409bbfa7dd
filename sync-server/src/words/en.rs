//! English.

use super::{device, faults, heads, list, proofs, roles};
use crate::{
    admin::Refusal,
    control::{Answer, RebuiltSite, RestoredSite},
    fill::Report,
};

pub(super) fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Founded(site) => format!("site {} is ready ({})", site.site, site.id),
        Answer::Code(code) => {
            let reach = if code.reachable {
                ""
            } else {
                "\nphones cannot reach this address: give the relay's with --url"
            };
            format!(
                "code     {}\nlink     {}\nexpires  {}{reach}",
                code.code, code.url, code.expires
            )
        }
        Answer::Person(line) => format!("{}: {}", line.person, roles(&line.roles)),
        Answer::Rebuilt(rebuilt) => {
            let line = |site: &RebuiltSite| {
                format!(
                    "{}: {} documents derived from the log",
                    site.site, site.documents
                )
            };
            rebuilt
                .sites
                .iter()
                .map(line)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Answer::Devices(lines) if lines.is_empty() => "no device is enrolled".into(),
        Answer::Devices(lines) => {
            let lines: Vec<_> = lines.iter().map(|l| device(l, "revoked")).collect();
            lines.join("\n")
        }
        Answer::Revoked(line) => format!("shut out: {}", device(line, "revoked")),
        Answer::Reinstated(line) => format!("let in again: {}", device(line, "revoked")),
        Answer::Imported(report) => imported(report),
        Answer::Verified(all) => format!(
            "every entry is proven, what is derived is exact; note these heads elsewhere:\n{}",
            heads(all)
        ),
        Answer::BackedUp(copied) => {
            format!(
                "copied to {}, proven:\n{}",
                copied.to,
                proofs(&copied.sites)
            )
        }
        Answer::Restored(sites) => {
            let lines: Vec<_> = sites.iter().map(restored).collect();
            lines.join("\n")
        }
    }
}

fn imported(report: &Report) -> String {
    let rows = report.rows;
    if !report.errors.is_empty() {
        return format!(
            "nothing was imported; correct these and try again:\n{}",
            faults(report, "line", "column")
        );
    }
    let begin = if report.dry_run {
        "this would be imported"
    } else {
        "imported"
    };
    let (created, updated, kept) = (report.created, report.updated, report.kept);
    let mut lines = vec![format!(
        "{begin}: {rows} rows; documents created: {created}, updated: {updated}"
    )];
    if kept > 0 {
        lines.push(format!("left as somebody made them since: {kept}"));
    }
    if !report.ignored.is_empty() {
        lines.push(format!(
            "columns that were not used: {}",
            list(&report.ignored)
        ));
    }
    lines.join("\n")
}

fn restored(site: &RestoredSite) -> String {
    let aside = site.replaced.as_ref().map_or(String::new(), |path| {
        format!("\n  what was there is in {path}")
    });
    format!(
        "site {} is back at entry {}; devices will offer what is newer.\n  \
                     revoked again: {}; look through `devices`{aside}",
        site.proof.site,
        site.proof.seq,
        list(&site.revoked_again)
    )
}

pub(super) fn refusal(refusal: &Refusal) -> (String, &'static str) {
    match refusal {
        Refusal::NoData { path } => (
            format!("there is no relay data in {path}"),
            "make it with `init`, or give the right --data",
        ),
        Refusal::InUse { path } => (
            format!("another program is using {path}"),
            "stop it first, or wait until it has finished",
        ),
        Refusal::SiteTaken { site } => (format!("site {site} exists"), "choose another code"),
        Refusal::SiteUnknown { site, known } => (
            format!("there is no site {site}; there is: {}", list(known)),
            "give one of them with --site",
        ),
        Refusal::SiteNeeded { known } => (
            format!("which site is meant? there is: {}", list(known)),
            "give one with --site",
        ),
        Refusal::DeviceUnknown { device } => (
            format!("no device is called {device}"),
            "`devices` lists them",
        ),
        Refusal::DeviceAmbiguous { device } => (
            format!("several devices are called {device}"),
            "give the id that `devices` shows",
        ),
        Refusal::PersonAmbiguous { person } => (
            format!("several people are called {person}"),
            "give the person's id",
        ),
        Refusal::PersonUnknown { person } => {
            (format!("nobody has the id {person}"), "give a name instead")
        }
        Refusal::Damaged { site, seq, defect } => (
            format!("the log of site {site} is damaged at entry {seq} ({defect})"),
            "keep the files as they are and restore a backup",
        ),
        Refusal::DerivedDiffers { site } => (
            format!("what is derived for site {site} is not what its log says"),
            "stop the relay and run `rebuild`; the log is sound",
        ),
        Refusal::Demo { cause } => (
            format!("the demo stopped: {cause}"),
            "begin again in another folder with --data",
        ),
        Refusal::HeadDiffers { site, seq } => (
            format!("the log of site {site} is not the one whose head was noted at entry {seq}"),
            "somebody rewrote it, or it was restored: compare with a backup",
        ),
        Refusal::Exists { path } => (
            format!("{path} exists and was left alone"),
            "choose another place; `restore --force` sets a site's data aside",
        ),
        Refusal::NotABackup { path } => (
            format!("there is no backup in {path}"),
            "give the folder that `backup` made",
        ),
        Refusal::Unread { path, cause } => (
            format!("{path} cannot be read: {cause}"),
            "give the CSV file, or - for standard input",
        ),
        Refusal::Listen { address, cause } => (
            format!("cannot listen on {address}: {cause}"),
            "choose another address with --listen",
        ),
        Refusal::Invalid { message, .. } => (message.clone(), "see --help"),
        Refusal::NewerSchema { found, known } => (
            format!("a newer program wrote the data (version {found}, this one knows {known})"),
            "install the newer program; nothing was touched",
        ),
        Refusal::StorageFull => (
            "the disk is full".into(),
            "free some space; nothing was lost",
        ),
        Refusal::Storage { cause } => (cause.clone(), "look at the disk and the rights on it"),
    }
}
