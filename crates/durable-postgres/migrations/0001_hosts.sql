-- What a host does with its epoch, and with work that nobody has. The planner has no choice here either; see
-- commit_batch.

-- Takes work that nobody has, oldest first: instances (without a task number) and activities. What somebody else has
-- just locked is passed over. Nothing is written when nothing waits.
CREATE FUNCTION claim_work(_hub int4, _host int8, _epoch int8, _instances int4, _tasks int4)
RETURNS TABLE (instance int8, generation int4, task int8, name text, input text, attempt int4, policy_attempt int8,
               instance_id text, deaths int4, smallest_trial int4, alone int4, died_at int8)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    _locked int8[];
    _waiting bool := _instances > 0 AND EXISTS (
        SELECT FROM inbox AS message JOIN instances AS i ON i.key = ANY (ARRAY[message.instance])
        WHERE message.hub = _hub AND message.hub > 0 AND i.owner IS NULL);
    _queued bool := _tasks > 0 AND EXISTS (SELECT FROM tasks AS t WHERE t.hub = _hub AND t.owner IS NULL);
BEGIN
    PERFORM require_epoch(_host, _epoch, _waiting OR _queued);
    IF _waiting THEN
        _locked := ARRAY(
            SELECT i.key FROM inbox AS message JOIN instances AS i ON i.key = ANY (ARRAY[message.instance])
            WHERE message.hub = _hub AND message.hub > 0 AND i.owner IS NULL AND NOT EXISTS (
                SELECT FROM inbox AS older WHERE older.instance = message.instance AND older.id < message.id OFFSET 0)
            ORDER BY message.id LIMIT _instances FOR NO KEY UPDATE OF i SKIP LOCKED);
        PERFORM settle_due_timers(_hub, _locked);
        -- Sees what was committed before the locks: a message may have been taken meanwhile.
        RETURN QUERY
            WITH claimed AS (
                UPDATE instances AS i SET owner = _epoch
                WHERE i.key = ANY (_locked) AND EXISTS (SELECT FROM inbox AS m WHERE m.instance = i.key OFFSET 0)
                RETURNING i.key
            )
            SELECT claimed.key, NULL::int4, NULL::int8, NULL, NULL, NULL::int4, NULL::int8, NULL,
                   NULL::int4, NULL::int4, NULL::int4, NULL::int8
            FROM claimed JOIN unnest(_locked) WITH ORDINALITY AS locked (key, place) ON locked.key = claimed.key
            ORDER BY locked.place;
    END IF;
    IF _queued THEN
        RETURN QUERY
            WITH taken AS (
                SELECT t.instance, t.generation, t.task FROM tasks AS t
                WHERE t.hub = _hub AND t.owner IS NULL ORDER BY t.place LIMIT _tasks FOR UPDATE SKIP LOCKED
            ), leased AS (
                UPDATE tasks AS t SET owner = _epoch, attempt = t.attempt + 1 FROM taken
                WHERE t.instance = ANY (ARRAY[taken.instance])
                  AND (t.generation, t.task) = (taken.generation, taken.task)
                RETURNING t.*
            )
            SELECT leased.instance, leased.generation, leased.task, leased.name, leased.input, leased.attempt,
                   leased.policy_attempt, (SELECT i.id FROM instances AS i WHERE i.key = leased.instance),
                   s.deaths, s.smallest_trial, s.alone, s.died_at
            FROM leased LEFT JOIN suspects AS s
                 ON s.instance = ANY (ARRAY[leased.instance]) AND s.task = leased.task AND s.number = leased.generation
            ORDER BY leased.place;
    END IF;
END
$$;

-- Fails unless an epoch is current; with `_stays` it stays so until the transaction ends.
CREATE FUNCTION require_epoch(_host int8, _epoch int8, _stays bool) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF _stays THEN
        PERFORM FROM hosts WHERE id = _host AND epoch = _epoch FOR KEY SHARE;
    ELSE
        PERFORM FROM hosts WHERE id = _host AND epoch = _epoch;
    END IF;
    IF NOT FOUND THEN
        RAISE 'host % epoch % is over', _host, _epoch USING ERRCODE = 'FN001';
    END IF;
END
$$;

