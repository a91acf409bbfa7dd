//! Opening the relay's SQLite files, and bringing them to today's schema.
//!
//! **Invariant**: a connection made here is durable (`synchronous=FULL`, WAL)
//! or it is not made; a file that is newer or not ours is never touched.
//!
//! The tables are in `sync-server/migrations`.

use std::{
    fs::{self, OpenOptions},
    path::Path,
    time::Duration,
};

use ronde_core::Error;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

/// `MIGRATIONS[n]` takes the file from `user_version` n to n + 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_log.sql"),
    include_str!("../migrations/0002_registry.sql"),
];

/// Says in the file's header whose file it is ("RnLg").
const APPLICATION_ID: u32 = 0x526e_4c67;

/// How long one connection waits for another's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes a new file; an existing one is left alone.
///
/// # Errors
///
/// [`Error::Storage`] when the file exists or cannot be made.
pub fn create(path: &Path) -> Result<Connection, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    let connection = connect(path)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    upgrade(connection)
}

/// Opens a file that [`create`] made, now or in an earlier release.
///
/// # Errors
///
/// [`Error::Malformed`] when the file is not a relay's, [`Error::NewerSchema`]
/// when a newer program wrote it, [`Error::Damaged`] when SQLite cannot read it.
pub fn open(path: &Path) -> Result<Connection, Error> {
    fs::metadata(path)?;
    let probe = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    probe.busy_timeout(BUSY_TIMEOUT)?;
    let number = |name| probe.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    if number("application_id")? != APPLICATION_ID {
        return Err(Error::Malformed("relay file"));
    }
    let (found, known) = (number("user_version")?, schema_version());
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    drop(probe);
    upgrade(connect(path)?)
}

/// The schema this program writes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a handful of migrations, counted at compile time"
)]
pub const fn schema_version() -> u32 {
    MIGRATIONS.len() as u32
}

fn connect(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // An erased name must not stay readable in a free page.
    connection.pragma_update(None, "secure_delete", true)?;
    let synchronous: u8 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if mode != "wal" || synchronous != 2 {
        return Err(Error::Storage("the disk settings are not durable".into()));
    }
    Ok(connection)
}

/// Brings a file to the newest schema, all or nothing.
fn upgrade(mut connection: Connection) -> Result<Connection, Error> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = schema_version();
    let missing = MIGRATIONS
        .get(found as usize..)
        .ok_or(Error::NewerSchema { found, known })?;
    for sql in missing {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", known)?;
    tx.commit()?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_file_is_refused_and_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        let connection = create(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        drop(connection);
        let before = fs::read(&path).unwrap();

        let refused = open(&path);

        assert!(matches!(
            refused,
            Err(Error::NewerSchema { found: 99, known }) if known == schema_version()
        ));
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_stranger_s_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.sqlite");
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE theirs (a)")
            .unwrap();

        assert!(matches!(open(&path), Err(Error::Malformed(_))));
    }

    #[test]
    fn a_file_is_never_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.sqlite");
        drop(create(&path).unwrap());

        assert!(create(&path).is_err());
        assert!(open(&path).is_ok());
        assert!(open(&folder.path().join("missing.sqlite")).is_err());
    }
}
