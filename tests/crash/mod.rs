//! kill −9 at random moments under load, and the sums afterwards: nothing acknowledged is lost, nothing recorded
//! is applied twice, nobody hangs.
//!
//! The moment is drawn from a printed seed (`FNHOST_TEST_SEED` repeats it); `FNHOST_TEST_KILL_ROUNDS` sets how
//! often, 5 by default.

mod adds;
mod cold;
mod ledger;
mod load;
mod opens;
mod runs;
mod volley;

/// How many kills one test makes.
pub(crate) fn rounds() -> usize {
    match std::env::var("FNHOST_TEST_KILL_ROUNDS") {
        Ok(text) => text.parse().expect("FNHOST_TEST_KILL_ROUNDS is a number"),
        Err(_) => 5,
    }
}
