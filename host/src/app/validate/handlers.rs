//! The compiled handlers against the function files: every function has one, every handler is used, kinds agree.
//!
//! Linker tricks that collect handlers are known to lose some silently, so a function without a handler is an error and
//! never just absent.

use std::collections::BTreeSet;

use fnhost_protocol::HandlerInfo;

use super::super::written::WrittenFunction;
use crate::config::code::Code;
use crate::config::entry::Entry;
use crate::config::origin::Origin;
use crate::config::problem::Problem;
use crate::config::report::Report;
use crate::config::suggest;

/// Checks both directions. `all` are the names of all folders: a function that `functions` in the host file leaves out
/// has a handler that is rightly unused.
pub(in crate::app) fn cross_check(
    written: &[WrittenFunction],
    all: &BTreeSet<String>,
    handlers: &[HandlerInfo],
    report: &mut Report,
) {
    unique(handlers, report);
    let mut used: BTreeSet<String> = BTreeSet::new();
    for function in written {
        let entry = function.top.get("entryPoint");
        let wanted = entry.and_then(Entry::as_text).unwrap_or(&function.name);
        used.insert(wanted.to_ascii_lowercase());
        match find(handlers, wanted) {
            Some(handler) => report.extend(kind_problem(function, handler)),
            // The `entryPoint` of a file with syntax errors may be behind one of them.
            None if entry.is_none() && !function.complete => {}
            None => report.extend(missing_problem(function, entry, handlers)),
        }
        if !function.complete {
            // Its `entryPoint` may be behind the syntax error.
            used.insert(function.name.to_ascii_lowercase());
        }
    }
    for handler in handlers {
        let name = handler.name.to_ascii_lowercase();
        let is_left_out =
            all.contains(&name) && !written.iter().any(|function| function.name.eq_ignore_ascii_case(&name));
        if !used.contains(&name) && !is_left_out {
            report.push(unused_problem(handler, written));
        }
    }
}

/// The handler of this name, without regard to case.
pub(in crate::app) fn find<'a>(handlers: &'a [HandlerInfo], name: &str) -> Option<&'a HandlerInfo> {
    handlers.iter().find(|handler| handler.name.eq_ignore_ascii_case(name))
}

fn unique(handlers: &[HandlerInfo], report: &mut Report) {
    for (index, handler) in handlers.iter().enumerate() {
        if let Some(first) = find(&handlers[..index], &handler.name) {
            let message = format!("two compiled handlers are called `{}`", handler.name);
            let problem =
                Problem::error(Code::HandlerTwice, message, Origin::Handler(handler.source.clone()));
            let problem = problem.also_at(Origin::Handler(first.source.clone()), "the same name");
            report.push(problem.help("rename one of them").of_function(&handler.name.as_str().into()));
        }
    }
}

fn missing_problem(
    function: &WrittenFunction,
    entry: Option<&Entry>,
    handlers: &[HandlerInfo],
) -> Option<Problem> {
    let mut triggers = function.triggers();
    let kind = triggers.next().map(|(_, kind)| kind);
    // One without a readable trigger has worse problems.
    kind?;
    let at = entry.map_or_else(|| function.origin(), |entry| entry.at.clone());
    let message = match entry {
        Some(_) => format!("the handler that the function `{}` names is not compiled in", function.name),
        None => format!("the function `{}` has no compiled handler", function.name),
    };
    let problem = Problem::error(Code::NoHandler, message, at).of_function(&function.name);
    let problem = match entry {
        Some(entry) => problem.found(entry.quoted()),
        None => problem,
    };
    if handlers.is_empty() {
        return Some(problem.found("a binary without any Rust functions").help(
            "start the app with its own binary, which has its handlers linked in (`cargo run` in its folder)",
        ));
    }
    let folder = function.file.trim_end_matches("function.toml");
    let wanted = entry.and_then(Entry::as_text).unwrap_or(&function.name);
    let hint = suggest::did_you_mean(wanted, handlers.iter().map(|handler| handler.name.as_str()));
    Some(problem.maybe_help(hint).help(match entry {
        Some(_) => "correct `entryPoint`, or write the handler that it names".to_owned(),
        None => {
            format!("write the handler `{wanted}` in {folder}mod.rs, or name another one with `entryPoint`")
        }
    }))
}

fn kind_problem(function: &WrittenFunction, handler: &HandlerInfo) -> Option<Problem> {
    let mut triggers = function.triggers();
    let (binding, kind) = triggers.next()?;
    // With several triggers nobody knows which one the handler is for.
    if kind == handler.kind || triggers.next().is_some() {
        return None;
    }
    let message = format!(
        "the function `{}` has the trigger `{kind}`, but its handler was written for `{}`",
        function.name, handler.kind
    );
    Some(
        Problem::error(Code::HandlerKind, message, binding.type_at.clone())
            .also_at(
                Origin::Handler(handler.source.clone()),
                format!("`{}` for `{}`", handler.name, handler.kind),
            )
            .help(format!("set `type = \"{}\"`, or write the handler for `{kind}`", handler.kind))
            .of_function(&function.name),
    )
}

fn unused_problem(handler: &HandlerInfo, written: &[WrittenFunction]) -> Problem {
    let name = &handler.name;
    let problem = Problem::error(
        Code::NoFolder,
        format!("the compiled handler `{name}` belongs to no function"),
        Origin::Handler(handler.source.clone()),
    )
    .of_function(&name.as_str().into());
    let same = written.iter().find(|function| function.name.eq_ignore_ascii_case(name));
    match same.and_then(|function| Some((function, function.top.get("entryPoint")?))) {
        Some((function, entry)) => {
            let note = format!("`{}` uses another handler", function.name);
            problem.also_at(entry.at.clone(), note).help("remove `entryPoint`, or remove the handler")
        }
        None => problem.help(format!(
            "add `functions/{name}/function.toml` with a binding of type `{}`, or remove the handler",
            handler.kind
        )),
    }
}
