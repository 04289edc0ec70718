//! One function: its parts are checked one by one and put together.

use std::sync::Arc;

use fnhost_protocol::TriggerKind;

use super::super::binding::DataType;
use super::super::function::Function;
use super::super::trigger::{ManualTrigger, Trigger};
use super::super::written::{self, WrittenBinding, WrittenFunction};
use super::{Context, bindings, blob, disabled, durable, http, names, retry, timer};
use crate::config::code::Code;
use crate::config::problem::Problem;

/// Checks a function file and builds the function, unless its trigger or a part that it cannot do without is missing.
/// A function that was built is good only when the report has no error of it.
pub(in crate::app) fn one(written: &WrittenFunction, context: &mut Context<'_>) -> Option<Function> {
    if let Some(problem) = names::check(&written.name, &written.file) {
        context.push(&written.name, problem);
    }
    bindings::check_names(written, context);
    let trigger =
        the_trigger(written, context).and_then(|(binding, kind)| trigger(written, binding, kind, context));
    let others = bindings::build(written, context);
    let retry = retry::build(written, context);
    let disabled = disabled::is_disabled(written, context);
    let trigger = trigger?;
    let function = Function::new(Arc::clone(&written.name), &written.dir, trigger)
        .with_bindings(others)
        .with_disabled(disabled)
        .with_retry(retry)
        .with_file(&written.file);
    Some(match written.top.text("entryPoint") {
        Some(entry_point) => function.with_entry_point(entry_point),
        None => function,
    })
}

/// The one trigger. With several, the first is used for the other checks.
fn the_trigger<'a>(
    written: &'a WrittenFunction,
    context: &mut Context<'_>,
) -> Option<(&'a WrittenBinding, TriggerKind)> {
    let mut triggers = written.triggers();
    let first = triggers.next();
    let others: Vec<_> = triggers.collect();
    match first {
        None if written.complete && !written.has_unknown_bindings => {
            let message = format!("the function `{}` has no trigger", written.name);
            let problem = Problem::error(Code::NoTrigger, message, written.origin());
            let kinds = TriggerKind::ALL.map(TriggerKind::binding_type);
            context.push(
                &written.name,
                problem.allowed(kinds).help("add a `[[bindings]]` entry of one of these types"),
            );
        }
        Some((binding, _)) if !others.is_empty() => {
            let message = format!("the function `{}` has {} triggers", written.name, others.len() + 1);
            let problem = Problem::error(Code::ManyTriggers, message, binding.type_at.clone());
            let problem = others.iter().fold(problem.saying("the first"), |problem, (other, _)| {
                problem.also_at(other.type_at.clone(), "another")
            });
            context.push(
                &written.name,
                problem.allowed(["exactly one trigger"]).help("make a function of each of them"),
            );
        }
        _ => {}
    }
    first
}

fn trigger(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    kind: TriggerKind,
    context: &mut Context<'_>,
) -> Option<Trigger> {
    // A missing name has been reported; the other keys are checked all the same.
    let binding_name = bindings::name(binding).unwrap_or_default().to_owned();
    Some(match kind {
        TriggerKind::Http => Trigger::Http(http::build(written, binding, binding_name, context)),
        TriggerKind::Activity => {
            Trigger::Activity(durable::build(written, binding, binding_name, "activity"))
        }
        TriggerKind::Orchestration => {
            Trigger::Orchestration(durable::build(written, binding, binding_name, "orchestration"))
        }
        TriggerKind::Entity => Trigger::Entity(durable::build(written, binding, binding_name, "entityName")),
        TriggerKind::Manual => Trigger::Manual(ManualTrigger { binding_name }),
        TriggerKind::Timer => Trigger::Timer(timer::build(written, binding, binding_name, context)?),
        TriggerKind::Blob => Trigger::Blob(blob::trigger(written, binding, binding_name, context)?),
    })
}

/// Reports that a binding misses a key, unless the file has syntax errors and the key may be behind one.
pub(super) fn require(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    key: &str,
    allowed: &str,
    context: &mut Context<'_>,
) {
    // A key with a bad value is there, and its value was reported.
    let is_there = binding.keys.iter().any(|name| name.eq_ignore_ascii_case(key));
    if written.complete && !is_there {
        let what = format!("the binding of type `{}`", binding.kind.name);
        context.push(&written.name, written::missing(&what, key, binding.at.clone(), allowed));
    }
}

/// What `dataType` says.
pub(super) fn data_type(binding: &WrittenBinding) -> Option<DataType> {
    match binding.entries.word("bindings.*.dataType")? {
        "binary" => Some(DataType::Binary),
        "stream" => Some(DataType::Stream),
        _ => Some(DataType::String),
    }
}
