//! Runs a function for one version of a blob, and decides what becomes of it.

use std::{sync::Arc, time::Duration};

use durable_core::store::LeasedOccurrence;
use fnhost_protocol::{
    blob::{BlobApi, BlobError, BlobPath, BlobProperties},
    bound::BlobCall,
    invocation::TriggerData,
};
use futures_util::future::BoxFuture;

use super::source::Source;
use crate::{
    invoke::{Call, Invoker},
    telemetry::TraceContext,
    triggers::dispatch::{Runner, Verdict},
};

/// Why calls are made, for the log.
const REASON: &str = "New blob detected";

/// A store that cannot be reached is asked again after this, and then less and less often.
const ASK_AGAIN: Duration = Duration::from_millis(500);
const ASK_AGAIN_AT_LEAST: Duration = Duration::from_secs(30);

/// After a failure the pause doubles, up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// Runs what blobs set off.
pub(super) struct BlobRunner {
    pub(super) sources: Vec<Arc<Source>>,
    pub(super) blobs: Arc<dyn BlobApi>,
    pub(super) invoker: Invoker,
    /// So many attempts, then it is kept for an operator.
    pub(super) attempts: u32,
    /// The pause after the first failure.
    pub(super) pause: Duration,
}

impl Runner for BlobRunner {
    fn run(&self, leased: LeasedOccurrence) -> BoxFuture<'static, Verdict> {
        let found = self.sources.iter().find(|source| source.name == leased.occurrence.source);
        let run = found.and_then(|source| {
            Some(Run {
                path: source.path_of(&leased.occurrence.key)?,
                source: source.clone(),
                version: leased.occurrence.version.clone(),
                attempt: leased.attempt,
                blobs: self.blobs.clone(),
                invoker: self.invoker.clone(),
                attempts: self.attempts,
                pause: self.pause,
            })
        });
        Box::pin(async move {
            match run {
                Some(run) => run.go().await,
                // The function's path has been changed, and it does not wait for this blob any more.
                None => {
                    let (source, key) = (leased.occurrence.source, leased.occurrence.key);
                    tracing::info!(
                        "blob `{key}` starts nothing: it no longer matches the path of `{source}`"
                    );
                    Verdict::Drop
                }
            }
        })
    }
}

struct Run {
    source: Arc<Source>,
    path: BlobPath,
    version: String,
    attempt: u32,
    blobs: Arc<dyn BlobApi>,
    invoker: Invoker,
    attempts: u32,
    pause: Duration,
}

impl Run {
    async fn go(self) -> Verdict {
        if self.attempt > self.attempts {
            // Failures are poison before it comes to this.
            return self
                .poison(format!("the host died in each of the last runs, {} in all", self.attempt - 1));
        }
        let properties = match self.current().await {
            Ok(Some(properties)) => properties,
            Ok(None) => return Verdict::Drop,
            Err(error) => return self.failed(error.to_string()),
        };
        let captures = self.source.pattern.capture(&self.path.name).unwrap_or_default();
        let (path, attempt) = (self.path.clone(), self.attempt);
        let call = Call {
            function: &self.source.function,
            trigger: TriggerData::Blob(Box::new(BlobCall { path, properties, captures, attempt })),
            reason: REASON,
            trace: TraceContext::continuing(None),
        };
        let Err(failure) = self.invoker.invoke(call).await else { return Verdict::Done };
        // Whoever reads a blob that is written over meanwhile fails through no fault of his own.
        match self.current().await {
            Ok(None) => Verdict::Drop,
            Ok(Some(_)) | Err(_) => self.failed(failure.to_string()),
        }
    }

    /// The properties of exactly this version; `None` when it is gone, or another is there, which starts a run of its own.
    async fn current(&self) -> Result<Option<BlobProperties>, BlobError> {
        let mut pause = ASK_AGAIN;
        let found = loop {
            match self.blobs.properties(self.path.clone()).await {
                Err(error) if error.may_be_repeated() => {
                    tracing::debug!(%error, "a blob cannot be looked at; its run waits");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(ASK_AGAIN_AT_LEAST);
                }
                other => break other?,
            }
        };
        let why = match &found {
            Some(properties) if properties.version == self.version => return Ok(found),
            Some(_) => "it was written over, and the new version has a run of its own",
            None => "it is gone",
        };
        tracing::info!(
            function = &**self.source.function.name(),
            "blob `{}` is passed over: {why}",
            self.path
        );
        Ok(None)
    }

    fn failed(&self, reason: String) -> Verdict {
        if self.attempt >= self.attempts {
            return self.poison(reason);
        }
        Verdict::Retry { after: pause_after(self.attempt, self.pause) }
    }

    fn poison(&self, reason: String) -> Verdict {
        let name = self.source.function.name();
        tracing::error!(
            function = &**name,
            "blob `{}` is set aside after {} attempts of `{name}`: {reason}",
            self.path,
            self.attempt.min(self.attempts)
        );
        Verdict::Poison { reason }
    }
}

/// Doubles with every failure.
fn pause_after(attempt: u32, first: Duration) -> Duration {
    first.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST_PAUSE.max(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double() {
        let seconds = |attempt| pause_after(attempt, Duration::from_secs(10)).as_secs();
        assert_eq!([1, 2, 3, 4, 7, 99].map(seconds), [10, 20, 40, 80, 600, 600]);
        assert_eq!(pause_after(3, Duration::ZERO), Duration::ZERO);
        assert_eq!(pause_after(2, Duration::from_secs(3_600)).as_secs(), 3_600);
    }
}
