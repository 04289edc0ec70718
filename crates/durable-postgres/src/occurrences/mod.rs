//! What came from outside and is to be run exactly once: receipts of all that is known, rows of what is not finished.
//! What takes several steps is a function of `0002_occurrences.sql`.

mod add;
mod claim;
mod finish;
mod lives;
mod poison;
mod receipts;
mod row;
mod states;
mod store;
