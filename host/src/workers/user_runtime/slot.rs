//! What one thread is polling: written by the thread itself around every poll, read by the watchdog.
//!
//! The thread must not wait for the watchdog, nor read a clock: it counts its polls in an atomic, and the watchdog
//! measures how long it sees the same number. The subject is behind a lock that the watchdog takes only when a
//! poll has become long; it is moved in and out, so that no count that threads share is touched.

use std::{
    cell::OnceCell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::subject::Subject;

thread_local! {
    /// The slot of this thread, when it belongs to a user runtime.
    static HOME: OnceCell<Arc<Slot>> = const { OnceCell::new() };
}

/// Numbers polls of one thread from 1.
pub(super) type PollNumber = u64;

/// Numbers the threads of one runtime.
pub(super) type SlotId = u64;

/// One thread of a user runtime, as the watchdog sees it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) id: SlotId,
    /// Tells the threads of one runtime from those of another: tests have several.
    runtime: u64,
    /// The thread's name.
    pub(super) thread: String,
    /// The last number given; only the thread itself counts.
    last: AtomicU64,
    /// The poll under way; 0 when there is none.
    current: AtomicU64,
    /// What is polled, while something is.
    subject: Mutex<Option<Subject>>,
}

impl Slot {
    pub(super) fn new(id: SlotId, runtime: u64, thread: String) -> Self {
        Self {
            id,
            runtime,
            thread,
            last: AtomicU64::new(0),
            current: AtomicU64::new(0),
            subject: Mutex::new(None),
        }
    }

    /// Makes this the slot of the current thread. A thread has one for life.
    pub(super) fn install(self: Arc<Self>) {
        HOME.with(|home| {
            // A second one is never installed: threads of a runtime start once.
            drop(home.set(self));
        });
    }

    /// The poll under way.
    pub(super) fn current(&self) -> Option<PollNumber> {
        match self.current.load(Ordering::Acquire) {
            0 => None,
            number => Some(number),
        }
    }

    /// What this poll runs, unless it has ended meanwhile.
    pub(super) fn subject_of(&self, poll: PollNumber) -> Option<Subject> {
        let subject = self.subject().clone();
        // A poll's subject stands here from before its number does until after: if the number is still the same,
        // what was read belongs to it (or to a poll inside of it, which is as good an answer).
        if self.current() == Some(poll) { subject } else { None }
    }

    fn subject(&self) -> MutexGuard<'_, Option<Subject>> {
        // Nothing that can panic runs while the lock is held.
        self.subject.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter<'a>(&'a self, subject: &'a mut Option<Subject>) -> Entered<'a> {
        let number = self.last.load(Ordering::Relaxed) + 1;
        self.last.store(number, Ordering::Relaxed);
        let outer = self.current.load(Ordering::Relaxed);
        std::mem::swap(&mut *self.subject(), subject);
        self.current.store(number, Ordering::Release);
        Entered { slot: self, subject, outer }
    }
}

/// A poll under way. Dropping it ends the poll, also when it panicked.
struct Entered<'a> {
    slot: &'a Slot,
    /// Holds what the slot held before: nothing, or the subject of a poll around this one.
    subject: &'a mut Option<Subject>,
    outer: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.slot.current.store(self.outer, Ordering::Release);
        std::mem::swap(&mut *self.slot.subject(), self.subject);
    }
}

/// Runs code as a poll of this subject. On threads of no user runtime it just runs.
pub(super) fn on_slot<R>(subject: &mut Option<Subject>, code: impl FnOnce() -> R) -> R {
    // While a thread ends its slot may be gone already; what is dropped then is not watched.
    let slot = HOME.try_with(|home| home.get().cloned()).ok().flatten();
    let _entered = slot.as_ref().map(|slot| slot.enter(subject));
    code()
}

/// Whether this thread belongs to that runtime.
pub(super) fn is_home(runtime: u64) -> bool {
    HOME.try_with(|home| home.get().is_some_and(|slot| slot.runtime == runtime)).unwrap_or(false)
}
