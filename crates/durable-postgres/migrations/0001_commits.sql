-- Rows as a commit passes them: one array of a type per table. table.rs writes them field by field in this order.

CREATE TYPE touched_row AS (key int8, turn int8, own bool, writes bool, ends bool, is_final bool);
CREATE TYPE turn_row AS (
    key int8, before int8, turn int8, generation int4, status int2, events int8, actions int8, updated_at int8,
    owned bool, input text, custom_status text, output text, failure text, has_state bool, state text, lock text);
CREATE TYPE created_row AS (
    key int8, id text, kind int2, name text, status int2, generation int4, turn int8, events int8, actions int8,
    updated_at int8, owned bool, parent_key int8, parent text, input text, custom_status text, output text, failure text, state text, lock text);
CREATE TYPE child_row AS (instance int8, generation int4, task int8);
CREATE TYPE consumed_row AS (instance int8, id int8);
CREATE TYPE known_row AS (instance int8, upto int8, count int4);
CREATE TYPE history_row AS (instance int8, generation int4, turn int8, events text);
CREATE TYPE task_row AS (
    instance int8, generation int4, task int8, leased bool, policy_attempt int8, name text, input text);
CREATE TYPE timer_row AS (instance int8, generation int4, task int8, fire_at int8);
CREATE TYPE message_row AS (instance int8, message text);
CREATE TYPE delivered_row AS (due int8, key int8);
CREATE TYPE scheduled_row AS (due int8, key int8, id text, name text, message text);
CREATE TYPE reply_row AS (epoch int8, reply text);

-- Writes a batch, or nothing: NULL when what the batch rests on is not so.
--
-- Its statements leave the planner no choice: the arguments are walked, and each row is found by its key.
-- `= ANY (ARRAY[…])` cannot be turned around, a subquery with OFFSET 0 stays where it is, and no index answers IS NOT
-- DISTINCT FROM.
--
-- Every statement of a function sees what was committed before it began, so what comes after the locks sees
-- everything that others did to these instances, and nobody does more to them until the end.
CREATE FUNCTION commit_batch(
    _hub int4, _host int8, _epoch int8, _before int8, _batch int8, _now int8, _format int2,
    _free text[], _targets text[], _touched touched_row[],
    _turns turn_row[], _tasks_done child_row[], _timers_done child_row[], _consumed consumed_row[],
    _known known_row[], _finished int8[], _continued int8[], _history history_row[], _removed int8[],
    _created created_row[], _tasks task_row[], _timers timer_row[], _inbox message_row[],
    _delivered delivered_row[], _scheduled scheduled_row[], _replies reply_row[])
RETURNS int8[] LANGUAGE plpgsql AS $$
DECLARE
    _found int8[] := '{}';
    _elsewhere int8[];
    _answer int8[] := '{}';
    _holds bool;
    _changed int8;
