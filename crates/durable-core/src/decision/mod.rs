//! A batch, in the stages that the contract draws, one file per stage: from facts to rows and outcomes, without I/O.
//!
//! ```text
//!   batch + facts ──▶ Decision (stages 1–6) ──▶ rows, outcomes
//! ```
//!
//! A store reads or assumes the facts, writes the rows, and makes sure in the same transaction that the facts hold. So
//! the rules stand in one place, whatever the database.

mod children;
mod creations;
mod facts;
mod fences;
mod messages;
mod purges;
mod rows;
mod stages;
mod turns;

pub use facts::{Facts, Seen, is_generated};
pub use rows::{Created, Rows};
pub use stages::Decision;
