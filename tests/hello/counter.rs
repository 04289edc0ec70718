//! The counter entity, driven over the management API alone.

use serde_json::json;

use crate::support::{Host, Scene, until};

on_every_worker!(
    signals_add_up_to_the_published_document,
    reset_takes_an_empty_body,
    the_name_has_no_case_and_the_key_has,
    keys_may_hold_odd_characters,
    delete_removes_the_state_and_the_next_signal_begins_anew,
    a_failing_operation_changes_nothing,
    a_thousand_signals_are_counted_once_each,
);

fn wait_for_value(host: &Host, key: &str, value: i64) {
    host.durable().wait_for_entity("Counter", key, &format!(r#"{{"value":{value}}}"#));
}

fn signals_add_up_to_the_published_document(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.entity("Counter", "MyCounter").expect(404);
    durable.signal("Counter", "MyCounter", "Add", &json!(1)).expect(202);
    durable.signal("Counter", "MyCounter", "Add", &json!(2)).expect(202);
    wait_for_value(&host, "MyCounter", 3);
    let response = durable.entity("Counter", "MyCounter").expect_text(200, r#"{"value":3}"#);
    let kind = response.header("content-type").expect("the answer says what it is");
    assert!(kind.starts_with("application/json"), "{kind}");
    durable.signal("Counter", "MyCounter", "Add", &json!(-10)).expect(202);
    wait_for_value(&host, "MyCounter", -7);
}

fn reset_takes_an_empty_body(scene: Scene) {
    let host = scene.start();
    host.durable().signal("Counter", "MyCounter", "Add", &json!(5)).expect(202);
    wait_for_value(&host, "MyCounter", 5);
    host.durable().request("POST", "/entities/Counter/MyCounter?op=Reset").send().expect(202);
    wait_for_value(&host, "MyCounter", 0);
}

fn the_name_has_no_case_and_the_key_has(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.signal("Counter", "MyCounter", "Add", &json!(1)).expect(202);
    durable.signal("counter", "MyCounter", "Add", &json!(2)).expect(202);
    durable.signal("COUNTER", "mycounter", "Add", &json!(40)).expect(202);
    wait_for_value(&host, "MyCounter", 3);
    wait_for_value(&host, "mycounter", 40);
    durable.entity("cOuNtEr", "MyCounter").expect_text(200, r#"{"value":3}"#);
    durable.entity("Counter", "MYCOUNTER").expect(404);
}

fn keys_may_hold_odd_characters(scene: Scene) {
    let host = scene.start();
    for key in ["with space", "ü\u{1F381}", "a@b", "%", "a%2Fb", "x".repeat(200).as_str()] {
        host.durable().signal("Counter", key, "Add", &json!(1)).expect(202);
        wait_for_value(&host, key, 1);
    }
}

fn delete_removes_the_state_and_the_next_signal_begins_anew(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.signal("Counter", "MyCounter", "Add", &json!(5)).expect(202);
    wait_for_value(&host, "MyCounter", 5);
    durable.request("DELETE", "/entities/Counter/MyCounter").send().expect(202);
    until("the entity to be gone", || {
        let response = durable.entity("Counter", "MyCounter");
        if response.status == 404 { Ok(()) } else { Err(response.to_string()) }
    });
    durable.signal("Counter", "MyCounter", "Add", &json!(2)).expect(202);
    wait_for_value(&host, "MyCounter", 2);
}

fn a_failing_operation_changes_nothing(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.signal("Counter", "MyCounter", "Add", &json!(1)).expect(202);
    // Accepted, since a signal has no answer; refused by the entity's own code.
    durable.signal("Counter", "MyCounter", "Add", &json!("many")).expect(202);
    durable.signal("Counter", "MyCounter", "NoSuchOperation", &json!(1)).expect(202);
    durable.signal("Counter", "MyCounter", "Add", &json!(2)).expect(202);
    wait_for_value(&host, "MyCounter", 3);
    host.expect_alive();
}

fn a_thousand_signals_are_counted_once_each(scene: Scene) {
    let host = scene.start();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let mut client = host.client();
                let request = host.durable().request("POST", "/entities/Counter/Busy?op=Add").json(&json!(1));
                for _ in 0..50 {
                    client.send(&request).expect("the host answers").expect(202);
                }
            });
        }
    });
    wait_for_value(&host, "Busy", 1000);
}
