-- Who may speak to the site, beside the log so that one backup holds both.

CREATE TABLE setting (
    key    TEXT NOT NULL PRIMARY KEY,
    value  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person          BLOB    NOT NULL CHECK (length(person) = 16),
    -- NULL: erased with its person.
    name            TEXT,
    enrolled_at_ms  INTEGER NOT NULL,
    last_seen_ms    INTEGER NOT NULL,
    -- Its tokens stay: they are what a revoked device is recognised by.
    revoked_at_ms   INTEGER,
    program         TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX device_person ON device (person);

CREATE TABLE incarnation (
    -- A device has one per life of its replica; none ever changes hands.
    id             BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    device         BLOB    NOT NULL REFERENCES device (id),
    first_seen_ms  INTEGER NOT NULL,
    -- 1: two copies of the replica have written as it, so that what it wrote is
    -- news to either of them.
    forked         INTEGER NOT NULL DEFAULT 0 CHECK (forked IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE token (
    -- SHA-256 of 32 random bytes: who reads this file cannot sync with it.
    hash        BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    device      BLOB    NOT NULL UNIQUE REFERENCES device (id),
    made_at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE code (
    hash           BLOB    NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    person         BLOB    NOT NULL CHECK (length(person) = 16),
    -- JSON array: what the person is to be on this site.
    roles          TEXT    NOT NULL,
    expires_at_ms  INTEGER NOT NULL,
    -- Kept after use, so that the device whose answer was lost may ask again.
    used_by        BLOB    CHECK (length(used_by) = 16)
) STRICT, WITHOUT ROWID;

CREATE TABLE name (
    -- The only place of a person's name on the relay.
    person   BLOB    NOT NULL PRIMARY KEY CHECK (length(person) = 16),
    -- NULL: erased.
    name     TEXT,
    -- Counts every change of any name, so that a device asks for what is new.
    version  INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    document        BLOB    NOT NULL CHECK (length(document) = 16),
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    kind            INTEGER NOT NULL,
    actor           BLOB    NOT NULL CHECK (length(actor) = 16),
    actor_seq       INTEGER NOT NULL,
    bytes           BLOB    NOT NULL,
    device          BLOB    NOT NULL CHECK (length(device) = 16),
    code            TEXT    NOT NULL,
    detail          TEXT    NOT NULL,
    received_at_ms  INTEGER NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('open', 'accepted', 'dismissed')),
    PRIMARY KEY (document, hash)
) STRICT;

CREATE INDEX quarantine_open ON quarantine (device, received_at_ms) WHERE state = 'open';

CREATE TABLE window (
    -- One row per set of channels ever held; a device names it by its version.
    version   INTEGER NOT NULL PRIMARY KEY,
    -- JSON array, sorted.
    channels  TEXT    NOT NULL UNIQUE
) STRICT;
