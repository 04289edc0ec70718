//! Pages of lists, for stores that keep rows in an index by id: which ids to read, and how many of them are on a page.

mod cut;
mod range;

pub use cut::Cut;
pub use range::{Range, entity_ids, orchestration_ids};
