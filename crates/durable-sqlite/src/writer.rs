//! The one connection that writes. Whoever has the [`Session`] has it alone, so transactions never wait for each
//! other inside SQLite.
//!
//! A call that is given up half-way (its future is dropped) may leave a transaction open; the next session rolls
//! it back before it does anything else.

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Either, Executor, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow},
};
use tokio::sync::{Mutex, MutexGuard};

use durable_core::store::StoreError;

use crate::{
    error::{OpenError, classify, classify_commit},
    options::Options,
    script::{Script, Values},
};

/// Pages in the write-ahead log after which a commit moves them into the database: 16 MB, so that on a slow disk
/// few commits pay for the two syncs that this costs.
const CHECKPOINT_PAGES: u32 = 4_000;

/// The write-ahead log is cut back to this size after somebody kept it from being reused for long.
const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// How long closing waits for readers outside before it leaves the log as it is.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// Where a script finds the fence: `INSERT INTO fence` with two values that differ ends the transaction.
const FENCE: &str = "
    CREATE TEMP VIEW fence (found, wanted) AS SELECT 0, 0;
    CREATE TEMP TRIGGER fenced INSTEAD OF INSERT ON fence WHEN NEW.found IS NOT NEW.wanted
    BEGIN SELECT RAISE(ROLLBACK, 'fenced'); END;
";

/// The writing connection and how to open it again.
#[derive(Debug)]
pub(crate) struct Writer {
    connect: SqliteConnectOptions,
    slot: Mutex<Slot>,
}

#[derive(Debug)]
struct Slot {
    /// `None` after it was lost or closed.
    connection: Option<SqliteConnection>,
    /// Whether a call began and nobody knows how it ended.
    dirty: bool,
    closed: bool,
}

impl Writer {
    /// Opens the connection and checks what durability hangs on.
    pub(crate) async fn open(options: &Options) -> Result<Self, OpenError> {
        let connect = SqliteConnectOptions::new()
            .filename(&options.path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(options.busy_timeout)
            .foreign_keys(false)
            .pragma("synchronous", options.synchronous.as_str())
            .pragma("cache_size", format!("-{}", options.writer_cache_kib))
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            .pragma("journal_size_limit", LOG_BYTES.to_string())
            .pragma("temp_store", "MEMORY")
            .statement_cache_capacity(256)
            .row_buffer_size(1024)
            .thread_name(|_| "durable-writer".to_owned())
            .disable_statement_logging();
        let failed =
            |error: sqlx::Error| OpenError::Store { path: options.path.clone(), source: classify(&error) };
        let mut connection = open_connection(&connect).await.map_err(failed)?;
        check_settings(&mut connection, options).await?;
        let slot = Mutex::new(Slot { connection: Some(connection), dirty: false, closed: false });
        Ok(Self { connect, slot })
    }

    /// Waits until nobody else writes.
    pub(crate) async fn session(&self) -> Result<Session<'_>, StoreError> {
        let mut slot = self.slot.lock().await;
        if slot.closed {
            return Err(StoreError::Permanent("the store is closed".to_owned()));
        }
        if slot.dirty || slot.connection.is_none() {
            self.heal(&mut slot).await?;
        }
        Ok(Session { writer: self, slot })
    }

    /// Moves the log into the database if readers let it, and closes the connection.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        let Some(mut connection) = slot.connection.take() else { return Ok(()) };
        let checkpoint = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection);
        if tokio::time::timeout(CLOSE_PATIENCE, checkpoint).await.is_err() {
            tracing::warn!("a reader kept the durable store's log from being moved into its database");
        }
        connection.close().await.map_err(|error| classify(&error))
    }

    /// Ends whatever transaction is open; opens the connection again when that does not work.
    async fn heal(&self, slot: &mut Slot) -> Result<(), StoreError> {
        slot.dirty = true;
        if let Some(mut connection) = slot.connection.take()
            && roll_back(&mut connection).await
        {
            slot.connection = Some(connection);
        }
        if slot.connection.is_none() {
            slot.connection = Some(open_connection(&self.connect).await.map_err(|error| classify(&error))?);
        }
        slot.dirty = false;
        Ok(())
    }
}

async fn open_connection(connect: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = connect.connect().await?;
    sqlx::raw_sql(FENCE).execute(&mut connection).await?;
    Ok(connection)
}

