//! A bound on scenes that exist at once, so that a machine of many cores is not flooded with hosts.
//!
//! A test holds one slot for its whole scene, however many processes it starts in it: a test that waited for a
//! second slot could wait for ever.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

static TAKEN: Mutex<usize> = Mutex::new(0);
static RETURNED: Condvar = Condvar::new();

/// The right to run hosts; given back on drop.
pub(crate) struct Slot(());

impl Slot {
    /// Waits for a free slot.
    pub(crate) fn take() -> Self {
        let bound = thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let mut taken = lock();
        while *taken >= bound {
            taken = RETURNED.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken += 1;
        Self(())
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *lock() -= 1;
        RETURNED.notify_one();
    }
}

fn lock() -> MutexGuard<'static, usize> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}
