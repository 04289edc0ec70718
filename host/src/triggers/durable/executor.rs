//! What the engine asks for, run on the app's functions.

use std::sync::Arc;

use durable_core::model::{InstanceKind, LeasedTask};
use durable_engine::Executor;
use fnhost_protocol::{
    TriggerKind,
    entity::{EntityBatch, EntityOutcome},
    failure::{Failure, kind},
    invocation::{Reply, TriggerData},
    json::JsonText,
    turn::{Turn, TurnOutcome},
    worker::Worker,
};
use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::known;
use crate::{
    app::AppHandle,
    invoke::{Call, Invoker},
    telemetry::TraceContext,
};

/// Finds the function in the current generation of the app and runs it on the worker.
pub struct HostExecutor {
    app: AppHandle,
    worker: Arc<dyn Worker>,
    invoker: Invoker,
    /// The runtime of user code.
    users: Handle,
}

impl std::fmt::Debug for HostExecutor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HostExecutor").finish_non_exhaustive()
    }
}

impl HostExecutor {
    /// Runs the functions of `app` on the runtime of user code.
    pub fn new(app: AppHandle, worker: Arc<dyn Worker>, invoker: Invoker, users: Handle) -> Self {
        Self { app, worker, invoker, users }
    }

    /// The handler behind a durable function's name.
    fn handler(&self, kind: TriggerKind, name: &str) -> Result<String, Failure> {
        let app = self.app.current();
        let function = known::find(app.functions(), kind, name).map_err(unknown)?;
        Ok(function.entry_point().to_string())
    }
}

fn unknown(message: String) -> Failure {
    Failure::new(kind::UNKNOWN_FUNCTION, message).not_retriable()
}

impl Executor for HostExecutor {
    fn resolve(&self, kind: InstanceKind, name: &str) -> Result<Arc<str>, String> {
        let kind = match kind {
            InstanceKind::Orchestration => TriggerKind::Orchestration,
            InstanceKind::Entity => TriggerKind::Entity,
        };
        let app = self.app.current();
        known::find(app.functions(), kind, name).map(|function| known::durable_name(function).into())
    }

    fn runtime(&self) -> Option<&Handle> {
        Some(&self.users)
    }

    fn turn(&self, mut turn: Turn) -> BoxFuture<'static, Result<TurnOutcome, Failure>> {
        match self.handler(TriggerKind::Orchestration, &turn.function) {
            Ok(handler) => {
                turn.function = handler;
                self.worker.turn(turn)
            }
            Err(failure) => Box::pin(std::future::ready(Err(failure))),
        }
    }

    fn entity(&self, mut batch: EntityBatch) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        match self.handler(TriggerKind::Entity, &batch.function) {
            Ok(handler) => {
                batch.function = handler;
                self.worker.entity(batch)
            }
            Err(failure) => Box::pin(std::future::ready(Err(failure))),
        }
    }

    fn task(&self, task: LeasedTask) -> BoxFuture<'static, Result<JsonText, Failure>> {
        let app = self.app.current();
        let function = match known::find(app.functions(), TriggerKind::Activity, &task.name) {
            Ok(function) => function.clone(),
            Err(message) => return Box::pin(std::future::ready(Err(unknown(message)))),
        };
        let invoker = self.invoker.clone();
        Box::pin(async move {
            let outcome = invoker
                .invoke(Call {
                    function: &function,
                    trigger: TriggerData::Activity {
                        instance: task.instance_id,
                        task: task.task.task,
                        attempt: task.policy_attempt,
                        delivery: task.attempt,
                        input: task.input,
                    },
                    reason: "an orchestration called this activity",
                    trace: TraceContext::continuing(None),
                })
                .await;
            match outcome {
                Ok(Reply::Value(result)) => Ok(result),
                Ok(Reply::Http(_)) => {
                    Err(Failure::new("Worker", format!("activity `{}` answered an HTTP reply", task.name)))
                }
                Err(failure) => Err(named(&task.name, failure)),
            }
        })
    }
}

/// The failure as its orchestration sees it: the text names the activity, the cause stays whole.
fn named(activity: &str, failure: Failure) -> Failure {
    let mut outer = Failure::new(
        failure.kind.clone(),
        format!("The activity function '{activity}' failed: {}", failure.message),
    );
    outer.non_retriable = failure.non_retriable;
    outer.caused_by(failure)
}
