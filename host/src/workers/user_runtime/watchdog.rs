//! The watchdog: a thread of its own that scans the slots, probes the runtime, and tells what it finds.

use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, sync::watch};

use super::{
    health::{BlockedPoll, RuntimeHealth},
    options::UserRuntimeOptions,
    probe::Probe,
    scan::{Findings, Scanner},
    slot::SlotId,
    threads::Threads,
};

/// A probe that has waited for so many idle scans shows that all threads are held, if only for a moment.
const LATE: u32 = 2;

/// What the watchdog tells others.
#[derive(Debug)]
pub(super) struct Reports {
    pub(super) health: watch::Sender<RuntimeHealth>,
    /// All threads are held just now: new connections had better not come here.
    pub(super) is_late: AtomicBool,
}

/// Ends the watchdog.
#[derive(Debug, Default)]
pub(super) struct Stop {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    pub(super) fn stop(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    /// Waits; whether to go on.
    fn wait(&self, pause: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(stopped, pause, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// The watchdog of one user runtime.
pub(super) struct Watchdog {
    options: UserRuntimeOptions,
    runtime: Handle,
    threads: Arc<Threads>,
    reports: Arc<Reports>,
    scanner: Scanner,
    probe: Probe,
    blocked: Vec<(SlotId, BlockedPoll)>,
    /// Times of scans count from here.
    start: Instant,
}

impl Watchdog {
    pub(super) fn new(
        options: UserRuntimeOptions,
        runtime: Handle,
        threads: Arc<Threads>,
        reports: Arc<Reports>,
    ) -> Self {
        Self {
            scanner: Scanner::new(options.long_poll),
            options,
            runtime,
            threads,
            reports,
            probe: Probe::default(),
            blocked: Vec::new(),
            start: Instant::now(),
        }
    }

    /// Scans until it is told to stop.
    pub(super) fn run(mut self, stop: &Stop) {
        let mut pause = self.options.scan_idle;
        while stop.wait(pause) {
            let is_busy = self.tick(self.start.elapsed());
            pause = if is_busy { self.options.scan_busy } else { self.options.scan_idle };
        }
    }

    /// One scan; whether user code was running.
    fn tick(&mut self, now: Duration) -> bool {
        let slots = self.threads.look();
        let findings = self.scanner.scan(now, slots.iter().map(|slot| (slot.id, slot.current())));
        for &(id, poll, since) in &findings.became_long {
            let Some(slot) = slots.iter().find(|slot| slot.id == id) else { continue };
            // A poll that ended between the scan and now is nobody's trouble any more.
            let Some(subject) = slot.subject_of(poll) else { continue };
            let found = BlockedPoll { thread: slot.thread.clone(), subject, since: self.start + since };
            tell_blocked(&found, now.saturating_sub(since));
            self.blocked.push((id, found));
        }
        for &(id, took) in &findings.came_back {
            let Some(at) = self.blocked.iter().position(|(blocked, _)| *blocked == id) else { continue };
            let (_, found) = self.blocked.remove(at);
            tell_over(&found, took);
        }
        self.probe(now, &findings);
        self.publish(now);
        findings.is_busy
    }

    /// Wakes a thread when a poll is newly stuck, and asks from time to time whether any thread is left.
    fn probe(&mut self, now: Duration, findings: &Findings) {
        let is_time =
            !self.probe.is_out() && now.saturating_sub(self.probe.sent_at()) >= self.options.scan_idle;
        if findings.is_newly_stuck || is_time {
            self.probe.send(&self.runtime, now);
        }
    }

    fn publish(&self, now: Duration) {
        let waiting = self.probe.waiting(now);
        let saturated = waiting >= self.options.long_poll;
        let is_late = saturated || waiting >= self.options.scan_idle * LATE;
        self.reports.is_late.store(is_late, Ordering::Relaxed);
        let threads = self.options.threads;
        let was_saturated = self.reports.health.borrow().saturated;
        self.reports.health.send_if_modified(|health| {
            let is_same = health.saturated == saturated
                && health.blocked.iter().eq(self.blocked.iter().map(|(_, found)| found));
            if !is_same {
                let blocked = self.blocked.iter().map(|(_, found)| found.clone()).collect();
                *health = RuntimeHealth { threads, blocked, saturated };
            }
            !is_same
        });
        if saturated != was_saturated {
            tell_saturation(saturated, threads, waiting);
        }
    }
}

fn tell_blocked(found: &BlockedPoll, held: Duration) {
    let BlockedPoll { thread, subject, .. } = found;
    tracing::warn!(
        function = subject.function(),
        invocation = subject.invocation().map(display),
        instance = subject.instance().map(display),
        thread,
        "{subject} has held {thread} for {:.1} s without an await; blocking work belongs in \
         tokio::task::spawn_blocking",
        held.as_secs_f64(),
    );
}

fn tell_over(found: &BlockedPoll, held: Duration) {
    let BlockedPoll { thread, subject, .. } = found;
    tracing::info!(
        function = subject.function(),
        invocation = subject.invocation().map(display),
        instance = subject.instance().map(display),
        thread,
        "{subject} has given {thread} back after {:.1} s",
        held.as_secs_f64(),
    );
}

fn tell_saturation(saturated: bool, threads: usize, waiting: Duration) {
    if saturated {
        tracing::error!(
            threads,
            "no thread has been free for user code for {:.1} s: the host is not ready until functions give some of \
             the {threads} threads back",
            waiting.as_secs_f64(),
        );
    } else {
        tracing::info!(threads, "threads for user code are free again: the host is ready");
    }
}

#[cfg(test)]
#[path = "watchdog_tests.rs"]
mod tests;
