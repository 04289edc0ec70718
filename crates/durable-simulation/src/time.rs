//! Time in a simulation. Each host has a runtime whose time stands still until the scheduler lets it go on; the
//! database has a clock of its own. All show whole milliseconds since the simulation began.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use durable_core::clock::Clock;
use durable_engine::clock::Uptime;
use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use tokio::time::Instant;

/// 2026-01-01T00:00:00Z.
const BEGINNING: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

fn timestamp(since_beginning: Duration) -> Timestamp {
    BEGINNING.saturating_add(since_beginning)
}

/// The paused time of the runtime in which it is asked, as a clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostClock {
    /// The runtime's time when it was made.
    origin: Instant,
    /// How old the simulation was then.
    began: Duration,
}

impl HostClock {
    /// To be made inside of the runtime whose time it shows.
    pub(crate) fn beginning_at(began: Duration) -> Self {
        Self { origin: Instant::now(), began }
    }

    /// When the simulation is so old, in the time of this runtime.
    pub(crate) fn instant(&self, since_beginning: Duration) -> Instant {
        self.origin + since_beginning.saturating_sub(self.began)
    }
}

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        timestamp(self.began + self.origin.elapsed())
    }

    fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()> {
        // Beyond the end of every simulation, and within what the runtime's timers take.
        const FOR_EVER: Duration = Duration::from_secs(86_400);
        let until = self.instant(due.since(BEGINNING).min(FOR_EVER));
        Box::pin(tokio::time::sleep_until(until))
    }
}

impl Uptime for HostClock {
    fn now(&self) -> Duration {
        self.began + self.origin.elapsed()
    }
}

/// The scheduler's time: that of the database. Clones show the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorldClock(Arc<AtomicU64>);

impl WorldClock {
    pub(crate) fn since_beginning(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn go_on(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).expect("steps are short");
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for WorldClock {
    fn now(&self) -> Timestamp {
        timestamp(self.since_beginning())
    }

    /// Nobody sleeps by the database's clock.
    fn sleep_until(&self, _due: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}
