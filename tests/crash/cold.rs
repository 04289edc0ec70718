//! Signals and events that arrive while their instance is being read into memory: the one who reads and the one
//! who hands over may both bring the same message, and it must count once.

use serde_json::{Value, json};

use crate::support::{BASE, Host, MASTER_KEY, Request, Scene, until};

const INSTANCES: usize = 60;
const SENDERS: usize = 32;

on_every_worker!(
    signals_to_entities_that_are_being_read_count_once,
    events_to_instances_that_are_being_read_come_once
);

/// All senders go through all instances in the same order, each sending one message to each: whoever comes first
/// causes the reading, the others come during it.
fn send_to_all(host: &Host, path: impl Fn(usize) -> String + Sync, body: impl Fn(usize) -> Value + Sync) {
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let (path, body) = (&path, &body);
            scope.spawn(move || {
                let mut client = host.client();
                for instance in 0..INSTANCES {
                    let request = Request::new(host.address(), "POST", path(instance));
                    let request = request.key(MASTER_KEY).json(&body(sender));
                    client.send(&request).expect("the host answers").expect(202);
                }
            });
        }
    });
}

fn signals_to_entities_that_are_being_read_count_once(scene: Scene) {
    let mut host = scene.start();
    for round in 1..=2 {
        send_to_all(&host, |n| format!("{BASE}/entities/Counter/cold-{n}?op=Add"), |_| json!(1));
        for n in 0..INSTANCES {
            let expected = SENDERS * round;
            until(&format!("counter {n} of round {round} to be {expected}"), || {
                let state = host.durable().entity("Counter", &format!("cold-{n}"));
                let value = state.json()["value"].as_u64().unwrap_or_default() as usize;
                assert!(value <= expected, "counter {n}: {expected} signals counted as {value}");
                if value == expected { Ok(()) } else { Err(state.to_string()) }
            });
        }
        // The next round finds them all on disk only.
        host.kill();
        host = scene.start();
    }
}

fn events_to_instances_that_are_being_read_come_once(scene: Scene) {
    let host = scene.start();
    for n in 0..INSTANCES {
        host.durable().start("RegistryOrchestration", &format!("cold-{n}"), &json!("x")).expect(202);
    }
    for n in 0..INSTANCES {
        host.durable().wait_for(&format!("cold-{n}"), "Running");
    }
    host.kill();

    let host = scene.start();
    send_to_all(&host, |n| format!("{BASE}/instances/cold-{n}/raiseEvent/Noise"), |sender| json!(sender));
    for n in 0..INSTANCES {
        let status = host.durable().wait_until(&format!("cold-{n}"), "to have all events", |status| {
            status["historyEvents"].to_string().matches("EventRaised").count() >= SENDERS
        });
        let events = status["historyEvents"].as_array().expect("the history was asked for");
        let mut senders: Vec<u64> = events
            .iter()
            .filter(|e| e["EventType"] == "EventRaised")
            .filter_map(|e| e["Input"].as_u64())
            .collect();
        senders.sort_unstable();
        let expected: Vec<u64> = (0..SENDERS as u64).collect();
        assert_eq!(senders, expected, "each event once: {status}");
    }
}
