//! `ManualStart`: a function that is only run by hand.

use serde_json::json;

use crate::support::{MASTER_KEY, Scene, until};

#[test]
fn it_starts_the_orchestration_of_this_name() {
    let scene = Scene::new();
    let host = scene.start();
    let request = host.post("/admin/functions/ManualStart").key(MASTER_KEY);
    request.json(&json!({ "input": "E1_HelloSequence" })).send().expect(202);
    until("the sequence to be done", || {
        let list = host.durable().list("?runtimeStatus=Completed").expect(200).json();
        if list[0]["name"] == "E1_HelloSequence" { Ok(()) } else { Err(list.to_string()) }
    });
    let instance = &host.durable().list("").expect(200).json()[0];
    assert_eq!(instance["input"], json!(null));
}
