//! The real host, from outside: every test starts the sample app's binary on a free port, talks to it over HTTP
//! and judges what a client can see. Nothing here is linked with the host.
//!
//! ```text
//! cargo test -p functions --test host                       everything
//! cargo test -p functions --test host registry::            one subject
//! FNHOST_TEST_SEED=17 cargo test … crash::                  repeat a failed crash test
//! FNHOST_TEST_KILL_ROUNDS=50 cargo test … crash::           more of them (as for disk:: and shared::)
//! ```

#[macro_use]
mod support;

mod backup;
mod bad_input;
mod blobs;
mod cli;
mod crash;
mod disk;
mod hello;
mod lifecycle;
mod management;
mod poison;
mod postgres;
mod registry;
mod repo_stats;
mod samples_scraper;
mod seams;
mod shared;
mod timers;
mod weather;
