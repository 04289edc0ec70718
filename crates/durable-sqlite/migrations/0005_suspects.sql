CREATE TABLE deaths (
    hub     INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    died_at INTEGER NOT NULL,
    PRIMARY KEY (hub, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE suspects (
    instance       INTEGER NOT NULL,
    task           INTEGER NOT NULL,
    number         INTEGER NOT NULL,
    hub            INTEGER NOT NULL,
    deaths         INTEGER NOT NULL,
    smallest_trial INTEGER NOT NULL,
    alone          INTEGER NOT NULL,
    died_at        INTEGER NOT NULL,
    trial          INTEGER,
    PRIMARY KEY (instance, task, number)
) STRICT, WITHOUT ROWID;
