//! The relay's data folder: `sites/CODE/log.sqlite`, `lock`, `control.sock`.
//!
//! **Invariant**: a site's folder appears whole under its code or not at all,
//! and one program at a time holds the folder.

use std::{
    fmt,
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    str::FromStr,
};

use ronde_core::{Error, error::Invalid};
use serde::{Deserialize, Serialize};

/// A site's short name, unique in the relay: 1–16 of `A-Z`, `0-9` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteCode(String);

impl FromStr for SiteCode {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        if !(1..=16).contains(&text.len()) || !text.bytes().all(allowed) {
            let message = "a site code has 1 to 16 of A-Z, 0-9 and -";
            return Err(Invalid::new("site_code", message));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for SiteCode {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<SiteCode> for String {
    fn from(code: SiteCode) -> Self {
        code.0
    }
}

impl fmt::Display for SiteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A data folder, or the place for one.
#[derive(Clone, Debug)]
pub struct Data(PathBuf);

/// The data folder, held until this is dropped.
#[derive(Debug)]
pub struct Held {
    _lock: File,
}

impl Data {
    /// The folder at `path`.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a running relay listens for administration.
    pub fn control_socket(&self) -> PathBuf {
        self.0.join("control.sock")
    }

    /// The folder of one site.
    pub fn site(&self, code: &SiteCode) -> PathBuf {
        self.0.join("sites").join(&code.0)
    }

    /// The log file of one site.
    pub fn log(&self, code: &SiteCode) -> PathBuf {
        self.site(code).join("log.sqlite")
    }

    /// The file that holds what is derived from a site's log.
    pub fn derived(&self, code: &SiteCode) -> PathBuf {
        self.site(code).join("derived.sqlite")
    }

    /// True when there is a data folder.
    pub fn exists(&self) -> bool {
        self.0.join("sites").is_dir()
    }

    /// Makes the folder where it is missing, for the owner's eyes only.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] when it cannot be made.
    pub fn make(&self) -> Result<(), Error> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(self.0.join("sites"))?;
        Ok(())
    }

    /// Takes the folder for this program alone.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] when another program holds it.
    pub fn hold(&self) -> Result<Held, Error> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        let lock = options.open(self.0.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Held { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy),
            Err(TryLockError::Error(cause)) => Err(cause.into()),
        }
    }

    /// The sites in the folder, in order of their codes.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] when the folder cannot be read.
    pub fn sites(&self) -> Result<Vec<SiteCode>, Error> {
        let mut codes = Vec::new();
        for entry in fs::read_dir(self.0.join("sites"))? {
            // Unfinished and replaced folders have names that are no codes.
            if let Some(Ok(code)) = entry?.file_name().to_str().map(str::parse) {
                codes.push(code);
            }
        }
        codes.sort_unstable();
        Ok(codes)
    }

    /// Lets `fill` make the files of a new site, then gives them their place.
    ///
    /// # Errors
    ///
    /// What `fill` returns, or [`Error::Storage`]; no site appears then.
    pub fn place<E: From<Error>>(
        &self,
        code: &SiteCode,
        fill: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<(), E> {
        let unfinished = self.0.join("sites").join(format!(".{code}.new"));
        let begin = || -> Result<(), io::Error> {
            match fs::remove_dir_all(&unfinished) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
            fs::create_dir(&unfinished)
        };
        begin().map_err(Error::from)?;
        fill(&unfinished)?;
        let finish = || -> Result<(), io::Error> {
            sync_folder(&unfinished)?;
            fs::rename(&unfinished, self.site(code))?;
            sync_folder(&self.0.join("sites"))
        };
        finish().map_err(Error::from)?;
        Ok(())
    }
}

/// Makes names in a folder survive a power cut.
pub fn sync_folder(path: &Path) -> Result<(), io::Error> {
    File::open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> SiteCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_site_code_cannot_be_a_path() {
        for wrong in [
            "",
            ".",
            "..",
            "a",
            "A/B",
            "A B",
            "ABCDEFGHIJKLMNOPQ",
            "É",
            ".N.new",
        ] {
            assert!(wrong.parse::<SiteCode>().is_err(), "{wrong}");
        }
        assert_eq!(code("NORD-2").to_string(), "NORD-2");
    }

    #[test]
    fn a_site_that_was_not_finished_does_not_appear() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path());
        data.make().unwrap();
        let broken = |_: &Path| Err(Error::Busy);

        assert!(data.place(&code("NORD"), broken).is_err());

        assert_eq!(data.sites().unwrap(), []);
        let fill = |path: &Path| Ok::<_, Error>(fs::write(path.join("log.sqlite"), "x")?);
        data.place(&code("NORD"), fill).unwrap();
        data.place(&code("EST"), fill).unwrap();
        assert_eq!(data.sites().unwrap(), [code("EST"), code("NORD")]);
        assert!(data.log(&code("NORD")).is_file());
    }

    #[test]
    fn one_program_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::at(folder.path().join("data"));
        assert!(!data.exists());
        data.make().unwrap();

        let held = data.hold().unwrap();

        assert!(matches!(data.hold(), Err(Error::Busy)));
        drop(held);
        assert!(data.hold().is_ok());
    }
}
