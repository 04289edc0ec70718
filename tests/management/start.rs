//! `POST /orchestrators/{function}[/{id}]`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{SHORT, WAITING};
use crate::{
    hello::GREETINGS,
    support::{Scene, until},
};

on_every_worker!(
    starting_answers_links_and_runs,
    an_own_id_is_taken_once_while_alive,
    a_finished_id_may_be_used_again,
    of_many_starts_with_one_id_exactly_one_wins,
    waiting_answers_the_output_or_the_links,
);

fn starting_answers_links_and_runs(scene: Scene) {
    let host = scene.start();
    let response = host.durable().request("POST", &format!("/orchestrators/{SHORT}")).send().expect(202);
    let document = response.json();
    assert_eq!(response.header("location"), document["statusQueryGetUri"].as_str());
    assert_eq!(response.header("retry-after"), Some("10"));
    assert_eq!(response.header("content-type"), Some("application/json; charset=utf-8"));
    let id = document["id"].as_str().expect("the answer names the instance");
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{id}");
    let base = format!("http://{}/runtime/webhooks/durabletask/instances/{id}", host.address());
    for (link, start) in [
        ("statusQueryGetUri", format!("{base}?")),
        ("purgeHistoryDeleteUri", format!("{base}?")),
        ("sendEventPostUri", format!("{base}/raiseEvent/{{eventName}}?")),
        ("terminatePostUri", format!("{base}/terminate?reason={{text}}&")),
        ("suspendPostUri", format!("{base}/suspend?reason={{text}}&")),
        ("resumePostUri", format!("{base}/resume?reason={{text}}&")),
        ("restartPostUri", format!("{base}/restart?")),
    ] {
        let url = document[link].as_str().unwrap_or_else(|| panic!("{link} is missing in {document}"));
        assert!(url.starts_with(&start), "{link} is {url}");
        for query in ["taskHub=", "connection=", "code="] {
            assert!(url.contains(query), "{query} is missing in {url}");
        }
    }
    assert_eq!(host.durable().wait_for(id, "Completed")["output"].to_string(), GREETINGS);
}

fn an_own_id_is_taken_once_while_alive(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    let answer = durable.start(WAITING, "order-17", &json!("first")).expect(202).json();
    assert_eq!(answer["id"], "order-17");
    durable.start(WAITING, "order-17", &json!("second")).expect_mention(409, "order-17");
    durable.wait_for("order-17", "Running");
    durable.start(SHORT, "order-17", &json!("third")).expect(409);
    durable.control("order-17", "suspend", "x").expect(202);
    durable.wait_for("order-17", "Suspended");
    durable.start(SHORT, "order-17", &json!("fourth")).expect(409);
    assert_eq!(durable.status("order-17", "").expect(202).json()["input"], "first");
    // Ids are compared with case.
    durable.start(WAITING, "Order-17", &json!("another")).expect(202);
}

fn a_finished_id_may_be_used_again(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "again", &json!(1)).expect(202);
    durable.wait_for("again", "Completed");
    durable.start(WAITING, "again", &json!("2")).expect(202);
    let status = durable.wait_for("again", "Running");
    assert_eq!(
        (&status["input"], &status["output"], &status["name"]),
        (&json!("2"), &Value::Null, &json!(WAITING))
    );
    durable.control("again", "terminate", "enough").expect(202);
    durable.wait_for("again", "Terminated");
    durable.start(SHORT, "again", &json!(3)).expect(202);
    let status = durable.wait_for("again", "Completed");
    assert_eq!(status["input"], json!(3));
    assert_eq!(
        status["historyEvents"].as_array().map(Vec::len),
        Some(5),
        "only the last run's history: {status}"
    );
}

fn of_many_starts_with_one_id_exactly_one_wins(scene: Scene) {
    let host = scene.start();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..24)
            .map(|n| {
                let durable = host.durable();
                scope.spawn(move || durable.start(WAITING, "contested", &json!(n.to_string())).status)
            })
            .collect();
        starts.into_iter().map(|start| start.join().expect("the host answers")).collect()
    });
    let won = statuses.iter().filter(|status| **status == 202).count();
    let lost = statuses.iter().filter(|status| **status == 409).count();
    assert_eq!((won, lost), (1, 23), "{statuses:?}");
    host.durable().wait_for("contested", "Running");
}

fn waiting_answers_the_output_or_the_links(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    let path = format!("/orchestrators/{SHORT}?timeout=20&pollingInterval=0.1");
    durable.request("POST", &path).send().expect_text(200, GREETINGS);
    // A store that can wait without polling needs no interval.
    durable
        .request("POST", &format!("/orchestrators/{SHORT}/waited?timeout=20"))
        .send()
        .expect_text(200, GREETINGS);

    let asked = Instant::now();
    let path = format!("/orchestrators/{WAITING}/patience?timeout=0.4&pollingInterval=0.1");
    let response = durable.request("POST", &path).json(&json!("x")).send().expect(202);
    assert!(asked.elapsed() >= Duration::from_millis(350), "answered after {:?}", asked.elapsed());
    assert_eq!(response.json()["id"], "patience");
    assert!(response.json()["statusQueryGetUri"].is_string());
}

#[test]
fn an_unknown_function_is_named_with_those_that_are_known() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    for name in ["NoSuchThing", "E1_SayHello", "Counter", "HttpStart"] {
        let text =
            format!("The function '{name}' doesn't exist, is disabled, or is not an orchestrator function.");
        let response = durable.start(name, "x", &json!(null)).expect_mention(400, &text);
        assert!(response.text().contains(&format!("'{SHORT}'")), "{response}");
        assert!(
            response.text().contains("One or more of the arguments submitted is incorrect"),
            "{response}"
        );
    }
    assert_eq!(durable.list("").expect(200).json(), json!([]));
}

#[test]
fn a_body_that_is_no_json_is_refused_and_starts_nothing() {
    let scene = Scene::new();
    let host = scene.start();
    for body in ["{", "tru", "1 2", "\u{feff}?", "[1,]"] {
        let path = format!("/orchestrators/{SHORT}");
        let request = host.durable().request("POST", &path).body("application/json", body);
        request.send().expect_mention(400, "Invalid JSON content");
    }
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

#[test]
fn times_to_wait_that_make_no_sense_are_refused() {
    let scene = Scene::new();
    let host = scene.start();
    for query in [
        "timeout=x",
        "timeout=1&pollingInterval=2",
        "timeout=-1&pollingInterval=1",
        "timeout=1&pollingInterval=x",
    ] {
        host.durable().request("POST", &format!("/orchestrators/{WAITING}?{query}")).send().expect(400);
    }
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

#[test]
fn a_thousand_starts_over_one_connection_all_complete() {
    let scene = Scene::new();
    let host = scene.start();
    let mut client = host.client();
    for n in 0..1000 {
        let path = format!("/orchestrators/{SHORT}/many-{n:04}");
        client.send(&host.durable().request("POST", &path)).expect("the host answers").expect(202);
        assert!(client.is_connected(), "the connection is kept");
    }
    until("all of them to be completed", || {
        let left = host.durable().list("?runtimeStatus=Pending,Running&top=1000").expect(200).json();
        let left = left.as_array().map_or(0, Vec::len);
        if left == 0 { Ok(()) } else { Err(format!("{left} unfinished")) }
    });
}
