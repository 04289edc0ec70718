//! Keys of `[extensions.durableTask]`: the task hub, how much runs at once, the limits, and the store.

use super::kind::{COUNT, Kind, TEXT};
use super::spec::{Doc, KeySpec, Standing};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, kind, meaning)
}

const fn unneeded(path: &'static str, why: &'static str) -> KeySpec {
    key(path, Kind::Anything, "").standing(Standing::Ignored(why))
}

const SESSIONS: &str = "instances are always kept in memory between turns; `sessionCacheSize` limits it";
const QUEUES: &str = "this store has no queues or partitions to tune";
const ORDER: &str = "messages are ordered by commit, so there is no window";
const TRACING: &str = "this version does not export traces";
const NUMBERS: i64 = 1_000_000_000;
/// "-1" takes back what a file below says.
const KEPT: Kind = Kind::Span { min: 1_000, endless: true };

const NOT_YET: &str = "this version does not have what it sets";

pub(crate) const KEYS: &[KeySpec] = &[
    key("extensions.durableTask", Kind::Section, "Orchestrations, activities and entities."),
    key(
        "extensions.durableTask.hubName",
        TEXT,
        "The task hub: the namespace that instances live in. A letter, then up to 44 letters, digits, `-` or `_`.",
    ),
    unneeded("extensions.durableTask.defaultVersion", NOT_YET),
    key("extensions.durableTask.maxConcurrentActivityFunctions", COUNT, "Activities that run at once on this host."),
    key(
        "extensions.durableTask.maxConcurrentOrchestratorFunctions",
        COUNT,
        "Orchestration turns that run at once on this host, entity batches included; the larger of the two counts.",
    ),
    key("extensions.durableTask.maxConcurrentEntityFunctions", COUNT, "Entity batches that run at once on this host."),
    key(
        "extensions.durableTask.maxOrchestrationActions",
        Kind::Int { min: 1, max: NUMBERS },
        "Most actions of one execution, inclusive; an orchestrator that asks for more fails.",
    ),
    key(
        "extensions.durableTask.maxEntityOperationBatchSize",
        COUNT,
        "Most operations of an entity that one batch runs.",
    ),
    key(
        "extensions.durableTask.overridableExistingInstanceStates",
        Kind::Choice(&["NonRunningStates", "AnyState"]),
        "Which existing instance a start with the same id may replace.",
    ),
    unneeded(
        "extensions.durableTask.throwStatusExceptionsOnRaiseEvent",
        "raising an event to an instance that is finished or unknown is always an error",
    ),
    key(
        "extensions.durableTask.maxPayloadSize",
        Kind::Size { min: 1024, max: 1 << 30 },
        "Largest input, output, event or entity state in bytes; a larger one is refused.",
    ),
    key(
        "extensions.durableTask.maxCustomStatusSize",
        Kind::Size { min: 256, max: 16 << 20 },
        "Largest custom status of an orchestration in bytes.",
    ),
    key(
        "extensions.durableTask.maxHistoryEvents",
        Kind::Int { min: 100, max: NUMBERS },
        "Most history events of one execution; an orchestration that needs more continues as new.",
    ),
    key(
        "extensions.durableTask.maxHostDeaths",
        Kind::Int { min: 1, max: 100 },
        "How often in a row the host process must die while an activity, a turn or an entity operation runs on trial, \
         which means that nothing else begins beside it, before that work fails with `Poison` instead of being run again.",
    ),
    key(
        "extensions.durableTask.sessionCacheSize",
        Kind::Size { min: 0, max: 1 << 40 },
        "Memory in bytes for instances that wait between turns. With 0 every turn replays from its history.",
    ),
    key("extensions.durableTask.httpSettings", Kind::Section, "The durable HTTP API."),
    unneeded("extensions.durableTask.httpSettings.defaultAsyncRequestSleepTimeMilliseconds", NOT_YET),
    key(
        "extensions.durableTask.httpSettings.useForwardedHost",
        Kind::Bool,
        "Build management links from `X-Forwarded-Host` and `X-Forwarded-Proto`. Only behind a proxy that sets both.",
    ),
    key(
        "extensions.durableTask.retention",
        Kind::Section,
        "How long finished orchestrations are kept, by how they ended and counted from then. They are removed in the \
         background, a few at a time; sub-orchestrations by their own end.",
    ),
    key("extensions.durableTask.retention.completed", KEPT, "How long completed orchestrations are kept.")
        .default("for ever"),
    key("extensions.durableTask.retention.failed", KEPT, "How long failed orchestrations are kept.")
        .default("for ever"),
    key("extensions.durableTask.retention.terminated", KEPT, "How long terminated orchestrations are kept.")
        .default("for ever"),
    key("extensions.durableTask.storageProvider", Kind::Section, "Where durable state is kept."),
    key(
        "extensions.durableTask.storageProvider.type",
        Kind::Choice(&["sqlite", "postgres"]),
        "`sqlite` is a file for one host, `postgres` a database that several hosts share.",
    ),
    key(
        "extensions.durableTask.storageProvider.path",
        TEXT,
        "The SQLite file, relative to the app's folder. Not on a network file system.",
    ),
    key(
        "extensions.durableTask.storageProvider.synchronous",
        Kind::Choice(&["full", "normal"]),
        "When SQLite waits for the disk. `normal` is faster; after a power failure the last commits may be missing.",
    ),
    key(
        "extensions.durableTask.storageProvider.connectionName",
        TEXT,
        "The setting that holds the connection string of the Postgres database; see docs/postgres.md. Required with \
         `postgres`.",
    )
    .default("none"),
    key(
        "extensions.durableTask.storageProvider.schemaName",
        TEXT,
        "The Postgres schema that the tables are in; created when missing. Several apps may share one, each with its `hubName`.",
    ),
    key(
        "extensions.durableTask.storageProvider.maxConnections",
        Kind::Int { min: 5, max: 1_000 },
        "Most connections of this host to Postgres.",
    ),
    key(
        "extensions.durableTask.storageProvider.hostLease",
        Kind::Span { min: 3_000, endless: false },
        "How long a host that is silent keeps its work before others take it over. Only with Postgres.",
    ),
    key("extensions.durableTask.storageProvider.connectionString", Kind::Anything, "").standing(Standing::Refused(
        "put the connection string into a setting and name that with `connectionName`: this file is no place for secrets",
    )),
    unneeded("extensions.durableTask.storageProvider.partitionCount", QUEUES),
    unneeded("extensions.durableTask.storageProvider.controlQueueBatchSize", QUEUES),
    unneeded("extensions.durableTask.storageProvider.controlQueueBufferThreshold", QUEUES),
    unneeded("extensions.durableTask.storageProvider.controlQueueVisibilityTimeout", QUEUES),
    unneeded("extensions.durableTask.storageProvider.workItemQueueVisibilityTimeout", QUEUES),
    unneeded("extensions.durableTask.storageProvider.maxQueuePollingInterval", QUEUES),
    unneeded("extensions.durableTask.storageProvider.connectionStringName", QUEUES),
    unneeded("extensions.durableTask.storageProvider.trackingStoreConnectionName", QUEUES),
    unneeded("extensions.durableTask.storageProvider.trackingStoreConnectionStringName", QUEUES),
    unneeded("extensions.durableTask.storageProvider.trackingStoreNamePrefix", QUEUES),
    unneeded("extensions.durableTask.storageProvider.useLegacyPartitionManagement", QUEUES),
    unneeded("extensions.durableTask.storageProvider.useTablePartitionManagement", QUEUES),
    unneeded("extensions.durableTask.storageProvider.FetchLargeMessagesAutomatically", QUEUES),
    unneeded("extensions.durableTask.storageProvider.taskEventLockTimeout", QUEUES),
    unneeded("extensions.durableTask.storageProvider.createDatabaseIfNotExists", QUEUES),
    unneeded("extensions.durableTask.partitionCount", QUEUES),
    unneeded("extensions.durableTask.controlQueueBatchSize", QUEUES),
    unneeded("extensions.durableTask.controlQueueVisibilityTimeout", QUEUES),
    unneeded("extensions.durableTask.workItemQueueVisibilityTimeout", QUEUES),
    unneeded("extensions.durableTask.maxQueuePollingInterval", QUEUES),
    unneeded("extensions.durableTask.azureStorageConnectionStringName", QUEUES),
    unneeded("extensions.durableTask.extendedSessionsEnabled", SESSIONS),
    unneeded("extensions.durableTask.extendedSessionIdleTimeoutInSeconds", SESSIONS),
    unneeded("extensions.durableTask.entityMessageReorderWindowInMinutes", ORDER),
    unneeded(
        "extensions.durableTask.rollbackEntityOperationsOnExceptions",
        "a failed entity operation is always rolled back",
    ),
    unneeded("extensions.durableTask.storeInputsInOrchestrationHistory", "inputs are always in the history"),
    unneeded("extensions.durableTask.useGracefulShutdown", "a shutdown always lets running turns finish"),
    unneeded("extensions.durableTask.localRpcEndpointEnabled", "this version has no workers that would call it"),
    unneeded("extensions.durableTask.maxGrpcMessageSizeInBytes", "this version has no workers that would call it"),
    unneeded("extensions.durableTask.grpcHttpClientTimeout", "this version has no workers that would call it"),
    unneeded("extensions.durableTask.notifications", "this version sends no lifecycle notifications"),
    unneeded("extensions.durableTask.notificationUrl", "links are built from the request"),
    unneeded("extensions.durableTask.tracing", TRACING),
    unneeded("extensions.durableTask.traceInputsAndOutputs", TRACING),
    unneeded("extensions.durableTask.traceReplayEvents", TRACING),
    unneeded("extensions.durableTask.logReplayEvents", TRACING),
];
