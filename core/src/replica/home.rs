//! The folder a device lives in: the replica file and two sidecars.
//!
//! | file | what | if it is lost |
//! |---|---|---|
//! | `replica.sqlite` | documents, outbox | unsynced work is lost |
//! | `account.json` | where the relay is, who uses the device, its token | enrol again |
//! | `life.json` | the incarnation, and where the file lies | a new incarnation starts |
//!
//! **Invariant**: `life.json` is what tells a file that was copied or restored
//! from one that stayed where it is. It must not be part of a backup.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    error::{Error, Invalid},
    model::{DeviceId, Incarnation, PersonId, Roles, SiteId},
};

/// Where the relay is and who uses this device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Base address of the relay, without a trailing slash.
    pub url: String,
    /// Site id.
    pub site: SiteId,
    /// Site code.
    pub site_code: String,
    /// Site name.
    pub site_name: String,
    /// The device's id at the relay.
    pub device: DeviceId,
    /// Who uses the device.
    pub person: PersonId,
    /// What they could do when the device was enrolled.
    pub roles: Roles,
    /// The secret that stands for the device.
    pub token: String,
}

impl std::fmt::Debug for Account {
    /// Everything but the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("url", &self.url)
            .field("site", &self.site)
            .field("device", &self.device)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// Which life the replica file is in, and where it lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Life {
    pub(super) incarnation: Incarnation,
    pub(super) instance: [u8; 16],
    pub(super) place: String,
}

/// The folder.
#[derive(Debug)]
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    pub(super) fn replica(&self) -> PathBuf {
        self.0.join("replica.sqlite")
    }

    pub(super) fn account(&self) -> Result<Option<Account>, Error> {
        read(&self.0.join("account.json"), "account.json")
    }

    pub(super) fn enrol(&self, account: &Account) -> Result<(), Error> {
        if let Some(known) = self.account()?
            && known.site != account.site
        {
            return Err(
                Invalid::new("enrolled", "this folder already belongs to another site").into(),
            );
        }
        write(&self.0, "account.json", account)
    }

    pub(super) fn life(&self) -> Option<Life> {
        // A sidecar that does not read is as good as none: a new life is safe.
        read(&self.0.join("life.json"), "life.json").ok().flatten()
    }

    pub(super) fn set_life(&self, life: &Life) -> Result<(), Error> {
        write(&self.0, "life.json", life)
    }

    /// What tells this very file on this very machine: a copy differs.
    pub(super) fn place(&self) -> Result<String, Error> {
        let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
        let file = fs::metadata(self.replica())?;
        Ok(format!("{} {}", machine.trim(), inode(&file)))
    }
}

#[cfg(unix)]
fn inode(file: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

fn read<T: DeserializeOwned>(path: &Path, name: &'static str) -> Result<Option<T>, Error> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|cause| Error::Damaged(name, cause.into())),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

/// Writes a sidecar whole or not at all, readable by its owner only.
fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    let bytes = serde_json::to_vec_pretty(value).map_err(|_| Error::Malformed("sidecar"))?;
    let (draft, target) = (folder.join(format!(".{name}.new")), folder.join(name));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(draft, target)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}
