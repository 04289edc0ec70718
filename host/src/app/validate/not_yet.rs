//! Triggers and bindings that are modelled and checked, but that this version cannot serve.

use fnhost_protocol::TriggerKind;

use super::super::binding::BindingKind;
use super::super::function::Function;
use super::super::written::WrittenFunction;
use super::Context;
use crate::config::code::Code;
use crate::config::problem::Problem;

/// Warns of a function that will be left out. One that is switched off is not missed by anybody.
pub(super) fn check(written: &WrittenFunction, function: &Function, context: &mut Context<'_>) {
    if function.is_disabled() {
        return;
    }
    let kind = function.trigger().kind();
    for (binding, _) in written.triggers().filter(|(_, kind)| waits(*kind)) {
        let message = format!(
            "the function `{}` is left out: `{kind}` is not supported by this version yet",
            written.name
        );
        let problem = Problem::warning(Code::TriggerNotYet, message, binding.type_at.clone());
        context.push(&written.name, problem.help("set `disabled = true` to silence this"));
    }
    for binding in written.bindings.iter().filter(|binding| binding.kind.name == "blob") {
        let message = format!(
            "the function `{}` is left out: `blob` bindings are not supported by this version yet",
            written.name
        );
        let problem = Problem::warning(Code::BindingNotYet, message, binding.type_at.clone());
        context.push(&written.name, problem.help("set `disabled = true` to silence this"));
    }
}

/// Whether this version cannot serve the function.
pub(in crate::app) fn cannot_serve(function: &Function) -> bool {
    let has_blobs =
        function.bindings().iter().any(|binding| matches!(binding.kind, BindingKind::Blob { .. }));
    waits(function.trigger().kind()) || has_blobs
}

/// Whether no listener for this kind of trigger is built yet.
pub(super) fn waits(kind: TriggerKind) -> bool {
    matches!(kind, TriggerKind::Blob)
}
