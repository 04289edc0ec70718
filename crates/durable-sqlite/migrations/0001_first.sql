CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, next) VALUES ('instance key', 1);

CREATE TABLE hubs (
    id            INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    epoch         INTEGER NOT NULL DEFAULT 0,
    host          TEXT,
    registered_at INTEGER
) STRICT;

CREATE TABLE instances (
    key           INTEGER PRIMARY KEY,
    hub           INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    kind          INTEGER NOT NULL,
    name          TEXT    NOT NULL,
    status        INTEGER NOT NULL,
    generation    INTEGER NOT NULL,
    turn          INTEGER NOT NULL,
    events        INTEGER NOT NULL,
    actions       INTEGER NOT NULL,
    owner         INTEGER,
    parent        TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    custom_status TEXT,
    output        TEXT,
    failure       TEXT,
    state         TEXT
) STRICT;
CREATE UNIQUE INDEX instances_by_id ON instances (hub, id);

CREATE TABLE inputs (
    instance INTEGER PRIMARY KEY,
    input    TEXT NOT NULL
) STRICT;

CREATE TABLE history (
    instance   INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    turn       INTEGER NOT NULL,
    format     INTEGER NOT NULL,
    events     TEXT    NOT NULL,
    PRIMARY KEY (instance, generation, turn)
) STRICT, WITHOUT ROWID;

CREATE TABLE inbox (
    id       INTEGER PRIMARY KEY,
    instance INTEGER NOT NULL,
    format   INTEGER NOT NULL,
    message  TEXT    NOT NULL
) STRICT;
CREATE INDEX inbox_by_instance ON inbox (instance);

CREATE TABLE tasks (
    instance   INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    task       INTEGER NOT NULL,
    hub        INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    owner      INTEGER,
    attempt    INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    input      TEXT    NOT NULL,
    PRIMARY KEY (instance, generation, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_waiting ON tasks (hub, place) WHERE owner IS NULL;

CREATE TABLE timers (
    instance   INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    task       INTEGER NOT NULL,
    hub        INTEGER NOT NULL,
    fire_at    INTEGER NOT NULL,
    PRIMARY KEY (instance, generation, task)
) STRICT, WITHOUT ROWID;
CREATE INDEX timers_by_time ON timers (hub, fire_at);

CREATE TABLE keys (
    hub   INTEGER NOT NULL,
    scope TEXT    NOT NULL,
    name  TEXT    NOT NULL,
    hash  BLOB    NOT NULL,
    PRIMARY KEY (hub, scope, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    hub    INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    secret BLOB    NOT NULL,
    PRIMARY KEY (hub, name)
) STRICT, WITHOUT ROWID;
