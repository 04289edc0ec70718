//! What matches what, and with which values.

use http::Method;

use super::super::{Methods, PathError, RouteTable};

fn table(templates: &[&'static str]) -> RouteTable<&'static str> {
    let mut builder = RouteTable::builder();
    for template in templates {
        builder = builder.add(*template, Methods::any(), *template);
    }
    builder.build().unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// The template that answers, and its values as `name=value`.
fn get(table: &RouteTable<&'static str>, path: &str) -> Option<(&'static str, String)> {
    let found = table.find(&Method::GET, path).unwrap()?;
    let values: Vec<String> = found.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Some((*found.target, values.join(" ")))
}

/// One template against many paths: the values, or `None` for no match.
fn check(template: &'static str, cases: &[(&str, Option<&str>)]) {
    let table = table(&[template]);
    for (path, expected) in cases {
        let found = get(&table, path).map(|(_, values)| values);
        assert_eq!(found.as_deref(), *expected, "{template} against {path}");
    }
}

/// Many templates: which of them answers.
fn answers(templates: &[&'static str], cases: &[(&str, Option<&str>)]) {
    // The order of adding must not matter where precedence decides.
    let backwards: Vec<&'static str> = templates.iter().rev().copied().collect();
    for templates in [templates, &backwards] {
        let table = table(templates);
        for (path, expected) in cases {
            let found = get(&table, path).map(|(target, _)| target);
            assert_eq!(found, *expected, "{path} among {templates:?}");
        }
    }
}

#[test]
fn literals_ignore_ascii_case_and_a_trailing_slash() {
    check(
        "api/Hello",
        &[
            ("/api/hello", Some("")),
            ("/API/HELLO", Some("")),
            ("/api/hello/", Some("")),
            ("/%61pi/hello", Some("")),
            ("/api", None),
            ("/api/hello/x", None),
            ("/api/hell", None),
            ("/api/helloo", None),
            ("//api/hello", None),
            ("/api//hello", None),
            ("/api/hello//", None),
            ("/api%2Fhello", None),
            ("api/hello", None),
            ("*", None),
        ],
    );
    check(
        "/grüße",
        &[("/grüße", Some("")), ("/gr%C3%BC%C3%9Fe", Some("")), ("/GRüßE", Some("")), ("/GRÜßE", None)],
    );
    check("a b", &[("/a%20b", Some("")), ("/a+b", None)]);
    check("{{x}}", &[("/{x}", Some("")), ("/x", None)]);
}

#[test]
fn the_root_is_a_template_too() {
    check("", &[("", Some("")), ("/", Some("")), ("//", None), ("/a", None)]);
    check("/", &[("/", Some("")), ("/a", None)]);
    check("{x?}", &[("/", Some("")), ("/a", Some("x=a"))]);
    check("{*rest}", &[("/", Some("rest=")), ("/a/b", Some("rest=a/b"))]);
}

#[test]
fn parameters_take_one_segment_decoded() {
    check(
        "items/{id}",
        &[
            ("/items/1", Some("id=1")),
            ("/items/a%2Fb", Some("id=a/b")),
            ("/items/a%20b+c", Some("id=a b+c")),
            ("/items/%C3%A4", Some("id=ä")),
            ("/items/..", Some("id=..")),
            ("/items/%2e%2E", Some("id=..")),
            ("/items/.", Some("id=.")),
            ("/items/%25", Some("id=%")),
            ("/items", None),
            ("/items/", None),
            ("/items/1/2", None),
            ("/items/../items", None),
        ],
    );
    check("{Name}/x/{other}", &[("/a/X/b", Some("Name=a other=b"))]);
}

#[test]
fn optional_and_default_segments_may_be_absent() {
    check("a/{x?}", &[("/a", Some("")), ("/a/", Some("")), ("/a/1", Some("x=1")), ("/a/1/2", None)]);
    check(
        "a/{x?}/{y?}",
        &[("/a", Some("")), ("/a/1", Some("x=1")), ("/a/1/2", Some("x=1 y=2")), ("/a//2", None)],
    );
    check("a/{x=9}", &[("/a", Some("x=9")), ("/a/1", Some("x=1"))]);
    check("a/{x=9}/{y?}", &[("/a", Some("x=9")), ("/a/1", Some("x=1")), ("/a/1/2", Some("x=1 y=2"))]);
    check("a/{x=9}/b", &[("/a", None), ("/a/b", None), ("/a/1/b", Some("x=1"))]);
    check("a/{x:int=9}", &[("/a", Some("x=9")), ("/a/1", Some("x=1")), ("/a/b", None)]);
    check("a/{x:int?}", &[("/a", Some("")), ("/a/1", Some("x=1")), ("/a/b", None)]);
    check("a/{x=a:b=c}", &[("/a", Some("x=a:b=c"))]);
    check("a/{x=}", &[("/a", Some("x="))]);
    check(
        "a/{x?}/{*rest}",
        &[("/a", Some("rest=")), ("/a/1", Some("x=1 rest=")), ("/a/1/2/3", Some("x=1 rest=2/3"))],
    );
}

#[test]
fn a_catch_all_takes_what_is_left() {
    for template in ["f/{*rest}", "f/{**rest}"] {
        check(
            template,
            &[
                ("/f", Some("rest=")),
                ("/f/", Some("rest=")),
                ("/f/a", Some("rest=a")),
                ("/f/a/b/", Some("rest=a/b/")),
                ("/f/a//b", Some("rest=a//b")),
                ("/f/a%2Fb/c", Some("rest=a/b/c")),
                ("/f/../x", Some("rest=../x")),
                // A value never begins with a slash: joined to a folder it would leave it.
                ("/f//etc", None),
                ("/g", None),
            ],
        );
    }
    check("f/{*rest=index}", &[("/f", Some("rest=index")), ("/f/a", Some("rest=a"))]);
    check(
        "f/{*rest:length(3)}",
        &[("/f", None), ("/f/abc", Some("rest=abc")), ("/f/a/b", Some("rest=a/b")), ("/f/ab", None)],
    );
    check("f/{*rest:required}", &[("/f", None), ("/f/a", Some("rest=a"))]);
}

#[test]
fn mixed_segments_split_at_their_literals() {
    check(
        "{a}-{b}",
        &[
            ("/x-y", Some("a=x b=y")),
            ("/x-y-z", Some("a=x-y b=z")),
            ("/x%2Dy", Some("a=x b=y")),
            ("/%C3%A4-%2F", Some("a=ä b=/")),
            ("/xy", None),
            ("/-y", None),
        ],
    );
    check(
        "v{n:int}.json",
        &[("/v1.json", Some("n=1")), ("/V1.JSON", Some("n=1")), ("/vx.json", None), ("/v.json", None)],
    );
}

#[test]
fn constraints_decide_on_decoded_values() {
    check("{id:int:min(1)}", &[("/1", Some("id=1")), ("/0", None), ("/x", None), ("/%31", Some("id=1"))]);
    check(r"{ssn:regex(^\d{{3}}-\d{{2}}$)}", &[("/123-45", Some("ssn=123-45")), ("/123-456", None)]);
    check("{x:regex(^(a|b):c$)}", &[("/a:c", Some("x=a:c")), ("/a", None)]);
    check("{x:regex(b)}", &[("/aBc", Some("x=aBc")), ("/ac", None)]);
    check("{x:length(2,3):alpha}", &[("/ab", Some("x=ab")), ("/a", None), ("/a1", None)]);
    check("{x:datetime}", &[("/2016-12-31%207:32pm", Some("x=2016-12-31 7:32pm")), ("/soon", None)]);
    check(
        "{x:guid}",
        &[("/0f8fad5b-d9cb-469f-a165-70867728950e", Some("x=0f8fad5b-d9cb-469f-a165-70867728950e"))],
    );
}

#[test]
fn precedence_goes_segment_by_segment() {
    answers(
        &["a/b", "a/{x:int}", "a/{x}-{y}", "a/{x}", "a/{*rest:maxlength(3)}", "a/{*rest}"],
        &[
            ("/a/b", Some("a/b")),
            ("/a/1", Some("a/{x:int}")),
            ("/a/c-d", Some("a/{x}-{y}")),
            ("/a/c", Some("a/{x}")),
            ("/a/c/d", Some("a/{*rest:maxlength(3)}")),
            ("/a/c/dd", Some("a/{*rest}")),
            ("/a", Some("a/{*rest:maxlength(3)}")),
        ],
    );
    answers(
        &["a/{x}/c", "{y}/b/c", "{y}/{z}/{w}"],
        &[("/a/b/c", Some("a/{x}/c")), ("/q/b/c", Some("{y}/b/c")), ("/q/r/c", Some("{y}/{z}/{w}"))],
    );
    // Among ways of the same kind the later segments decide, whichever was added first.
    answers(
        &["{a:int}/{b}", "{c:min(1)}/x"],
        &[("/5/x", Some("{c:min(1)}/x")), ("/5/y", Some("{a:int}/{b}"))],
    );
    answers(&["a", "a/{x?}"], &[("/a", Some("a")), ("/a/1", Some("a/{x?}"))]);
    answers(
        &["a/{x?}", "a/{*rest}"],
        &[("/a", Some("a/{x?}")), ("/a/1", Some("a/{x?}")), ("/a/1/2", Some("a/{*rest}"))],
    );
}

#[test]
fn a_way_that_leads_nowhere_is_left_again() {
    answers(
        &["a/b/c", "a/{x}/d", "{*rest}"],
        &[
            ("/a/b/c", Some("a/b/c")),
            ("/a/b/d", Some("a/{x}/d")),
            ("/a/b/e", Some("{*rest}")),
            ("/a/b", Some("{*rest}")),
        ],
    );
    answers(&["{x:int}/a", "{x}/b"], &[("/1/a", Some("{x:int}/a")), ("/1/b", Some("{x}/b"))]);
}

#[test]
fn among_equals_the_first_added_answers() {
    let first = table(&["{a:int}", "{b:long}"]);
    assert_eq!(get(&first, "/1"), Some(("{a:int}", "a=1".into())));
    assert_eq!(get(&first, "/3000000000"), Some(("{b:long}", "b=3000000000".into())));
    let first = table(&["{b:long}", "{a:int}"]);
    assert_eq!(get(&first, "/1"), Some(("{b:long}", "b=1".into())));
}

#[test]
fn names_are_those_of_the_route_that_answers() {
    let table = table(&["a/{one}/x", "a/{two}/y"]);
    assert_eq!(get(&table, "/a/1/x"), Some(("a/{one}/x", "one=1".into())));
    assert_eq!(get(&table, "/a/1/y"), Some(("a/{two}/y", "two=1".into())));
}

#[test]
fn methods_are_part_of_the_match() {
    let table = RouteTable::builder()
        .add("a", Methods::only([Method::GET]), "get a")
        .add("a", Methods::only([Method::POST]), "post a")
        .add("{x}", Methods::only([Method::POST, Method::DELETE]), "change x")
        .add("b", Methods::only([Method::HEAD]), "head b")
        .add("{y}", Methods::only([Method::GET]), "get y")
        .add("c", Methods::any(), "any c")
        .build()
        .unwrap();
    let target = |method: Method, path: &str| table.find(&method, path).unwrap().map(|found| *found.target);
    assert_eq!(target(Method::GET, "/a"), Some("get a"));
    assert_eq!(target(Method::POST, "/a"), Some("post a"));
    // The literal does not answer DELETE, so the parameter does.
    assert_eq!(target(Method::DELETE, "/a"), Some("change x"));
    assert_eq!(target(Method::PUT, "/a"), None);
    assert_eq!(target(Method::HEAD, "/a"), Some("get a"));
    assert_eq!(target(Method::HEAD, "/b"), Some("head b"));
    assert_eq!(target(Method::GET, "/b"), Some("get y"));
    assert_eq!(target(Method::HEAD, "/q"), Some("get y"));
    assert_eq!(target(Method::HEAD, "/c"), Some("any c"));
    assert_eq!(target(Method::from_bytes(b"BREW").unwrap(), "/c"), Some("any c"));
    assert_eq!(target(Method::OPTIONS, "/q"), None);
}

#[test]
fn head_goes_where_get_goes() {
    let table = RouteTable::builder()
        .add("a", Methods::only([Method::GET]), "get a")
        .add("a", Methods::only([Method::HEAD]), "head a")
        .add("n/{x:int}", Methods::only([Method::GET]), "get n")
        .add("n/{x}", Methods::any(), "any n")
        .add("{*rest}", Methods::any(), "any")
        .build()
        .unwrap();
    let target = |method: Method, path: &str| table.find(&method, path).unwrap().map(|found| *found.target);
    assert_eq!(target(Method::HEAD, "/a"), Some("head a"), "who names HEAD answers it");
    for path in ["/n/1", "/n/x", "/other"] {
        assert_eq!(target(Method::HEAD, path), target(Method::GET, path), "{path}");
    }
    assert_eq!(target(Method::HEAD, "/n/1"), Some("get n"));
}

#[test]
fn ordinary_expressions_fit() {
    for pattern in [r"^\w{1,20}$", r"^[\w-]{1,64}$"] {
        let route = format!("{{x:regex({})}}", pattern.replace('{', "{{").replace('}', "}}"));
        assert!(RouteTable::builder().add(route, Methods::any(), ()).build().is_ok(), "{pattern}");
    }
}

#[test]
fn paths_that_cannot_be_decoded_are_errors_even_where_nothing_matches() {
    let table = table(&["a/{x}"]);
    let error = |path: &str| table.find(&Method::GET, path).unwrap_err();
    assert_eq!(error("/a/%zz"), PathError::BadEscape { at: 3 });
    assert_eq!(error("/nowhere/%"), PathError::BadEscape { at: 9 });
    assert_eq!(error("/a/%ff"), PathError::NotUtf8 { at: 3 });
    assert_eq!(error("/a/%00"), PathError::Nul { at: 3 });
}

#[test]
fn values_without_escapes_are_not_copied() {
    use std::borrow::Cow;
    let table = table(&["{a}/{b}-{c}/{*d}"]);
    let found = table.find(&Method::GET, "/1/2-3/4/5").unwrap().unwrap();
    assert!(found.params.iter().all(|(_, value)| matches!(value, Cow::Borrowed(_))), "{:?}", found.params);
    let plain = RouteTable::builder().add("a/b", Methods::any(), ()).build().unwrap();
    assert_eq!(plain.find(&Method::GET, "/a/b").unwrap().unwrap().params.capacity(), 0);
}

#[test]
fn an_empty_table_matches_nothing() {
    assert_eq!(table(&[]).find(&Method::GET, "/"), Ok(None));
}

#[test]
fn routes_are_listed_by_precedence() {
    let table = table(&["{*x}", "{y}", "b", "a"]);
    assert_eq!(table.iter().map(|(template, _, _)| template).collect::<Vec<_>>(), ["b", "a", "{y}", "{*x}"]);
}