BEGIN
    -- Instances with these ids get messages.
    IF _targets IS NOT NULL THEN
        SELECT array_agg(known.key ORDER BY target.place) INTO _found
        FROM unnest(_targets) WITH ORDINALITY AS target (id, place) CROSS JOIN LATERAL (
            SELECT key FROM instances WHERE hub = _hub AND hub > 0 AND instances.id = target.id OFFSET 0) AS known;
        IF coalesce(cardinality(_found), 0) <> cardinality(_targets) THEN
            RETURN NULL;
        END IF;
    END IF;

    -- All locks in the order of keys, so that hosts wait for each other and never in a circle.
    IF _touched IS NOT NULL OR _targets IS NOT NULL THEN
        WITH wanted AS (
            SELECT key, max(turn) AS turn, bool_or(own) AS own, bool_or(writes) AS writes,
                   bool_or(is_final) AS is_final, bool_or(ends) AND bool_or(is_target) AS clash
            FROM (SELECT key, turn, own, writes, ends, is_final, false AS is_target FROM unnest(_touched)
                  UNION ALL
                  SELECT key, NULL, false, false, false, false, true FROM unnest(_found) AS key) AS touched
            GROUP BY key ORDER BY key
        ), locked AS (
            SELECT wanted.*, seen.hub, seen.status, seen.turn AS seen_turn, seen.owner
            FROM wanted CROSS JOIN LATERAL (
                SELECT * FROM (
                    SELECT hub, status, i.turn, owner FROM instances AS i
                    WHERE i.key = wanted.key AND NOT wanted.writes FOR SHARE) AS shared
                UNION ALL
                SELECT * FROM (
                    SELECT hub, status, i.turn, owner FROM instances AS i
                    WHERE i.key = wanted.key AND wanted.writes FOR NO KEY UPDATE) AS written
            ) AS seen
        )
        SELECT count(*) = (SELECT count(*) FROM wanted)
               AND bool_and(hub = _hub AND NOT clash
                            AND (is_final IS NULL OR is_final = (status >= 3))
                            AND (turn IS NULL OR turn = seen_turn) AND (NOT own OR owner IS NULL OR owner = _epoch)),
               array_agg(key) FILTER (WHERE owner <> _epoch)
        INTO _holds, _elsewhere FROM locked;
        IF NOT _holds THEN
            RETURN NULL;
        END IF;
    END IF;

    IF _free IS NOT NULL AND EXISTS (
        SELECT FROM unnest(_free) AS free (id) CROSS JOIN LATERAL (
            SELECT FROM instances WHERE hub = _hub AND hub > 0 AND instances.id = free.id OFFSET 0) AS taken)
    THEN
        RETURN NULL;
    END IF;

    IF _turns IS NOT NULL THEN
        UPDATE instances AS i SET
            turn = new.turn, generation = new.generation, status = new.status, events = new.events,
            actions = new.actions, updated_at = new.updated_at,
            finished_at = CASE WHEN new.status >= 3 THEN new.updated_at END, owner = CASE WHEN new.owned THEN _epoch END,
            input = coalesce(new.input, i.input), custom_status = coalesce(new.custom_status, i.custom_status),
            output = coalesce(new.output, i.output), failure = coalesce(new.failure, i.failure),
            state = CASE WHEN new.has_state THEN new.state ELSE i.state END, lock = new.lock
        FROM unnest(_turns) AS new
        WHERE i.key = ANY (ARRAY[new.key]) AND i.hub = _hub AND i.turn = new.before
          AND (i.owner IS NULL OR i.owner = _epoch);
        GET DIAGNOSTICS _changed = ROW_COUNT;
        IF _changed <> cardinality(_turns) THEN
            RAISE 'a turn is not this host''s to write' USING ERRCODE = 'FN002';
        END IF;
    END IF;
    -- The rows are locked: whoever sends to them has committed, or waits and draws later numbers.
    IF _known IS NOT NULL AND EXISTS (
        SELECT FROM unnest(_known) AS known WHERE known.count <> (
            SELECT count(*) FROM inbox AS i WHERE i.instance = known.instance AND i.id <= known.upto))
    THEN
        RAISE 'an inbox is not as a turn knows it' USING ERRCODE = 'FN002';
    END IF;
    IF _tasks_done IS NOT NULL THEN
        DELETE FROM tasks AS t USING unnest(_tasks_done) AS done
        WHERE t.instance = ANY (ARRAY[done.instance]) AND (t.generation, t.task) = (done.generation, done.task)
          AND t.owner IS NOT DISTINCT FROM _epoch;
        GET DIAGNOSTICS _changed = ROW_COUNT;
        IF _changed <> cardinality(_tasks_done) THEN
            RAISE 'a task is not leased to this host' USING ERRCODE = 'FN002';
        END IF;
    END IF;
    IF _delivered IS NOT NULL THEN
        DELETE FROM scheduled AS s USING (SELECT _hub AS hub, due, key FROM unnest(_delivered) OFFSET 0) AS done
        WHERE s.hub = ANY (ARRAY[done.hub]) AND (s.due, s.key) = (done.due, done.key);
        GET DIAGNOSTICS _changed = ROW_COUNT;
        IF _changed <> cardinality(_delivered) THEN
            RAISE 'a scheduled message does not wait' USING ERRCODE = 'FN002';
        END IF;
    END IF;
    IF _timers_done IS NOT NULL THEN
        DELETE FROM timers AS t USING unnest(_timers_done) AS done
        WHERE t.instance = ANY (ARRAY[done.instance]) AND (t.generation, t.task) = (done.generation, done.task);
    END IF;
    IF _consumed IS NOT NULL THEN
        DELETE FROM inbox AS i USING unnest(_consumed) AS gone
        WHERE i.instance = ANY (ARRAY[gone.instance]) AND i.id = gone.id;
    END IF;
    IF _finished IS NOT NULL THEN
        DELETE FROM tasks WHERE instance = ANY (_finished);
        DELETE FROM timers WHERE instance = ANY (_finished);
        DELETE FROM inbox WHERE instance = ANY (_finished);
    END IF;
    IF _continued IS NOT NULL THEN
        DELETE FROM history WHERE instance = ANY (_continued);
        DELETE FROM tasks WHERE instance = ANY (_continued);
        DELETE FROM timers WHERE instance = ANY (_continued);
    END IF;
    IF _history IS NOT NULL THEN
        INSERT INTO history (instance, generation, turn, format, events)
        SELECT instance, generation, turn, _format, events FROM unnest(_history);
    END IF;
    IF _removed IS NOT NULL THEN
        DELETE FROM instances WHERE key = ANY (_removed);
        DELETE FROM history WHERE instance = ANY (_removed);
        DELETE FROM inbox WHERE instance = ANY (_removed);
        DELETE FROM tasks WHERE instance = ANY (_removed);
        DELETE FROM timers WHERE instance = ANY (_removed);
    END IF;
    IF _created IS NOT NULL THEN
        INSERT INTO instances (key, hub, id, kind, name, status, generation, turn, events, actions, created_at,
                               updated_at, finished_at, owner, parent_key, parent, input, custom_status, output, failure, state,
                               lock)
        SELECT key, _hub, id, kind, name, status, generation, turn, events, actions, _now,
               updated_at, CASE WHEN status >= 3 THEN updated_at END, CASE WHEN owned THEN _epoch END, parent_key,
               parent, input, custom_status, output, failure, state, lock
        FROM unnest(_created);
    END IF;
    IF _tasks IS NOT NULL THEN
        INSERT INTO tasks (instance, generation, task, hub, place, owner, attempt, policy_attempt, name, input)
        SELECT instance, generation, task, _hub, nextval('task_places'), CASE WHEN leased THEN _epoch END,
               leased::int4, policy_attempt, name, input
        FROM unnest(_tasks);
    END IF;
    IF _timers IS NOT NULL THEN
        INSERT INTO timers (instance, generation, task, hub, fire_at)
        SELECT instance, generation, task, _hub, fire_at FROM unnest(_timers);
    END IF;
    IF _scheduled IS NOT NULL THEN
        INSERT INTO scheduled (hub, due, key, id, name, format, message)
        SELECT _hub, due, key, id, name, _format, message FROM unnest(_scheduled);
    END IF;
    -- Nobody waits in an epoch that is over.
    IF _replies IS NOT NULL THEN
        INSERT INTO replies (epoch, reply)
        SELECT epoch, reply FROM unnest(_replies) AS new WHERE EXISTS (SELECT FROM hosts WHERE hosts.epoch = new.epoch);
    END IF;
    -- A negative number stands for one of the targets; 0 for somebody who is gone at the end of the batch.
    IF _inbox IS NOT NULL THEN
        WITH drawn AS MATERIALIZED (
            SELECT nextval('message_ids') AS id, message,
                   CASE WHEN instance < 0 THEN _found[-instance] ELSE instance END AS instance
            FROM unnest(_inbox)
        ), delivered AS (
            INSERT INTO inbox (instance, id, hub, format, message)
            SELECT instance, id, _hub, _format, message FROM drawn WHERE instance <> 0
        )
        SELECT array_agg(CASE WHEN instance = ANY (_elsewhere) THEN -id ELSE id END ORDER BY id) || _found
        INTO _answer FROM drawn;
    END IF;

    -- The fence, and what tells afterwards whether this was written. A takeover waits here for the batch, or the batch
    -- for the takeover.
    UPDATE hosts SET batch = _batch, answer = _answer WHERE id = _host AND epoch = _epoch AND batch = _before;
    IF NOT FOUND THEN
        RAISE 'host % epoch % is over, or its batch % is not the next', _host, _epoch, _batch USING ERRCODE = 'FN001';
    END IF;
    RETURN _answer;
END
$$;
