//! The one connection that commits, and what became of a batch whose connection died.
//!
//! Batches of a host are numbered. A batch is only written when it is the next one, and its number (with the answer) goes
//! into the host's row in the same statement. So after a connection has died:
//!
//! ```text
//!                       ┌─ number there ──▶ it was written: here is the answer
//!  connect again ─▶ look┤
//!                       └─ not there ─────▶ put it there in its place: what may still be on its way to the
//!                                           server is not the next batch any more, and will not be written
//! ```
//!
//! The look waits for a statement that the server is still at, because that has locked the row. Only when the
//! database cannot be reached at all the outcome stays unknown, and the next batch begins with the look.

use std::time::{Duration, Instant};

use sqlx::{
    Connection, PgConnection, Row,
    postgres::{PgArguments, PgRow},
};
use tokio::sync::{Mutex, MutexGuard};

use durable_core::{model::HostLease, store::StoreError};

use crate::{
    connect::Connector,
    error::{classify, is_certain, is_not_so, raised, said},
};

/// $1: host, $2: the number to look for.
const SETTLE: &str = "
WITH seen AS (
    SELECT epoch, batch, answer FROM hosts WHERE id = $1 FOR UPDATE
), burnt AS (
    UPDATE hosts SET batch = $2 FROM seen WHERE id = $1 AND seen.batch < $2
)
SELECT epoch, batch, answer FROM seen";

const PAUSE: Duration = Duration::from_millis(100);

/// The writing connection and how to open it again.
#[derive(Debug)]
pub(crate) struct Writer {
    connector: Connector,
    /// How long to look for what became of a batch: longer than half a lease is no use to anybody.
    patience: Duration,
    slot: Mutex<Slot>,
}

#[derive(Debug)]
struct Slot {
    /// `None` after it was lost or closed.
    connection: Option<PgConnection>,
    /// Whose batches are numbered.
    lease: Option<HostLease>,
    /// The number of the last batch.
    batch: i64,
    /// Whether the batch after it may have been written.
    unsettled: bool,
    closed: bool,
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Written {
    /// It is written.
    Yes(Vec<i64>),
    /// What it rests on is not so: nothing was written.
    NotSo,
}

impl Writer {
    pub(crate) fn new(connection: PgConnection, connector: Connector, lease: Duration) -> Self {
        let connection = Some(connection);
        let slot = Slot { connection, lease: None, batch: 0, unsettled: false, closed: false };
        Self { connector, patience: lease / 2, slot: Mutex::new(slot) }
    }

    /// From now on this lease writes; `batch` is the number that its host's row has.
    pub(crate) async fn begin_epoch(&self, lease: HostLease, batch: i64) {
        let mut slot = self.slot.lock().await;
        (slot.lease, slot.batch, slot.unsettled) = (Some(lease), batch, false);
    }

    /// Waits until nobody else writes.
    pub(crate) async fn session(&self, lease: HostLease) -> Result<Session<'_>, StoreError> {
        let slot = self.slot.lock().await;
        if slot.closed {
            return Err(StoreError::Permanent("the store is closed".to_owned()));
        }
        if slot.lease != Some(lease) {
            return Err(StoreError::LeaseLost(lease.to_string()));
        }
        let mut session = Session { writer: self, slot, lease };
        if session.slot.unsettled {
            // Somebody gave up waiting: whatever became of it, the next number is known then.
            session.settle().await?;
        }
        Ok(session)
    }

    /// Closes the connection.
    pub(crate) async fn close(&self) -> Result<(), sqlx::Error> {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        match slot.connection.take() {
            Some(connection) => connection.close().await,
            None => Ok(()),
        }
    }
}

/// Exclusive use of the writing connection.
pub(crate) struct Session<'w> {
    writer: &'w Writer,
    slot: MutexGuard<'w, Slot>,
    lease: HostLease,
}

