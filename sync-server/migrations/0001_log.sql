-- The truth of one site. Rows of `entry` and `epoch` are added, never changed.

CREATE TABLE head (
    -- The one row that says how long the log is: rows cut off its end are
    -- missed because this row still counts them.
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    site   BLOB    NOT NULL CHECK (length(site) = 16),
    seq    INTEGER NOT NULL CHECK (seq >= 0),
    chain  BLOB    NOT NULL CHECK (length(chain) = 32)
) STRICT;

CREATE TABLE epoch (
    -- One life of the log: it begins after `after_seq` and ends where the next
    -- one begins. Its beginning is a link of the chain like any entry.
    ordinal      INTEGER NOT NULL PRIMARY KEY CHECK (ordinal > 0),
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    after_seq    INTEGER NOT NULL CHECK (after_seq >= 0),
    began_at_ms  INTEGER NOT NULL,
    chain        BLOB    NOT NULL CHECK (length(chain) = 32)
) STRICT;

CREATE TABLE entry (
    -- No AUTOINCREMENT: the writer takes head.seq + 1 inside its transaction,
    -- so that a rolled back batch leaves no gap.
    seq             INTEGER NOT NULL PRIMARY KEY CHECK (seq > 0),
    epoch           INTEGER NOT NULL REFERENCES epoch (ordinal),
    document        BLOB    NOT NULL CHECK (length(document) = 16),
    kind            INTEGER NOT NULL,
    hash            BLOB    NOT NULL CHECK (length(hash) = 32),
    actor           BLOB    NOT NULL CHECK (length(actor) = 16),
    actor_seq       INTEGER NOT NULL CHECK (actor_seq > 0),
    -- NULL: the relay itself wrote it.
    device          BLOB    CHECK (length(device) = 16),
    received_at_ms  INTEGER NOT NULL,
    -- JSON array of reason codes; the verdict was "flagged" where it has any.
    flags           TEXT    NOT NULL,
    bytes           BLOB    NOT NULL,
    chain           BLOB    NOT NULL CHECK (length(chain) = 32),
    -- 1: the last one of what was appended together, where readers first saw it.
    ends_batch      INTEGER NOT NULL CHECK (ends_batch IN (0, 1))
) STRICT;

-- The document comes first in both: its rows stay together on few pages.
-- A hash alone is not unique: two documents of one kind share their genesis.
CREATE UNIQUE INDEX entry_hash ON entry (document, hash);
CREATE UNIQUE INDEX entry_actor ON entry (document, actor, actor_seq);
