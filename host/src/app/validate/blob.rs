//! `blobTrigger` and `blob`: paths, expressions, connections, and outputs that would start their own function.

use std::path::Path;

use fnhost_protocol::TriggerKind;

use super::super::binding::{BindingKind, Direction};
use super::super::trigger::{BlobTrigger, StartFrom};
use super::super::written::{WrittenBinding, WrittenFunction};
use super::Context;
use super::bindings::RETURN;
use super::one::{data_type, require};
use crate::bindings::{BadText, Expression, PathPattern, Template, may_overlap};
use crate::blobs::Connection;
use crate::config::code::Code;
use crate::config::entry::Entry;
use crate::config::problem::Problem;

const TRIGGER_PATH: &str = "bindings.blobTrigger.path";
const TRIGGER_CONNECTION: &str = "bindings.blobTrigger.connection";
const PATH: &str = "bindings.blob.path";
const CONNECTION: &str = "bindings.blob.connection";

/// The connection of bindings that name none.
const DEFAULT_CONNECTION: &str = "AzureWebJobsStorage";

/// What a blob trigger has a name for besides its captures.
const OF_BLOBS: [&str; 1] = ["BlobTrigger"];

/// What else begins with these.
const FAMILIES_OF_BLOBS: [&str; 2] = ["Properties", "Metadata"];

/// Builds the trigger.
pub(super) fn trigger(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    binding_name: String,
    context: &mut Context<'_>,
) -> Option<BlobTrigger> {
    let connection = connection(written, binding, TRIGGER_CONNECTION, context);
    let start_from = match binding.entries.word("bindings.blobTrigger.startFrom") {
        Some("new") => StartFrom::New,
        _ => StartFrom::All,
    };
    let Some(entry) = binding.entries.get(TRIGGER_PATH) else {
        require(written, binding, "path", "container and pattern: \"samples/{name}.png\"", context);
        return None;
    };
    let path = match PathPattern::parse(entry.as_text().unwrap_or_default()) {
        Ok(path) => path,
        Err(bad) => {
            let problem = malformed(entry, &bad);
            context.push(&written.name, problem.allowed(["CONTAINER/PATTERN, such as samples/{name}.png"]));
            return None;
        }
    };
    Some(BlobTrigger { binding_name, path, connection, start_from, data_type: data_type(binding) })
}

/// Builds a binding.
pub(super) fn binding(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    name: &str,
    direction: Direction,
    context: &mut Context<'_>,
) -> Option<BindingKind> {
    let connection = connection(written, binding, CONNECTION, context);
    let Some(entry) = binding.entries.get(PATH) else {
        require(written, binding, "path", "container and name: \"samples/{id}.json\"", context);
        return None;
    };
    let text = entry.as_text().unwrap_or_default();
    let path = match Template::parse(text) {
        Ok(_) if !text.contains('/') => {
            let problem =
                Problem::error(Code::BadBlobPath, "`path` names a container and no blob", entry.at.clone());
            let problem =
                problem.found(entry.quoted()).allowed(["CONTAINER/NAME, such as samples/{id}.json"]);
            context.push(&written.name, problem);
            return None;
        }
        Ok(path) => path,
        Err(bad) => {
            context.push(&written.name, malformed(entry, &bad));
            return None;
        }
    };
    check_kind(written, binding, name, context);
    for problem in unknown_expressions(written, &path, entry) {
        context.push(&written.name, problem);
    }
    if direction == Direction::Out {
        check_loop(written, &path, &connection, entry, context);
    }
    Some(BindingKind::Blob { path, connection })
}

fn malformed(entry: &Entry, bad: &BadText) -> Problem {
    let message = format!("`path` is malformed {bad}");
    Problem::error(Code::BadBlobPath, message, entry.at.clone()).found(entry.quoted())
}

/// The name of the connection; what is wrong with it goes to the report.
fn connection(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    key: &str,
    context: &mut Context<'_>,
) -> String {
    let entry = binding.entries.get(key);
    let name = entry.and_then(Entry::as_text).unwrap_or(DEFAULT_CONNECTION);
    let at = entry.map_or(&binding.at, |entry| &entry.at).clone();
    let problem = match context.settings.connection(name) {
        None => {
            let message = format!("there is no setting `{name}`, which is to say where the blobs are");
            let problem = Problem::error(Code::BadConnection, message, at);
            Some(problem.help(format!(
                "add `{name} = \"UseDevelopmentStorage=true\"` to [values] in local.settings.toml for a folder of the app"
            )))
        }
        Some(text) => Connection::parse(text, Path::new(".")).err().map(|error| {
            Problem::error(
                Code::BadConnection,
                format!("the setting `{name}` leads to no blobs: {error}"),
                at,
            )
        }),
    };
    if let Some(problem) = problem {
        context.push(&written.name, problem);
    }
    name.to_owned()
}

