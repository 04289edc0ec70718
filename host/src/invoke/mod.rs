//! One call of a function, start to end: its id, its time limit, its log lines, its outcome.
//!
//! The triggers call it; it calls the worker. Bindings other than the trigger itself are filled by room `bindings`.

mod bind;
mod invoker;

pub use invoker::{Call, Invoker};
