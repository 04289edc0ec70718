//! Keys of the host file outside of its extensions.

use super::kind::{Kind, TEXTS};
use super::spec::{Doc, KeySpec, Standing};
use crate::config::loglevel::LogLevel;

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Host, path, kind, meaning)
}

const LEVEL: Kind = Kind::Choice(LogLevel::NAMES);

pub(crate) const KEYS: &[KeySpec] = &[
    key("version", Kind::Choice(&["2.0"]), "Version of the file format. Required.").default("–"),
    key(
        "functionTimeout",
        Kind::Span { min: 1000, endless: true },
        "How long one invocation may take before it is cancelled. Orchestrations as a whole are not limited by it.",
    ),
    key("functions", TEXTS, "Names of the functions that run; all others are left out.").default("all"),
    key("extensions", Kind::Section, "What belongs to one kind of trigger."),
    key("logging", Kind::Section, "What is logged."),
    key(
        "logging.logLevel",
        Kind::Map { of: &LEVEL, keys: "category or `default`", dotted: true },
        "Level per category; the longest category that matches wins, `default` rules the rest. \
         `Function.<Name>.User` is what a function's code says, `Function.<Name>` what the host says of its calls, \
         `Host` the host itself.",
    ),
    key("customHandler", Kind::Anything, "An executable that serves the functions over HTTP.")
        .standing(Standing::NotYet("this version runs Rust functions that are linked in")),
];