/// Reads back what the file is written with: a misspelt or refused setting is not an error to SQLite.
pub(crate) async fn check_settings(
    connection: &mut SqliteConnection,
    options: &Options,
) -> Result<(), OpenError> {
    let failed =
        |error: sqlx::Error| OpenError::Store { path: options.path.clone(), source: classify(&error) };
    let level: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *connection).await.map_err(failed)?;
    if level != options.synchronous.level() {
        return Err(OpenError::synchronous(options.path.clone(), options.synchronous, level));
    }
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(connection).await.map_err(failed)?;
    if journal != "wal" {
        return Err(OpenError::Setting {
            path: options.path.clone(),
            setting: "journal_mode",
            wanted: "wal".to_owned(),
            found: journal,
        });
    }
    Ok(())
}

/// Whether the connection is usable and in no transaction.
async fn roll_back(connection: &mut SqliteConnection) -> bool {
    match sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await {
        Ok(_) => true,
        // Many errors have ended the transaction already.
        Err(error) => error.to_string().contains("no transaction is active"),
    }
}

/// Exclusive use of the writing connection.
pub(crate) struct Session<'w> {
    writer: &'w Writer,
    slot: MutexGuard<'w, Slot>,
}

/// Why a script did not come to its end.
#[derive(Debug)]
pub(crate) struct Stopped {
    /// What the caller of the store is told.
    pub(crate) error: StoreError,
    /// Whether a row was refused by a unique index or the fence.
    pub(crate) constraint: bool,
}

impl Session<'_> {
    /// Runs a script in one call; `on_row` gets each row with the number of its statement. After an error no
    /// transaction is open.
    pub(crate) async fn run(
        &mut self,
        script: Script,
        values: Values,
        mut on_row: impl FnMut(usize, &SqliteRow) -> Result<(), StoreError>,
    ) -> Result<(), Stopped> {
        let mut statement = 0;
        let Slot { connection, dirty, .. } = &mut *self.slot;
        let Some(connection) = connection.as_mut() else {
            return Err(Stopped::plain(StoreError::Retry("the connection was lost".to_owned())));
        };
        *dirty = true;
        let error = {
            let query = sqlx::query_with(AssertSqlSafe(script.sql), values.0);
            let mut results = connection.fetch_many(query);
            loop {
                match results.try_next().await {
                    Ok(Some(Either::Left(_))) => statement += 1,
                    Ok(Some(Either::Right(row))) => {
                        if let Err(error) = on_row(statement, &row) {
                            break Stopped::plain(error);
                        }
                    }
                    Ok(None) => {
                        drop(results);
                        *dirty = !script.commits;
                        return Ok(());
                    }
                    Err(error) => {
                        let at_commit = script.commits && statement + 1 == script.statements;
                        break Stopped::by_sqlite(&error, at_commit);
                    }
                }
            }
        };
        if let Err(lost) = self.writer.heal(&mut self.slot).await {
            tracing::warn!(error = %lost, "the durable store's writing connection could not be opened again");
        }
        Err(error)
    }

    /// The connection itself, for what is no script.
    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.slot.connection.as_mut().ok_or_else(|| StoreError::Retry("the connection was lost".to_owned()))
    }

    /// As when its thread has died.
    #[cfg(test)]
    pub(crate) fn lose_connection(&mut self) {
        self.slot.connection = None;
    }

    /// Ends the transaction that a script without commit has left open.
    pub(crate) async fn give_up(&mut self) {
        if let Err(lost) = self.writer.heal(&mut self.slot).await {
            tracing::warn!(error = %lost, "the durable store's writing connection could not be opened again");
        }
    }

    /// Runs a script whose errors nobody tells apart.
    pub(crate) async fn transact(
        &mut self,
        script: Script,
        values: Values,
        on_row: impl FnMut(usize, &SqliteRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.run(script, values, on_row).await.map_err(|stopped| stopped.error)
    }
}

impl Stopped {
    fn plain(error: StoreError) -> Self {
        Self { error, constraint: false }
    }

    fn by_sqlite(error: &sqlx::Error, at_commit: bool) -> Self {
        // A connection that is gone may have died in the commit, whatever it last answered.
        let unknown = at_commit || matches!(error, sqlx::Error::WorkerCrashed);
        let told = if unknown { classify_commit(error) } else { classify(error) };
        Self { error: told, constraint: crate::error::is_constraint(error) }
    }
}