/// Orchestrations and entities run again and again over what is recorded, so nothing may be fetched for them; the answer
/// of an HTTP function is its result.
fn check_kind(written: &WrittenFunction, binding: &WrittenBinding, name: &str, context: &mut Context<'_>) {
    let Some((_, kind)) = written.triggers().next() else { return };
    let (message, help) = match kind {
        TriggerKind::Orchestration | TriggerKind::Entity => (
            format!("a function with `{kind}` cannot have `blob` bindings"),
            "read and write blobs in an activity",
        ),
        TriggerKind::Http if name == RETURN => (
            "the result of an HTTP function is its answer and cannot become a blob".to_owned(),
            "give the binding a name and write it in code",
        ),
        _ => return,
    };
    let problem = Problem::error(Code::BindingMisfit, message, binding.type_at.clone());
    context.push(&written.name, problem.help(help));
}

/// Expressions that can have no value, as far as that is known before a call: fields of bodies and inputs are not.
fn unknown_expressions(written: &WrittenFunction, path: &Template, entry: &Entry) -> Vec<Problem> {
    let Some((trigger, kind)) = written.triggers().next() else { return Vec::new() };
    let pattern = trigger.entries.text(TRIGGER_PATH).and_then(|text| PathPattern::parse(text).ok());
    let mut problems = Vec::new();
    for (expression, text) in path.expressions() {
        let allowed = match (expression, kind) {
            (Expression::Query(_) | Expression::Header(_), TriggerKind::Http) => continue,
            (Expression::Query(_) | Expression::Header(_), _) => {
                vec!["expressions without `Query` and `Headers`: no request starts this function".to_owned()]
            }
            (Expression::Value(name), TriggerKind::Blob) => {
                let Some(pattern) = &pattern else { continue };
                let captures: Vec<&str> = pattern.captures().iter().map(|name| &**name).collect();
                if is_of_blob(name, &captures) {
                    continue;
                }
                let known = captures.into_iter().chain(OF_BLOBS).map(|name| format!("{{{name}}}"));
                known.chain(["{Properties.Length}".to_owned(), "{Metadata.NAME}".to_owned()]).collect()
            }
            (Expression::Value(_), TriggerKind::Timer) => {
                vec![
                    "{DateTime:yyyy-MM-dd}".to_owned(),
                    "{rand-guid}".to_owned(),
                    "{sys.MethodName}".to_owned(),
                ]
            }
            _ => continue,
        };
        let message = format!("`{{{text}}}` has no value in a function with `{kind}`");
        let problem = Problem::error(Code::UnknownExpression, message, entry.at.clone());
        problems.push(problem.found(entry.quoted()).allowed(allowed));
    }
    problems
}

fn is_of_blob(name: &[String], captures: &[&str]) -> bool {
    match name {
        [one] => captures.iter().copied().chain(OF_BLOBS).any(|known| known.eq_ignore_ascii_case(one)),
        [family, _] => FAMILIES_OF_BLOBS.iter().any(|known| known.eq_ignore_ascii_case(family)),
        _ => false,
    }
}

/// An output in the path of the trigger would start the function again, for ever.
fn check_loop(
    written: &WrittenFunction,
    output: &Template,
    connection: &str,
    entry: &Entry,
    context: &mut Context<'_>,
) {
    let trigger = written.triggers().find(|(_, kind)| *kind == TriggerKind::Blob);
    let Some((trigger, path)) =
        trigger.and_then(|(trigger, _)| Some((trigger, trigger.entries.get(TRIGGER_PATH)?)))
    else {
        return;
    };
    let Ok(pattern) = PathPattern::parse(path.as_text().unwrap_or_default()) else { return };
    let of_trigger = trigger.entries.text(TRIGGER_CONNECTION).unwrap_or(DEFAULT_CONNECTION);
    let settings = context.settings;
    let same_store = of_trigger.eq_ignore_ascii_case(connection)
        || settings.connection(of_trigger).is_some_and(|text| settings.connection(connection) == Some(text));
    if same_store && may_overlap(output, &pattern) {
        let message =
            format!("an output of the function `{}` falls into the path that starts it", written.name);
        let problem = Problem::error(Code::BlobLoop, message, entry.at.clone())
            .found(entry.quoted())
            .also_at(path.at.clone(), "what it writes here starts it again");
        let help = "write to another container, or to names that the trigger's path does not match";
        context.push(&written.name, problem.help(help));
    }
}
