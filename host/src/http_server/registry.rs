//! Who is connected: the state of each connection that more than its own task needs, and the count that caps them.
//!
//! The server opens and wakes connections here; a connection's parts (socket, gateway, streams, driver) share its
//! [`Connection`]. Nothing here is touched per request except the connection's own fields.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::task::AtomicWaker;
use tokio_util::task::TaskTracker;

use super::deadlines::{Clock, Moments, Tick, Waits};
use super::limits::Limits;
use super::service::ConnectionInfo;
use super::streams::Progress;
use crate::shutdown::Stage;

/// What all connections of one server share.
#[derive(Debug)]
pub(super) struct Registry {
    pub(super) limits: Limits,
    pub(super) waits: Waits,
    pub(super) clock: Clock,
    /// Every task of every connection, so that the end of a drain can be waited for.
    pub(super) tasks: TaskTracker,
    pub(super) tally: Tally,
    stage: AtomicU8,
    open: Mutex<Open>,
}

/// What became of requests and connections once the server was asked to stop.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) finished: AtomicU64,
    pub(super) aborted: AtomicU64,
    pub(super) cut: AtomicU64,
}

/// Slots are reused, so the list is as long as the most connections ever open at once.
#[derive(Debug, Default)]
struct Open {
    slots: Vec<Option<Arc<Connection>>>,
    free: Vec<usize>,
}

/// One connection, as its parts share it.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) registry: Arc<Registry>,
    pub(super) info: ConnectionInfo,
    pub(super) moments: Moments,
    /// Wakes the task that drives the connection.
    pub(super) waker: AtomicWaker,
    /// The body of the latest HTTP/1 request has not come in to its end.
    pub(super) body_open: AtomicBool,
    /// HTTP/1 requests that reached the gateway.
    pub(super) calls: AtomicU32,
    /// Number of the HTTP/1 request whose framing is ambiguous, 0 when there is none. Written by the socket before
    /// hyper sees the bytes, read by the gateway.
    pub(super) refused: AtomicU32,
    /// Handed from the gateway to the executor, which are called one after the other for each HTTP/2 request.
    pub(super) next_stream: Mutex<Option<Arc<Progress>>>,
}

/// Keeps a connection in the registry for as long as its task lives, however that ends.
#[derive(Debug)]
pub(super) struct Lease {
    connection: Arc<Connection>,
    slot: usize,
}

impl Registry {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            waits: Waits::from(&limits),
            limits,
            clock: Clock::start(),
            tasks: TaskTracker::new(),
            tally: Tally::default(),
            stage: AtomicU8::new(Stage::Running as u8),
            open: Mutex::default(),
        })
    }

    /// Lets one more connection in, or `None` when there are as many as the limit allows.
    pub(super) fn open(self: &Arc<Self>, info: ConnectionInfo) -> Option<Lease> {
        let mut open = self.lock();
        if open.slots.len() - open.free.len() >= self.limits.connections {
            return None;
        }
        let moments = Moments::default();
        moments.idle.set(self.clock.now());
        let connection = Arc::new(Connection {
            registry: Arc::clone(self),
            info,
            moments,
            waker: AtomicWaker::new(),
            body_open: AtomicBool::new(false),
            calls: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            next_stream: Mutex::default(),
        });
        let slot = open.free.pop().unwrap_or_else(|| {
            open.slots.push(None);
            open.slots.len() - 1
        });
        open.slots[slot] = Some(Arc::clone(&connection));
        Some(Lease { connection, slot })
    }

    /// Connections open now.
    pub(super) fn count(&self) -> usize {
        let open = self.lock();
        open.slots.len() - open.free.len()
    }

    /// Moves on to `stage` and wakes every connection to see it.
    pub(super) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
        for connection in self.lock().slots.iter().flatten() {
            connection.waker.wake();
        }
    }

    pub(super) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Running,
            1 => Stage::Graceful,
            _ => Stage::Now,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Nothing that runs under the lock can leave the list half changed.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    pub(super) fn now(&self) -> Tick {
        self.registry.clock.now()
    }
}

impl Lease {
    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut open = self.connection.registry.lock();
        open.slots[self.slot] = None;
        open.free.push(self.slot);
    }
}
