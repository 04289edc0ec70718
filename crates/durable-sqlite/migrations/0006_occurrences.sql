CREATE TABLE lives (
    hub    INTEGER PRIMARY KEY,
    holder INTEGER NOT NULL
) STRICT;

CREATE TABLE sources (
    id    INTEGER PRIMARY KEY,
    hub   INTEGER NOT NULL,
    name  TEXT    NOT NULL,
    state TEXT,
    UNIQUE (hub, name)
) STRICT;

CREATE TABLE receipts (
    source        INTEGER NOT NULL,
    key           TEXT    NOT NULL,
    version       TEXT    NOT NULL,
    missing_since INTEGER,
    PRIMARY KEY (source, key, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX receipts_missing ON receipts (source, missing_since) WHERE missing_since IS NOT NULL;

-- A number is never given again: what is finished twice must not finish another.
CREATE TABLE occurrences (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    source      INTEGER NOT NULL,
    key         TEXT    NOT NULL,
    version     TEXT    NOT NULL,
    due         INTEGER NOT NULL,
    serial      INTEGER NOT NULL,
    holder      INTEGER,
    attempt     INTEGER NOT NULL,
    data        TEXT    NOT NULL,
    poison      TEXT,
    poisoned_at INTEGER,
    UNIQUE (source, key, version)
) STRICT;

CREATE INDEX occurrences_waiting ON occurrences (source, due, id) WHERE holder IS NULL AND poison IS NULL;
CREATE INDEX occurrences_leased ON occurrences (source) WHERE holder IS NOT NULL;
CREATE INDEX occurrences_poisoned ON occurrences (source, id) WHERE poison IS NOT NULL;
