-- Runs with the schema of the store as the search path. What the tables are for is drawn in schema.rs.
-- Queues are vacuumed early and often: their rows live for milliseconds.
--
-- `WHERE hub > 0` is true of every row. Such an index serves only statements that say so too: all others are left with
-- the primary key, whatever the planner believes of tables that it has never seen full.

CREATE TABLE counters (
    name text COLLATE "C" PRIMARY KEY,
    next int8 NOT NULL
) WITH (fillfactor = 10);
INSERT INTO counters (name, next) VALUES ('instance key', 1);

CREATE SEQUENCE epochs;
CREATE SEQUENCE message_ids;
CREATE SEQUENCE task_places;

CREATE TABLE hubs (
    id   int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id > 0),
    name text COLLATE "C" NOT NULL UNIQUE,
    -- When a host last died, and when the last ones died that had nothing on trial; no two died at the same time.
    last_death   int8   NOT NULL DEFAULT 0,
    loose_deaths int8[] NOT NULL DEFAULT '{}'
);

CREATE TABLE hosts (
    id            int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hub           int4        NOT NULL,
    epoch         int8,
    batch         int8        NOT NULL DEFAULT 0,
    answer        int8[]      NOT NULL DEFAULT '{}',
    description   text        NOT NULL,
    registered_at timestamptz NOT NULL,
    ended_at      timestamptz
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

CREATE TABLE heartbeats (
    host       int8 PRIMARY KEY,
    hub        int4        NOT NULL,
    epoch      int8        NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

CREATE TABLE ended_epochs (
    epoch   int8 PRIMARY KEY,
    hub     int4 NOT NULL,
    died_at int8,
    loose   bool NOT NULL
);

CREATE TABLE instances (
    key           int8 PRIMARY KEY,
    hub           int4 NOT NULL,
    id            text COLLATE "C" NOT NULL,
    kind          int2 NOT NULL,
    status        int2 NOT NULL,
    generation    int4 NOT NULL,
    turn          int8 NOT NULL,
    events        int8 NOT NULL,
    actions       int8 NOT NULL,
    owner         int8,
    created_at    int8 NOT NULL,
    updated_at    int8 NOT NULL,
    finished_at   int8,
    name          text NOT NULL,
    parent_key    int8,
    parent        text,
    input         text,
    custom_status text,
    output        text,
    failure       text,
    state         text,
    lock          text
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
CREATE UNIQUE INDEX instances_by_id ON instances (hub, id) WHERE hub > 0;
CREATE INDEX instances_owned ON instances (owner) WHERE owner IS NOT NULL;
-- Not by updated_at: while no indexed column changes, a turn's new row stays on the page of the old one and no index is
-- written.
CREATE INDEX instances_finished ON instances (hub, status, finished_at, key) WHERE finished_at IS NOT NULL AND kind = 0;
CREATE INDEX instances_by_parent ON instances (parent_key, key) WHERE parent_key IS NOT NULL;

CREATE TABLE history (
    instance   int8 NOT NULL,
    generation int4 NOT NULL,
    turn       int8 NOT NULL,
    format     int2 NOT NULL,
    events     text NOT NULL,
    PRIMARY KEY (instance, generation, turn)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);

CREATE TABLE inbox (
    instance int8 NOT NULL,
    id       int8 NOT NULL,
    hub      int4 NOT NULL,
    format   int2 NOT NULL,
    message  text NOT NULL,
    PRIMARY KEY (instance, id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX inbox_by_age ON inbox (hub, id) WHERE hub > 0;

CREATE TABLE tasks (
    instance       int8 NOT NULL,
    generation     int4 NOT NULL,
    task           int8 NOT NULL,
    hub            int4 NOT NULL,
    place          int8 NOT NULL,
    owner          int8,
    attempt        int4 NOT NULL,
    policy_attempt int8 NOT NULL,
    name           text NOT NULL,
    input          text NOT NULL,
    PRIMARY KEY (instance, generation, task)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX tasks_waiting ON tasks (hub, place) WHERE owner IS NULL;
CREATE INDEX tasks_leased ON tasks (owner) WHERE owner IS NOT NULL;

CREATE TABLE timers (
    instance   int8 NOT NULL,
    generation int4 NOT NULL,
    task       int8 NOT NULL,
    hub        int4 NOT NULL,
    fire_at    int8 NOT NULL,
    PRIMARY KEY (instance, generation, task)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX timers_by_time ON timers (hub, fire_at, instance, generation, task) WHERE hub > 0;

CREATE TABLE keys (
    hub   int4 NOT NULL,
    scope text COLLATE "C" NOT NULL,
    name  text COLLATE "C" NOT NULL,
    hash  bytea NOT NULL,
    PRIMARY KEY (hub, scope, name)
);

CREATE TABLE secrets (
    hub    int4 NOT NULL,
    name   text COLLATE "C" NOT NULL,
    secret bytea NOT NULL,
    PRIMARY KEY (hub, name)
);

CREATE TABLE scheduled (
    hub     int4 NOT NULL,
    due     int8 NOT NULL,
    key     int8 NOT NULL,
    id      text NOT NULL,
    name    text NOT NULL,
    format  int2 NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (hub, due, key)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE replies (
    epoch int8 NOT NULL,
    id    int8 GENERATED ALWAYS AS IDENTITY,
    reply text NOT NULL,
    PRIMARY KEY (epoch, id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE trials (
    epoch    int8 NOT NULL,
    instance int8 NOT NULL,
    task     int8 NOT NULL,
    number   int8 NOT NULL,
    PRIMARY KEY (epoch, instance, task, number)
);

CREATE TABLE suspects (
    instance       int8 NOT NULL,
    task           int8 NOT NULL,
    number         int8 NOT NULL,
    hub            int4 NOT NULL,
    deaths         int4 NOT NULL,
    smallest_trial int4 NOT NULL,
    alone          int4 NOT NULL,
    died_at        int8 NOT NULL,
    PRIMARY KEY (instance, task, number)
);
