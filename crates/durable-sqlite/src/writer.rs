//! The one connection that writes. Whoever has the [`Session`] has it alone, so transactions never wait for each
//! other inside SQLite.
//!
//! A call that is given up half-way (its future is dropped) may leave a transaction open; the next session rolls
//! it back before it does anything else.

use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Either, Executor, SqliteConnection, sqlite::SqliteRow};
use tokio::sync::{Mutex, MutexGuard};

use durable_core::store::StoreError;

use crate::{
    connect::open_writer,
    error::{OpenError, classify, classify_commit, is_constraint},
    options::Options,
    script::{Script, Values},
};

/// The writing connection and how to open it again.
#[derive(Debug)]
pub(crate) struct Writer {
    options: Options,
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
    /// Opens the connection and brings the file up to date.
    pub(crate) async fn open(options: &Options) -> Result<Self, OpenError> {
        let connection = open_writer(options).await?;
        let slot = Mutex::new(Slot { connection: Some(connection), dirty: false, closed: false });
        Ok(Self { options: options.clone(), slot })
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

    /// Moves the log into the database as far as readers let it, waiting for them no longer than the busy timeout,
    /// and closes the connection.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let mut slot = self.slot.lock().await;
        slot.closed = true;
        let Some(mut connection) = slot.connection.take() else { return Ok(()) };
        let checkpoint =
            sqlx::query_scalar::<_, i64>("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await;
        match checkpoint {
            Ok(0) => {}
            Ok(_) => tracing::info!("somebody reads the durable store; its log stays beside it"),
            Err(error) => {
                tracing::warn!(%error, "the durable store's log could not be moved into its database")
            }
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
            slot.connection = Some(open_writer(&self.options).await.map_err(OpenError::into_store)?);
        }
        slot.dirty = false;
        Ok(())
    }
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
        mut script: Script,
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
            let query = sqlx::query_with(AssertSqlSafe(std::mem::take(&mut script.sql)), values.0);
            let mut results = connection.fetch_many(query);
            loop {
                match results.try_next().await {
                    Ok(Some(Either::Left(_))) => statement += 1,
                    Ok(Some(Either::Right(row))) => {
                        if let Err(error) = on_row(statement, &row) {
                            break Stopped::plain(error);
                        }
                    }
                    Ok(None) if statement == script.statements => {
                        drop(results);
                        *dirty = !script.commits;
                        return Ok(());
                    }
                    // The driver's thread ends without a word when it panics.
                    Ok(None) => break Stopped::by_sqlite(&sqlx::Error::WorkerCrashed, &script, statement),
                    Err(error) => break Stopped::by_sqlite(&error, &script, statement),
                }
            }
        };
        self.give_up().await;
        Err(error)
    }

    /// The connection itself, for what is no script.
    #[cfg(test)]
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

    /// An error after so many statements.
    fn by_sqlite(error: &sqlx::Error, script: &Script, done: usize) -> Self {
        // A connection that is gone may have died in the commit, whatever it last answered.
        let lost = matches!(error, sqlx::Error::WorkerCrashed);
        let may_have_committed = script.commits && (lost || done + 1 == script.statements);
        let told = if may_have_committed { classify_commit(error) } else { classify(error) };
        Self { error: told, constraint: is_constraint(error) }
    }
}
