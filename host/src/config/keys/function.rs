//! Keys of a function file outside of its bindings.

use super::kind::{Kind, SPAN, TEXT, TEXTS};
use super::spec::{Doc, KeySpec, Standing};

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> KeySpec {
    KeySpec::new(Doc::Function, path, kind, meaning)
}

/// The values of `retry.strategy`.
pub(crate) const FIXED_DELAY: &str = "fixedDelay";
pub(crate) const EXPONENTIAL_BACKOFF: &str = "exponentialBackoff";

pub(crate) const KEYS: &[KeySpec] = &[
    key("bindings", Kind::Tables, "One `[[bindings]]` entry for the trigger and one for each other input and output. \
         Required.")
    .default("–"),
    key(
        "disabled",
        Kind::Switch,
        "Whether the function is off. Text names a setting that says so; without that setting the function is on. \
         The setting `AzureWebJobs.<Name>.Disabled` or `AzureWebJobs_<Name>_Disabled` overrides it.",
    )
    .default("false"),
    key("entryPoint", TEXT, "Name of the compiled handler.").default("the folder's name"),
    key("retry", Kind::Section, "What happens after a failed invocation. With `activityTrigger`, and with `orchestrationTrigger` for \
         sub-orchestrations: the policy of calls whose code names none."),
    key("retry.strategy", Kind::Choice(&[FIXED_DELAY, EXPONENTIAL_BACKOFF]), "How the pause grows. Required.")
        .default("–"),
    key(
        "retry.maxRetryCount",
        Kind::Int { min: -1, max: 1_000_000 },
        "How often a failed invocation is repeated; -1 is for ever. Required.",
    )
    .default("–"),
    key("retry.delayInterval", SPAN, "Pause with `fixedDelay`. Required there.").default("–"),
    key("retry.minimumInterval", SPAN, "First pause with `exponentialBackoff`. Required there.").default("–"),
    key("retry.maximumInterval", SPAN, "Longest pause with `exponentialBackoff`. Required there.").default("–"),
    key(
        "retry.backoffCoefficient",
        Kind::Decimal { min: 1, max: 1000 },
        "By how much each pause is longer than the one before, with `exponentialBackoff`.",
    )
    .default("2"),
    key("retry.retryTimeout", SPAN, "No repetition begins later than this after the first try.").default("none"),
    key(
        "retry.onlyKinds",
        TEXTS,
        "Only failures of one of these kinds, at the top or as a cause, are repeated: the name of an error type, with or \
         without its path.",
    )
    .default("all kinds"),
    key("retry.exceptKinds", TEXTS, "Failures of one of these kinds are not repeated.").default("none"),
    key("scriptFile", Kind::Anything, "")
        .standing(Standing::Ignored("functions are compiled in; `entryPoint` names another handler")),
    key("configurationSource", Kind::Anything, "").standing(Standing::Ignored("this file is the source")),
    key("generatedBy", Kind::Anything, "").standing(Standing::Ignored("this file is the source")),
];
