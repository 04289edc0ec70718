//! Keys of `[[bindings]]` entries, by type of binding.

use super::kind::{Kind, TEXT, TEXT_OR_EMPTY, TEXTS};
use super::spec::{Doc, KeySpec, Standing};
use super::timers::MISSED;

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Function, path, kind, meaning)
}

const fn unneeded(path: &'static str, why: &'static str) -> KeySpec {
    key(path, Kind::Anything, "").standing(Standing::Ignored(why))
}

const ONE_STORE: &str = "there is one durable store, set in host.toml";

pub(crate) const KEYS: &[KeySpec] = &[
    key("bindings.*.type", TEXT, "What kind of trigger or binding it is. Required.").default("–"),
    key("bindings.*.name", TEXT, "The name by which code and messages know it. Required.").default("–"),
    key(
        "bindings.*.direction",
        Kind::Choice(&["in", "out"]),
        "Which way the data goes. May be left out where the type allows only one.",
    )
    .default("by type"),
    key(
        "bindings.*.dataType",
        Kind::Choice(&["string", "binary", "stream"]),
        "How a handler wants the data, where the type allows several.",
    )
    .default("by type"),
    key(
        "bindings.httpTrigger.authLevel",
        Kind::Choice(&["anonymous", "function", "admin"]),
        "Which key a caller needs: none, one of the function or the host, or the master key.",
    )
    .default("function"),
    key("bindings.httpTrigger.methods", TEXTS, "Methods that the function answers; others are answered 404.")
        .default("all"),
    key(
        "bindings.httpTrigger.route",
        TEXT_OR_EMPTY,
        "Path below the prefix, with `{parameters}`: `orders/{id:int?}`. `\"/\"` is the prefix itself.",
    )
    .default("the function's name"),
    key(
        "bindings.httpTrigger.routePrefix",
        TEXT_OR_EMPTY,
        "Replaces `extensions.http.routePrefix` for this function. Empty for none.",
    )
    .default("the app's"),
    key("bindings.httpTrigger.webHookType", Kind::Anything, "").standing(Standing::Refused(
        "`webHookType` belongs to version 1 of the function format: remove it and check the sender's signature in code",
    )),
    key(
        "bindings.timerTrigger.schedule",
        TEXT,
        "Six fields `{second} {minute} {hour} {day} {month} {weekday}`, or a time-span; see docs/timers.md. Required.",
    )
    .default("–"),
    key("bindings.timerTrigger.runOnStartup", Kind::Bool, "Also run when the host starts.").default("false"),
    key("bindings.timerTrigger.useMonitor", Kind::Bool, "Keep the schedule's state, to catch up on missed runs. \
         Without effect where no two times are more than a minute apart.")
        .default("true"),
    key("bindings.timerTrigger.timeZone", TEXT, "The time zone of the schedule, by its IANA name: `Europe/Berlin`.")
        .default("the app's"),
    key(
        "bindings.timerTrigger.missedRuns",
        MISSED,
        "What becomes of times at which no host ran. Only with `useMonitor`.",
    )
    .default("the app's"),
    key(
        "bindings.blobTrigger.path",
        TEXT,
        "Container and pattern: `samples/{name}.png`. A capture takes as much as it can, also `/`. Required.",
    ).default("–"),
    key("bindings.blobTrigger.connection", TEXT, "The setting that says where the blobs are.")
        .default("AzureWebJobsStorage"),
    key(
        "bindings.blobTrigger.startFrom",
        Kind::Choice(&["all", "new"]),
        "Where a function begins that has never run on the task hub: with all blobs that are there, or with those that are \
         written from then on.",
    )
    .default("all"),
    key(
        "bindings.blobTrigger.source",
        Kind::Choice(&["LogsAndContainerScan", "EventGrid"]),
        "Accepted for Azure's sake; this host finds blobs by itself.",
    )
    .default("LogsAndContainerScan"),
    key(
        "bindings.blob.path",
        TEXT,
        "Container and name: `samples/{id}.json`. Expressions: `{name}` of a capture, route parameter or JSON field, \
         `{Query.x}`, `{Headers.x}`, `{rand-guid}`, `{DateTime:yyyy-MM-dd}`, `{sys.MethodName}`. Required.",
    ).default("–"),
    key("bindings.blob.connection", TEXT, "The setting that says where the blobs are.")
        .default("AzureWebJobsStorage"),
    key("bindings.activityTrigger.activity", TEXT, "Name by which orchestrators call it.")
        .default("the function's name"),
    key("bindings.orchestrationTrigger.orchestration", TEXT, "Name by which clients start it.")
        .default("the function's name"),
    key("bindings.entityTrigger.entityName", TEXT, "Name by which the entity is addressed.")
        .default("the function's name"),
    key("bindings.durableClient.taskHub", TEXT, "Must be the app's own hub: this host serves one.")
        .default("the app's hub"),
    unneeded("bindings.durableClient.connectionName", ONE_STORE),
    unneeded("bindings.durableClient.connection", ONE_STORE),
    unneeded("bindings.durableClient.externalClient", ONE_STORE),
];
