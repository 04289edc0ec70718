//! Counts the syncs of this process: what SQLite, which is linked in, does through the C library.
//!
//! The executable's own `fsync` and `fdatasync` stand before those of the C library, for all that is linked into it.

#![expect(unsafe_code, reason = "the C library's functions are replaced by ones that count")]

use std::{
    ffi::c_int,
    os::fd::BorrowedFd,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::io::{Errno, retry_on_intr};

static SYNCS: AtomicU64 = AtomicU64::new(0);

/// How many there were.
pub(super) fn so_far() -> u64 {
    SYNCS.load(Ordering::Relaxed)
}

#[unsafe(no_mangle)]
extern "C" fn fsync(file: c_int) -> c_int {
    // SAFETY: whoever calls `fsync` has the file open.
    let file = unsafe { BorrowedFd::borrow_raw(file) };
    counted(retry_on_intr(|| rustix::fs::fsync(file)))
}

#[unsafe(no_mangle)]
extern "C" fn fdatasync(file: c_int) -> c_int {
    // SAFETY: as above.
    let file = unsafe { BorrowedFd::borrow_raw(file) };
    counted(retry_on_intr(|| rustix::fs::fdatasync(file)))
}

/// As C has it; `errno` is left as it is, SQLite goes by the answer.
fn counted(synced: Result<(), Errno>) -> c_int {
    SYNCS.fetch_add(1, Ordering::Relaxed);
    if synced.is_ok() { 0 } else { -1 }
}

#[cfg(test)]
mod tests {
    #[test]
    fn syncs_are_counted_and_done() {
        let file = tempfile::tempfile().unwrap();
        let before = super::so_far();
        file.sync_all().unwrap();
        file.sync_data().unwrap();
        assert!(super::so_far() >= before + 2, "other tests may sync meanwhile");
    }
}
