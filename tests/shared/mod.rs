//! Three hosts, each a process of its own, on one throw-away Postgres: they are killed, paused (also in the middle of
//! a commit), stopped and cut off while clients add numbers through activities and entities. Afterwards the sums are
//! exact, nothing is stuck, and no history holds anything twice.
//!
//! `FNHOST_TEST_KILL_ROUNDS` sets how often, 5 by default; `FNHOST_TEST_SEED` repeats the choices of a run.

pub(crate) mod adder;
mod books;
mod early_handover;
mod fleet;
mod handover;
mod kills;
mod load;
mod open_commits;
mod outages;
mod pauses;
