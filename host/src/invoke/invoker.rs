//! The one way in which a function that is no orchestrator or entity is run.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use durable_core::clock::Clock;
use fnhost_protocol::{
    blob::BlobApi,
    failure::{Failure, kind},
    ids::InvocationId,
    invocation::{Invocation, Outcome, Reply, TriggerData},
    worker::Worker,
};

use super::bind;
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
    blobs: Option<BoundBlobs>,
}

/// What blob bindings need.
#[derive(Clone)]
struct BoundBlobs {
    stores: Arc<dyn BlobApi>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Invoker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invoker").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

impl Invoker {
    /// Runs on this worker; calls that take longer than `timeout` are cancelled.
    pub fn new(worker: Arc<dyn Worker>, timeout: Option<Duration>) -> Self {
        Self { worker, timeout, blobs: None }
    }

    /// The same, for functions with blob bindings: their paths may hold the time of this clock.
    #[must_use]
    pub fn with_blobs(mut self, stores: Arc<dyn BlobApi>, clock: Arc<dyn Clock>) -> Self {
        self.blobs = Some(BoundBlobs { stores, clock });
        self
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
        let run = self.run(id, call);
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

    /// The function with its bindings around it.
    async fn run(&self, id: InvocationId, call: Call<'_>) -> Outcome {
        let bindings = match &self.blobs {
            Some(blobs) => bind::bind(call.function, &call.trigger, blobs.clock.now())?,
            None => Vec::new(),
        };
        let result = bind::of_result(&bindings).cloned();
        let outcome = self.worker.invoke(Invocation {
            id,
            function: call.function.entry_point().clone(),
            trigger: call.trigger,
            traceparent: Some(call.trace.to_string()),
            bindings,
        });
        let reply = outcome.await?;
        if let (Some(blobs), Some(to), Reply::Value(value)) = (&self.blobs, &result, &reply) {
            bind::write(&*blobs.stores, to, value).await?;
        }
        Ok(reply)
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
