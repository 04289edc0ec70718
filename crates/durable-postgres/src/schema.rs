//! The tables, and how a database gets them.
//!
//! ```text
//! counters   name → next                         instance keys reserved so far, for all hubs     reserve_keys
//! hubs       id → name,                          task hubs                                       open
//!            last_death, loose_deaths            when a host last died, and when the last ones   take_over
//!                                                died that had nothing on trial
//! hosts      id → hub, epoch,                    who writes: the epoch is the fence, NULL when   register, commit,
//!            batch, answer,                      it is over; number of the last batch written    take_over
//!            description, registered_at,         and what was answered to it
//!            ended_at
//! heartbeats host → hub, epoch, expires_at       until when a host lives, by this clock          renew, take_over
//! ended_epochs   epoch → hub, died_at, loose     epochs that are over and may still own rows;    take_over
//!                                                `loose`: died with nothing on trial
//!
//! instances  key → hub, id, kind, name,          orchestrations and entities                     commit
//!            status, generation, turn,           counters of the current execution; `turn` is
//!            events, actions,                    the fence of turns
//!            owner,                              the epoch that runs it, NULL for nobody         commit, claim
//!            parent, parent_key, created_at,
//!            updated_at, finished_at,
//!            input, custom_status,
//!            output, failure,                    JSON
//!            state                               JSON of an entity
//!            lock                                JSON: critical section, or whom an entity is locked for
//!            unique (hub, id); the owned by owner; the finished by (hub, status, finished_at); those with a parent
//!            by its key
//! history    (instance, generation, turn)        one row per turn: a JSON array of events;       commit
//!            → format, events                    one execution is one range
//! inbox      (instance, id) → hub, format,       messages that wait; ids grow in the order of    commit
//!            message                             commits of any one sender
//! tasks      (instance, generation, task)        activities without a recorded result            commit, claim,
//!            → hub, name, owner, attempt,        `owner` as above; NULL = queued, by `place`     release
//!              place, input, policy_attempt
//! timers     (instance, generation, task)        timers that wait                                commit
//!            → hub, fire_at
//!
//! scheduled  (hub, due, key)                     messages to entities that wait for their time;  commit
//!            → id, name, format, message         `key` is reserved, for the entity if need be
//! replies    (epoch, id) → reply                 answers to clients of other hosts, JSON         commit,
//!                                                                                                take_replies
//! trials     (epoch, instance, task, number)     user code that a host has put on trial          set_trial
//! suspects   (instance, task, number)            how often it was in flight when a host died;    take_over
//!            → hub, deaths, smallest_trial,      a turn (task −1) by its number, a call by its
//!              alone, died_at                    execution
//!
//! sources    id → hub, name, state               whose occurrences there are: a function's       add, remember,
//!            unique (hub, name)                  trigger; `state` is the trigger's, JSON         set_source_states
//! receipts   (source, key, version)              every occurrence that is on record; since       add, remember, prune,
//!            → missing_since                     when listings miss it                           set_missing
//! occurrences id → source, key, version, due,    those that are not finished; `holder` is the    add, claim, finish,
//!            serial, holder, attempt, data,      life that has leased it; `poison` says why it   redrive, discard
//!            poison, poisoned_at                 failed for good
//!            the waiting by (source, due, id); the leased by holder; the poisoned by source
//! lives      holder → hub, expires_at            until when who leases occurrences lives, by     enter, hold, leave,
//!                                                this clock                                      claim
//!
//! keys       (hub, scope, name) → hash           access keys at rest                             put_key, delete_key
//! secrets    (hub, name) → secret                                                                secret
//! ```
//!
//! Times are microseconds since 1970, except those by which leases run. Status: 0 Pending, 1 Running, 2 Suspended,
//! 3 Completed, 4 Failed, 5 Terminated. Kind: 0 orchestration, 1 entity. An epoch is a number that no other host and no
//! other life of this host has.

use sqlx::{Connection, PgConnection, Row};

use crate::{connect::quoted, error::OpenError, options::Options};

/// The changes that make up the schema, oldest first. Never edited once released, only added to.
const MIGRATIONS: [&str; 2] = [
    concat!(
        include_str!("../migrations/0001_first.sql"),
        include_str!("../migrations/0001_commits.sql"),
        include_str!("../migrations/0001_hosts.sql")
    ),
    include_str!("../migrations/0002_occurrences.sql"),
];

/// The version that this build writes and reads.
pub(crate) const NEWEST: i32 = MIGRATIONS.len() as i32;

/// Brings a schema to the newest version, in one transaction, one host at a time. Asks for no right that it does not
/// need: on a schema that is up to date nothing is created.
pub(crate) async fn migrate(
    connection: &mut PgConnection,
    options: &Options,
    place: &str,
) -> Result<(), OpenError> {
    let failed = |error| OpenError::postgres(place, &error);
    let mut transaction = connection.begin().await.map_err(failed)?;
    // Another host may be at it, and it may take its time.
    for statement in ["SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0"]
    {
        sqlx::query(statement).execute(&mut *transaction).await.map_err(failed)?;
    }
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("fnhost schema {}", options.schema))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    let version = match found(&mut transaction, &options.schema).await.map_err(failed)? {
        Found::Foreign(table) => {
            let (place, schema) = (place.to_owned(), options.schema.clone());
            return Err(OpenError::Foreign { place, schema, table });
        }
        Found::Version(found) if found > NEWEST => {
            let (place, schema) = (place.to_owned(), options.schema.clone());
            return Err(OpenError::NewerSchema { place, schema, found });
        }
        Found::Version(version) => version,
        Found::Empty { exists } => {
            create(&mut transaction, &options.schema, exists).await.map_err(failed)?;
            0
        }
    };
    for (number, migration) in (1..).zip(MIGRATIONS) {
        if number > version {
            tracing::info!("bringing schema \"{}\" of `{place}` to version {number}", options.schema);
            sqlx::raw_sql(migration).execute(&mut *transaction).await.map_err(failed)?;
            sqlx::query("INSERT INTO schema_versions (version) VALUES ($1)")
                .bind(number)
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
        }
    }
    transaction.commit().await.map_err(failed)
}

/// What a schema has.
enum Found {
    /// Nothing.
    Empty { exists: bool },
    /// This store's tables.
    Version(i32),
    /// Somebody else's: one of them.
    Foreign(String),
}

async fn found(connection: &mut PgConnection, schema: &str) -> Result<Found, sqlx::Error> {
    let row = sqlx::query(
        "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1) AS is_there,
                bool_or(relname = 'schema_versions') AS is_ours, min(relname::text) AS first
         FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
                             AND relkind IN ('r', 'p', 'v', 'm', 'f')",
    )
    .bind(schema)
    .fetch_one(&mut *connection)
    .await?;
    match (row.try_get("is_ours")?, row.try_get("first")?) {
        (Some(true), _) => sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM schema_versions")
            .fetch_one(connection)
            .await
            .map(Found::Version),
        (Some(false), Some(table)) => Ok(Found::Foreign(table)),
        _ => Ok(Found::Empty { exists: row.try_get("is_there")? }),
    }
}

async fn create(connection: &mut PgConnection, schema: &str, exists: bool) -> Result<(), sqlx::Error> {
    if !exists {
        let create = format!("CREATE SCHEMA {}", quoted(schema));
        sqlx::raw_sql(sqlx::AssertSqlSafe(create)).execute(&mut *connection).await?;
    }
    sqlx::raw_sql(
        "CREATE TABLE schema_versions (version int4 PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
    )
    .execute(connection)
    .await?;
    Ok(())
}
