//! From arguments to a command, and from its answer to the terminal.
//!
//! **Invariant**: whoever holds the data folder does the work: this program
//! where it is free, else the relay that serves it.

use std::{
    io::{Read, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};
use ronde_core::{
    Error,
    clock::{System, World},
    store::documents,
};

use super::{Cli, Command as Asked, Demo, Folder, serve};
use crate::{
    admin::{self, Refusal},
    control::{self, Answer, Command, Rebuilt, RebuiltSite},
    data::Data,
    demo,
    import::FILE_BYTES_MAX,
    site::forget_derived,
    state::{Limits, Relay},
    words::{self, Language},
};

/// From this size on an import says that it has begun.
const LARGE_BYTES: usize = 100_000;

pub(super) fn run(cli: Cli, language: Language) -> Result<ExitCode, Refusal> {
    let answer = match cli.command {
        Asked::Serve(args) => {
            let data = existing(&args.folder)?;
            serve::serve(data, &args.listen, language, cli.json)?;
            return Ok(ExitCode::SUCCESS);
        }
        Asked::Restore(args) => {
            let data = Data::at(&args.folder.data);
            data.make()?;
            let _held = data.hold().map_err(|error| refused(&data, error))?;
            admin::restore(&data, &args.from, args.force, &System)?
        }
        Asked::Init(args) => {
            let data = Data::at(&args.folder.data);
            data.make()?;
            let command = Command::Init {
                site: args.site,
                name: args.name,
                time_zone: args.time_zone,
                url: args.url,
            };
            done(&data, command)?
        }
        Asked::Code(args) => {
            let roles = args.roles();
            let command = Command::Code {
                site: args.site,
                person: args.person,
                roles,
                minutes: args.minutes,
                url: args.url,
            };
            done(&existing(&args.folder)?, command)?
        }
        Asked::Roles(args) => {
            let named = args.roles.iter().filter(|role| !role.trim().is_empty());
            let roles = named.map(|role| role.parse()).collect::<Result<_, _>>()?;
            let command = Command::Roles {
                site: args.site,
                person: args.person,
                roles,
            };
            done(&existing(&args.folder)?, command)?
        }
        Asked::Demo(args) => {
            demo(args, language)?;
            return Ok(ExitCode::SUCCESS);
        }
        Asked::Rebuild(args) => {
            let data = existing(&args.folder)?;
            let _held = data.hold().map_err(|error| refused(&data, error))?;
            rebuild(&data)?
        }
        Asked::Devices(args) => {
            let site = args.site;
            done(&existing(&args.folder)?, Command::Devices { site })?
        }
        Asked::Revoke(args) => {
            let device = args.device;
            done(&existing(&args.folder)?, Command::Revoke { device })?
        }
        Asked::Reinstate(args) => {
            let device = args.device;
            done(&existing(&args.folder)?, Command::Reinstate { device })?
        }
        Asked::Import(args) => {
            let data = existing(&args.folder)?;
            let bytes = read(&args.file)?;
            if bytes.len() > LARGE_BYTES && !args.dry_run {
                let _ = writeln!(std::io::stderr(), "{}", words::importing(language, &bytes));
            }
            let command = Command::Import {
                site: args.site,
                kind: args.kind,
                map: args.map,
                dry_run: args.dry_run,
                bytes_count: bytes.len(),
                bytes,
            };
            done(&data, command)?
        }
        Asked::Verify(args) => {
            let (site, expect) = (args.site, args.expect);
            done(&existing(&args.folder)?, Command::Verify { site, expect })?
        }
        Asked::Backup(args) => {
            // The relay that does the work runs in another folder.
            let to = std::path::absolute(&args.to)?.display().to_string();
            done(&existing(&args.folder)?, Command::Backup { to })?
        }
    };
    show(&answer, language, cli.json)?;
    Ok(match answer {
        Answer::Imported(report) if !report.errors.is_empty() => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// A file to import, up to one byte more than the importer takes.
fn read(file: &Path) -> Result<Vec<u8>, Refusal> {
    let unread = |cause: std::io::Error| Refusal::Unread {
        path: path(file),
        cause: cause.to_string(),
    };
    let source: Box<dyn Read> = match file == Path::new("-") {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).map_err(unread)?),
    };
    let mut bytes = Vec::new();
    let limit = FILE_BYTES_MAX as u64 + 1;
    source.take(limit).read_to_end(&mut bytes).map_err(unread)?;
    Ok(bytes)
}

/// The data folder, which must be there.
fn existing(folder: &Folder) -> Result<Data, Refusal> {
    let data = Data::at(&folder.data);
    if data.exists() {
        Ok(data)
    } else {
        Err(Refusal::NoData {
            path: path(data.path()),
        })
    }
}

/// Does `command` here, or lets the relay that serves `data` do it.
fn done(data: &Data, command: Command) -> Result<Answer, Refusal> {
    match data.hold() {
        Ok(_held) => {
            let relay = Relay::open(data.clone(), Arc::new(System), Limits::default())?;
            admin::run(&relay, command)
        }
        Err(Error::Busy) => control::ask(&data.control_socket(), &command)
            .unwrap_or_else(|_| Err(refused(data, Error::Busy))),
        Err(error) => Err(error.into()),
    }
}

/// Forgets what is derived; opening the relay derives it again.
fn rebuild(data: &Data) -> Result<Answer, Refusal> {
    for site in data.sites()? {
        forget_derived(&data.derived(&site))?;
    }
    let relay = Relay::open(data.clone(), Arc::new(System), Limits::default())?;
    let mut rebuilt = Rebuilt { sites: Vec::new() };
    for site in relay.sites() {
        let documents = site.snapshot(documents::count)?;
        rebuilt.sites.push(RebuiltSite {
            site: site.code().clone(),
            documents,
        });
    }
    rebuilt.sites.sort_by(|a, b| a.site.cmp(&b.site));
    Ok(Answer::Rebuilt(rebuilt))
}

fn demo(args: Demo, language: Language) -> Result<(), Refusal> {
    let fresh = || {
        let at = System.now().0;
        std::env::temp_dir().join(format!("ronde-demo-{at}"))
    };
    let options = demo::Options {
        folder: args.data.unwrap_or_else(fresh),
        listen: args.listen,
        stay: !args.no_serve,
        language,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let stop = async {
        // Without a way to hear Ctrl-C, the demo ends like any other program.
        let _ = tokio::signal::ctrl_c().await;
    };
    let told = runtime.block_on(demo::run(options, stop));
    told.map_err(|error| Refusal::Demo {
        cause: format!("{error:#}"),
    })
}

/// Why the folder cannot be held.
pub(super) fn refused(data: &Data, error: Error) -> Refusal {
    match error {
        Error::Busy => Refusal::InUse {
            path: path(data.path()),
        },
        other => other.into(),
    }
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn show(answer: &Answer, language: Language, json: bool) -> Result<(), Refusal> {
    let mut out = std::io::stdout().lock();
    if json {
        let value = serde_json::to_value(answer).unwrap_or_default();
        writeln!(out, "{}", value["value"])?;
        return Ok(());
    }
    writeln!(out, "{}", words::answer(language, answer).trim_end())?;
    if let Answer::Code(code) = answer {
        writeln!(out, "\n{}", qr(&code.url))?;
    }
    Ok(())
}

/// A QR code in half blocks; nothing where the text is too long for one.
pub(super) fn qr(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return String::new();
    };
    // Terminals are dark more often than not: light modules are drawn.
    code.render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build()
}