-- A new host, or a new epoch of one, which has died if it holds an epoch still. What that owns is to be cleared.
CREATE FUNCTION register_host(_hub int4, _host int8, _description text, _lease interval)
RETURNS TABLE (host int8, epoch int8, batch int8) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    _id int8;
BEGIN
    SELECT h.id INTO _id FROM hosts AS h WHERE h.id = _host FOR UPDATE;
    IF _id IS NULL THEN
        INSERT INTO hosts (hub, epoch, description, registered_at)
        VALUES (_hub, nextval('epochs'), _description, clock_timestamp()) RETURNING id INTO _id;
    ELSE
        PERFORM end_epochs(_hub, ARRAY[_id], true);
        UPDATE hosts SET epoch = nextval('epochs'), registered_at = clock_timestamp(), ended_at = NULL,
                         description = _description
        WHERE id = _id;
    END IF;
    INSERT INTO heartbeats (host, hub, epoch, expires_at)
    SELECT h.id, h.hub, h.epoch, clock_timestamp() + _lease FROM hosts AS h WHERE h.id = _id;
    RETURN QUERY SELECT h.id, h.epoch, h.batch FROM hosts AS h WHERE h.id = _id;
END
$$;

-- Ends the epochs of hosts whose lease has run out, except for the one that asks; how many there were.
CREATE FUNCTION end_dead_hosts(_hub int4, _host int8, _epoch int8) RETURNS int8 LANGUAGE plpgsql AS $$
DECLARE
    _dead int8[];
BEGIN
    PERFORM require_epoch(_host, _epoch, false);
    -- Somebody who is renewing his lease, or whom another is ending, is passed over.
    _dead := ARRAY(
        SELECT host FROM heartbeats WHERE hub = _hub AND expires_at < clock_timestamp() AND host <> _host
        ORDER BY host FOR UPDATE SKIP LOCKED);
    IF cardinality(_dead) > 0 THEN
        PERFORM end_epochs(_hub, _dead, true);
        DELETE FROM hosts WHERE hub = _hub AND epoch IS NULL AND ended_at < clock_timestamp() - interval '1 day';
    END IF;
    RETURN cardinality(_dead);
END
$$;

-- Ends an epoch, if it is the current one: its host stops as it should.
CREATE FUNCTION end_host(_hub int4, _host int8, _epoch int8) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM hosts WHERE id = _host AND epoch = _epoch FOR UPDATE;
    IF FOUND THEN
        PERFORM end_epochs(_hub, ARRAY[_host], false);
    END IF;
END
$$;

-- Ends the epochs that hosts hold. What they own is cleared later, by statements that see all that they have written.
CREATE FUNCTION end_epochs(_hub int4, _hosts int8[], _died bool) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _now int8;
BEGIN
    DELETE FROM heartbeats WHERE host = ANY (_hosts);
    -- Commits and claims that are under way come first; the next one finds its epoch gone.
    PERFORM FROM hosts WHERE id = ANY (_hosts) ORDER BY id FOR UPDATE;
    IF _died THEN
        SELECT greatest((extract(epoch FROM clock_timestamp()) * 1000000)::int8, last_death + 1) INTO _now
        FROM hubs WHERE id = _hub FOR UPDATE;
    END IF;
    -- Deaths have times of their own, so that it can be told which of them are counted.
    INSERT INTO ended_epochs (epoch, hub, died_at, loose)
    SELECT epoch, hub, _now + row_number() OVER (ORDER BY id) - 1,
           _died AND NOT EXISTS (SELECT FROM trials WHERE trials.epoch = hosts.epoch)
    FROM hosts WHERE id = ANY (_hosts) AND epoch IS NOT NULL;
    IF _died THEN
        UPDATE hubs SET
            last_death = greatest(last_death, (SELECT max(died_at) FROM ended_epochs WHERE hub = _hub)),
            loose_deaths = ARRAY(
                SELECT died_at FROM (
                    SELECT unnest(loose_deaths) AS died_at
                    UNION SELECT died_at FROM ended_epochs WHERE hub = _hub AND loose
                ) AS loose ORDER BY died_at DESC LIMIT 8)
        WHERE id = _hub;
    END IF;
    UPDATE hosts SET epoch = NULL, ended_at = clock_timestamp() WHERE id = ANY (_hosts) AND epoch IS NOT NULL;
