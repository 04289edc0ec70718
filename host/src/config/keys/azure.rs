//! Sections of Azure's host file that have no effect here. They are accepted, so that one app can run in both places.

use super::kind::Kind;
use super::spec::{Doc, KeySpec, Standing};

const fn unneeded(path: &'static str, why: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, Kind::Anything, "").standing(Standing::Ignored(why))
}

const CLOUD: &str = "it belongs to the cloud platform";
const NO_TRIGGER: &str = "this host has no such trigger or binding";
const WATCH: &str = "this version does not watch files";
const LOGS: &str = "logs go to the console; `[logging.logLevel]` says how much";

pub(crate) const KEYS: &[KeySpec] = &[
    unneeded("id", CLOUD),
    unneeded("extensionBundle", "triggers and bindings are part of the host"),
    unneeded("managedDependency", CLOUD),
    unneeded("aggregator", CLOUD),
    unneeded("concurrency", "limits are set per extension"),
    unneeded("healthMonitor", CLOUD),
    unneeded("singleton", "locks belong to the durable store"),
    unneeded("telemetryMode", LOGS),
    unneeded("watchDirectories", WATCH),
    unneeded("watchFiles", WATCH),
    unneeded("logging.fileLoggingMode", LOGS),
    unneeded("logging.console", LOGS),
    unneeded("logging.applicationInsights", LOGS),
    unneeded("extensions.queues", NO_TRIGGER),
    unneeded("extensions.tables", NO_TRIGGER),
    unneeded("extensions.storage", NO_TRIGGER),
    unneeded("extensions.serviceBus", NO_TRIGGER),
    unneeded("extensions.eventHubs", NO_TRIGGER),
    unneeded("extensions.eventGrid", NO_TRIGGER),
    unneeded("extensions.cosmosDB", NO_TRIGGER),
    unneeded("extensions.sendGrid", NO_TRIGGER),
    unneeded("extensions.twilio", NO_TRIGGER),
    unneeded("extensions.signalR", NO_TRIGGER),
    unneeded("extensions.webPubSub", NO_TRIGGER),
    unneeded("extensions.kafka", NO_TRIGGER),
    unneeded("extensions.rabbitMQ", NO_TRIGGER),
    unneeded("extensions.dapr", NO_TRIGGER),
    unneeded("extensions.sql", NO_TRIGGER),
    unneeded("extensions.mySql", NO_TRIGGER),
    unneeded("extensions.notificationHubs", NO_TRIGGER),
    unneeded("extensions.warmup", NO_TRIGGER),
];
