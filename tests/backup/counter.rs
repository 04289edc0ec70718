//! `E3_Counter`: a loop without end.

use serde_json::json;

use crate::support::Scene;

on_every_worker!(a_thousand_operations_are_counted_and_leave_a_short_history);

fn a_thousand_operations_are_counted_and_leave_a_short_history(scene: Scene) {
    let host = scene.start();
    let durable = host.durable();
    durable.start("E3_Counter", "visits", &json!(null)).expect(202);
    let mut client = host.client();
    let mut raise = |operation: &str| {
        let request =
            durable.request("POST", "/instances/visits/raiseEvent/operation").json(&json!(operation));
        client.send(&request).expect("the host answers").expect(202);
    };
    raise("decr");
    for _ in 0..1000 {
        raise("incr");
    }
    raise("sideways");
    raise("incr");
    raise("end");
    let status = durable.wait_for("visits", "Completed");
    assert_eq!(status["output"], json!(1000));
    let events = status["historyEvents"].as_array().map(Vec::len);
    assert!(events.is_some_and(|events| events < 10), "{events:?} events");
}
