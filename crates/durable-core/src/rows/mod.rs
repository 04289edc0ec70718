//! How the model stands in the rows of a table: what stores that speak SQL have in common, whatever their database.
//!
//! A store says how a cell is read ([`Cells`]); what is read is validated here: a cell that cannot be understood fails
//! with the table and the row's key. Which tables there are and how they are written stays with each store.

mod columns;
mod numbers;
mod read;

pub use columns::{Cells, Columns, bad_row, to_json};
pub use numbers::{kind_number, read_scope, status_bits, status_number, write_scope};
pub use read::{
    call, entity_status, events, found, instance, key, message, scheduled, seen, stored_status, suspicion,
    timer,
};