END
$$;

-- Makes nobody's what an epoch that is over owns, at most so many rows of a kind, and counts a death against it; whether
-- there may be more to do.
CREATE FUNCTION clear_ended_epoch(_hub int4, _rows int4) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
    _over ended_epochs;
    _instances int8;
    _tasks int8;
BEGIN
    SELECT * INTO _over FROM ended_epochs WHERE hub = _hub ORDER BY epoch LIMIT 1 FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF _over.died_at IS NOT NULL THEN
        PERFORM count_trial(_hub, _over.epoch, _over.died_at);
    END IF;
    DELETE FROM trials WHERE epoch = _over.epoch;
    DELETE FROM replies WHERE epoch = _over.epoch;
    -- In the order in which commits lock; + 0, or the planner may walk all keys in order and look for the owner.
    WITH owned AS (
        SELECT key FROM instances WHERE owner = _over.epoch ORDER BY key + 0 LIMIT _rows FOR NO KEY UPDATE
    ), cleared AS (
        UPDATE instances AS i SET owner = NULL FROM owned WHERE i.key = ANY (ARRAY[owned.key])
        RETURNING i.key, i.turn, i.status
    ), counted AS (
        INSERT INTO suspects AS s (instance, task, number, hub, deaths, smallest_trial, alone, died_at)
        SELECT key, -1, turn, _hub, 1, 0, 0, _over.died_at FROM cleared WHERE _over.loose AND status < 3
        ON CONFLICT (instance, task, number) DO UPDATE SET deaths = s.deaths + 1, died_at = EXCLUDED.died_at
    )
    SELECT count(*) INTO _instances FROM cleared;
    WITH leased AS (
        SELECT instance, generation, task FROM tasks
        WHERE owner = _over.epoch ORDER BY instance + 0, generation, task LIMIT _rows FOR UPDATE
    ), cleared AS (
        UPDATE tasks AS t SET owner = NULL FROM leased
        WHERE t.instance = ANY (ARRAY[leased.instance])
          AND (t.generation, t.task) = (leased.generation, leased.task)
        RETURNING t.instance, t.generation, t.task
    ), counted AS (
        INSERT INTO suspects AS s (instance, task, number, hub, deaths, smallest_trial, alone, died_at)
        SELECT instance, task, generation, _hub, 1, 0, 0, _over.died_at FROM cleared WHERE _over.loose
        ON CONFLICT (instance, task, number) DO UPDATE SET deaths = s.deaths + 1, died_at = EXCLUDED.died_at
    )
    SELECT count(*) INTO _tasks FROM cleared;
    IF _instances < _rows AND _tasks < _rows THEN
        DELETE FROM ended_epochs WHERE epoch = _over.epoch;
        -- What has left its trace is forgotten.
        DELETE FROM suspects AS s WHERE hub = _hub AND NOT CASE task
            WHEN -1 THEN EXISTS (
                SELECT FROM instances AS i WHERE i.key = s.instance AND i.turn = s.number AND i.status < 3 OFFSET 0)
            ELSE EXISTS (
                SELECT FROM tasks AS t WHERE (t.instance, t.generation, t.task) = (s.instance, s.number, s.task) OFFSET 0)
            END;
    END IF;
    RETURN true;
END
$$;

-- Counts a death against what is left of the trial of an epoch.
CREATE FUNCTION count_trial(_hub int4, _epoch int8, _died_at int8) RETURNS void LANGUAGE sql AS $$
    WITH open AS (
        SELECT instance, task, number, count(*) OVER () AS size FROM trials AS w
        WHERE epoch = _epoch AND CASE task
            WHEN -1 THEN EXISTS (
                SELECT FROM instances AS i WHERE i.key = w.instance AND i.turn = w.number AND i.status < 3 OFFSET 0)
            ELSE EXISTS (
                SELECT FROM tasks AS t WHERE (t.instance, t.generation, t.task) = (w.instance, w.number, w.task) OFFSET 0)
            END
    )
    INSERT INTO suspects AS s (instance, task, number, hub, deaths, smallest_trial, alone, died_at)
    SELECT instance, task, number, _hub, 1, size, (size = 1)::int4, _died_at FROM open
    ON CONFLICT (instance, task, number) DO UPDATE SET
        deaths = s.deaths + 1, alone = s.alone + EXCLUDED.alone, died_at = EXCLUDED.died_at,
        smallest_trial = CASE s.smallest_trial WHEN 0 THEN EXCLUDED.smallest_trial
                              ELSE least(s.smallest_trial, EXCLUDED.smallest_trial) END
