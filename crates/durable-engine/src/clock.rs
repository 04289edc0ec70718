//! The two clocks: the machine's, and one that stands still until somebody turns it.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use fnhost_protocol::time::Timestamp;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

pub use durable_core::clock::Clock;

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH.saturating_add(since)
    }

    fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            // A laptop's sleep or a corrected clock makes one long sleep miss its time: look again every minute.
            const LOOK_AGAIN: Duration = Duration::from_secs(60);
            loop {
                let left = due.since(SystemClock.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// Time since some moment, that never goes back and goes on while the machine sleeps: what a lease is measured by.
pub trait Uptime: std::fmt::Debug + Send + Sync + 'static {
    /// How much time has passed.
    fn now(&self) -> Duration;
}

/// The machine's own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemUptime;

impl Uptime for SystemUptime {
    fn now(&self) -> Duration {
        // The ordinary monotonic clock of Linux stands still while the machine is suspended; that of others does not.
        #[cfg(target_os = "linux")]
        const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
        let now = rustix::time::clock_gettime(CLOCK);
        let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
        Duration::new(seconds, u32::try_from(now.tv_nsec).unwrap_or_default())
    }
}

/// A clock that stands still until [`advance`](VirtualClock::advance) turns it.
///
/// ```
/// use durable_engine::clock::{Clock, VirtualClock};
/// use fnhost_protocol::time::Timestamp;
/// let clock = VirtualClock::starting_at(Timestamp::EPOCH);
/// assert_eq!(clock.now(), Timestamp::EPOCH);
/// ```
#[derive(Debug, Clone)]
pub struct VirtualClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Timestamp,
    sleepers: BTreeMap<Timestamp, Vec<oneshot::Sender<()>>>,
}

impl VirtualClock {
    /// A clock that shows this time.
    pub fn starting_at(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Hands { now, sleepers: BTreeMap::new() })))
    }

    /// Turns the clock forward, stopping at every time for which somebody sleeps.
    ///
    /// `settle` is awaited before the first step and after each: it is to complete when all that a step set off is
    /// done, so that what is due earlier has all its consequences before what is due later.
    pub async fn advance<F: Future<Output = ()>>(&self, by: Duration, mut settle: impl FnMut() -> F) {
        let target = self.now().saturating_add(by);
        settle().await;
        while let Some(due) = self.next_sleeper().filter(|due| *due <= target) {
            self.set(due);
            settle().await;
        }
        self.set(target);
        settle().await;
    }

    fn next_sleeper(&self) -> Option<Timestamp> {
        let mut hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hands.sleepers.retain(|_, sleepers| {
            sleepers.retain(|sleeper| !sleeper.is_closed());
            !sleepers.is_empty()
        });
        hands.sleepers.keys().next().copied()
    }

    fn set(&self, now: Timestamp) {
        let mut hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hands.now = hands.now.max(now);
        while let Some(entry) = hands.sleepers.first_entry().filter(|entry| *entry.key() <= now) {
            for sleeper in entry.remove() {
                // A sleeper that went away needs no waking.
                sleeper.send(()).ok();
            }
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now
    }

    fn sleep_until(&self, due: Timestamp) -> BoxFuture<'static, ()> {
        let mut hands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if due <= hands.now {
            return Box::pin(std::future::ready(()));
        }
        let (wake, woken) = oneshot::channel();
        hands.sleepers.entry(due).or_default().push(wake);
        Box::pin(async move {
            // The sender is only dropped together with the clock: then nothing will ever be due.
            if woken.await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_in_order_and_each_step_settles_first() {
        let clock = VirtualClock::starting_at(Timestamp::EPOCH);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for seconds in [30, 10, 20, 99] {
            let (clock, seen) = (clock.clone(), seen.clone());
            let sleep = clock.sleep_until(Timestamp::EPOCH.saturating_add(Duration::from_secs(seconds)));
            tasks.push(tokio::spawn(async move {
                sleep.await;
                seen.lock().unwrap().push((seconds, clock.now().as_micros() / 1_000_000));
            }));
        }
        clock
            .advance(Duration::from_secs(60), || async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        assert_eq!(*seen.lock().unwrap(), [(10, 10), (20, 20), (30, 30)]);
        assert_eq!(clock.now().as_micros(), 60_000_000);
        tasks.pop().unwrap().abort();
    }
}
