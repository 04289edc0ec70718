//! Running handlers: what the host's worker for linked functions calls.

use fnhost_protocol::{
    TriggerKind,
    entity::{EntityBatch, EntityOutcome},
    failure::{Failure, kind},
    invocation::{Invocation, Outcome, TriggerData},
    turn::Turn,
};
use futures_core::future::BoxFuture;

use super::{
    handlers::{Handler, Registry},
    suggestion,
};
use crate::{
    call::{Call, Services},
    entity::run_batch,
    orchestration::Execution,
    panics::{Caught, catch},
};

impl Registry {
    /// Runs a function once. Dropping the future cancels the call.
    ///
    /// ```
    /// # use fnhost_protocol::{failure::kind, ids::InvocationId, invocation::{Invocation, TriggerData}, json::JsonText};
    /// # use fnhost_sdk::{Registry, Settings, host::Services};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let invocation = Invocation {
    ///     id: InvocationId::generate(),
    ///     function: "Missing".into(),
    ///     trigger: TriggerData::Manual { input: JsonText::null() },
    ///     traceparent: None,
    ///     bindings: Vec::new(),
    /// };
    /// let outcome = Registry::new().invoke(invocation, &Services::new(Settings::default())).await;
    /// assert_eq!(outcome.unwrap_err().kind, kind::UNKNOWN_FUNCTION);
    /// # }
    /// ```
    pub fn invoke(&self, invocation: Invocation, services: &Services) -> BoxFuture<'static, Outcome> {
        let wanted = match &invocation.trigger {
            TriggerData::Http(_) => TriggerKind::Http,
            TriggerData::Activity { .. } => TriggerKind::Activity,
            TriggerData::Timer(_) => TriggerKind::Timer,
            TriggerData::Blob(_) => TriggerKind::Blob,
            TriggerData::Manual { .. } => TriggerKind::Manual,
        };
        let function = match self.handler(&invocation.function) {
            // What stands behind a call by hand may be an activity too: both take JSON and return it.
            Some((Handler::Call(function), kind))
                if kind == wanted || (kind == TriggerKind::Activity && wanted == TriggerKind::Manual) =>
            {
                function.clone()
            }
            _ => {
                let failure = self.unknown(&invocation.function, wanted);
                return Box::pin(async { Err(failure) });
            }
        };
        let token = services.call_token();
        let call = Call::new(invocation, services.clone(), token.clone());
        let guard = token.drop_guard();
        Box::pin(async move {
            let _cancelled_when_dropped = guard;
            // Taking the parameters and calling the function is user code as well.
            let running = catch(|| function(&call))?;
            // The parameters are taken: the body need not be kept while the function runs.
            drop(call);
            Caught(running).await.flatten()
        })
    }

    /// Makes an execution that can be fed the new events of this turn: a fresh one for the first turn, a replayed
    /// one when the turn brings its history. `None` when it does not: ask for it.
    ///
    /// # Errors
    /// When there is no such orchestrator.
    ///
    /// ```
    /// # use fnhost_protocol::{failure::Failure, turn::{Turn, TurnOutcome}};
    /// # use fnhost_sdk::{Registry, host::{Execution, Services}};
    /// /// One turn, with what was kept from the turn before.
    /// fn turn(
    ///     registry: &Registry,
    ///     services: &Services,
    ///     kept: Option<Execution>,
    ///     turn: &Turn,
    /// ) -> Result<(TurnOutcome, Option<Execution>), Failure> {
    ///     let execution = match kept {
    ///         Some(execution) if execution.turns() == turn.base => Some(execution),
    ///         _ => registry.start_execution(turn, services)?,
    ///     };
    ///     let Some(mut execution) = execution else { return Ok((TurnOutcome::NeedHistory, None)) };
    ///     let actions = execution.advance(&turn.new_events);
    ///     if let Some(failure) = execution.divergence() {
    ///         return Ok((TurnOutcome::Diverged(failure.clone()), None));
    ///     }
    ///     Ok((TurnOutcome::Actions(actions), (!execution.is_over()).then_some(execution)))
    /// }
    /// ```
    pub fn start_execution(&self, turn: &Turn, services: &Services) -> Result<Option<Execution>, Failure> {
        let Some((Handler::Orchestration(orchestrator), _)) = self.handler(&turn.function) else {
            return Err(self.unknown(&turn.function, TriggerKind::Orchestration));
        };
        if turn.history.is_none() && turn.base > 0 {
            return Ok(None);
        }
        let mut execution = Execution::new(
            orchestrator.clone(),
            turn.instance.clone(),
            turn.function.as_str().into(),
            turn.generation,
            services,
        );
        if let Some(history) = &turn.history {
            execution.replay(history);
        }
        Ok(Some(execution))
    }

    /// Runs operations on an entity, in order, each alone: one that fails leaves no trace but its result.
    ///
    /// ```
    /// # use fnhost_protocol::{entity::{EntityBatch, EntityOperation}, json::JsonText};
    /// # use fnhost_sdk::{EntityContext, EntityId, EntityReply, Registry, Result, Settings, Timestamp, host::Services};
    /// async fn counter(ctx: EntityContext) -> Result<EntityReply> {
    ///     let count = ctx.state::<i64>()?.unwrap_or(0) + ctx.input::<i64>()?;
    ///     ctx.set_state(count)?;
    ///     ctx.reply(count)
    /// }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let registry = Registry::new().entity("Counter", "functions/Counter/mod.rs", counter);
    /// let add = |n: i64| EntityOperation { name: "Add".into(), input: JsonText::of(&n).unwrap(), is_signal: true };
    /// let batch = EntityBatch {
    ///     entity: EntityId::new("Counter", "visits").unwrap(),
    ///     function: "Counter".into(),
    ///     now: Timestamp::EPOCH,
    ///     state: None,
    ///     operations: vec![add(1), add(2)],
    /// };
    /// let outcome = registry.run_entity(batch, &Services::new(Settings::default())).await.unwrap();
    /// assert_eq!(outcome.state.unwrap().as_str(), "3");
    /// # }
    /// ```
    pub fn run_entity(
        &self,
        batch: EntityBatch,
        services: &Services,
    ) -> BoxFuture<'static, Result<EntityOutcome, Failure>> {
        match self.handler(&batch.function) {
            Some((Handler::Entity(function), _)) => {
                let (function, settings) = (function.clone(), services.settings().clone());
                Box::pin(async move { Ok(run_batch(&function, batch, settings).await) })
            }
            _ => {
                let failure = self.unknown(&batch.function, TriggerKind::Entity);
                Box::pin(async { Err(failure) })
            }
        }
    }

    /// No handler of this name, or one of another kind.
    fn unknown(&self, name: &str, wanted: TriggerKind) -> Failure {
        let message = match self.find(name) {
            Some(found) => format!(
                "`{name}` ({}) was written for {}, not for {wanted}: change the binding in its function.toml or \
                 its code",
                found.source, found.kind
            ),
            None => {
                let known = self.handlers().filter(|info| info.kind == wanted).map(|info| info.name.as_str());
                format!("this binary has no handler `{name}` for {wanted}{}", suggestion(name, known))
            }
        };
        Failure::new(kind::UNKNOWN_FUNCTION, message).not_retriable()
    }
}
