//! The worker of linked functions, from outside: blocked threads, panics, cancellation, kept executions.

#[path = "workers/support.rs"]
mod support;

#[path = "workers/blocking.rs"]
mod blocking;
#[path = "workers/calls.rs"]
mod calls;
#[path = "workers/forgetful.rs"]
mod forgetful;
#[path = "workers/panics.rs"]
mod panics;
#[path = "workers/play.rs"]
mod play;
#[path = "workers/sessions.rs"]
mod sessions;
