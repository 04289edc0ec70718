//! The command line: one file per command, the same for the generic binary and for every app that links functions.
//!
//! Human text goes to stderr, what a program may read to stdout. Exit codes are in [`ExitStatus`].

mod args;
mod blobs;
mod check;
mod exit;
mod init;
mod invoke;
mod keys;
mod list;
mod new;
mod run;
mod running;
mod start;
mod timers;

pub use exit::ExitStatus;
pub use run::main;
