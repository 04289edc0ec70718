//! Patience with an end: a test asks again and again until what it waits for is there, and never just sleeps.

use std::{
    thread,
    time::{Duration, Instant},
};

/// How long a test waits for something that should take milliseconds. Generous, since a debug build on a busy
/// machine is slow; it is spent only by tests that fail.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until the probe says `Ok`; past the deadline panics with what was awaited and what was seen last.
#[track_caller]
pub(crate) fn until<T>(what: &str, probe: impl FnMut() -> Result<T, String>) -> T {
    until_within(PATIENCE, what, probe)
}

/// As [`until`], with a deadline of one's own.
#[track_caller]
pub(crate) fn until_within<T>(
    patience: Duration,
    what: &str,
    mut probe: impl FnMut() -> Result<T, String>,
) -> T {
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(2);
    loop {
        match probe() {
            Ok(found) => return found,
            Err(seen) if Instant::now() >= deadline => {
                panic!("waited {patience:?} for {what}; seen last: {seen}")
            }
            Err(_) => thread::sleep(pause),
        }
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
