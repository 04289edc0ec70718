//! `[extensions.durableTask]` as needed.

use std::{path::Path, time::Duration};

use crate::config::code::Code;
use crate::config::entry::Entries;
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::settings::Settings;

use super::build::{count, need};
use super::storage::{PostgresTerms, StorageConfig};

/// Which existing instance a start with the same id may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReusePolicy {
    /// Only one that has ended.
    NonRunningStates,
    /// Any.
    AnyState,
}

/// The task hub, how much runs at once, the limits, and the store.
#[derive(Debug, Clone)]
pub struct DurableConfig {
    hub_name: String,
    max_concurrent_activities: usize,
    max_concurrent_orchestrators: usize,
    max_concurrent_entities: usize,
    max_orchestration_actions: usize,
    max_entity_batch: usize,
    reuse_policy: ReusePolicy,
    max_payload_size: usize,
    max_custom_status_size: usize,
    max_history_events: usize,
    max_host_deaths: usize,
    session_cache_size: usize,
    use_forwarded_host: bool,
    retention: Retention,
    storage: StorageConfig,
    postgres: PostgresTerms,
}

/// How long finished orchestrations are kept; `None`: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Those that completed.
    pub completed: Option<Duration>,
    /// Those that failed.
    pub failed: Option<Duration>,
    /// Those that were terminated.
    pub terminated: Option<Duration>,
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident: $type:ty;)*) => {
        $($(#[$doc])* pub fn $name(&self) -> $type { self.$name })*
    };
}

impl DurableConfig {
    /// The namespace that instances live in.
    pub fn hub_name(&self) -> &str {
        &self.hub_name
    }

    /// Where state is kept.
    pub fn storage(&self) -> &StorageConfig {
        &self.storage
    }

    /// On what terms hosts share a Postgres database, if that is where state is kept.
    pub fn postgres(&self) -> &PostgresTerms {
        &self.postgres
    }

    getters! {
        /// Activities at once on this host.
        max_concurrent_activities: usize;
        /// Orchestration turns at once on this host.
        max_concurrent_orchestrators: usize;
        /// Entity batches at once on this host.
        max_concurrent_entities: usize;
        /// Actions of one execution, inclusive.
        max_orchestration_actions: usize;
        /// Operations of one entity batch.
        max_entity_batch: usize;
        /// Which existing instance a start may replace.
        reuse_policy: ReusePolicy;
        /// Bytes of an input, output, event or entity state.
        max_payload_size: usize;
        /// Bytes of a custom status.
        max_custom_status_size: usize;
        /// History events of one execution.
        max_history_events: usize;
        /// Deaths of the host in a row with one piece of work alone, before that fails.
        max_host_deaths: usize;
        /// Bytes for instances that wait between turns.
        session_cache_size: usize;
        /// Whether links are built from `X-Forwarded-Host`.
        use_forwarded_host: bool;
        /// How long finished orchestrations are kept.
        retention: Retention;
    }

    pub(super) fn build(entries: &Entries, settings: &Settings, app: &Path, report: &mut Report) -> Self {
        let slots = |path| count(entries, path);
        let bytes = |path| usize::try_from(need(entries.bytes(path))).unwrap_or(usize::MAX);
        let kept = |path| entries.span(path).flatten();
        let flag = |path| need(entries.bool(path));
        let policy = match need(entries.word("extensions.durableTask.overridableExistingInstanceStates")) {
            "AnyState" => ReusePolicy::AnyState,
            _ => ReusePolicy::NonRunningStates,
        };
        Self {
            hub_name: hub_name(entries, report),
            max_concurrent_activities: slots("extensions.durableTask.maxConcurrentActivityFunctions"),
            max_concurrent_orchestrators: slots("extensions.durableTask.maxConcurrentOrchestratorFunctions"),
            max_concurrent_entities: slots("extensions.durableTask.maxConcurrentEntityFunctions"),
            max_orchestration_actions: count(entries, "extensions.durableTask.maxOrchestrationActions"),
            max_entity_batch: count(entries, "extensions.durableTask.maxEntityOperationBatchSize"),
            reuse_policy: policy,
            max_payload_size: bytes("extensions.durableTask.maxPayloadSize"),
            max_custom_status_size: bytes("extensions.durableTask.maxCustomStatusSize"),
            max_history_events: count(entries, "extensions.durableTask.maxHistoryEvents"),
            max_host_deaths: count(entries, "extensions.durableTask.maxHostDeaths"),
            session_cache_size: bytes("extensions.durableTask.sessionCacheSize"),
            use_forwarded_host: flag("extensions.durableTask.httpSettings.useForwardedHost"),
            retention: Retention {
                completed: kept("extensions.durableTask.retention.completed"),
                failed: kept("extensions.durableTask.retention.failed"),
                terminated: kept("extensions.durableTask.retention.terminated"),
            },
            storage: StorageConfig::build(entries, settings, app, report),
            postgres: PostgresTerms::build(entries),
        }
    }
}

fn hub_name(entries: &Entries, report: &mut Report) -> String {
    let path = "extensions.durableTask.hubName";
    let name = need(entries.text(path)).to_owned();
    let mut rest = name.chars();
    let is_good = rest.next().is_some_and(|first| first.is_ascii_alphabetic())
        && rest.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && name.len() <= 45;
    if let (false, Some(entry)) = (is_good, entries.get(path)) {
        let problem =
            Problem::error(Code::BadValue, "`hubName` is not the name of a task hub", entry.at.clone());
        report.push(
            problem.found(entry.quoted()).allowed(["a letter, then up to 44 letters, digits, `-` or `_`"]),
        );
    }
    name
}
