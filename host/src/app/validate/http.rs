//! `httpTrigger`: route, methods, key.

use http::Method;

use super::super::trigger::{AuthLevel, HttpTrigger};
use super::super::written::{WrittenBinding, WrittenFunction};
use super::Context;
use super::one::data_type;
use crate::config::code::Code;
use crate::config::entry::Entry;
use crate::config::host_file::{RESERVED_SEGMENTS, prefix_problem};
use crate::config::origin::Origin;
use crate::config::problem::Problem;
use crate::config::suggest;

/// The methods that a function may answer.
const METHODS: [Method; 8] = [
    Method::GET,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::HEAD,
    Method::OPTIONS,
    Method::TRACE,
];

/// Azure's own words, which its users search for.
const CONFLICT: &str = "The specified route conflicts with one or more built in routes.";

/// Builds the trigger; what is wrong with it goes to the report.
pub(super) fn build(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    binding_name: String,
    context: &mut Context<'_>,
) -> HttpTrigger {
    let auth_level = match binding.entries.word("bindings.httpTrigger.authLevel") {
        Some("anonymous") => AuthLevel::Anonymous,
        Some("admin") => AuthLevel::Admin,
        _ => AuthLevel::Function,
    };
    let methods = methods(written, binding, context);
    let (route, route_at) = route(written, binding, context);
    HttpTrigger { binding_name, route, methods, auth_level, data_type: data_type(binding), route_at }
}

fn methods(
    written: &WrittenFunction,
    binding: &WrittenBinding,
    context: &mut Context<'_>,
) -> Option<Vec<Method>> {
    let path = "bindings.httpTrigger.methods";
    let entry = binding.entries.get(path)?;
    let listed = binding.entries.texts(path)?;
    let mut methods: Vec<Method> = Vec::new();
    for (text, entry) in &listed {
        match METHODS.iter().find(|method| method.as_str().eq_ignore_ascii_case(text.trim())) {
            Some(method) if methods.contains(method) => {}
            Some(method) => methods.push(method.clone()),
            None => {
                let known = METHODS.iter().map(Method::as_str);
                let problem =
                    Problem::error(Code::BadValue, "`methods` has an unknown method", entry.at.clone());
                let hint = suggest::did_you_mean(text, known.clone()).filter(|_| !entry.is_hidden());
                context.push(&written.name, problem.found(entry.quoted()).allowed(known).maybe_help(hint));
            }
        }
    }
    if listed.is_empty() {
        let problem = Problem::error(Code::BadValue, "`methods` is an empty list", entry.at.clone());
        let problem = problem.allowed(METHODS.iter().map(Method::as_str));
        context.push(&written.name, problem.help("leave `methods` out to answer all of them"));
    }
    Some(methods)
}

/// The full template and where it was written.
fn route(written: &WrittenFunction, binding: &WrittenBinding, context: &mut Context<'_>) -> (String, Origin) {
    let entry = binding.entries.get("bindings.httpTrigger.route").filter(|entry| entry.as_text() != Some(""));
    let prefix_entry = binding.entries.get("bindings.httpTrigger.routePrefix");
    let prefix = match prefix_entry.and_then(Entry::as_text) {
        Some(prefix) => prefix.trim_matches('/').to_owned(),
        None => context.config.http().route_prefix().to_owned(),
    };
    if let Some(problem) = prefix_entry.and_then(|entry| prefix_problem(&prefix, entry)) {
        context.push(&written.name, problem);
    }
    let at = entry.map_or(&binding.at, |entry| &entry.at).clone();
    let own = match entry.and_then(Entry::as_text) {
        Some(route) => route.trim_matches('/'),
        None => &written.name,
    };
    let full =
        [prefix.as_str(), own].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
    let shown = if entry.is_some_and(|entry| entry.expanded) { None } else { Some(own) };
    if let Some(problem) = own_problem(own, &full, entry.is_some(), shown, &at, context) {
        context.push(&written.name, problem);
    }
    (full, at)
}

/// What is wrong with a route; the first of the checks that fails speaks.
fn own_problem(
    own: &str,
    full: &str,
    is_written: bool,
    shown: Option<&str>,
    at: &Origin,
    context: &Context<'_>,
) -> Option<Problem> {
    let found = |problem: Problem| match shown {
        Some(route) => problem.found(format!("the route \"{}\"", route.escape_debug())),
        None => problem.found("the value of a setting (not shown)"),
    };
    let starts_reserved =
        |word: &str| own.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let first = full.split('/').next().unwrap_or_default();
    // Azure refuses every written route that begins with these letters; a default route only collides as a segment.
    if is_written && RESERVED_SEGMENTS.iter().any(|word| starts_reserved(word))
        || RESERVED_SEGMENTS.iter().any(|word| first.eq_ignore_ascii_case(word))
    {
        let problem = Problem::error(Code::ReservedRoute, CONFLICT, at.clone());
        return Some(found(problem).allowed(["a route that does not begin with `admin` or `runtime`"]));
    }
    let control =
        own.chars().any(char::is_control).then_some("it has a line break or another control character");
    if let Some(why) = control.or(braces(own).err()) {
        let problem = Problem::error(Code::BadRoute, format!("the route is malformed: {why}"), at.clone());
        return Some(
            found(problem).allowed(["literal text and `{parameters}`; `{{` and `}}` for literal braces"]),
        );
    }
    let why = (context.route_check?)(full).err()?;
    Some(found(Problem::error(Code::BadRoute, format!("the route is malformed: {why}"), at.clone())))
}

/// Whether every brace has its partner. The router understands the rest.
pub(super) fn braces(route: &str) -> Result<(), &'static str> {
    let mut rest = route;
    let mut inside = None;
    while let Some(at) = rest.find(['{', '}']) {
        let is_doubled = rest[at..].starts_with("{{") || rest[at..].starts_with("}}");
        let opens = rest[at..].starts_with('{');
        inside = match (is_doubled, opens, inside) {
            (true, _, inside) => inside.map(|length| length + at + 2),
            (false, true, None) => Some(0),
            (false, true, Some(_)) => return Err("a parameter begins inside of another one"),
            (false, false, None) => return Err("a `}` has no `{` before it"),
            (false, false, Some(length)) if length + at == 0 => return Err("a parameter has no name"),
            (false, false, Some(_)) => None,
        };
        rest = &rest[at + if is_doubled { 2 } else { 1 }..];
    }
    if inside.is_some() { Err("a `{` has no `}` after it") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::braces;

    #[test]
    fn braces_need_partners() {
        for good in ["", "a/{b}/{*c}", "{a}-{b}", "a{{b}}", r"{id:regex(^\d{{3}}$)}", "{x=1}"] {
            assert_eq!(braces(good), Ok(()), "{good}");
        }
        for bad in ["{a", "a}", "{a{b}}", "{}", "{{a}", "{a/{b}"] {
            assert!(braces(bad).is_err(), "{bad}");
        }
    }
}
