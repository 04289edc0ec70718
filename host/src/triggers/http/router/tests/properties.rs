//! Random templates and paths: the router against the naive matcher, and the parser against anything.

use http::Method;
use proptest::prelude::*;

use super::super::template::Template;
use super::super::{Methods, RouteTable};
use super::naive;

/// Segments that collide in every way the precedence rules know.
const SEGMENTS: [&str; 16] = [
    "a",
    "B",
    "ab",
    "a-b",
    "{x}",
    "{x:int}",
    "{x:alpha}",
    "{x:length(2)}",
    "{x}-{y}",
    "{x:int}-{y}",
    "a{x}",
    "{x}b",
    "{x:regex(a)}",
    "{x=a}",
    "{x:int=1}",
    "a{x}-{y}",
];
const ENDS: [&str; 9] =
    ["", "{z?}", "{z:int?}", "{z=d}", "{z?}/{w?}", "{*z}", "{*z:int}", "{**z=d}", "{z?}/{*w:maxlength(3)}"];
const PIECES: [&str; 14] = ["a", "A", "b", "ab", "1", "12", "a-b", "1-a", "-", "%61", "a%2Fb", "", "..", "ä"];

/// A template of some segments, with parameter names made distinct.
fn template() -> impl Strategy<Value = String> {
    (
        proptest::collection::vec(proptest::sample::select(&SEGMENTS[..]), 0..4),
        proptest::sample::select(&ENDS[..]),
    )
        .prop_map(|(segments, end)| {
            let mut parts: Vec<String> = segments
                .iter()
                .enumerate()
                .map(|(n, segment)| {
                    segment.replace("{x", &format!("{{x{n}")).replace("{y", &format!("{{y{n}"))
                })
                .collect();
            parts.extend((!end.is_empty()).then(|| end.to_owned()));
            parts.join("/")
        })
}

fn path() -> impl Strategy<Value = String> {
    (proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..6), any::<bool>())
        .prop_map(|(pieces, slash)| format!("/{}{}", pieces.join("/"), if slash { "/" } else { "" }))
}

/// Those that can stand in one table, in the order given.
fn compatible(templates: Vec<String>) -> Vec<String> {
    let mut taken: Vec<String> = Vec::new();
    for template in templates {
        let all = taken.iter().chain([&template]);
        let builder = all.fold(RouteTable::builder(), |builder, text| builder.add(text, Methods::any(), ()));
        if builder.build().is_ok() {
            taken.push(template);
        }
    }
    taken
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_router_agrees_with_the_naive_matcher(
        templates in proptest::collection::vec(template(), 1..8),
        paths in proptest::collection::vec(path(), 1..8),
    ) {
        let templates = compatible(templates);
        let mut builder = RouteTable::builder();
        for (index, template) in templates.iter().enumerate() {
            builder = builder.add(template, Methods::any(), index);
        }
        let table = builder.build().unwrap();
        let texts: Vec<&str> = templates.iter().map(String::as_str).collect();
        for path in &paths {
            let found = table.find(&Method::GET, path).unwrap().map(|found| {
                let values = found.params.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
                (*found.target, values)
            });
            prop_assert_eq!(found, naive::find(&texts, path), "{} among {:?}", path, texts);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".*") {
        let _read_or_not = Template::parse(&text);
    }

    #[test]
    fn no_text_of_the_templates_own_signs_makes_the_parser_panic(
        text in "(\\{|\\}|\\*|\\?|:|=|/|\\(|\\)|,|\\\\|a|ä|1|int|min|length|range|regex|-| ){0,24}"
    ) {
        if let Ok(template) = Template::parse(&text) {
            // What is read can be built and asked.
            let table = RouteTable::builder().add(text, Methods::any(), ()).build().unwrap();
            let _found_or_not = table.find(&Method::GET, "/a/1/ä");
            prop_assert!(template.least() <= template.segments.len());
        }
    }

    #[test]
    fn no_path_makes_the_search_panic(path in ".*") {
        let table = RouteTable::builder()
            .add("a/{x}-{y}/{z:int?}", Methods::any(), 1)
            .add("{a:regex(.)}/{*rest}", Methods::any(), 2)
            .add("{v}.{w:alpha}", Methods::any(), 3)
            .build()
            .unwrap();
        let _found_or_not = table.find(&Method::GET, &path);
        let rooted = format!("/{path}");
        let _found_or_not = table.find(&Method::GET, &rooted);
    }
}
