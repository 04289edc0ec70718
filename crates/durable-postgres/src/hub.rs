//! A task hub's row and the host that this process is in it.

use std::{
    ops::Range,
    sync::atomic::{AtomicI64, Ordering},
};

use sqlx::{Row, postgres::types::PgInterval};

use durable_core::{model::HostLease, store::StoreError};

use crate::{
    database::Database,
    error::{classify, classify_write},
    hosts,
};

/// A task hub as one host sees it.
#[derive(Debug)]
pub(crate) struct Hub {
    /// Its number in every table.
    pub(crate) id: i32,
    /// This host's number; 0 before it has registered.
    host: AtomicI64,
}

/// Finds a hub; only where there is none a row is made, so that opening one needs no right to write.
const FIND: &str = "SELECT id FROM hubs WHERE name = $1";
const CREATE: &str = "INSERT INTO hubs (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";

const REGISTER: &str = "SELECT host, epoch, batch FROM register_host($1, $2, $3, $4)";

const RESERVE: &str = "UPDATE counters SET next = next + $1 WHERE name = 'instance key' RETURNING next";

impl Hub {
    /// Finds a hub by name, or creates it.
    pub(crate) async fn open(database: &Database, name: &str) -> Result<Self, StoreError> {
        let failed = |error: sqlx::Error| classify(&error);
        let find = || sqlx::query_scalar(FIND).bind(name).fetch_optional(&database.pool);
        let id = match find().await.map_err(failed)? {
            Some(id) => Some(id),
            None => {
                sqlx::query(CREATE).bind(name).execute(&database.pool).await.map_err(failed)?;
                find().await.map_err(failed)?
            }
        };
        let id = id.ok_or_else(|| StoreError::Permanent(format!("table hubs: `{name}` is missing")))?;
        Ok(Self { id, host: AtomicI64::new(0) })
    }

    /// This host's number; 0 before it has one.
    pub(crate) fn host(&self) -> i64 {
        self.host.load(Ordering::Acquire)
    }

    /// Whether a lease is one that this host has had; its epoch may be over.
    pub(crate) fn check(&self, lease: HostLease) -> Result<(), StoreError> {
        if lease.host == self.host() { Ok(()) } else { Err(StoreError::LeaseLost(lease.to_string())) }
    }

    /// A new epoch. What the one before had is nobody's afterwards; leased tasks keep their count of attempts.
    pub(crate) async fn register(
        &self,
        database: &Database,
        description: &str,
    ) -> Result<HostLease, StoreError> {
        let row = sqlx::query(REGISTER)
            .bind(self.id)
            .bind(self.host())
            .bind(description)
            .bind(interval(database)?)
            .fetch_one(&database.pool)
            .await
            .map_err(|error| classify_write(&error))?;
        let number = |column| row.try_get::<i64, _>(column).map_err(|error| classify(&error));
        let lease = HostLease { host: number("host")?, epoch: number("epoch")? };
        // The same as before, unless the host was gone for so long that its row was removed.
        self.host.store(lease.host, Ordering::Release);
        database.writer.begin_epoch(lease, number("batch")?).await;
        hosts::clear_ended(database, self).await?;
        Ok(lease)
    }
}

/// How long a lease lasts.
pub(crate) fn interval(database: &Database) -> Result<PgInterval, StoreError> {
    PgInterval::try_from(database.lease)
        .map_err(|error| StoreError::Permanent(format!("a lease of {:?}: {error}", database.lease)))
}

/// Reserves instance keys, which are the whole schema's.
pub(crate) async fn reserve_keys(database: &Database, count: u32) -> Result<Range<i64>, StoreError> {
    // Keys of a reservation whose answer got lost are nobody's, which is no loss.
    let next: i64 = sqlx::query_scalar(RESERVE)
        .bind(i64::from(count))
        .fetch_one(&database.pool)
        .await
        .map_err(|error| classify(&error))?;
    Ok(next - i64::from(count)..next)
}
