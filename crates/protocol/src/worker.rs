//! That which runs user code.

use futures_core::future::BoxFuture;

use crate::{
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    invocation::{Invocation, Outcome},
    turn::{Turn, TurnOutcome},
};

/// Runs user code: linked Rust functions, or a process on the other side of a socket.
///
/// All that crosses is data. Calls may run side by side, except that the engine never has two turns or batches
/// of one instance under way at once. Dropping a returned future cancels the call; the worker may go on for a
/// moment, and what it then returns is thrown away. Implementations never panic and never block the caller.
pub trait Worker: Send + Sync + 'static {
    /// Runs a function once.
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Outcome>;

    /// Runs an orchestrator over new events.
    ///
    /// # Errors
    /// Only when the code could not be run at all (no such handler, worker gone): a failing orchestrator is an
    /// [`Action::Fail`](crate::action::Action::Fail).
    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>>;

    /// Runs operations on an entity, in order, each alone.
    ///
    /// # Errors
    /// Only when the code could not be run at all: failing operations are results.
    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>>;
}
