//! That which runs user code: the linked Rust functions, in this process, on a runtime of their own.
//!
//! ```text
//! HTTP connection (already on the user runtime) ── polls inline ──┐
//! engine, timer, blob (on the system runtime) ── one spawn ───────┴▶ Watched ▶ Registry ▶ user code
//!                                                                     ▲
//!                                                       watchdog ─────┘ names and reports what blocks
//! ```
//!
//! To everything above, [`LinkedWorker`] is a [`Worker`](fnhost_protocol::worker::Worker) like one in another
//! process would be; [`ForgetfulWorker`] keeps it honest in tests.

mod forgetful;
mod linked;
mod user_runtime;

#[doc(hidden)]
pub use forgetful::{Forget, ForgetfulWorker};
pub use linked::{LinkedWorker, SessionStats};
pub use user_runtime::{BlockedPoll, RuntimeHealth, Subject, UserRuntime, UserRuntimeOptions};
