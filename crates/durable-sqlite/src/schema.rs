//! The tables, and how a file gets them.
//!
//! ```text
//! counters   name → next                         instance keys reserved so far, for all hubs     reserve_keys
//! hubs       id → name, epoch, host, registered_at     task hubs; the epoch is the fence;         open, register,
//!                                                host is NULL when nobody holds the epoch        deregister
//!
//! instances  key → hub, id, kind, name,          orchestrations and entities                     commit
//!            status, generation, turn,           counters of the current execution; `turn` is
//!            events, actions,                    the fence of turns
//!            owner,                              epoch that runs it; an epoch other than the
//!                                                hub's current one is nobody                     commit, claim
//!            parent, created_at, updated_at,
//!            custom_status, output, failure,     JSON
//!            state                               JSON of an entity
//!            lock                                JSON: critical section, or whom an entity is locked for
//!            unique (hub, id); the finished by
//!            (hub, status, updated_at); those
//!            with a parent by its key
//! inputs     instance → input                    apart, so that a turn does not rewrite it       commit
//! history    (instance, generation, turn)        one row per turn: a JSON array of events;       commit
//!            → format, events                    one execution is one range
//! inbox      id → instance, format, message      messages that wait, in order                    commit
//! tasks      (instance, generation, task)        activities without a recorded result            commit, claim,
//!            → hub, name, owner, attempt,        `owner` as above; NULL = queued, by `place`     release, register
//!              place, input, policy_attempt
//! timers     (instance, generation, task)        timers that wait                                commit
//!            → hub, fire_at
//! scheduled  (hub, due, key)                     messages to entities that wait for their time;  commit
//!            → id, name, format, message         `key` is reserved, for the entity if need be
//!
//! deaths     (hub, epoch) → died_at              epochs whose host died without a trial          register
//! suspects   (instance, task, number)            what is counted against work: a call, `number`  register, claim,
//!            → hub, deaths, smallest_trial,      being its execution, or with task -1 a turn,    set_trial
//!              alone, died_at, trial             `number` being the turns before it. `trial` is
//!                                                the epoch that has it on trial
//!
//! sources    id → hub, name, state               whose occurrences there are: a function's       add, remember,
//!            unique (hub, name)                  trigger; `state` is the trigger's, JSON         set_source_states
//! receipts   (source, key, version)              every occurrence that is on record; since       add, remember, prune,
//!            → missing_since                     when listings miss it                           set_missing
//! occurrences id → source, key, version, due,    those that are not finished; `holder` is the    add, claim, finish,
//!            serial, holder, attempt, data,      life that has leased it; `poison` says why it   redrive, discard
//!            poison, poisoned_at                 failed for good
//!            the waiting by (source, due, id); the leased and the poisoned by source
//! lives      hub → holder                        the life that may lease occurrences             enter, leave
//!
//! keys       (hub, scope, name) → hash           access keys at rest                             put_key, delete_key
//! secrets    (hub, name) → secret                                                                secret
//! ```
//!
//! Times are microseconds since 1970. Status: 0 Pending, 1 Running, 2 Suspended, 3 Completed, 4 Failed,
//! 5 Terminated. Kind: 0 orchestration, 1 entity. Keys of instances are given out in ascending order and never
//! again, so that what is written together lies together.
//!
//! Indexes cost time in every commit, so there are few. Lists of instances are ordered by id and use the unique
//! index; their other filters are checked row by row. Leased tasks are in no index but their key. An instance enters
//! the index of finished ones once, in its last commit, and that of children once, when it is created.

use sqlx::{Connection, Row, SqliteConnection};

use crate::{columns::micros_since_1970, error::OpenError, options::Options};

/// The changes that make up the schema, oldest first. Never edited once released, only added to.
const MIGRATIONS: [&str; 6] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_policy_attempt.sql"),
    include_str!("../migrations/0003_finished_and_children.sql"),
    include_str!("../migrations/0004_entities.sql"),
    include_str!("../migrations/0005_suspects.sql"),
    include_str!("../migrations/0006_occurrences.sql"),
];

/// The version that this build writes and reads.
pub(crate) const NEWEST: i64 = MIGRATIONS.len() as i64;

/// Brings a file to the newest version, in one transaction.
pub(crate) async fn migrate(connection: &mut SqliteConnection, options: &Options) -> Result<(), OpenError> {
    let failed = |error| OpenError::sqlite(options, &error);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
    let found = version(&mut transaction).await.map_err(failed)?;
    let version = match found {
        Version::Foreign => return Err(OpenError::Foreign { path: options.path.clone() }),
        Version::Known(version) if version > NEWEST => {
            return Err(OpenError::NewerSchema { path: options.path.clone(), found: version });
        }
        Version::Known(version) => version,
    };
    for (number, migration) in (1..).zip(MIGRATIONS) {
        if number > version {
            sqlx::raw_sql(migration).execute(&mut *transaction).await.map_err(failed)?;
            sqlx::query("INSERT INTO schema_versions (version, applied_at) VALUES ($1, $2)")
                .bind(number)
                .bind(micros_since_1970())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)
}

enum Version {
    Known(i64),
    Foreign,
}

/// Which version a file has; 0 when it is empty.
async fn version(connection: &mut SqliteConnection) -> Result<Version, sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(&mut *connection)
        .await?;
    if tables.is_empty() {
        sqlx::raw_sql(
            "CREATE TABLE schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT",
        )
        .execute(connection)
        .await?;
        return Ok(Version::Known(0));
    }
    if !tables.iter().any(|table| table == "schema_versions") {
        return Ok(Version::Foreign);
    }
    let row =
        sqlx::query("SELECT coalesce(max(version), 0) FROM schema_versions").fetch_one(connection).await?;
    Ok(Version::Known(row.try_get(0)?))
}
