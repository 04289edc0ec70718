//! Durable triggers and clients: the names that they go by.

use super::super::function::Function;
use super::super::trigger::DurableTrigger;
use super::super::written::{WrittenBinding, WrittenFunction};
use super::Context;
use crate::config::code::Code;
use crate::config::problem::Problem;
use crate::config::report::Report;

/// Builds a durable trigger; `key` is the one that may give it another name than the function's.
pub(super) fn build(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    binding_name: String,
    key: &str,
) -> DurableTrigger {
    let entry = binding.entries.get(&format!("bindings.{}.{key}", binding.kind.name));
    let name = entry.and_then(|entry| entry.as_text()).unwrap_or(&written.name).to_owned();
    let name_at = entry.map_or(&binding.at, |entry| &entry.at).clone();
    DurableTrigger { binding_name, name, name_at }
}

/// A client of another hub would start instances that nobody here runs.
pub(super) fn check_client(written: &WrittenFunction, binding: &WrittenBinding, context: &mut Context<'_>) {
    let path = "bindings.durableClient.taskHub";
    let (Some(hub), Some(entry)) = (binding.entries.text(path), binding.entries.get(path)) else { return };
    let own = context.config.durable().hub_name();
    if !hub.eq_ignore_ascii_case(own) {
        let problem =
            Problem::error(Code::BindingMisfit, "`taskHub` is not the hub of this app", entry.at.clone());
        let problem = problem.found(entry.quoted()).allowed(["the app's own hub: this host serves one"]);
        context.push(&written.name, problem.help("remove `taskHub`"));
    }
}

/// Finds two functions of one kind that go by one name; those that are switched off go by none.
pub(in crate::app) fn unique_names(functions: &[Function], report: &mut Report) {
    for (index, function) in functions.iter().enumerate() {
        let Some(trigger) = function.trigger().as_durable().filter(|_| !function.is_disabled()) else {
            continue;
        };
        let kind = function.trigger().kind();
        let same = |other: &&Function| {
            let of_same_name = |other: &DurableTrigger| other.name.eq_ignore_ascii_case(&trigger.name);
            // Folders of one name are another problem, which has been reported.
            other.trigger().kind() == kind
                && !other.is_disabled()
                && !other.name().eq_ignore_ascii_case(function.name())
                && other.trigger().as_durable().is_some_and(of_same_name)
        };
        if let Some(first) = functions[..index].iter().find(same)
            && let Some(first_trigger) = first.trigger().as_durable()
        {
            let message =
                format!("the functions `{}` and `{}` go by the same name", first.name(), function.name());
            let problem = Problem::error(Code::SameDurableName, message, trigger.name_at.clone())
                .also_at(first_trigger.name_at.clone(), format!("`{}`", first.name()))
                .of_function(first.name())
                .of_function(function.name());
            report.push(problem.help(format!("give one of them a name of its own: each {kind} needs one")));
        }
    }
}
