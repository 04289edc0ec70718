//! A batch, stage by stage as drawn in the contract. One file per group of stages.

mod creations;
mod fences;
mod messages;
mod stages;
mod turns;

pub(super) use stages::commit;
