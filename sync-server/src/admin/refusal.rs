//! Why an administrator's command was not done.
//!
//! **Invariant**: codes are stable; nothing was half done.

use ronde_core::{Error, error::Invalid};
use serde::{Deserialize, Serialize};

use crate::{
    data::SiteCode,
    log::{self, Damage, Defect},
    site::desk,
};

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// There is no data folder.
    NoData {
        /// Where it was looked for.
        path: String,
    },
    /// Another program holds the data folder.
    InUse {
        /// The folder.
        path: String,
    },
    /// The site exists.
    SiteTaken {
        /// Its code.
        site: SiteCode,
    },
    /// There is no such site.
    SiteUnknown {
        /// What was asked for.
        site: SiteCode,
        /// What there is.
        known: Vec<SiteCode>,
    },
    /// There is none, or several, and none was named.
    SiteNeeded {
        /// What there is.
        known: Vec<SiteCode>,
    },
    /// No device is called so.
    DeviceUnknown {
        /// What was asked for.
        device: String,
    },
    /// Several devices are called so.
    DeviceAmbiguous {
        /// What was asked for.
        device: String,
    },
    /// Several people are called so.
    PersonAmbiguous {
        /// What was asked for.
        person: String,
    },
    /// No person has this id.
    PersonUnknown {
        /// What was asked for.
        person: String,
    },
    /// A log is damaged.
    Damaged {
        /// Whose.
        site: SiteCode,
        /// The first entry that cannot be proven.
        seq: u64,
        /// What is wrong there: `missing`, `altered` or `foreign`.
        defect: String,
    },
    /// The log stands, but is not the one whose head was noted.
    HeadDiffers {
        /// Whose.
        site: SiteCode,
        /// Where it differs.
        seq: u64,
    },
    /// What is derived is not what the log says.
    DerivedDiffers {
        /// Whose.
        site: SiteCode,
    },
    /// The demo could not go on.
    Demo {
        /// Why.
        cause: String,
    },
    /// Something is in the way and is not overwritten.
    Exists {
        /// What.
        path: String,
    },
    /// There is no backup there.
    NotABackup {
        /// Where it was looked for.
        path: String,
    },
    /// The file cannot be read.
    Unread {
        /// Which.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        cause: String,
    },
    /// An argument is wrong.
    Invalid {
        /// Its stable code.
        code: String,
        /// What is wrong with it.
        message: String,
    },
    /// A newer program wrote the data.
    NewerSchema {
        /// Its version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// The disk is full.
    StorageFull,
    /// The disk failed, or a file is not ours.
    Storage {
        /// What the system said.
        cause: String,
    },
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &str {
        match self {
            Self::NoData { .. } => "no_data",
            Self::InUse { .. } => "in_use",
            Self::SiteTaken { .. } => "site_taken",
            Self::SiteUnknown { .. } => "site_unknown",
            Self::SiteNeeded { .. } => "site_needed",
            Self::DeviceUnknown { .. } => "device_unknown",
            Self::DeviceAmbiguous { .. } => "device_ambiguous",
            Self::PersonAmbiguous { .. } => "person_ambiguous",
            Self::PersonUnknown { .. } => "person_unknown",
            Self::Damaged { .. } => "damaged",
            Self::HeadDiffers { .. } => "head_differs",
            Self::DerivedDiffers { .. } => "derived_differs",
            Self::Demo { .. } => "demo",
            Self::Exists { .. } => "exists",
            Self::NotABackup { .. } => "not_a_backup",
            Self::Unread { .. } => "unread",
            Self::Listen { .. } => "listen",
            Self::Invalid { code, .. } => code,
            Self::NewerSchema { .. } => "newer_schema",
            Self::StorageFull => "storage_full",
            Self::Storage { .. } => "storage",
        }
    }

    /// Damage found in the log of `site`.
    pub fn damaged(site: &SiteCode, damage: Damage) -> Self {
        let defect = match damage.what {
            Defect::Missing => "missing",
            Defect::Altered => "altered",
            Defect::Foreign => "foreign",
        };
        Self::Damaged {
            site: site.clone(),
            seq: damage.seq,
            defect: defect.into(),
        }
    }

    /// What a log said of `site`.
    pub fn of_log(site: &SiteCode, error: &log::Error) -> Self {
        match error {
            log::Error::Damaged(damage) => Self::damaged(site, *damage),
            log::Error::Store(error) => error.into(),
            known @ log::Error::Known { .. } => Self::Storage {
                cause: known.to_string(),
            },
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid {
            code: invalid.code.into(),
            message: invalid.message,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.clone().into(),
            Error::NewerSchema { found, known } => Self::NewerSchema {
                found: *found,
                known: *known,
            },
            Error::StorageFull(_) => Self::StorageFull,
            other => {
                let source = std::error::Error::source(other);
                let cause = match source {
                    Some(source) => format!("{other}: {source}"),
                    None => other.to_string(),
                };
                Self::Storage { cause }
            }
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(cause: std::io::Error) -> Self {
        Error::from(cause).into()
    }
}

impl From<desk::Refused> for Refusal {
    fn from(refused: desk::Refused) -> Self {
        match refused {
            desk::Refused::Document(error) => error.into(),
            desk::Refused::Log(error) => error.into(),
            other => Self::Storage {
                cause: other.to_string(),
            },
        }
    }
}

impl From<log::Error> for Refusal {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::Store(error) => error.into(),
            other => Self::Storage {
                cause: other.to_string(),
            },
        }
    }
}
