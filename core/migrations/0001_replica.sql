-- The truth on a device: documents, the changes since their snapshots, and
-- what the relay has not acknowledged. Views are in views.rs and can be dropped.

CREATE TABLE document (
    -- Named, so that it never moves: the search index points at it.
    row       INTEGER PRIMARY KEY,
    id        BLOB    NOT NULL UNIQUE,
    kind      INTEGER NOT NULL,
    -- Change hashes nothing depends on, 32 bytes each, sorted.
    heads     BLOB    NOT NULL,
    -- First 16 bytes of SHA-256 over id and heads; summed in sync_state.
    digest    BLOB    NOT NULL,
    -- One Automerge document chunk: a cache of acknowledged changes. NULL when
    -- every change is in the table below.
    snapshot  BLOB,
    -- 1 when the relay says this device's window holds it.
    in_window INTEGER NOT NULL DEFAULT 0,
    -- 1 when the person wants to keep it on this device.
    pinned    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE change (
    -- Order of arrival: each row stands after the changes it depends on.
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    hash     BLOB NOT NULL UNIQUE,
    document BLOB NOT NULL REFERENCES document (id),
    bytes    BLOB NOT NULL
) STRICT;
CREATE INDEX change_of_document ON change (document, position);

CREATE TABLE outbox (
    -- Changes the relay has not acknowledged, in the order they were made. A
    -- row leaves only with a verdict; a crash in between sends twice, and the
    -- relay knows a change by its hash.
    position     INTEGER PRIMARY KEY AUTOINCREMENT,
    hash         BLOB    NOT NULL UNIQUE REFERENCES change (hash),
    document     BLOB    NOT NULL REFERENCES document (id),
    queued_at_ms INTEGER NOT NULL,
    -- The relay's last word that was not final: 'missing'. NULL before any.
    held         TEXT
) STRICT;
CREATE INDEX outbox_of_document ON outbox (document);

CREATE TABLE refused (
    -- Changes the relay keeps aside. Their bytes stay here until it accepts
    -- them or the person gives them up.
    hash          BLOB    NOT NULL PRIMARY KEY,
    document      BLOB    NOT NULL,
    kind          INTEGER NOT NULL,
    bytes         BLOB    NOT NULL,
    -- Stable reason code, as the relay gave it.
    code          TEXT    NOT NULL,
    -- The document's title when it was refused, for people.
    title         TEXT    NOT NULL,
    queued_at_ms  INTEGER NOT NULL,
    refused_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX refused_of_document ON refused (document);

CREATE TABLE name (
    -- Names of people, outside documents so that they can be erased.
    person BLOB NOT NULL PRIMARY KEY,
    name   TEXT
) STRICT;

CREATE TABLE state (
    -- Named values: epoch, cursor, window, digest, incarnation…
    key   TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
