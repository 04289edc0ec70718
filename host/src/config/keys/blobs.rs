//! Keys of `[extensions.blobs]`.

use super::kind::{COUNT, Kind, SPAN};
use super::spec::{Doc, KeySpec, Standing};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, kind, meaning)
}

const NO_LISTENER: Standing = Standing::NotYet("this version has no listener for blobs");

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
        "extensions.blobs.poisonBlobThreshold",
        COUNT,
        "How often a function is tried on a blob before the blob is set aside.",
    )
    .standing(NO_LISTENER),
    key("extensions.blobs.maxDegreeOfParallelism", COUNT, "How many blobs this host works on at once.")
        .standing(NO_LISTENER),
];
