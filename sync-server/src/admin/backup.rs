//! Copying a relay's data, and putting it back.
//!
//! **Invariant**: a backup appears whole and proven or not at all; a restored
//! log begins a new life, and what it replaces is set aside, never deleted.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ronde_core::{
    Error,
    clock::World,
    model::{DeviceId, Epoch, Timestamp},
};
use rusqlite::{Connection, OpenFlags, backup::Backup};

use super::{Refusal, codes, some_sites, verify};
use crate::{
    control::{Answer, Copied, RestoredSite},
    data::{Data, SiteCode, sync_folder},
    log::{self, Log, SqliteLog},
    registry::{Registry, code, device, setting},
    state::Relay,
};

/// How far work order numbers leap at a restore: further than a site counts
/// between two backups.
const NUMBER_LEAP: u64 = 1_000;

pub(super) fn copy(relay: &Relay, to: &str) -> Result<Copied, Refusal> {
    let target = PathBuf::from(to);
    if target.exists() {
        return Err(Refusal::Exists { path: to.into() });
    }
    let mut partial = target.clone().into_os_string();
    partial.push(".partial");
    let partial = Data::at(partial);
    if partial.path().exists() {
        fs::remove_dir_all(partial.path())?;
    }
    partial.make()?;
    some_sites(relay, None)?;
    let mut proofs = Vec::new();
    for code in codes(relay) {
        partial.place(&code, |folder| {
            let path = folder.join("log.sqlite");
            copy_file(&relay.data().log(&code), &path)?;
            proofs.push(verify::of(&code, &proven(&code, &path)?));
            Ok::<_, Refusal>(())
        })?;
    }
    fs::rename(partial.path(), &target)?;
    if let Some(parent) = target.parent() {
        sync_folder(parent)?;
    }
    Ok(Copied {
        to: to.into(),
        sites: proofs,
    })
}

/// Puts a backup's sites into `data`, which the caller holds.
///
/// # Errors
///
/// [`Refusal::NotABackup`]; [`Refusal::Exists`] where a site is there and not
/// to be replaced; [`Refusal::Damaged`] when the backup is.
pub fn restore(
    data: &Data,
    from: &Path,
    force: bool,
    world: &dyn World,
) -> Result<Answer, Refusal> {
    let backup = Data::at(from);
    let sites = if backup.exists() {
        backup.sites()?
    } else {
        Vec::new()
    };
    if sites.is_empty() {
        let path = from.display().to_string();
        return Err(Refusal::NotABackup { path });
    }
    let taken = sites
        .iter()
        .map(|code| data.site(code))
        .find(|p| p.exists());
    if let Some(taken) = taken.filter(|_| !force) {
        let path = taken.display().to_string();
        return Err(Refusal::Exists { path });
    }
    let restored = sites.iter().map(|code| one(data, &backup, code, world));
    Ok(Answer::Restored(restored.collect::<Result<_, _>>()?))
}

fn one(
    data: &Data,
    backup: &Data,
    site: &SiteCode,
    world: &dyn World,
) -> Result<RestoredSite, Refusal> {
    let (mut proof, mut again, mut replaced) = (None, Vec::new(), None);
    data.place(site, |folder| {
        let path = folder.join("log.sqlite");
        copy_file(&backup.log(site), &path)?;
        let mut log = proven(site, &path)?;
        let now = world.now();
        log.new_epoch(Epoch(world.uuid()), now)
            .map_err(|error| Refusal::of_log(site, &error))?;
        again = renew(&path, &revocations(&data.log(site)))?;
        proof = Some(verify::of(site, &log));
        drop(log);
        let old = data.site(site);
        if old.exists() {
            let aside = data
                .path()
                .join("sites")
                .join(format!(".{site}.replaced-{}", now.0));
            fs::rename(&old, &aside)?;
            replaced = Some(aside.display().to_string());
        }
        Ok::<_, Refusal>(())
    })?;
    let proof = proof.ok_or(Error::Malformed("backup"))?;
    Ok(RestoredSite {
        proof,
        revoked_again: again,
        replaced,
    })
}

/// Makes a restored registry safe to go on with. Returns whom it revoked.
fn renew(path: &Path, revoked: &[(DeviceId, Timestamp)]) -> Result<Vec<DeviceId>, Error> {
    Registry::open(path)?.write(|tx| {
        setting::add(tx, setting::NUMBER_LEAP, NUMBER_LEAP)?;
        // Nobody knows any more which codes were used since.
        code::void_all(tx)?;
        let mut again = Vec::new();
        for (id, at) in revoked {
            let known = device::get(tx, *id)?;
            if known.is_some_and(|device| device.revoked_at.is_none()) {
                device::revoke(tx, *id, *at)?;
                again.push(*id);
            }
        }
        Ok(again)
    })
}

/// Who is revoked in the data that is replaced, as far as it can be read: a
/// restore happens because something is broken.
fn revocations(log: &Path) -> Vec<(DeviceId, Timestamp)> {
    let listed = Registry::open(log).and_then(|registry| registry.read(device::list));
    let listed = listed.unwrap_or_default().into_iter();
    listed
        .filter_map(|device| Some((device.id, device.revoked_at?)))
        .collect()
}

fn proven(site: &SiteCode, path: &Path) -> Result<SqliteLog, Refusal> {
    let refused = |error: log::Error| Refusal::of_log(site, &error);
    let log = SqliteLog::open(path).map_err(refused)?;
    log.verify(1).map_err(refused)?;
    Ok(log)
}

/// Copies one database as it is at one moment, while others use it.
fn copy_file(from: &Path, to: &Path) -> Result<(), Error> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut copy = Connection::open(to)?;
    copy.pragma_update(None, "synchronous", "FULL")?;
    let backup = Backup::new(&source, &mut copy)?;
    // All pages in one step: a snapshot, which readers of a WAL hold for free.
    while backup.step(-1)? != rusqlite::backup::StepResult::Done {
        std::thread::yield_now();
    }
    Ok(())
}
