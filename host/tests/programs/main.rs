//! Orchestrations and what becomes of them when something fails: real handlers in a whole host, on a virtual clock. A
//! *deploy* is the same app on the same database with other code or other function files.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod by_hand;
mod deploys;
mod failures;
mod losers;
mod retries;
mod rounds;
mod stage;
