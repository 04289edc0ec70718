//! Keys of the local settings file.

use super::kind::{Kind, TEXT};
use super::spec::{Doc, KeySpec};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Local, path, kind, meaning)
}

const SCALARS: &Kind = &Kind::Scalar;

pub(crate) const KEYS: &[KeySpec] = &[
    key("isEncrypted", Kind::Bool, "Must be `false`: this host does not read encrypted settings."),
    key(
        "values",
        Kind::Map { of: SCALARS, keys: "setting", dotted: false },
        "Settings of the app by name. Numbers and booleans become text. The environment of the process wins. \
         `AzureFunctionsJobHost__path__to__key` overrides a host key.",
    )
    .default("none"),
    key("host", Kind::Section, "How the host listens on this machine."),
    key(
        "host.localHttpPort",
        Kind::Int { min: 0, max: 65_535 },
        "Port of the HTTP server; 0 takes any free one.",
    ),
    key(
        "host.cors",
        Kind::List { of: &TEXT, or_text: true },
        "Origins of web pages that may call the functions, or `\"*\"` for all.",
    )
    .default("none"),
    key("host.corsCredentials", Kind::Bool, "Whether those pages may send cookies and credentials."),
    key(
        "connectionStrings",
        Kind::Map { of: SCALARS, keys: "connection", dotted: false },
        "Connection strings by name; the setting of NAME is `ConnectionStrings__NAME`.",
    )
    .default("none"),
];
