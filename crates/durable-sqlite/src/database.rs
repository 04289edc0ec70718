//! One open file: its lock, its writing connection, its readers. Shared by the stores of its task hubs.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use sqlx::{
    ConnectOptions, SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use durable_core::store::StoreError;

use crate::{
    error::{OpenError, classify},
    lock::{Lock, prepare_folder},
    options::Options,
    schema,
    script::{Script, Values},
    writer::Writer,
};

/// What the stores of one file share.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) writer: Writer,
    pub(crate) readers: SqlitePool,
    /// The next message id and place in the queue of tasks. Only changed within a [`Session`](crate::writer::Session),
    /// so what is drawn later is committed later.
    sequence: AtomicI64,
    /// Stores that are not closed; the last one closes the file.
    stores: AtomicUsize,
    /// Declared last: dropped after the connections.
    lock: Mutex<Option<Lock>>,
}

impl Database {
    /// Takes the lock, opens the file, brings it up to date.
    pub(crate) async fn open(options: Options) -> Result<Self, OpenError> {
        prepare_folder(options.folder())?;
        let lock = Lock::take(&options)?;
        let writer = Writer::open(&options).await?;
        let failed = |source| OpenError::Store { path: options.path.clone(), source };
        let sequence = {
            let mut session = writer.session().await.map_err(failed)?;
            schema::migrate(session.connection().map_err(failed)?, &options).await?;
            let mut next = 0;
            let script = Script::begin()
                .then(
                    "SELECT 1 + max(coalesce((SELECT max(id) FROM inbox), 0),
                                    coalesce((SELECT max(place) FROM tasks), 0))",
                )
                .commit();
            let read = |_, row: &sqlx::sqlite::SqliteRow| {
                next = sqlx::Row::try_get(row, 0).map_err(|error| classify(&error))?;
                Ok(())
            };
            session.transact(script, Values::default(), read).await.map_err(failed)?;
            AtomicI64::new(next)
        };
        let readers = readers(&options);
        Ok(Self { writer, readers, sequence, stores: AtomicUsize::new(0), lock: Mutex::new(Some(lock)) })
    }

    /// The first number of the sequence that nobody has drawn.
    pub(crate) fn sequence(&self) -> i64 {
        self.sequence.load(Ordering::Relaxed)
    }

    /// Numbers below `next` are drawn.
    pub(crate) fn advance_sequence(&self, next: i64) {
        self.sequence.store(next, Ordering::Relaxed);
    }

    /// One more store uses the file.
    pub(crate) fn join(&self) {
        self.stores.fetch_add(1, Ordering::AcqRel);
    }

    /// A store has no more use for the file; after the last one it is closed and free for others.
    pub(crate) async fn leave(&self) -> Result<(), StoreError> {
        if self.stores.fetch_sub(1, Ordering::AcqRel) > 1 {
            return Ok(());
        }
        self.readers.close().await;
        let closed = self.writer.close().await;
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        closed
    }
}

/// Connections that only read, opened when needed. Each sees what was committed when its statement began.
fn readers(options: &Options) -> SqlitePool {
    let connect = SqliteConnectOptions::new()
        .filename(&options.path)
        .read_only(true)
        .busy_timeout(options.busy_timeout)
        .foreign_keys(false)
        .thread_name(|number| format!("durable-reader-{number}"))
        .disable_statement_logging();
    SqlitePoolOptions::new()
        .max_connections(options.readers.max(1))
        .min_connections(0)
        .test_before_acquire(false)
        .connect_lazy_with(connect)
}
