//! What is no template, and how the author is told.

use http::Method;

use super::super::{Methods, RouteError, RouteTable};

fn errors(templates: &[&str]) -> Vec<RouteError> {
    let mut builder = RouteTable::builder();
    for template in templates {
        builder = builder.add(*template, Methods::any(), ());
    }
    builder.build().expect_err(&format!("{templates:?} was taken"))
}

#[test]
fn each_fault_says_where_what_and_what_else() {
    for (template, column, found, allowed) in [
        ("a//b", 3, "an empty segment", "something between two slashes"),
        ("//a", 2, "an empty segment", "something between two slashes"),
        ("a/{", 3, "`{` without its `}`", "`}` at the end of the parameter"),
        ("a/{x", 3, "`{` without its `}`", "`}` at the end of the parameter"),
        ("a/{x}}", 3, "`{` without its `}`", "`}` at the end of the parameter"),
        ("a/x}", 4, "`}` without its `{`", "`}}` for a brace itself"),
        ("a/{x{y}", 5, "`{` in a parameter", "`{{` for a brace itself"),
        ("a/{}", 3, "a parameter without a name", "a name without any of {}/?*:="),
        ("a/{:int}", 3, "a parameter without a name", "a name without any of {}/?*:="),
        ("a/{?}", 3, "a parameter without a name", "a name without any of {}/?*:="),
        ("a/{*}", 3, "a parameter without a name", "a name without any of {}/?*:="),
        ("a/{x/y}", 5, "`/` in a name", "a name without any of {}/?*:="),
        ("a/{x*}", 5, "`*` in a name", "a name without any of {}/?*:="),
        ("a/{***x}", 3, "a catch-all of more than two stars", "{*name} or {**name}"),
        ("a/{*x?}", 3, "an optional catch-all", "a catch-all, which may be empty anyway"),
        ("a/{x=1?}", 5, "a default and a question mark", "one of them"),
        ("a/b?c", 4, "`?`", "a path; a query is not part of a route"),
        ("{a}{b}", 4, "a parameter right after another", "a literal between them"),
        ("{*a}/b", 1, "a catch-all before other segments", "a catch-all at the end"),
        ("{a?}/b", 1, "an optional parameter before segments that are not", "optional parameters at the end"),
        (
            "x{a?}",
            2,
            "an optional, default or catch-all parameter beside other text",
            "such a parameter as a segment of its own",
        ),
        (
            "{a}.{*b}",
            5,
            "an optional, default or catch-all parameter beside other text",
            "such a parameter as a segment of its own",
        ),
        ("{a}/{A}", 5, "the name `A` a second time", "each name once"),
        ("{a}-{a}", 5, "the name `a` a second time", "each name once"),
        ("{a:int=x}", 1, "the default `x`", "a default that meets the parameter's own constraints"),
        ("{a:length(2}", 10, "`(` without its `)`", "`)` before the next `:`, `=` or `}`"),
        ("{a:min(x)}", 4, "`min(x)`", "min(n) with a whole number"),
        ("ä/{a:max(x)}", 6, "`max(x)`", "max(n) with a whole number"),
    ] {
        let expected = RouteError::Template {
            index: 0,
            template: template.into(),
            column,
            found: found.into(),
            allowed: allowed.into(),
        };
        assert_eq!(errors(&[template]), [expected]);
    }
}

#[test]
fn an_unknown_constraint_names_all_known_ones() {
    for template in ["{a:integer}", "{a:}", "{a::int}", "{a:int(}", "{a:int )}"] {
        let RouteError::Template { allowed, .. } = &errors(&[template])[0] else { panic!("{template}") };
        assert!(
            allowed.starts_with("int, long, bool") || allowed.starts_with("`)`"),
            "{template}: {allowed}"
        );
    }
}

#[test]
fn messages_read_as_one_sentence() {
    assert_eq!(
        errors(&["api/{id:int:mim(1)}"])[0].to_string(),
        "read the route `api/{id:int:mim(1)}`: at column 13 there is `mim(1)`; allowed is int, long, bool, guid, \
         decimal, double, float, datetime, alpha, required, length(n), length(n,m), minlength(n), maxlength(n), \
         min(n), max(n), range(n,m), regex(...)"
    );
    assert_eq!(
        errors(&["api/Orders", "/API/orders"])[0].to_string(),
        "add the route `/API/orders`: every method of the same paths belongs to `api/Orders` already"
    );
}

#[test]
fn all_faults_are_reported_in_the_order_of_adding() {
    let errors = errors(&["a", "{", "b", "A", "}", "a"]);
    assert_eq!(errors.iter().map(RouteError::index).collect::<Vec<_>>(), [1, 3, 4, 5]);
}

#[test]
fn routes_that_leave_nothing_to_a_later_one_are_duplicates() {
    for (one, two) in [
        ("a/{x}", "A/{y}"),
        ("a/{x:int}", "a/{y:int}"),
        ("{a}-{b:int}", "{c}-{d:int}"),
        ("V{a}", "v{b}"),
        ("a/{*x}", "a/{**y}"),
        ("a/{x?}", "a/{y}"),
        ("", "/"),
    ] {
        let expected = RouteError::Duplicate {
            index: 1,
            template: two.into(),
            method: "every method".into(),
            other: 0,
            other_template: one.into(),
        };
        assert_eq!(errors(&[one, two]), [expected]);
    }
    for (one, two) in
        [("a/{x:int}", "a/{x:long}"), ("a/{x}", "a/{*x}"), ("a/{x}", "a/{x:int}"), ("{a}-{b}", "{a}_{b}")]
    {
        let table = RouteTable::builder().add(one, Methods::any(), 1).add(two, Methods::any(), 2).build();
        assert!(table.is_ok(), "{one} and {two}");
    }
}

#[test]
fn duplicates_share_a_method() {
    let build = |one: Methods, two: Methods| RouteTable::builder().add("a", one, 1).add("a", two, 2).build();
    let get = || Methods::only([Method::GET]);
    assert!(build(get(), Methods::only([Method::POST, Method::HEAD])).is_ok());
    for (two, shared) in
        [(get(), "GET"), (Methods::only([Method::POST, Method::GET]), "GET"), (Methods::any(), "GET")]
    {
        let errors = build(get(), two).unwrap_err();
        assert!(
            matches!(&errors[..], [RouteError::Duplicate { method, .. }] if method == shared),
            "{errors:?}"
        );
    }
}
