//! Administration of a running relay: one JSON line in, one out, over
//! `DATA/control.sock`. Where a command brings a file, its bytes follow the
//! line: a relay in a sandbox could not open the path.
//!
//! **Invariant**: only the user the relay runs as, and root, are answered; a
//! command does the same here as when it opens the data itself.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        net,
    },
    path::Path,
    sync::Arc,
};

use ronde_core::model::{DeviceId, Epoch, PersonId, Roles, SiteId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
};

use crate::{
    admin::{self, Refusal},
    data::SiteCode,
    fill::Report,
    import::{FILE_BYTES_MAX, Kind},
    registry::device::Device,
    state::{Relay, blocking},
};

/// Bytes of one command.
const COMMAND_BYTES_MAX: u64 = 64 << 10;

/// What can be asked of a relay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Make a site.
    Init {
        /// Its code.
        site: SiteCode,
        /// The name people see.
        name: String,
        /// Its IANA time zone.
        time_zone: String,
        /// The address devices reach the relay at.
        url: Option<String>,
    },
    /// Make a one-time enrolment code.
    Code {
        /// Where; needed when there are several sites.
        site: Option<SiteCode>,
        /// Whose: a name, or a person's id.
        person: String,
        /// What they are to be.
        roles: Roles,
        /// How long it lives.
        minutes: u32,
        /// The address devices reach the relay at, instead of the site's.
        url: Option<String>,
    },
    /// Change what somebody may do.
    Roles {
        /// Where; needed when there are several sites.
        site: Option<SiteCode>,
        /// Whose: a name, or a person's id.
        person: String,
        /// What they are to be; nothing shuts them out of everything.
        roles: Roles,
    },
    /// List devices.
    Devices {
        /// Where; everywhere without.
        site: Option<SiteCode>,
    },
    /// Shut a device out.
    Revoke {
        /// Its id, the id's beginning, or its name.
        device: String,
    },
    /// Let a device in again.
    Reinstate {
        /// Its id, the id's beginning, or its name.
        device: String,
    },
    /// Fill a site from a file of another system.
    Import {
        /// Where; needed when there are several sites.
        site: Option<SiteCode>,
        /// What the file holds.
        kind: Kind,
        /// Columns its headers do not tell, as `field=Column`.
        map: Vec<String>,
        /// True to only say what would be done.
        dry_run: bool,
        /// How long the file is: its bytes follow the line.
        bytes_count: usize,
        /// The file.
        #[serde(skip)]
        bytes: Vec<u8>,
    },
    /// Prove every entry of the logs.
    Verify {
        /// Where; everywhere without.
        site: Option<SiteCode>,
        /// A head noted earlier, as `SEQ:CHAIN`.
        expect: Option<String>,
    },
    /// Copy everything to a new folder.
    Backup {
        /// The folder, which must not exist; an absolute path.
        to: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "value", rename_all = "snake_case")]
pub enum Answer {
    /// A site was made.
    Founded(Founded),
    /// A code was made.
    Code(IssuedCode),
    /// What somebody may do now.
    Person(PersonLine),
    /// The devices.
    Devices(Vec<DeviceLine>),
    /// A device was shut out.
    Revoked(DeviceLine),
    /// A device was let in again.
    Reinstated(DeviceLine),
    /// A file was imported, or is to be corrected.
    Imported(Report),
    /// The logs stand.
    Verified(Verified),
    /// Everything was derived anew.
    Rebuilt(Rebuilt),
    /// Everything was copied.
    BackedUp(Copied),
    /// Everything was put back.
    Restored(Vec<RestoredSite>),
}

/// A new site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founded {
    /// Its code.
    pub site: SiteCode,
    /// Its id.
    pub id: SiteId,
}

/// A new enrolment code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCode {
    /// The code, as it is typed.
    pub code: String,
    /// The link behind the QR code. The code is in the fragment, which no
    /// server or proxy on the way gets to log.
    pub url: String,
    /// Until when.
    pub expires: Timestamp,
    /// For whom.
    pub person: PersonId,
    /// False where the relay's address is a guess that phones cannot reach.
    pub reachable: bool,
}

/// One device, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLine {
    /// Where it is enrolled.
    pub site: SiteCode,
    /// The device.
    #[serde(flatten)]
    pub device: Device,
    /// Its person's name; `None` after erasure.
    pub person_name: Option<String>,
}

