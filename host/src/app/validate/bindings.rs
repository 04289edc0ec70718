//! The bindings of a function: names, directions, and those that are not triggers.

use super::super::binding::{Binding, BindingKind, Direction};
use super::super::written::{WrittenBinding, WrittenFunction};
use super::one::{data_type, require};
use super::{Context, blob, durable};
use crate::config::code::Code;
use crate::config::problem::Problem;
use fnhost_protocol::TriggerKind;

/// The name of the function's own result.
pub(super) const RETURN: &str = "$return";

/// What a name may be, for messages.
const RULE: &str = "a letter, then up to 127 letters and digits";

/// The name of a binding, when it has one.
pub(super) fn name(binding: &WrittenBinding) -> Option<&str> {
    binding.entries.text("bindings.*.name")
}

/// Checks that names are there, legal and unique, and that directions fit.
pub(super) fn check_names(written: &WrittenFunction, context: &mut Context<'_>) {
    for (index, binding) in written.bindings.iter().enumerate() {
        let direction = direction(written, binding, context);
        let Some(entry) = binding.entries.get("bindings.*.name") else {
            require(
                written,
                binding,
                "name",
                "a letter, then letters and digits; or \"$return\" for the result",
                context,
            );
            continue;
        };
        let name = entry.as_text().unwrap_or_default();
        // A wrong direction has been reported; the name may be right for the one that was meant.
        let may_return = direction != Some(Direction::In);
        if !(is_legal(name) || name == RETURN && may_return) {
            let message = format!("a binding of type `{}` cannot have this name", binding.kind.name);
            let problem =
                Problem::error(Code::BadBindingName, message, entry.at.clone()).found(entry.quoted());
            let problem = problem.allowed([RULE]);
            let problem = if may_return { problem.allowed(["$return"]) } else { problem };
            context.push(&written.name, problem);
        }
        let same =
            |other: &&WrittenBinding| self::name(other).is_some_and(|other| other.eq_ignore_ascii_case(name));
        let first = written.bindings[..index]
            .iter()
            .find(same)
            .and_then(|first| first.entries.get("bindings.*.name"));
        if let Some(first) = first {
            let message = format!("two bindings of the function `{}` have the same name", written.name);
            let problem =
                Problem::error(Code::SameBindingName, message, entry.at.clone()).found(entry.quoted());
            context.push(
                &written.name,
                problem.also_at(first.at.clone(), "first here").help("rename one of them"),
            );
        }
    }
}

fn is_legal(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The direction as written, or the only one that the type has.
fn direction(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    context: &mut Context<'_>,
) -> Option<Direction> {
    let allowed = binding.kind.directions;
    let Some(word) = binding.entries.word("bindings.*.direction") else {
        if let [only] = allowed {
            return Some(*only);
        }
        require(written, binding, "direction", "\"in\" or \"out\"", context);
        return None;
    };
    let found = allowed.iter().copied().find(|direction| direction.as_str() == word);
    if let (None, Some(entry)) = (found, binding.entries.get("bindings.*.direction")) {
        let message = format!("a binding of type `{}` cannot have the direction `{word}`", binding.kind.name);
        let problem = Problem::error(Code::WrongDirection, message, entry.at.clone());
        context.push(&written.name, problem.allowed(allowed.iter().map(|direction| direction.as_str())));
    }
    found
}

/// Builds the bindings that are not triggers. Directions and names have been checked.
pub(super) fn build(written: &WrittenFunction, context: &mut Context<'_>) -> Vec<Binding> {
    let others = written.bindings.iter().filter(|binding| binding.kind.trigger.is_none());
    others.filter_map(|binding| build_one(written, binding, context)).collect()
}

fn build_one(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    context: &mut Context<'_>,
) -> Option<Binding> {
    let word = binding.entries.word("bindings.*.direction");
    let is_written = |direction: &&Direction| Some(direction.as_str()) == word;
    let directions = binding.kind.directions;
    let direction =
        directions.iter().find(is_written).or(directions.first()).copied().unwrap_or(Direction::In);
    let kind = match binding.kind.name {
        "http" => {
            let has_request = written.triggers().any(|(_, kind)| kind == TriggerKind::Http);
            if !has_request && written.triggers().next().is_some() {
                let message =
                    format!("the function `{}` answers by `http`, but no request starts it", written.name);
                let problem = Problem::error(Code::BindingMisfit, message, binding.type_at.clone());
                context.push(
                    &written.name,
                    problem.allowed(["`http` beside an `httpTrigger`"]).help("remove this binding"),
                );
            }
            BindingKind::Http
        }
        "durableClient" => {
            durable::check_client(written, binding, context);
            BindingKind::DurableClient
        }
        _ => blob::binding(written, binding, name(binding).unwrap_or_default(), direction, context)?,
    };
    let name = name(binding).unwrap_or_default().to_owned();
    Some(Binding { name, direction, kind, data_type: data_type(binding) })
}
