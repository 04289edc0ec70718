//! Timers: when they run, and how often, whatever happens to clocks and hosts.
//!
//! `FNHOST_TEST_KILL_ROUNDS` sets how often a host is killed; `FNHOST_TEST_SEED` repeats the choices of a run.

mod bad_schedules;
mod hosts;
mod kills;
mod missed;
mod overlaps;
mod retries;
mod schedules;
mod stage;
mod stops;
