//! A task hub's row: its number in every other table, and the epoch that fences its host.

use std::ops::Range;

use sqlx::Row;

use durable_core::{model::HostLease, store::StoreError};

use crate::{
    columns::micros_since_1970,
    database::Database,
    error::classify,
    script::{Script, Values},
    suspects,
    writer::{Session, Stopped},
};

/// A task hub of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hub {
    /// Its number; also the host's number in a lease, since a hub has one host at a time.
    pub(crate) id: i64,
}

/// Ends a transaction unless $1 (hub) has the epoch $2.
pub(crate) const FENCE_EPOCH: &str = "INSERT INTO fence SELECT (SELECT epoch FROM hubs WHERE id = $1), $2";

impl Hub {
    /// Finds a hub by name, or creates it.
    pub(crate) async fn open(database: &Database, name: &str) -> Result<Self, StoreError> {
        let script = Script::begin()
            .then("INSERT INTO hubs (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
            .then("SELECT id FROM hubs WHERE name = $1")
            .commit();
        let id = one_number(database, script, Values::default().with(name)?).await?;
        Ok(Self { id })
    }

    /// Whether a lease is one that this hub gave; its epoch may be over.
    pub(crate) fn check(self, lease: HostLease) -> Result<(), StoreError> {
        if lease.host == self.id { Ok(()) } else { Err(StoreError::LeaseLost(lease.to_string())) }
    }

    /// A new epoch. It makes every owner of an instance nobody by itself; leased tasks become queued again here
    /// and keep their count of attempts. A host that has not deregistered has died.
    pub(crate) async fn register(self, database: &Database, host: &str) -> Result<HostLease, StoreError> {
        let script = suspects::count_death(Script::begin())
            .then(
                "UPDATE hubs SET epoch = epoch + 1, host = $2, registered_at = $3 WHERE id = $1
                 RETURNING epoch",
            )
            .then("UPDATE tasks SET owner = NULL WHERE hub = $1 AND owner IS NOT NULL")
            .commit();
        let values = Values::default().with(self.id)?.with(host)?.with(micros_since_1970())?;
        Ok(HostLease { host: self.id, epoch: one_number(database, script, values).await? })
    }
    /// Whether a lease is of the current epoch.
    pub(crate) async fn check_epoch(self, database: &Database, lease: HostLease) -> Result<(), StoreError> {
        self.check(lease)?;
        let epoch: Option<i64> = sqlx::query_scalar("SELECT epoch FROM hubs WHERE id = $1")
            .bind(self.id)
            .fetch_optional(&database.readers)
            .await
            .map_err(|error| classify(&error))?;
        if epoch == Some(lease.epoch) { Ok(()) } else { Err(StoreError::LeaseLost(lease.to_string())) }
    }

    /// Ends an epoch, if it is the current one: everything that was its is nobody's.
    pub(crate) async fn deregister(self, database: &Database, lease: HostLease) -> Result<(), StoreError> {
        self.check(lease)?;
        let script = Script::begin()
            .then(
                "UPDATE tasks SET owner = NULL
                 WHERE hub = $1 AND owner = $2 AND EXISTS (SELECT 1 FROM hubs WHERE id = $1 AND epoch = $2)",
            )
            .then("UPDATE hubs SET epoch = epoch + 1, host = NULL WHERE id = $1 AND epoch = $2")
            .commit();
        let values = Values::default().with(self.id)?.with(lease.epoch)?;
        database.writer.session().await?.transact(script, values, |_, _| Ok(())).await
    }
}

/// Reserves instance keys, which are the whole file's.
pub(crate) async fn reserve_keys(database: &Database, count: u32) -> Result<Range<i64>, StoreError> {
    let script = Script::begin()
        .then("UPDATE counters SET next = next + $1 WHERE name = 'instance key' RETURNING next")
        .commit();
    let next = one_number(database, script, Values::default().with(i64::from(count))?).await?;
    Ok(next - i64::from(count)..next)
}

/// Runs a script with one row of one number.
async fn one_number(database: &Database, script: Script, values: Values) -> Result<i64, StoreError> {
    let mut found = None;
    let read = |_, row: &sqlx::sqlite::SqliteRow| {
        found = Some(row.try_get(0).map_err(|error| classify(&error))?);
        Ok(())
    };
    database.writer.session().await?.transact(script, values, read).await?;
    found.ok_or_else(|| StoreError::Permanent("tables hubs and counters: a row is missing".to_owned()))
}

/// Runs a script that begins with [`FENCE_EPOCH`] and has no other constraint that could fail.
pub(crate) async fn run_fenced(
    session: &mut Session<'_>,
    lease: HostLease,
    script: Script,
    values: Values,
    on_row: impl FnMut(usize, &sqlx::sqlite::SqliteRow) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    session.run(script, values, on_row).await.map_err(|Stopped { error, constraint }| {
        if constraint { StoreError::LeaseLost(lease.to_string()) } else { error }
    })
}
