//! What can be chosen about the user runtime.

use std::{num::NonZero, thread::available_parallelism, time::Duration};

/// Options of a [`UserRuntime`](super::UserRuntime). The default suits this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRuntimeOptions {
    /// How many threads run user code: so many polls may block at once before the host is saturated.
    pub threads: usize,
    /// A poll that takes longer is reported as blocking; a runtime that answers nothing for so long is saturated.
    pub long_poll: Duration,
    /// How often threads are looked at while user code runs. What a blocked thread served (sockets, timers) is
    /// taken over after one to two of these.
    pub scan_busy: Duration,
    /// How often threads are looked at while no user code runs.
    pub scan_idle: Duration,
}

/// Threads beyond the number of cores: three per core, but a big machine gains nothing from hundreds.
const SPARE_PER_CORE: usize = 3;
const MOST_SPARE: usize = 32;

impl UserRuntimeOptions {
    /// The default number of threads on a machine with so many cores: one per core, and spare ones that take
    /// over when functions block theirs.
    ///
    /// ```
    /// use fnhost::workers::UserRuntimeOptions;
    /// assert_eq!([1, 2, 8, 64].map(UserRuntimeOptions::threads_for), [4, 8, 32, 96]);
    /// ```
    pub fn threads_for(cores: usize) -> usize {
        let cores = cores.max(1);
        cores + (cores * SPARE_PER_CORE).min(MOST_SPARE)
    }
}

impl Default for UserRuntimeOptions {
    fn default() -> Self {
        Self {
            threads: Self::threads_for(available_parallelism().map_or(1, NonZero::get)),
            long_poll: Duration::from_secs(1),
            scan_busy: Duration::from_millis(10),
            scan_idle: Duration::from_millis(100),
        }
    }
}
