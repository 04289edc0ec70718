//! The second list: what every store of occurrences must show.
//!
//! It is used like the first one, with an [`OccurrenceHarness`] and [`occurrence_tests!`](crate::occurrence_tests).

mod behaviours;
#[doc(hidden)]
pub mod catalogue;
mod harness;
mod life;
mod list;
mod run;

pub use harness::OccurrenceHarness;
#[doc(hidden)]
pub use run::run;
