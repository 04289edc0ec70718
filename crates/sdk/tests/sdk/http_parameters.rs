//! What HTTP functions take, and how wrong requests are told.

use std::collections::BTreeMap;

use fnhost_protocol::failure::kind;
use fnhost_sdk::{
    Bytes, Error, Headers, HttpRequest, Json, JsonText, Logger, Method, Path, Query, Result, Seconds,
    Settings, Uri,
};
use serde::Deserialize;

use crate::scene::{answer, problem, request, with_body, with_route};

fn get(uri: &str) -> fnhost_protocol::http::HttpCall {
    request("GET", uri)
}

#[test]
fn a_path_is_a_value_a_tuple_or_a_struct() {
    #[derive(Deserialize)]
    struct Item {
        order: u32,
        name: Option<String>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Colour {
        Red,
        Green,
    }
    #[derive(Deserialize)]
    struct Id(u64);

    let one = |value| with_route(get("/"), &[("id", value)]);
    assert_eq!(answer(|Path(id): Path<u32>| async move { id.to_string() }, one("7")).unwrap().1, "7");
    assert_eq!(answer(|Path(id): Path<String>| async move { id }, one("a b/c")).unwrap().1, "a b/c");
    assert_eq!(answer(|Path(Id(id)): Path<Id>| async move { id.to_string() }, one("8")).unwrap().1, "8");
    assert_eq!(
        answer(|Path((id,)): Path<(bool,)>| async move { id.to_string() }, one("TRUE")).unwrap().1,
        "true"
    );
    assert_eq!(
        answer(|Path(c): Path<Colour>| async move { format!("{c:?}") }, one("green")).unwrap().1,
        "Green"
    );

    let two = with_route(get("/"), &[("Order", "7"), ("name", "x")]);
    let handler = |Path(item): Path<Item>| async move { format!("{} {:?}", item.order, item.name) };
    assert_eq!(answer(handler, two.clone()).unwrap().1, r#"7 Some("x")"#);
    let handler = |Path((order, name)): Path<(u32, String)>| async move { format!("{order} {name}") };
    assert_eq!(answer(handler, two.clone()).unwrap().1, "7 x");
    let handler = |Path(all): Path<BTreeMap<String, String>>| async move { format!("{all:?}") };
    assert_eq!(answer(handler, two.clone()).unwrap().1, r#"{"Order": "7", "name": "x"}"#);
    let handler = |Path(all): Path<Vec<String>>| async move { all.join(" ") };
    assert_eq!(answer(handler, two).unwrap().1, "7 x");
}

#[test]
fn parameters_that_the_route_leaves_out_are_none() {
    let handler = |id: Option<Path<u32>>| async move { format!("{:?}", id.map(|Path(id)| id)) };
    assert_eq!(answer(handler, get("/")).unwrap().1, "None");
    assert_eq!(answer(handler, with_route(get("/"), &[("id", "7")])).unwrap().1, "Some(7)");
    assert_eq!(problem(handler, with_route(get("/"), &[("id", "x")]), 400).1.as_deref(), Some("id"));
    let handler = |Path((a, b)): Path<(u32, Option<u32>)>| async move { format!("{a} {b:?}") };
    assert_eq!(answer(handler, with_route(get("/"), &[("a", "7")])).unwrap().1, "7 None");
    let handler = |Path(id): Path<Option<u32>>| async move { format!("{id:?}") };
    assert_eq!(answer(handler, get("/")).unwrap().1, "None");
}

#[test]
fn wrong_path_values_say_what_is_allowed() {
    #[derive(Debug, Deserialize)]
    enum Colour {
        Red,
        Green,
    }
    let one = |value| with_route(get("/"), &[("id", value)]);
    let told = |detail: &str| (detail.to_owned(), Some("id".to_owned()));
    assert_eq!(
        problem(|_: Path<u8>| async {}, one("300"), 400),
        told("route parameter `id` is `300`; allowed: a whole number from 0 to 255")
    );
    assert_eq!(
        problem(|_: Path<f64>| async {}, one("x"), 400),
        told("route parameter `id` is `x`; allowed: a number")
    );
    assert_eq!(
        problem(|_: Path<(bool,)>| async {}, one("yes"), 400),
        told("route parameter `id` is `yes`; allowed: true or false")
    );
    assert_eq!(
        problem(|Path(c): Path<Colour>| async move { format!("{c:?}") }, one("Blue"), 400),
        told("route parameter `id` is `Blue`; allowed: Red, Green")
    );
    assert_eq!(
        problem(|_: Path<char>| async {}, one("ab"), 400),
        told("route parameter `id` is `ab`; allowed: a single character")
    );
    let _ = (Colour::Red, Colour::Green);
}

#[test]
fn a_type_that_fits_no_such_route_is_the_functions_failure() {
    let two = with_route(get("/"), &[("a", "1"), ("b", "2")]);
    let message = |failure: fnhost_protocol::failure::Failure| failure.message;
    assert_eq!(
        message(answer(|_: Path<u32>| async {}, two.clone()).unwrap_err()),
        "the route's parameters do not fit `u32`: the route has several parameters (`a`, `b`), the type takes one. \
         Change the route in function.toml, or the type in the code"
    );
    assert!(
        message(answer(|_: Path<(u32,)>| async {}, two.clone()).unwrap_err()).contains("has 2 parameters")
    );
    assert!(
        message(answer(|_: Path<(u32, u32, u32)>| async {}, two).unwrap_err())
            .contains("more parameters than")
    );
    assert!(
        message(answer(|_: Path<u32>| async {}, get("/")).unwrap_err())
            .contains("the route has no parameter")
    );
    assert!(
        message(answer(|_: Query<String>| async {}, get("/?a=1")).unwrap_err()).contains("a struct or a map")
    );
    #[derive(Deserialize)]
    struct Nested {
        _a: BTreeMap<String, String>,
    }
    #[derive(Deserialize)]
    struct Outer {
        #[serde(rename = "a")]
        _a: Nested,
    }
    assert!(
        message(answer(|_: Query<Outer>| async {}, get("/?a=1")).unwrap_err())
            .contains("one parameter is a number")
    );
}

#[derive(Debug, Deserialize)]
struct Search {
    item: Option<String>,
    #[serde(default)]
    tags: Vec<u8>,
    top: Option<u32>,
}

async fn search(Query(search): Query<Search>) -> String {
    format!("{:?} {:?} {:?}", search.item, search.tags, search.top)
}

#[test]
fn a_query_is_a_struct_without_case_or_a_map() {
    for (uri, told) in [
        ("/", "None [] None"),
        ("/?", "None [] None"),
        ("/?item", r#"Some("") [] None"#),
        ("/?item=", r#"Some("") [] None"#),
        ("/?item=a&item=b", r#"Some("a,b") [] None"#),
        ("/?Item=a&ITEM=b&other=c", r#"Some("a,b") [] None"#),
        ("/?item=a%20b+c%2Bd%26", r#"Some("a b c+d&") [] None"#),
        ("/?item=%FF", "Some(\"\u{fffd}\") [] None"),
        ("/?tags=1&tags=2&&top=3", "None [1, 2] Some(3)"),
    ] {
        assert_eq!(answer(search, get(uri)).unwrap().1, told, "{uri}");
    }
    let all = |Query(all): Query<BTreeMap<String, String>>| async move { format!("{all:?}") };
    assert_eq!(answer(all, get("/?a=1&b=2&A=3")).unwrap().1, r#"{"a": "1,3", "b": "2"}"#);
    let optional = |query: Option<Query<Search>>| async move { query.is_some().to_string() };
    assert_eq!(answer(optional, get("/")).unwrap().1, "false");
    assert_eq!(answer(optional, get("/?top=1")).unwrap().1, "true");
}

#[test]
fn wrong_query_values_say_what_is_allowed() {
    #[derive(Deserialize)]
    struct Needs {
        #[serde(rename = "count")]
        _count: u16,
    }
    #[derive(Deserialize)]
    struct Wait {
        #[serde(rename = "timeout")]
        _timeout: Option<Seconds>,
    }
    let told = |detail: &str, name: &str| (detail.to_owned(), Some(name.to_owned()));
    assert_eq!(
        problem(|_: Query<Needs>| async {}, get("/"), 400),
        told("query parameter `count` is missing", "count")
    );
    assert_eq!(
        problem(|_: Query<Needs>| async {}, get("/?count=1&count=2"), 400),
        told(
            "query parameter `count` is `1,2`; allowed: a whole number from 0 to 65535, given once (it is given 2 times)",
            "count"
        )
    );
    assert_eq!(
        problem(search, get("/?tags=1&tags=x"), 400),
        told("query parameter `tags` is `1,x`; allowed: a whole number from 0 to 255", "tags")
    );
    for found in ["-1", "NaN", "1e300"] {
        assert_eq!(
            problem(|_: Query<Wait>| async {}, get(&format!("/?timeout={found}")), 400),
            told(
                &format!(
                    "query parameter `timeout` is `{found}`; allowed: seconds from 0 up, such as 300 or 0.5"
                ),
                "timeout"
            )
        );
    }
}

#[derive(Debug, Deserialize)]
struct Order {
    item: String,
}

async fn order(Json(order): Json<Order>) -> String {
    order.item
}

#[test]
fn json_is_taken_by_its_media_type_or_none() {
    let body = br#"{"item":"x"}"#;
    for media_type in ["", "application/json", "Application/JSON; charset=utf-8", "application/problem+json"]
    {
        assert_eq!(answer(order, with_body(get("/"), media_type, body)).unwrap(), (200, "x".to_owned()));
    }
    assert_eq!(
        problem(order, with_body(get("/"), "text/plain; charset=utf-8", body), 415),
        ("the body is `text/plain`; allowed: application/json".to_owned(), Some("body".to_owned()))
    );
    assert_eq!(
        problem(order, with_body(get("/"), "", b""), 400).0,
        "the body is empty; allowed: JSON for `Order`"
    );
    assert_eq!(
        problem(order, with_body(get("/"), "", b"{not"), 400).0,
        "the body is no JSON: key must be a string at line 1 column 2"
    );
    assert_eq!(
        problem(order, with_body(get("/"), "", br#"{"item":7}"#), 422).0,
        "the body is no `Order`: invalid type: integer `7`, expected a string at line 1 column 9"
    );
}

#[test]
fn an_empty_body_is_no_json_at_all() {
    let handler =
        |input: Option<Json<JsonText>>| async move { format!("{:?}", input.map(|Json(input)| input)) };
    assert_eq!(answer(handler, with_body(get("/"), "application/octet-stream", b"")).unwrap().1, "None");
    assert_eq!(answer(handler, with_body(get("/"), "application/json", b" [1] ")).unwrap().1, "Some([1])");
    assert_eq!(problem(handler, with_body(get("/"), "text/plain", b"1"), 415).1.as_deref(), Some("body"));
}

#[test]
fn bodies_are_text_or_bytes() {
    assert_eq!(
        answer(|text: String| async move { text }, with_body(get("/"), "", "ü".as_bytes())).unwrap().1,
        "ü"
    );
    assert_eq!(
        problem(|text: String| async move { text }, with_body(get("/"), "", b"a\xFF"), 400),
        ("the body is no UTF-8 text: the byte at 1 fits no character".to_owned(), Some("body".to_owned()))
    );
    let size = |bytes: Bytes| async move { bytes.len().to_string() };
    assert_eq!(answer(size, with_body(get("/"), "", b"a\xFF")).unwrap().1, "2");
}

#[test]
fn the_whole_request_is_there_too() {
    async fn code(
        request: HttpRequest,
        method: Method,
        uri: Uri,
        headers: Headers,
        settings: Settings,
        _log: Logger,
    ) -> Result<String> {
        Ok(format!(
            "{method} {uri} {:?} {:?} {:?} {:?} {} {} {} {}",
            request.route("ID"),
            request.query("Item"),
            request.query("none"),
            headers.text("X-Test"),
            request.origin(),
            settings.get("Shop")?,
            request.body().len(),
            request.headers().len(),
        ))
    }
    let mut call = with_body(with_route(request("POST", "/a?item=1&item=2"), &[("id", "7")]), "", b"abc");
    call.headers.insert("x-test", "yes".parse().unwrap());
    assert_eq!(
        answer(code, call).unwrap().1,
        r#"POST /a?item=1&item=2 Some("7") Some("1,2") None Some("yes") http://127.0.0.1:7071 Zork & Sons 3 1"#
    );
}

#[test]
fn what_the_host_lacks_is_a_failure() {
    async fn code(_client: fnhost_sdk::DurableClient) {}
    let failure = answer(code, get("/")).unwrap_err();
    assert_eq!(failure.message, "this host runs without a durable engine");
    async fn setting(settings: Settings) -> Result<String> {
        Ok(settings.get("Missing")?.to_string())
    }
    assert!(answer(setting, get("/")).unwrap_err().message.starts_with("setting `Missing` is missing"));
    async fn panics() -> Result<(), Error> {
        panic!("no paper")
    }
    assert_eq!(answer(panics, get("/")).unwrap_err().kind, kind::PANIC);
}
