//! Testing orchestrations: no host, no clock, no waiting.
//!
//! [`OrchestrationTester`] runs one against scripted activities, events and a virtual clock, and replays it after
//! every turn, so that code which is not deterministic fails its test. [`check_replay`] holds code against a history
//! that was recorded before: whether running instances survive a change.

mod check_replay;
mod journal;
mod run;
mod stage;
mod tester;

pub use check_replay::check_replay;
pub use run::{Ending, Run};
pub use tester::OrchestrationTester;

#[cfg(test)]
pub(crate) use journal::record;
