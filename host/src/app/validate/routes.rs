//! Two functions that would answer the same requests.

use super::super::function::Function;
use super::super::trigger::HttpTrigger;
use super::http;
use ::http::Method;

use crate::config::code::Code;
use crate::config::problem::Problem;
use crate::config::report::Report;

/// Finds functions with the same template, but for case and the names of parameters, and a method in common.
pub(in crate::app) fn conflicts(functions: &[Function], report: &mut Report) {
    let triggers: Vec<(&Function, &HttpTrigger, String)> = functions
        .iter()
        .filter_map(|function| Some((function, function.trigger().as_http()?)))
        // A malformed route has been reported, and a function that is switched off answers nothing.
        .filter(|(function, trigger)| !function.is_disabled() && http::braces(&trigger.route).is_ok())
        .map(|(function, trigger)| (function, trigger, shape(&trigger.route)))
        .collect();
    for (index, (function, trigger, shape)) in triggers.iter().enumerate() {
        for (first, first_trigger, first_shape) in &triggers[..index] {
            // Folders of one name are another problem, which has been reported.
            let is_same_name = first.name().eq_ignore_ascii_case(function.name());
            let Some(methods) = common_methods(first_trigger, trigger) else { continue };
            if shape != first_shape || is_same_name {
                continue;
            }
            let message = format!(
                "the functions `{}` and `{}` answer the same route for {methods}",
                first.name(),
                function.name()
            );
            let problem = Problem::error(Code::SameRoute, message, trigger.route_at.clone())
                .saying(format!("/{}", trigger.route))
                .also_at(first_trigger.route_at.clone(), format!("/{}", first_trigger.route))
                .of_function(first.name())
                .of_function(function.name());
            report.push(problem.help("change one of the routes, or give each function methods of its own"));
        }
    }
}

/// The methods that both answer, for a message; `None` when there is none.
fn common_methods(a: &HttpTrigger, b: &HttpTrigger) -> Option<String> {
    let both = match (&a.methods, &b.methods) {
        (None, None) => return Some("all methods".to_owned()),
        (Some(methods), None) | (None, Some(methods)) => methods.clone(),
        (Some(a), Some(b)) => a.iter().filter(|method| b.contains(method)).cloned().collect(),
    };
    let names: Vec<&str> = both.iter().map(Method::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// The template in lower case, without the names and default values of its parameters.
fn shape(route: &str) -> String {
    let mut shape = String::new();
    let mut rest = route;
    while let Some(open) = rest.find('{') {
        let (literal, tail) = rest.split_at(open);
        shape.push_str(&literal.to_lowercase());
        if let Some(tail) = tail.strip_prefix("{{") {
            shape.push_str("{{");
            rest = tail;
            continue;
        }
        let end = parameter_end(tail);
        shape.push_str(&parameter(&tail[1..end]));
        rest = tail.get(end + 1..).unwrap_or_default();
    }
    shape + &rest.to_lowercase()
}

/// Where the `}` is that ends the parameter at the start of this text; doubled braces are literal.
fn parameter_end(text: &str) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find('}') {
        if !text[at + found..].starts_with("}}") {
            return at + found;
        }
        at += found + 2;
    }
    text.len()
}

/// `*rest` → `{*}`, `id:int?` → `{:int?}`, `x=1` → `{=}`.
fn parameter(text: &str) -> String {
    let catch_all = if text.starts_with('*') { "*" } else { "" };
    let text = text.trim_start_matches('*');
    let constraint_at = text.find(':').unwrap_or(text.len());
    let default_at = text.find('=').unwrap_or(text.len());
    let (optional, text) = match text.strip_suffix('?') {
        Some(text) => ("?", text),
        None => ("", text),
    };
    // An equals sign behind the colon may belong to a regular expression.
    if default_at < constraint_at {
        return format!("{{{catch_all}=}}");
    }
    format!("{{{catch_all}{}{optional}}}", text.get(constraint_at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn case_and_names_do_not_count() {
        for (a, b) in [
            ("API/Orders/{id}", "api/orders/{orderId}"),
            ("a/{*rest}", "a/{**other}"),
            ("{x=1}", "{y=2}"),
            ("{id:int?}", "{n:int?}"),
            (r"{a:regex(^\d{{3}}$)}/x", r"{b:regex(^\d{{3}}$)}/X"),
        ] {
            assert_eq!(shape(a), shape(b));
        }
    }

    #[test]
    fn constraints_and_kinds_of_parameters_do() {
        for (a, b) in
            [("{id}", "{id:int}"), ("{id}", "{id?}"), ("{id}", "{*id}"), ("{a}-{b}", "{a}"), ("a{{", "a{b}")]
        {
            assert_ne!(shape(a), shape(b));
        }
    }
}