$$;

-- Writes down what counts against instances that get an owner: a timer of theirs was due when hosts died, and these
-- deaths are not counted yet.
CREATE FUNCTION settle_due_timers(_hub int4, _keys int8[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _deaths int8[];
BEGIN
    SELECT loose_deaths INTO _deaths FROM hubs WHERE id = _hub;
    IF cardinality(_deaths) > 0 THEN
        INSERT INTO suspects AS s (instance, task, number, hub, deaths, smallest_trial, alone, died_at)
        SELECT i.key, -1, i.turn, _hub, count(*), 0, 0, max(d.died_at)
        FROM instances AS i
        JOIN LATERAL (SELECT min(fire_at) AS due FROM timers WHERE instance = i.key) AS t ON true
        LEFT JOIN LATERAL (
            SELECT died_at FROM suspects WHERE (instance, task, number) = (i.key, -1, i.turn) OFFSET 0) AS c ON true
        JOIN unnest(_deaths) AS d (died_at) ON d.died_at >= t.due AND d.died_at > coalesce(c.died_at, 0)
        WHERE i.key = ANY (_keys)
        GROUP BY i.key, i.turn
        ON CONFLICT (instance, task, number) DO UPDATE
            SET deaths = s.deaths + EXCLUDED.deaths, died_at = EXCLUDED.died_at;
    END IF;
END
$$;

-- Puts work on trial, in the place of what was, which has survived; instances become this host's, unless another owns
-- them.
CREATE FUNCTION set_trial(_hub int4, _host int8, _epoch int8, _instances int8[], _tasks int8[], _numbers int8[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _own int8[];
BEGIN
    PERFORM require_epoch(_host, _epoch, true);
    UPDATE suspects AS s SET alone = 0 FROM trials AS w
    WHERE w.epoch = _epoch AND s.alone > 0
      AND s.instance = ANY (ARRAY[w.instance]) AND (s.task, s.number) = (w.task, w.number)
      AND (s.instance, s.task, s.number) NOT IN (SELECT * FROM unnest(_instances, _tasks, _numbers));
    DELETE FROM trials WHERE epoch = _epoch;
    INSERT INTO trials (epoch, instance, task, number)
    SELECT _epoch, instance, task, number FROM unnest(_instances, _tasks, _numbers) AS new (instance, task, number)
    ON CONFLICT DO NOTHING;
    _own := ARRAY(
        SELECT i.key FROM trials AS w JOIN instances AS i ON i.key = ANY (ARRAY[w.instance]) AND i.turn = w.number
        WHERE w.epoch = _epoch AND w.task = -1 AND i.hub = _hub AND (i.owner IS NULL OR i.owner = _epoch)
        ORDER BY w.instance FOR NO KEY UPDATE OF i);
    PERFORM settle_due_timers(_hub, _own);
    UPDATE instances SET owner = _epoch WHERE key = ANY (_own) AND owner IS DISTINCT FROM _epoch;
END
$$;

-- Removes those of these entities that are nothing but a row; how many there were.
CREATE FUNCTION remove_empty_entities(_hub int4, _host int8, _epoch int8, _keys int8[]) RETURNS int8
LANGUAGE plpgsql AS $$
DECLARE
    _removed int8;
BEGIN
    PERFORM require_epoch(_host, _epoch, true);
    -- Who sends to one of them either has come first, or waits here and then finds nobody.
    PERFORM FROM instances WHERE key = ANY (_keys) ORDER BY key FOR UPDATE;
    DELETE FROM instances AS i
    WHERE key = ANY (_keys) AND hub = _hub AND kind = 1 AND state IS NULL AND lock IS NULL
      AND NOT EXISTS (SELECT FROM inbox WHERE inbox.instance = i.key OFFSET 0);
    GET DIAGNOSTICS _removed = ROW_COUNT;
    RETURN _removed;
END
$$;
