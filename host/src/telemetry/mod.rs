//! What the host tells its operator while it runs: log lines filtered by category, and W3C trace context.
//!
//! `cli` sets it up once; the triggers carry the trace context from request to call and back.

mod filter;
mod human;
mod logs;
mod trace_context;

pub(crate) use filter::CALL_LOG_TARGET;
pub use logs::{LogFormat, LogOptions, init};
pub use trace_context::TraceContext;
