//! The runtime of user code: threads that nothing else depends on, and a watchdog that knows who holds them.
//!
//! More threads than cores stand ready, so a function that blocks its thread costs one of them and stalls nobody.
//! The watchdog scans what every thread is polling, names what does not come back, wakes a sleeping thread to
//! take over the sockets and timers that the blocked one was serving, and says when no thread is left.
//!
//! ```text
//! slot ── one per thread: what it polls now          watched ── fills the slot around each poll, contains panics
//! scan ── pure: which polls are stuck, and how long  watchdog ── the thread that scans, probes and reports
//! ```
//!
//! Why one runtime with spare threads and not a second runtime when the first is blocked: sockets and timers
//! belong to the runtime that made them, and would be stuck with it. `docs/decisions/0030-user-runtime.md` has
//! the numbers.

mod health;
mod options;
mod probe;
mod runtime;
mod scan;
mod slot;
mod subject;
mod threads;
mod watchdog;
mod watched;

pub use health::{BlockedPoll, RuntimeHealth};
pub use options::UserRuntimeOptions;
pub use runtime::UserRuntime;
pub use subject::Subject;

pub(super) use watched::discard;
