//! Entities: small pieces of state with an identity, on which operations run one at a time.

mod batch;
mod context;
mod dispatch;
mod outgoing;

pub use context::{EntityContext, EntityReply};
pub use dispatch::{Entity, Operation};

pub(crate) use batch::run_batch;