/// A log that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Whose.
    pub site: SiteCode,
    /// Its last entry.
    pub seq: u64,
    /// The chain there: worth noting elsewhere.
    pub chain: String,
    /// Its current life.
    pub epoch: Epoch,
}

/// What somebody may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    /// Who.
    pub person: PersonId,
    /// Their roles on the site.
    pub roles: Roles,
}

/// What was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// Site by site.
    pub sites: Vec<VerifiedSite>,
}

/// What was derived anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// Site by site.
    pub sites: Vec<RebuiltSite>,
}

/// One site that was derived anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebuiltSite {
    /// Whose.
    pub site: SiteCode,
    /// Documents that came of it.
    pub documents: u64,
}

/// One site that was proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedSite {
    /// Whose.
    pub site: SiteCode,
    /// Its last entry.
    pub head_seq: u64,
    /// The chain there: worth noting elsewhere.
    pub chain: String,
    /// Its current life.
    pub epoch: Epoch,
    /// Documents derived from it.
    pub documents: u64,
    /// Every entry proven. False never leaves here: it is a refusal.
    pub chain_ok: bool,
    /// What is derived equals a rebuild, row for row.
    pub derived_ok: bool,
}

/// A finished backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// Where it is.
    pub to: String,
    /// What is in it, proven.
    pub sites: Vec<Proof>,
}

/// A site that was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredSite {
    /// What it is now, in its new life.
    #[serde(flatten)]
    pub proof: Proof,
    /// Revocations that were newer than the backup and were kept.
    pub revoked_again: Vec<DeviceId>,
    /// Where the data it replaced was put.
    pub replaced: Option<String>,
}

/// What is sent back.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Done(Answer),
    Refused(Refusal),
}

/// Asks the relay that listens on `socket`.
///
/// # Errors
///
/// The outer one when no relay answers there.
pub fn ask(socket: &Path, command: &Command) -> io::Result<Result<Answer, Refusal>> {
    let mut stream = net::UnixStream::connect(socket)?;
    let mut line = serde_json::to_string(command)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    if let Command::Import { bytes, .. } = command {
        stream.write_all(bytes)?;
    }
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply)?;
    Ok(match serde_json::from_str(&reply)? {
        Reply::Done(answer) => Ok(answer),
        Reply::Refused(refusal) => Err(refusal),
    })
}

/// Opens the socket. The caller holds the data folder, so a socket that is
/// there belongs to a relay that died.
///
/// # Errors
///
/// When the socket cannot be made.
pub fn listen(socket: &Path) -> io::Result<UnixListener> {
    match fs::remove_file(socket) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Answers commands until it is dropped.
pub async fn answer(listener: UnixListener, socket: &Path, relay: Arc<Relay>) {
    // Whoever made the socket is who the relay runs as.
    let Ok(owner) = fs::metadata(socket).map(|socket| socket.uid()) else {
        return;
    };
    while let Ok((stream, _)) = listener.accept().await {
        let peer = stream.peer_cred().map(|peer| peer.uid());
        if !matches!(peer, Ok(uid) if uid == owner || uid == 0) {
            tracing::warn!("a stranger on the control socket was not answered");
            continue;
        }
        let relay = Arc::clone(&relay);
        tokio::spawn(async move {
            if let Err(cause) = converse(stream, relay).await {
                tracing::debug!(error = %cause, "a control connection ended");
            }
        });
    }
}

async fn converse(mut stream: UnixStream, relay: Arc<Relay>) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut line = String::new();
    let mut reader = tokio::io::BufReader::new(reader.take(COMMAND_BYTES_MAX));
    reader.read_line(&mut line).await?;
    let mut command = serde_json::from_str(&line)?;
    if let Command::Import {
        bytes, bytes_count, ..
    } = &mut command
    {
        // One byte over the limit is read, so that the importer says so.
        let count = (*bytes_count).min(FILE_BYTES_MAX + 1);
        let buffered = reader.buffer().len();
        reader
            .get_mut()
            .set_limit((count - buffered.min(count)) as u64);
        bytes.reserve_exact(count);
        reader.read_to_end(bytes).await?;
        if bytes.len() != count {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let done = blocking(move || admin::run(&relay, command)).await;
    let reply = match done {
        Ok(answer) => Reply::Done(answer),
        Err(refusal) => Reply::Refused(refusal),
    };
    let mut line = serde_json::to_string(&reply)?;
    line.push('\n');
    writer.write_all(line.as_bytes()).await
}
