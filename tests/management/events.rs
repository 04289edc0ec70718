//! `POST /instances/{id}/raiseEvent/{name}`: the order of its checks, and that no accepted event is lost.

use serde_json::json;

use super::{SHORT, WAITING};
use crate::support::{BASE, MASTER_KEY, Scene};

const ONLY_JSON: &str = "Only application/json request content is supported";
const INVALID: &str = "Invalid JSON content";

on_every_worker!(
    an_accepted_event_is_delivered,
    an_event_before_the_first_run_is_kept,
    events_of_other_names_are_kept_apart,
    a_payload_arrives_as_it_went,
);

fn an_accepted_event_is_delivered(scene: Scene) {
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("x"));
    host.durable().raise("one", "Close", &json!(true)).expect(202);
    assert_eq!(host.durable().wait_for("one", "Completed")["output"], json!(true));
}

fn an_event_before_the_first_run_is_kept(scene: Scene) {
    let host = scene.start();
    for n in 0..20 {
        let id = format!("early-{n}");
        host.durable().start(WAITING, &id, &json!("x")).expect(202);
        // No waiting: the event may well arrive before the code asks for it.
        host.durable().raise(&id, "Close", &json!(n % 2 == 0)).expect(202);
        assert_eq!(host.durable().wait_for(&id, "Completed")["output"], json!(n % 2 == 0));
    }
}

fn events_of_other_names_are_kept_apart(scene: Scene) {
    let host = scene.start();
    host.durable().start_running(WAITING, "one", &json!("x"));
    for name in ["Closed", "Clos", "Close2", "", "Öffnen \u{1F381}"] {
        let response = host.durable().raise("one", name, &json!(false));
        assert!(matches!(response.status, 202 | 404), "{name:?}: {response}");
    }
    host.durable().raise("one", "Close", &json!(true)).expect(202);
    assert_eq!(host.durable().wait_for("one", "Completed")["output"], json!(true));
}

fn a_payload_arrives_as_it_went(scene: Scene) {
    let host = scene.start();
    let payload =
        json!({"text": "ü\u{1F381}\"\\", "numbers": [0, -1, 1.5, 9_007_199_254_740_993_u64], "none": null});
    host.durable().start_running(WAITING, "one", &json!("x"));
    host.durable().raise("one", "Other", &payload).expect(202);
    let status = host.durable().wait_until("one", "to have the event", |status| {
        status["historyEvents"].to_string().contains("EventRaised")
    });
    let events = status["historyEvents"].as_array().expect("the history was asked for");
    let event =
        events.iter().find(|event| event["EventType"] == "EventRaised").expect("the event is recorded");
    assert_eq!(event["Name"], "Other");
    assert_eq!(event["Input"], payload, "{event}");
}

#[test]
fn the_instance_is_checked_before_the_content() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.start(SHORT, "done", &json!(null)).expect(202);
    durable.wait_for("done", "Completed");
    durable.start_running(WAITING, "alive", &json!("x"));
    durable.start_running(WAITING, "ended", &json!("x"));
    durable.control("ended", "terminate", "x").expect(202);
    durable.wait_for("ended", "Terminated");

    let raise = |id: &str, kind: &str, body: &str| {
        durable.request("POST", &format!("/instances/{id}/raiseEvent/Close")).body(kind, body).send()
    };
    for (kind, body) in [("text/plain", "{"), ("application/json", "{"), ("application/json", "true")] {
        raise("nowhere", kind, body).expect(404);
        raise("done", kind, body).expect(410);
        raise("ended", kind, body).expect(410);
    }
    raise("alive", "text/plain", "{").expect_mention(400, ONLY_JSON);
    raise("alive", "text/plain", "true").expect_mention(400, ONLY_JSON);
    raise("alive", "application/json", "{").expect_mention(400, INVALID);
    let untyped = format!("{BASE}/instances/alive/raiseEvent/Close");
    host.post(untyped).key(MASTER_KEY).untyped_body("true").send().expect_mention(400, ONLY_JSON);

    assert_eq!(durable.wait_for("alive", "Running")["output"], json!(null), "no refused event was delivered");
    raise("alive", "Application/JSON; charset=utf-8", "true").expect(202);
    assert_eq!(durable.wait_for("alive", "Completed")["output"], json!(true));
}

#[test]
fn many_senders_lose_no_event() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start_running(WAITING, "busy", &json!("x"));
    std::thread::scope(|scope| {
        for sender in 0..8 {
            let durable = host.durable();
            scope.spawn(move || {
                for n in 0..25 {
                    durable.raise("busy", "Noise", &json!([sender, n])).expect(202);
                }
            });
        }
    });
    let status = host.durable().wait_until("busy", "to have all events", |status| {
        status["historyEvents"].to_string().matches("EventRaised").count() >= 200
    });
    let events = status["historyEvents"].as_array().expect("the history was asked for");
    let raised: Vec<_> =
        events.iter().filter(|e| e["EventType"] == "EventRaised").map(|e| &e["Input"]).collect();
    assert_eq!(raised.len(), 200);
    for sender in 0..8 {
        let own: Vec<_> =
            raised.iter().filter(|input| input[0] == sender).map(|input| input[1].clone()).collect();
        assert_eq!(own, (0..25).map(|n| json!(n)).collect::<Vec<_>>(), "the order of sender {sender}");
    }
}
