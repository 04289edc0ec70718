//! Which durable functions the app has, and what to say when one is asked for that it has not.

use std::sync::Arc;

use fnhost_protocol::TriggerKind;

use crate::app::{Function, Functions};

/// The durable function of this kind and name, compared without case.
///
/// # Errors
/// The text that Durable Functions clients know, with the names that would have worked.
pub(super) fn find<'a>(
    functions: &'a Functions,
    kind: TriggerKind,
    name: &str,
) -> Result<&'a Arc<Function>, String> {
    of_kind(functions, kind)
        .find(|function| durable_name(function).eq_ignore_ascii_case(name))
        .ok_or_else(|| unknown(functions, kind, name))
}

/// The name by which orchestrators and clients know a durable function.
pub(super) fn durable_name(function: &Function) -> &str {
    function.trigger().as_durable().map_or_else(|| &**function.name(), |trigger| &trigger.name)
}

fn of_kind(functions: &Functions, kind: TriggerKind) -> impl Iterator<Item = &Arc<Function>> {
    functions.iter().filter(move |function| function.trigger().kind() == kind && !function.is_disabled())
}

fn unknown(functions: &Functions, kind: TriggerKind, name: &str) -> String {
    let word = match kind {
        TriggerKind::Orchestration => "orchestrator",
        TriggerKind::Entity => "entity",
        _ => "activity",
    };
    let known: Vec<String> = of_kind(functions, kind).map(|f| format!("'{}'", durable_name(f))).collect();
    let known = if known.is_empty() {
        format!("The app has no {word} functions.")
    } else {
        format!("The following are the known {word} functions: {}.", known.join(", "))
    };
    format!(
        "The function '{name}' doesn't exist, is disabled, or is not an {word} function. Additional info: {known}"
    )
}
