//! [`LinkedWorker`]: the worker of functions that are compiled into this binary.

use std::{fmt, sync::Arc};

use arc_swap::ArcSwap;
use fnhost_protocol::{
    client::DurableApi,
    entity::{EntityBatch, EntityOutcome},
    failure::Failure,
    ids::InstanceId,
    invocation::{Invocation, Outcome},
    turn::{Turn, TurnOutcome},
    worker::Worker,
};
use fnhost_sdk::{Registry, host::Services};
use futures_util::future::BoxFuture;

use super::sessions::{Point, SessionStats, Sessions};
use crate::workers::user_runtime::{Subject, UserRuntime, discard};

/// Runs the handlers of a [`Registry`] on a [`UserRuntime`]. Cheap to clone.
///
/// A call that is made on a thread of that runtime runs right there; one that is made elsewhere becomes a task of
/// it. Dropping a returned future cancels the call: the function's `Cancellation` is cancelled, and its future is
/// dropped at its next `await`, without a period of grace; what must outlive its caller has to be spawned.
#[derive(Clone)]
pub struct LinkedWorker(Arc<Linked>);

struct Linked {
    registry: Registry,
    /// What user code may use. Replaced when the engine stands, and when settings change.
    services: ArcSwap<Services>,
    runtime: UserRuntime,
    sessions: Sessions,
}

impl LinkedWorker {
    /// The default budget for executions that are kept between turns.
    pub const SESSION_BYTES: usize = 64 << 20;

    /// A worker for these handlers. Functions that ask for the durable engine fail with a message that says so
    /// until [`bind_durable`](Self::bind_durable) is called.
    pub fn new(registry: Registry, services: Services, runtime: UserRuntime, session_bytes: usize) -> Self {
        Self(Arc::new(Linked {
            registry,
            services: ArcSwap::from_pointee(services),
            runtime,
            sessions: Sessions::new(session_bytes),
        }))
    }

    /// Lends the durable engine to functions from now on. Engine and worker need each other, so this comes after
    /// both are made, and before anything listens.
    pub fn bind_durable(&self, durable: Arc<dyn DurableApi>) {
        self.0.services.rcu(|services| Services::clone(services).with_durable(durable.clone()));
    }

    /// Lends these services, the durable engine among them, to calls that begin from now on: settings have changed.
    pub fn replace_services(&self, services: Services) {
        self.0.services.store(Arc::new(services));
    }

    /// The runtime that the functions run on.
    pub fn runtime(&self) -> &UserRuntime {
        &self.0.runtime
    }

    /// Drops the execution that is kept of this instance.
    pub(in crate::workers) fn forget(&self, instance: &InstanceId) {
        self.0.sessions.forget(instance);
    }

    /// How the cache of executions does.
    pub fn session_stats(&self) -> SessionStats {
        self.0.sessions.stats()
    }
}

impl fmt::Debug for LinkedWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LinkedWorker").field(&self.0.registry).finish()
    }
}

impl Worker for LinkedWorker {
    fn invoke(&self, invocation: Invocation) -> BoxFuture<'static, Outcome> {
        let subject = Subject::of_call(&invocation);
        let call = self.0.registry.invoke(invocation, &self.0.services.load());
        let run = self.0.runtime.run(subject, call);
        Box::pin(async move { run.await.flatten() })
    }

    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        let subject = Subject::of_turn(&turn);
        let linked = self.0.clone();
        let run = self.0.runtime.run(subject, Box::pin(async move { linked.turn(&turn) }));
        Box::pin(async move { run.await.flatten() })
    }

    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        let subject = Subject::of_batch(&batch);
        let batch = self.0.registry.run_entity(batch, &self.0.services.load());
        let run = self.0.runtime.run(subject, batch);
        Box::pin(async move { run.await.flatten() })
    }
}

impl Linked {
    /// Runs a turn. This is computing, not waiting: a turn that takes long is reported like any other poll.
    fn turn(&self, turn: &Turn) -> Result<TurnOutcome, Failure> {
        let point = Point::before(turn);
        let kept = self.sessions.take(&turn.instance, point);
        let execution = match kept {
            // With a history the engine says what holds, whatever is kept here.
            Some(execution) if turn.history.is_none() => Some(execution),
            stale => {
                discard(stale);
                self.registry.start_execution(turn, &self.services.load())?
            }
        };
        let Some(mut execution) = execution else { return Ok(TurnOutcome::NeedHistory) };
        let actions = execution.advance(&turn.new_events);
        if execution.is_over() {
            discard(execution);
        } else {
            self.sessions.put(turn.instance.clone(), point.next(), execution);
        }
        Ok(TurnOutcome::Actions(actions))
    }
}
