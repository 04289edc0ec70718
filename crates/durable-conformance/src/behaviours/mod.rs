//! The behaviours, grouped by subject. Each is on the list in `list.rs`; one that is not is dead code.

pub(crate) mod children;
pub(crate) mod empties;
pub(crate) mod entities;
pub(crate) mod fences;
pub(crate) mod first_turns;
pub(crate) mod hosts;
pub(crate) mod ids;
pub(crate) mod keys;
pub(crate) mod leases;
pub(crate) mod locks;
pub(crate) mod lookups;
pub(crate) mod messages;
pub(crate) mod payloads;
pub(crate) mod purges;
pub(crate) mod queries;
pub(crate) mod recovery;
pub(crate) mod replies;
pub(crate) mod results;
pub(crate) mod scheduled;
pub(crate) mod starts;
pub(crate) mod statuses;
pub(crate) mod suspects;
pub(crate) mod tasks;
pub(crate) mod timers;
pub(crate) mod trials;
pub(crate) mod turns;
