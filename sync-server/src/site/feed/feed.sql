-- Which document moved last when, and which channels hold it. Derived from the
-- log, beside the derived documents and in their transactions.

CREATE TABLE IF NOT EXISTS feed (
    document BLOB    NOT NULL PRIMARY KEY,
    kind     INTEGER NOT NULL,
    -- The last entry that changed the document or its channels.
    last_seq INTEGER NOT NULL,
    -- Sorted, separated by blanks: the key of channel_sum.
    channels TEXT    NOT NULL,
    -- Digest over id and heads, as counted in channel_sum.
    digest   BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS feed_last_seq ON feed (last_seq, document);

CREATE TABLE IF NOT EXISTS member (
    channel  TEXT    NOT NULL,
    document BLOB    NOT NULL,
    from_seq INTEGER NOT NULL,
    -- NULL while it is a member.
    to_seq   INTEGER,
    PRIMARY KEY (channel, document, from_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS member_document ON member (document);

CREATE TABLE IF NOT EXISTS channel_sum (
    -- Sum over the documents with exactly these channels: a window's digest is
    -- the sum of the rows it touches, however many documents there are.
    channels TEXT    NOT NULL PRIMARY KEY,
    count    INTEGER NOT NULL,
    sum      BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS applied (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;
INSERT OR IGNORE INTO applied (id, seq) VALUES (1, 0);