impl Session<'_> {
    /// Numbers before and of the next batch.
    pub(crate) fn numbers(&self) -> (i64, i64) {
        (self.slot.batch, self.slot.batch + 1)
    }

    /// The connection, for what does not write.
    pub(crate) async fn connection(&mut self) -> Result<&mut PgConnection, StoreError> {
        if self.slot.connection.is_none() {
            let connection = self.writer.connector.connect().await.map_err(|error| classify(&error))?;
            self.slot.connection = Some(connection);
        }
        self.slot.connection.as_mut().ok_or_else(|| StoreError::Retry("the connection was lost".to_owned()))
    }

    /// Reads rows; the connection is opened anew after an error that may have broken it.
    pub(crate) async fn read(
        &mut self,
        query: sqlx::query::Query<'_, sqlx::Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StoreError> {
        let mut connection = self.take_connection().await?;
        match query.fetch_all(&mut connection).await {
            Ok(rows) => {
                self.slot.connection = Some(connection);
                Ok(rows)
            }
            Err(error) => {
                if is_certain(&error) {
                    self.slot.connection = Some(connection);
                }
                Err(classify(&error))
            }
        }
    }

    /// Runs the statement that writes the batch with the next number.
    pub(crate) async fn write(
        &mut self,
        statement: &'static str,
        values: PgArguments,
    ) -> Result<Written, StoreError> {
        let mut connection = self.take_connection().await?;
        self.slot.unsettled = true;
        let result: Result<Option<Vec<i64>>, sqlx::Error> =
            sqlx::query_scalar_with(statement, values).fetch_one(&mut connection).await;
        match result {
            Ok(answer) => {
                self.slot.unsettled = false;
                self.slot.connection = Some(connection);
                let Some(answer) = answer else { return Ok(Written::NotSo) };
                self.slot.batch += 1;
                Ok(Written::Yes(answer))
            }
            Err(error) if is_certain(&error) => {
                self.slot.connection = Some(connection);
                self.refused(&error).await
            }
            Err(error) => {
                drop(connection);
                self.find_out(&error).await
            }
        }
    }

    /// Taken out while it is in use: a future that is dropped half-way leaves none behind that is in the middle of
    /// an answer.
    async fn take_connection(&mut self) -> Result<PgConnection, StoreError> {
        self.connection().await?;
        self.slot.connection.take().ok_or_else(|| StoreError::Retry("the connection was lost".to_owned()))
    }

    /// The database has said no.
    async fn refused(&mut self, error: &sqlx::Error) -> Result<Written, StoreError> {
        match said(error).map(|said| said.code()) {
            Some(raised::FENCED) => {
                // Over, or a number that is not the next: the look tells which.
                self.settle().await?;
                Err(StoreError::Retry("the batch was not the next one of its host".to_owned()))
            }
            _ => {
                self.slot.unsettled = false;
                if is_not_so(error) { Ok(Written::NotSo) } else { Err(classify(error)) }
            }
        }
    }

    /// The connection died with the batch on its way.
    async fn find_out(&mut self, error: &sqlx::Error) -> Result<Written, StoreError> {
        let since = Instant::now();
        loop {
            match self.settle().await {
                Ok(Some(answer)) => return Ok(Written::Yes(answer)),
                Ok(None) => {
                    return Err(StoreError::Retry(format!(
                        "the connection was lost before the commit ({error})"
                    )));
                }
                Err(StoreError::Retry(why)) if since.elapsed() < self.writer.patience => {
                    tracing::warn!(%why, "the database is gone in the middle of a commit; looking for it");
                    tokio::time::sleep(PAUSE).await;
                }
                Err(StoreError::Retry(why)) => return Err(StoreError::UnknownOutcome(why)),
                Err(other) => return Err(other),
            }
        }
    }

    /// Whether the next batch was written, and if so its answer; if not, it never will be.
    async fn settle(&mut self) -> Result<Option<Vec<i64>>, StoreError> {
        let (last, next) = self.numbers();
        let mut rows = self.read(sqlx::query(SETTLE).bind(self.lease.host).bind(next)).await?;
        let lost = || StoreError::LeaseLost(self.lease.to_string());
        let row = rows.pop().ok_or_else(lost)?;
        let broken = |error: sqlx::Error| StoreError::Permanent(format!("table hosts: {error}"));
        let found: i64 = row.try_get("batch").map_err(broken)?;
        let epoch: Option<i64> = row.try_get("epoch").map_err(broken)?;
        if found == next {
            self.slot.batch = next;
            self.slot.unsettled = false;
            return row.try_get("answer").map(Some).map_err(broken);
        }
        if epoch != Some(self.lease.epoch) {
            return Err(lost());
        }
        if found != last {
            let problem = format!(
                "table hosts, row {}: batch {found} where {last} or {next} was expected",
                self.lease.host
            );
            return Err(StoreError::Permanent(problem));
        }
        self.slot.batch = next;
        self.slot.unsettled = false;
        Ok(None)
    }
}
