//! Tiny builders, so that a behaviour says what matters to it and nothing else.

mod commits;
mod messages;
mod turn;

pub use commits::{
    create, deliver, entity, orchestration, purge, purge_only, scheduled, send, start, task_result, to,
    to_entity,
};
pub use messages::{at, event, json, label, labels, operation, raised};
pub use turn::{Turn, task_of, turn};
