//! Keys of `[extensions.blobs]`.

use super::kind::{COUNT, Kind, SPAN};
use super::spec::{Doc, KeySpec};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, kind, meaning)
}

pub(crate) const KEYS: &[KeySpec] = &[
    key("extensions.blobs", Kind::Section, "How blob stores are looked after; see docs/blobs.md."),
    key(
        "extensions.blobs.settleTime",
        SPAN,
        "How long a file in a folder must be left alone before it counts as complete, where nothing says that it was \
         closed.",
    ),
    key(
        "extensions.blobs.scanInterval",
        SPAN,
        "How often a container is scanned that cannot be watched: object stores, folders of a network.",
    ),
    key(
        "extensions.blobs.reconcileInterval",
        SPAN,
        "How often a container is scanned although it is watched, for what the watch has missed.",
    ),
    key(
        "extensions.blobs.poisonBlobThreshold",
        COUNT,
        "How often a function is tried on one version of a blob before that is set aside.",
    ),
    key(
        "extensions.blobs.retryInterval",
        SPAN,
        "Pause before a function is tried again on a blob on which it has failed; it doubles each time, up to ten minutes.",
    ),
    key("extensions.blobs.maxDegreeOfParallelism", COUNT, "How many blobs this host works on at once.")
        .default("8 for each processor"),
];
