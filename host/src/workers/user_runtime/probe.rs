//! The probe: an empty task that the watchdog sends to the runtime, to see whether any thread still takes work.
//!
//! It tells the truth whatever the reason: threads blocked by functions, by tasks that functions have spawned,
//! or by more work than the machine can do. Sending it also wakes a sleeping thread, which is how the sockets and
//! timers that a blocked thread was serving get somebody new.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::runtime::Handle;

/// Probes of one runtime. At most one is under way.
#[derive(Debug, Default)]
pub(super) struct Probe {
    /// Number of the last probe that was sent, and when.
    sent: u64,
    sent_at: Duration,
    /// Number of the last probe that ran; the runtime's threads write it.
    answered: Arc<AtomicU64>,
}

impl Probe {
    /// How long the probe under way has been waiting for a thread; zero when there is none.
    pub(super) fn waiting(&self, now: Duration) -> Duration {
        if self.answered.load(Ordering::Acquire) == self.sent {
            Duration::ZERO
        } else {
            now.saturating_sub(self.sent_at)
        }
    }

    /// Whether one is under way.
    pub(super) fn is_out(&self) -> bool {
        self.answered.load(Ordering::Acquire) != self.sent
    }

    /// When the last one was sent.
    pub(super) fn sent_at(&self) -> Duration {
        self.sent_at
    }

    /// Sends one, or just wakes a thread when one is under way.
    pub(super) fn send(&mut self, runtime: &Handle, now: Duration) {
        if self.is_out() {
            drop(runtime.spawn(async {}));
            return;
        }
        self.sent += 1;
        self.sent_at = now;
        let (answered, number) = (self.answered.clone(), self.sent);
        drop(runtime.spawn(async move { answered.store(number, Ordering::Release) }));
    }
}
