//! The one way in which a function that is no orchestrator or entity is run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fnhost_protocol::{
    failure::{Failure, kind},
    ids::InvocationId,
    invocation::{Invocation, Outcome, TriggerData},
    worker::Worker,
};

use crate::{
    app::Function,
    telemetry::{CALL_LOG_TARGET, TraceContext},
};

/// A call to make.
#[derive(Debug)]
pub struct Call<'a> {
    /// What to run.
    pub function: &'a Function,
    /// Its data.
    pub trigger: TriggerData,
    /// Why, for the log: `This function was programmatically called via the host APIs.`
    pub reason: &'static str,
    /// The span of this call.
    pub trace: TraceContext,
}

/// Runs functions on a worker, within the time that the app allows.
#[derive(Clone)]
pub struct Invoker {
    worker: Arc<dyn Worker>,
    timeout: Option<Duration>,
}

impl std::fmt::Debug for Invoker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invoker").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Invoker {
    /// Runs on this worker; calls that take longer than `timeout` are cancelled.
    pub fn new(worker: Arc<dyn Worker>, timeout: Option<Duration>) -> Self {
        Self { worker, timeout }
    }

    /// Makes a call. Dropping the future cancels it.
    pub async fn invoke(&self, call: Call<'_>) -> Outcome {
        let id = InvocationId::generate();
        let name = call.function.name();
        tracing::debug!(
            target: CALL_LOG_TARGET,
            function = &**name,
            invocation = %id,
            "Executing 'Functions.{name}' (Reason='{}', Id={id})",
            call.reason,
        );
        let started = Instant::now();
        let run = self.worker.invoke(Invocation {
            id,
            function: call.function.entry_point().clone(),
            trigger: call.trigger,
            traceparent: Some(call.trace.to_string()),
        });
        let outcome = match self.timeout {
            None => run.await,
            Some(timeout) => match tokio::time::timeout(timeout, run).await {
                Ok(outcome) => outcome,
                Err(_) => Err(timed_out(name, timeout)),
            },
        };
        let took = started.elapsed();
        match &outcome {
            Ok(_) => tracing::debug!(
                target: CALL_LOG_TARGET,
                function = &**name,
                invocation = %id,
                "Executed 'Functions.{name}' (Succeeded, Id={id}, Duration={}ms)",
                took.as_millis(),
            ),
            Err(failure) => tracing::error!(
                target: CALL_LOG_TARGET,
                function = &**name,
                invocation = %id,
                kind = failure.kind,
                "Executed 'Functions.{name}' (Failed, Id={id}, Duration={}ms): {failure}",
                took.as_millis(),
            ),
        }
        outcome
    }
}

fn timed_out(name: &str, timeout: Duration) -> Failure {
    Failure::new(
        kind::TIMEOUT,
        format!(
            "function `{name}` did not finish within {} s (functionTimeout in host.toml) and was cancelled",
            timeout.as_secs_f64()
        ),
    )
}
