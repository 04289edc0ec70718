-- Occurrences: what timers and blobs are to be run for. The rules of 0001 hold here too: statements leave the planner no
-- choice. `WHERE source > 0` is true of every row.

CREATE SEQUENCE lives_begun;

CREATE TABLE lives (
    holder     int8 PRIMARY KEY,
    hub        int4        NOT NULL,
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);

CREATE TABLE sources (
    id    int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (id > 0),
    hub   int4 NOT NULL,
    name  text COLLATE "C" NOT NULL,
    state text,
    UNIQUE (hub, name)
);

CREATE TABLE receipts (
    source        int4 NOT NULL,
    key           text COLLATE "C" NOT NULL,
    version       text COLLATE "C" NOT NULL,
    missing_since int8,
    PRIMARY KEY (source, key, version)
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1);
CREATE INDEX receipts_missing ON receipts ((source + 0), missing_since) WHERE missing_since IS NOT NULL;

CREATE TABLE occurrences (
    id          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source      int4 NOT NULL,
    key         text COLLATE "C" NOT NULL,
    version     text COLLATE "C" NOT NULL,
    due         int8 NOT NULL,
    serial      bool NOT NULL,
    holder      int8,
    attempt     int4 NOT NULL,
    data        text NOT NULL,
    poison      text,
    poisoned_at int8
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
CREATE UNIQUE INDEX occurrences_by_name ON occurrences (source, key, version) WHERE source > 0;
CREATE INDEX occurrences_waiting ON occurrences (source, due, id) WHERE holder IS NULL AND poison IS NULL;
-- `num_nonnulls(…) = 1` is `IS NOT NULL`, and says which index is meant.
CREATE INDEX occurrences_serial ON occurrences (source) WHERE serial AND num_nonnulls(holder) = 1;
CREATE INDEX occurrences_leased ON occurrences (holder) WHERE holder IS NOT NULL;
CREATE INDEX occurrences_poisoned ON occurrences ((source + 0), id) WHERE poison IS NOT NULL;

-- Fails unless a life goes on; with `_stays` it stays so until the transaction ends.
CREATE FUNCTION require_life(_hub int4, _holder int8, _stays bool) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF _stays THEN
        PERFORM FROM lives WHERE holder = _holder AND hub = _hub FOR KEY SHARE;
    ELSE
        PERFORM FROM lives WHERE holder = _holder AND hub = _hub;
    END IF;
    IF NOT FOUND THEN
        RAISE 'life % is over', _holder USING ERRCODE = 'FN001';
    END IF;
END
$$;

-- Ends lives: what they had leased waits again. In the order in which runs are finished.
CREATE FUNCTION end_lives(_dead int8[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH leased AS (
        SELECT id FROM occurrences WHERE holder = ANY (_dead) ORDER BY id + 0 FOR NO KEY UPDATE
    )
    UPDATE occurrences AS o SET holder = NULL FROM leased WHERE o.id = ANY (ARRAY[leased.id]);
    DELETE FROM lives WHERE holder = ANY (_dead);
END
$$;

-- Ends one life, if it goes on.
CREATE FUNCTION end_life(_hub int4, _holder int8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM lives WHERE holder = _holder AND hub = _hub FOR UPDATE;
    IF FOUND THEN
        PERFORM end_lives(ARRAY[_holder]);
    END IF;
END
$$;

-- Whether one that is serial must wait: another of its source runs, or comes first.
CREATE FUNCTION is_held_up(_source int4, _due int8, _id int8) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
    RETURN EXISTS (SELECT FROM occurrences AS o WHERE o.source = _source AND o.serial AND num_nonnulls(o.holder) = 1)
        OR EXISTS (
            SELECT FROM occurrences AS o
            WHERE o.source = _source AND o.holder IS NULL AND o.poison IS NULL AND (o.due, o.id) < (_due, _id));
END
$$;

-- Puts on record what is not yet: one row for each that is new.
CREATE FUNCTION add_occurrences(_hub int4, _holder int8, _now int8, _take int4, _names text[], _keys text[],
                                _versions text[], _dues int8[], _serials bool[], _datas text[])
RETURNS TABLE (place int8, id int8, leased bool) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    _places int8[];
    _ids int8[];
    _leased int8[];
BEGIN
    PERFORM require_life(_hub, _holder, true);
    INSERT INTO sources (hub, name)
    SELECT DISTINCT _hub, given.name FROM unnest(_names) AS given (name)
    WHERE NOT EXISTS (SELECT FROM sources AS s WHERE s.hub = _hub AND s.name = given.name OFFSET 0)
    ORDER BY given.name
    ON CONFLICT DO NOTHING;
    -- Everybody inserts in one order, so that nobody waits for somebody who waits for him.
    WITH given AS MATERIALIZED (
        SELECT s.id AS source, g.key COLLATE "C" AS key, g.version COLLATE "C" AS version, g.due, g.serial, g.data,
               g.place
        FROM unnest(_names, _keys, _versions, _dues, _serials, _datas) WITH ORDINALITY
             AS g (name, key, version, due, serial, data, place)
        CROSS JOIN LATERAL (SELECT id FROM sources AS s WHERE s.hub = _hub AND s.name = g.name OFFSET 0) AS s
    ), fresh AS (
        INSERT INTO receipts (source, key, version)
        SELECT source, key, version FROM given ORDER BY source, key, version
        ON CONFLICT DO NOTHING
        RETURNING source, key, version
    ), written AS (
        INSERT INTO occurrences (source, key, version, due, serial, attempt, data)
        SELECT g.source, g.key, g.version, g.due, g.serial, 0, g.data
        FROM given AS g JOIN fresh AS f ON (f.source, f.key, f.version) = (g.source, g.key, g.version)
        ORDER BY g.place
        RETURNING id, source, key, version
    )
    SELECT array_agg(g.place ORDER BY g.place), array_agg(w.id ORDER BY g.place) INTO _places, _ids
    FROM written AS w JOIN given AS g ON (w.source, w.key, w.version) = (g.source, g.key, g.version);
    IF true = ANY (_serials) THEN
        PERFORM FROM sources AS s WHERE s.hub = _hub AND s.name = ANY (_names) ORDER BY s.name COLLATE "C"
        FOR NO KEY UPDATE;
    END IF;
    _leased := ARRAY(
        SELECT o.id FROM unnest(_ids) WITH ORDINALITY AS new (id, place)
        JOIN occurrences AS o ON o.id = ANY (ARRAY[new.id])
        WHERE o.due <= _now AND (NOT o.serial OR NOT is_held_up(o.source, o.due, o.id))
        ORDER BY new.place LIMIT _take);
    UPDATE occurrences AS o SET holder = _holder, attempt = 1 FROM unnest(_leased) AS mine (id)
    WHERE o.id = ANY (ARRAY[mine.id]);
    RETURN QUERY
        SELECT new.place, new.id, new.id = ANY (_leased) FROM unnest(_places, _ids) AS new (place, id);
END
$$;

-- Takes what waits and is due, oldest first. What somebody else has just locked is passed over. Nothing is written when
-- nothing waits.
CREATE FUNCTION claim_occurrences(_hub int4, _holder int8, _now int8, _limit int4, _names text[])
RETURNS TABLE (id int8, source text, key text, version text, due int8, serial bool, attempt int4, data text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    _dead int8[];
    _found int8[];
    _locked int4[];
BEGIN
    PERFORM require_life(_hub, _holder, false);
    _dead := ARRAY(
        SELECT l.holder FROM lives AS l
        WHERE l.hub = _hub AND l.expires_at < clock_timestamp() AND l.holder <> _holder
        ORDER BY l.holder FOR UPDATE SKIP LOCKED);
    IF cardinality(_dead) > 0 THEN
        PERFORM end_lives(_dead);
    END IF;
    _found := ARRAY(
        SELECT w.id FROM unnest(_names) AS asked (name)
        CROSS JOIN LATERAL (SELECT id FROM sources AS s WHERE s.hub = _hub AND s.name = asked.name OFFSET 0) AS s
        CROSS JOIN LATERAL (
            SELECT o.id, o.due FROM occurrences AS o
            WHERE o.source = s.id AND o.holder IS NULL AND o.poison IS NULL AND o.due <= _now
              AND (NOT o.serial OR NOT is_held_up(o.source, o.due, o.id))
            ORDER BY o.due, o.id LIMIT _limit FOR NO KEY UPDATE SKIP LOCKED) AS w
        ORDER BY w.due, w.id LIMIT _limit);
    IF cardinality(_found) = 0 THEN
        RETURN;
    END IF;
    PERFORM require_life(_hub, _holder, true);
    _locked := ARRAY(
        SELECT s.id FROM sources AS s
        WHERE s.id = ANY (ARRAY(
            SELECT o.source FROM unnest(_found) AS mine (id) JOIN occurrences AS o ON o.id = ANY (ARRAY[mine.id])
            WHERE o.serial))
        ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED);
    -- Sees what was committed before the locks: another of a source may run meanwhile.
    RETURN QUERY
        WITH leased AS (
            UPDATE occurrences AS o SET holder = _holder, attempt = o.attempt + 1 FROM unnest(_found) AS mine (id)
            WHERE o.id = ANY (ARRAY[mine.id])
              AND (NOT o.serial OR (o.source = ANY (_locked) AND NOT is_held_up(o.source, o.due, o.id)))
            RETURNING o.*
        )
        SELECT leased.id, (SELECT s.name FROM sources AS s WHERE s.id = leased.source), leased.key, leased.version,
               leased.due, leased.serial, leased.attempt, leased.data
        FROM leased ORDER BY leased.due, leased.id;
END
$$;
