//! One open file: its lock, its writing connection, its readers. Shared by the stores of its task hubs.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use sqlx::SqlitePool;

use durable_core::store::StoreError;

use crate::{
    connect::open_readers,
    error::OpenError,
    file::{create_private, prepare},
    lock::Lock,
    options::Options,
    writer::Writer,
};

/// The first number that stands in no row. Numbers of rows that are gone may come again: nobody remembers them.
const FIRST_FREE: &str = "
SELECT 1 + max(coalesce((SELECT max(id) FROM inbox), 0), coalesce((SELECT max(place) FROM tasks), 0))";

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
        let options = Options { path: prepare(&options.path)?, ..options };
        let lock = Lock::take(&options)?;
        create_private(&options.path)?;
        let writer = Writer::open(&options).await?;
        let readers = open_readers(&options);
        let next = sqlx::query_scalar(FIRST_FREE).fetch_one(&readers).await;
        let sequence = AtomicI64::new(next.map_err(|error| OpenError::sqlite(&options, &error))?);
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
