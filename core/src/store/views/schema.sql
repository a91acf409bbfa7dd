-- Everything here is derived from documents: dropped and rebuilt when the
-- program's VERSION moves on. Times are milliseconds, quantities millionths.

CREATE TABLE record (
    -- One row per document that reads as its kind.
    document      BLOB    NOT NULL PRIMARY KEY,
    kind          INTEGER NOT NULL,
    title         TEXT    NOT NULL,
    deleted       INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    -- The whole record as JSON, for pages that show one document.
    detail        TEXT    NOT NULL
) STRICT;
CREATE INDEX record_of_kind ON record (kind, deleted);

CREATE TABLE conflict (
    document BLOB NOT NULL,
    field    TEXT NOT NULL,
    code     TEXT NOT NULL,
    PRIMARY KEY (document, field, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE work_order (
    document   BLOB    NOT NULL PRIMARY KEY,
    number     TEXT,
    provisional TEXT   NOT NULL,
    type       TEXT    NOT NULL,
    priority   INTEGER NOT NULL,
    status     TEXT    NOT NULL,
    open       INTEGER NOT NULL,
    equipment  BLOB,
    plan       BLOB,
    occurrence TEXT,
    -- ISO date, so that text order is date order.
    due        TEXT,
    created_at_ms INTEGER NOT NULL,
    created_by BLOB    NOT NULL
) STRICT;
CREATE INDEX work_order_number ON work_order (number);
CREATE INDEX work_order_open ON work_order (open, priority, due);
CREATE INDEX work_order_equipment ON work_order (equipment, open);
CREATE INDEX work_order_plan ON work_order (plan, occurrence);

CREATE TABLE assignee (
    work_order BLOB NOT NULL,
    person     BLOB NOT NULL,
    PRIMARY KEY (work_order, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignee_person ON assignee (person);

CREATE TABLE timer (
    -- Interventions that run: without an end.
    work_order BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    person     BLOB    NOT NULL,
    since_ms   INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    PRIMARY KEY (work_order, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX timer_person ON timer (person);

CREATE TABLE equipment (
    document    BLOB NOT NULL PRIMARY KEY,
    code        TEXT NOT NULL,
    parent      BLOB,
    location    TEXT,
    criticality TEXT NOT NULL,
    state       TEXT NOT NULL
) STRICT;

CREATE TABLE execution (
    document      BLOB    NOT NULL PRIMARY KEY,
    checklist     BLOB    NOT NULL,
    work_order    BLOB,
    plan          BLOB,
    occurrence    TEXT,
    state         TEXT    NOT NULL,
    created_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX execution_work_order ON execution (work_order);
CREATE INDEX execution_plan ON execution (plan, occurrence);

CREATE TABLE plan_execution (
    document      BLOB NOT NULL PRIMARY KEY,
    plan          BLOB NOT NULL,
    occurrence    TEXT NOT NULL,
    -- ISO date it was due.
    due           TEXT,
    -- executed, skipped or absorbed; NULL until somebody said.
    outcome       TEXT,
    -- NULL unless it was executed.
    executed_at_ms INTEGER,
    work_order    BLOB,
    reading       INTEGER
) STRICT;
CREATE INDEX plan_execution_plan ON plan_execution (plan, executed_at_ms);
CREATE INDEX plan_execution_work_order ON plan_execution (work_order);

CREATE TABLE plan (
    document  BLOB NOT NULL PRIMARY KEY,
    equipment BLOB,
    status    TEXT NOT NULL
) STRICT;
CREATE INDEX plan_equipment ON plan (equipment);

CREATE TABLE plan_checklist (
    -- Both sides may say that they belong together.
    plan      BLOB    NOT NULL,
    checklist BLOB    NOT NULL,
    said_by   BLOB    NOT NULL,
    place     INTEGER NOT NULL,
    PRIMARY KEY (plan, checklist, said_by)
) STRICT, WITHOUT ROWID;
CREATE INDEX plan_checklist_said_by ON plan_checklist (said_by);

-- Words by which people name a document: codes, references, numbers.
CREATE TABLE code (
    code     TEXT    NOT NULL COLLATE NOCASE,
    kind     INTEGER NOT NULL,
    document BLOB    NOT NULL,
    PRIMARY KEY (code, kind, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_document ON code (document);

CREATE TABLE movement_line (
    movement   BLOB    NOT NULL,
    line       INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    -- The movement it reverses, where it is a reversal that may.
    reverses   BLOB,
    part       BLOB    NOT NULL,
    from_store TEXT,
    to_store   TEXT,
    quantity   INTEGER NOT NULL,
    at_ms      INTEGER NOT NULL,
    work_order BLOB,
    person     BLOB    NOT NULL,
    PRIMARY KEY (movement, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX movement_line_part ON movement_line (part, at_ms, movement);
CREATE INDEX movement_line_work_order ON movement_line (work_order);
CREATE INDEX movement_line_reverses ON movement_line (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE stock_level (
    part     BLOB    NOT NULL,
    store    TEXT    NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (part, store)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE search USING fts5 (
    words, document UNINDEXED, kind UNINDEXED,
    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
