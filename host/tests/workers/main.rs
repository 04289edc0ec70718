//! The worker of linked functions, from outside: blocked threads, panics, cancellation, kept executions.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod blocking;
mod calls;
mod forgetful;
mod panics;
mod placing;
mod play;
mod services;
mod sessions;
mod support;
