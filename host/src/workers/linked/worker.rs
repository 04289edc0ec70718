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
use tokio_util::sync::CancellationToken;

use super::sessions::{SessionStats, Sessions};
use crate::workers::user_runtime::{Subject, UserRuntime, discard};

/// Runs the handlers of a [`Registry`] on a [`UserRuntime`]. Cheap to clone.
///
/// A call that is awaited on a thread of that runtime runs right there; one that is awaited elsewhere becomes a
/// task of it. Dropping a returned future cancels the call: the function's `Cancellation` is cancelled at once, and
/// its future is dropped at its next `await`. There is no period of grace: what must outlive its caller has to be
/// spawned by the function.
#[derive(Clone)]
pub struct LinkedWorker(Arc<Linked>);

struct Linked {
    registry: Registry,
    /// What user code may use. Replaced when the engine stands, and when settings change.
    services: ArcSwap<Services>,
    runtime: UserRuntime,
    sessions: Sessions,
    /// Cancelled when running calls are to end; the parent of what each call sees.
    running: CancellationToken,
}

impl LinkedWorker {
    /// The default budget for executions that are kept between turns.
    pub const SESSION_BYTES: usize = 64 << 20;

    /// A worker for these handlers. Functions that ask for the durable engine fail with a message that says so
    /// until [`bind_durable`](Self::bind_durable) is called.
    pub fn new(registry: Registry, services: Services, runtime: UserRuntime, session_bytes: usize) -> Self {
        let running = CancellationToken::new();
        Self(Arc::new(Linked {
            registry,
            services: ArcSwap::from_pointee(services.with_shutdown(running.clone())),
            runtime,
            sessions: Sessions::new(session_bytes),
            running,
        }))
    }

    /// Lends the durable engine to functions from now on. Engine and worker need each other, so this comes after
    /// both are made, and before anything listens.
    pub fn bind_durable(&self, durable: Arc<dyn DurableApi>) {
        self.0.services.rcu(|services| Services::clone(services).with_durable(durable.clone()));
    }

    /// Lends these services, the durable engine among them, to calls that begin from now on: settings have changed.
    pub fn replace_services(&self, services: Services) {
        self.0.services.store(Arc::new(services.with_shutdown(self.0.running.clone())));
    }

    /// Tells all calls, running and to come, that they are cancelled: the host stops. This is the token that their
    /// `Cancellation` shows, whatever token the services had; nothing is dropped.
    pub fn cancel_calls(&self) {
        self.0.running.cancel();
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
        let linked = self.0.clone();
        Box::pin(async move { linked.invoke(invocation).await })
    }

    fn turn(&self, turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        let linked = self.0.clone();
        Box::pin(async move {
            let (subject, here) = (Subject::of_turn(&turn), linked.clone());
            linked.runtime.run(subject, Box::pin(async move { here.turn(&turn) })).await.flatten()
        })
    }

    fn entity(&self, batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        let linked = self.0.clone();
        Box::pin(async move {
            let subject = Subject::of_batch(&batch);
            let batch = linked.registry.run_entity(batch, &linked.services.load());
            linked.runtime.run(subject, batch).await.flatten()
        })
    }
}

impl Linked {
    async fn invoke(&self, invocation: Invocation) -> Outcome {
        let subject = Subject::of_call(&invocation);
        if self.runtime.is_here() {
            let call = self.registry.invoke(invocation, &self.services.load());
            return self.runtime.run(subject, call).await.flatten();
        }
        // The SDK tells a call that it is cancelled when its future is dropped; in another task that may take
        // until the end of a poll. So this side holds a token of its own and tells it at once.
        let token = self.running.child_token();
        let services = Services::clone(&self.services.load()).with_shutdown(token.clone());
        let _cancelled_when_dropped = token.drop_guard();
        let call = self.registry.invoke(invocation, &services);
        self.runtime.run(subject, call).await.flatten()
    }

    /// Runs a turn. This is computing, not waiting: a turn that takes long is reported like any other poll.
    fn turn(&self, turn: &Turn) -> Result<TurnOutcome, Failure> {
        let kept = self.sessions.take(turn);
        let execution = match kept {
            Some(execution) => Some(execution),
            None => self.registry.start_execution(turn, &self.services.load())?,
        };
        let Some(mut execution) = execution else { return Ok(TurnOutcome::NeedHistory) };
        let actions = execution.advance(&turn.new_events);
        if let Some(failure) = execution.divergence().cloned() {
            discard(execution);
            return Ok(TurnOutcome::Diverged(failure));
        }
        if execution.is_over() {
            discard(execution);
        } else {
            self.sessions.put(turn, execution);
        }
        Ok(TurnOutcome::Actions(actions))
    }
}
