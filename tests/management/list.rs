//! `GET /instances`: filters and pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{SHORT, WAITING};
use crate::support::{Durable, Scene};

const TOKEN: &str = "x-ms-continuation-token";

#[track_caller]
fn ids(durable: Durable<'_>, query: &str) -> Vec<String> {
    names(&durable.list(query).expect(200).json())
}

#[track_caller]
fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    list.iter().map(|item| item["instanceId"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn every_instance_is_on_exactly_one_page() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    let all: BTreeSet<String> = (0..7).map(|n| format!("page-{n}")).collect();
    for id in &all {
        durable.start(WAITING, id, &json!("x")).expect(202);
    }

    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut request = durable.request("GET", "/instances?top=3");
        if let Some(token) = token.take() {
            request = request.header(TOKEN, token);
        }
        let page = request.send().expect(200);
        sizes.push(names(&page.json()).len());
        seen.extend(names(&page.json()));
        assert!(sizes.len() <= 4, "the pages do not end: {sizes:?}");
        match page.header(TOKEN) {
            Some(next) if !next.is_empty() => token = Some(next.to_owned()),
            _ => break,
        }
    }
    assert!(sizes.iter().all(|size| *size <= 3), "{sizes:?}");
    assert_eq!(seen.len(), 7, "{seen:?}");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all);
}

#[test]
fn a_whole_list_has_no_further_page() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start(WAITING, "one", &json!("x")).expect(202);
    let list = host.durable().list("").expect(200);
    assert!(list.header(TOKEN).is_none_or(str::is_empty), "{:?}", list.header(TOKEN));
    assert!(list.header("content-type").is_some_and(|kind| kind.starts_with("application/json")));
    // The published spelling of one SDK has a slash before the question mark.
    assert_eq!(ids(host.durable(), "/?top=10"), ["one"]);
}

#[test]
fn statuses_choose() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
    durable.start_running(WAITING, "ended", &json!("x"));
    durable.control("ended", "terminate", "enough").expect(202);
    durable.wait_for("ended", "Terminated");
    durable.start_running(WAITING, "paused", &json!("x"));
    durable.control("paused", "suspend", "wait").expect(202);
    durable.wait_for("paused", "Suspended");
    durable.start_running(WAITING, "running", &json!("x"));

    assert_eq!(ids(durable, ""), ["done", "ended", "paused", "running"]);
    assert_eq!(ids(durable, "?runtimeStatus=Running"), ["running"]);
    assert_eq!(ids(durable, "?runtimeStatus=running"), ["running"]);
    assert_eq!(ids(durable, "?runtimeStatus=Completed,Terminated"), ["done", "ended"]);
    assert_eq!(ids(durable, "?runtimeStatus=Completed&runtimeStatus=Suspended"), ["done", "paused"]);
    assert_eq!(ids(durable, "?runtimeStatus=Completed,Nonsense"), ["done"]);
    assert_eq!(ids(durable, "?runtimeStatus=Failed"), [""; 0]);
}

#[test]
fn prefixes_and_times_choose() {
    let scene = Scene::new().clock_at("2026-01-01T12:00:00Z");
    let host = scene.start();
    let durable = host.durable();
    durable.start_running(WAITING, "a-early", &json!("x"));
    host.advance("00:01:00");
    durable.start_running(WAITING, "a-late", &json!("x"));
    durable.start_running(WAITING, "b_late", &json!("x"));

    assert_eq!(ids(durable, "?instanceIdPrefix=a-"), ["a-early", "a-late"]);
    assert_eq!(ids(durable, "?instanceIdPrefix=A-"), [""; 0], "ids are compared with case");
    assert_eq!(ids(durable, "?instanceIdPrefix=b%5F"), ["b_late"]);
    assert_eq!(ids(durable, "?instanceIdPrefix=a_"), [""; 0], "no character of a prefix is a wildcard");
    assert_eq!(ids(durable, "?instanceIdPrefix=%25"), [""; 0], "no character of a prefix is a wildcard");
    assert_eq!(ids(durable, "?createdTimeFrom=2026-01-01T12:00:30Z"), ["a-late", "b_late"]);
    assert_eq!(ids(durable, "?createdTimeTo=2026-01-01T12:00:30Z"), ["a-early"]);
    let both =
        "?createdTimeFrom=2026-01-01T13:00:30%2B01:00&createdTimeTo=2026-01-01T12:02:00Z&instanceIdPrefix=b";
    assert_eq!(ids(durable, both), ["b_late"]);
}

#[test]
fn inputs_are_shown_unless_asked_otherwise() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start(WAITING, "one", &json!("secret")).expect(202);
    assert_eq!(host.durable().list("").expect(200).json()[0]["input"], "secret");
    let hidden = host.durable().list("?showInput=false").expect(200).json();
    assert_eq!(hidden[0].get("input"), Some(&Value::Null));
}

#[test]
fn nonsense_is_refused_or_ignored_and_breaks_nothing() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start(WAITING, "one", &json!("x")).expect(202);
    for query in
        ["?top=0", "?top=-1", "?top=x", "?top=99999999999999999999", "?createdTimeFrom=yesterday", "?%zz=%"]
    {
        let response = host.durable().list(query);
        assert!(matches!(response.status, 200 | 400), "{query}: {response}");
    }
    let response = host.durable().request("GET", "/instances?top=1").header(TOKEN, "not one of ours").send();
    assert!(matches!(response.status, 200 | 400), "{response}");
    assert_eq!(ids(host.durable(), ""), ["one"]);
}
