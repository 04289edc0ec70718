//! Keys of `[extensions.http]`: routes, load, and the limits on everything that a peer can hold open.

use super::kind::{COUNT, Kind, LIMIT, SPAN, TEXT_OR_EMPTY};
use super::spec::{Doc, KeySpec, Standing};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, kind, meaning)
}

const GIB: u64 = 1 << 30;

pub(crate) const KEYS: &[KeySpec] = &[
    key("extensions.http", Kind::Section, "The HTTP server and its routes."),
    key(
        "extensions.http.routePrefix",
        TEXT_OR_EMPTY,
        "First part of every function's path. Empty for none. A binding may set its own.",
    ),
    key(
        "extensions.http.maxOutstandingRequests",
        LIMIT,
        "Requests that are queued or running; one more is answered 429.",
    ),
    key(
        "extensions.http.maxConcurrentRequests",
        LIMIT,
        "Requests that run at the same time; more are queued.",
    ),
    key(
        "extensions.http.customHeaders",
        Kind::Map { of: &TEXT_OR_EMPTY, keys: "header", dotted: false },
        "Headers that are added to the answers of functions.",
    )
    .default("none"),
    key(
        "extensions.http.maxRequestBodySize",
        Kind::Size { min: 0, max: 64 * GIB },
        "Largest request body in bytes; a larger one is answered 413.",
    )
    .setting("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"),
    key(
        "extensions.http.maxRequestLineSize",
        Kind::Size { min: 256, max: 1 << 20 },
        "Longest request target in bytes (path and query); a longer one is answered 414.",
    ),
    key(
        "extensions.http.maxRequestHeaderSize",
        Kind::Size { min: 8192, max: 16 << 20 },
        "Largest head of a request in bytes (request line and headers); a larger one is answered 431.",
    ),
    key(
        "extensions.http.maxRequestHeaderCount",
        Kind::Int { min: 1, max: 10_000 },
        "Most headers of a request; more are answered 431.",
    ),
    key(
        "extensions.http.firstByteTimeout",
        SPAN,
        "How long a new connection may stay silent before it is closed.",
    ),
    key(
        "extensions.http.headerReadTimeout",
        SPAN,
        "How long a peer may take to send the head of a request, from its first byte.",
    ),
    key(
        "extensions.http.bodyReadTimeout",
        SPAN,
        "How long a peer may pause within a request body; longer is answered 408.",
    ),
    key(
        "extensions.http.bodyTotalTimeout",
        SPAN,
        "How long a whole request body may take; longer is answered 408.",
    ),
    key(
        "extensions.http.writeTimeout",
        SPAN,
        "How long a peer may leave an answer unread before its connection is closed.",
    ),
    key("extensions.http.keepAliveTimeout", SPAN, "How long a connection may idle between two requests."),
    key("extensions.http.maxConnections", COUNT, "Open connections; one more is answered 503 and closed."),
    key(
        "extensions.http.shutdownGrace",
        Kind::Span { min: 0, endless: false },
        "How long running requests may go on after the host was asked to stop.",
    ),
    key(
        "extensions.http.dynamicThrottlesEnabled",
        Kind::Anything,
        "Refuse requests when the machine is busy.",
    )
    .standing(Standing::Ignored("load is limited by `maxOutstandingRequests` and `maxConcurrentRequests`")),
    key("extensions.http.hsts", Kind::Anything, "The header `Strict-Transport-Security`.").standing(
        Standing::Ignored(
            "this host speaks plain HTTP; the proxy that ends TLS sends it, or `customHeaders` does",
        ),
    ),
];
