//! Whether a function is off: `disabled` in its file, or a setting that overrides it.

use super::super::written::WrittenFunction;
use super::Context;
use crate::config::code::Code;
use crate::config::convert;
use crate::config::entry::{Entry, Typed};
use crate::config::expand;
use crate::config::origin::Origin;
use crate::config::problem::Problem;

/// Decides it; what is wrong with the switch goes to the report.
pub(super) fn is_disabled(written: &WrittenFunction, context: &mut Context<'_>) -> bool {
    let in_file = written.top.get("disabled").and_then(|entry| in_file(written, entry, context));
    for name in
        [format!("AzureWebJobs.{}.Disabled", written.name), format!("AzureWebJobs_{}_Disabled", written.name)]
    {
        let (Some(value), Some(origin)) = (context.settings.get(&name), context.settings.origin(&name))
        else {
            continue;
        };
        // Container tools pass variables that nobody set as empty text.
        if value.trim().is_empty() {
            continue;
        }
        match switch(value) {
            Some(is_off) => return is_off,
            None => {
                let problem = bad_switch(&name, origin.clone());
                context.push(&written.name, problem);
            }
        }
    }
    in_file.unwrap_or(false)
}

fn in_file(written: &WrittenFunction, entry: &Entry, context: &mut Context<'_>) -> Option<bool> {
    let text = match &entry.value {
        Typed::Bool(is_off) => return Some(*is_off),
        Typed::Text(text) => text,
        _ => return None,
    };
    if let Some(is_off) = switch(text) {
        return Some(is_off);
    }
    if !text.contains('%') {
        // The name of a setting; without the setting the function is on.
        let is_off = switch(context.settings.get(text)?);
        if is_off.is_none() {
            let problem = bad_switch(text, entry.at.clone());
            context.push(&written.name, problem);
        }
        return is_off;
    }
    match expand::expand(text, context.settings) {
        Ok(expanded) => {
            let is_off = switch(&expanded.text);
            if is_off.is_none() {
                let problem = bad_switch(&expanded.names.join("`, `"), entry.at.clone());
                context.push(&written.name, problem);
            }
            is_off
        }
        Err(error) => {
            let problem = convert::expand_problem("disabled", entry.at.clone(), &error, context.settings);
            context.push(&written.name, problem);
            None
        }
    }
}

fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" | "" => Some(false),
        _ => None,
    }
}

fn bad_switch(setting: &str, at: Origin) -> Problem {
    Problem::error(
        Code::BadDisabled,
        format!("the setting `{setting}` does not say whether the function is off"),
        at,
    )
    .found("another value (not shown)")
    .allowed(["true", "false", "1", "0"])
}
