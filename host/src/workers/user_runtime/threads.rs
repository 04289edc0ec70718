//! The slots of all threads of one user runtime.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use super::slot::{Slot, SlotId, is_home};

/// All threads of one runtime: those that run its tasks, and those of its `spawn_blocking`.
#[derive(Debug)]
pub(super) struct Threads {
    /// Tells this runtime from others in the process.
    runtime: u64,
    started: AtomicU64,
    slots: Mutex<Vec<Arc<Slot>>>,
}

impl Threads {
    pub(super) fn new() -> Self {
        static RUNTIMES: AtomicU64 = AtomicU64::new(0);
        Self {
            runtime: RUNTIMES.fetch_add(1, Ordering::Relaxed),
            started: AtomicU64::new(0),
            slots: Mutex::new(Vec::new()),
        }
    }

    /// Gives the current thread, which the runtime has just started, its slot.
    pub(super) fn enlist(&self) {
        let id: SlotId = self.started.fetch_add(1, Ordering::Relaxed);
        let name = thread::current().name().unwrap_or("fn-worker").to_owned();
        let slot = Arc::new(Slot::new(id, self.runtime, name));
        self.slots().push(slot.clone());
        slot.install();
    }

    /// Whether the current thread is one of them.
    pub(super) fn include_current(&self) -> bool {
        is_home(self.runtime)
    }

    /// All slots. Those whose thread has ended are given one last time.
    pub(super) fn look(&self) -> Vec<Arc<Slot>> {
        let mut slots = self.slots();
        let all = slots.clone();
        // One reference is in the list and one in `all`; the third is the thread's own.
        slots.retain(|slot| Arc::strong_count(slot) > 2);
        all
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
