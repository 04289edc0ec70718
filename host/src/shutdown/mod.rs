//! How the process is told to stop, and how its parts hear of it.
//!
//! Every part that runs until the host stops (the HTTP server, trigger loops, the durable engine) takes a clone of
//! one [`Shutdown`] and asks it nothing but "has it begun?". Who begins it stays outside: operating system signals
//! in the binary ([`listen_for_signals`]), a method call in tests.

mod signals;
mod stages;

pub use signals::listen_for_signals;
pub use stages::{Shutdown, Stage};
