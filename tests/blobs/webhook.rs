//! Notifications of object stores.

use serde_json::{Value, json};

use super::scene::Catcher;
use crate::support::MASTER_KEY;

const PATH: &str = "/runtime/webhooks/blobs";

fn created(bucket: &str, key: &str) -> Value {
    json!({ "Records": [{
        "eventName": "ObjectCreated:Put",
        "s3": { "bucket": { "name": bucket }, "object": { "key": key, "sequencer": "0055AED6DCD90281E5" } },
    }]})
}

#[test]
fn a_notification_needs_a_key_and_is_answered_when_it_is_on_record() {
    let catcher = Catcher::catching();
    let host = catcher.start();
    host.post(PATH).json(&created("in", "a")).send().expect(401);
    host.post(format!("{PATH}?code=wrong")).json(&created("in", "a")).send().expect(401);

    let set = host.post("/admin/host/systemkeys/blobs_extension").key(MASTER_KEY).send();
    let key = set.json()["value"].as_str().expect("a key").to_owned();
    let with_key = |query: &str| host.post(format!("{PATH}?code={key}{query}"));
    let post = |body: &Value| with_key("").json(body).send().expect(200).json();

    // Nothing there: a notification of it is no error, and starts nothing.
    assert_eq!(post(&created("in", "missing"))["blobs"], 1);
    assert_eq!(post(&created("elsewhere", "a"))["new"], 0);
    assert_eq!(post(&json!({ "Event": "s3:TestEvent" }))["blobs"], 0);

    catcher.write("in/x/a b+é.txt", "told");
    let told = post(&created("in", "x%2Fa+b%2B%C3%A9.txt"));
    assert_eq!(told["blobs"], 1);
    assert_eq!(catcher.wait_for(1), ["x/a b+é.txt|told|1"]);
    // It is known now, from whomever it came first.
    let lookalike = json!({ "EventName": "s3:ObjectCreated:Put", "Key": "in/x/a b+é.txt" });
    assert_eq!(post(&lookalike)["new"], 0);

    with_key("").json(&json!({})).send().expect(400);
    with_key("").body("text/plain", "nonsense").send().expect(400);
    with_key("&connection=Nowhere").json(&created("in", "a")).send().expect(400);
    with_key("&connection=azurewebjobsstorage").json(&created("in", "a")).send().expect(200);
    host.get(format!("{PATH}?code={key}")).send().expect(404);
    catcher.wait_for_fence("in/fence");
    assert_eq!(catcher.ledger().len(), 2);
}
