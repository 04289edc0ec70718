ALTER TABLE instances ADD COLUMN lock TEXT;

CREATE TABLE scheduled (
    hub      INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    key      INTEGER NOT NULL,
    id       TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    format   INTEGER NOT NULL,
    message  TEXT    NOT NULL,
    PRIMARY KEY (hub, due, key)
) STRICT, WITHOUT ROWID;
