//! One script over the durable samples, in steps between which nothing is in motion.
//!
//! Each step waits until its effect is recorded. So the grouping of messages into turns, and with it the history,
//! depends on the script alone.

use serde_json::{Value, json};

use crate::support::{Durable, Host, Scene, normal};

const START: &str = "2026-01-01T00:00:00Z";
const WAITING: &str = "RegistryOrchestration";
const WAITERS: [&str; 5] = ["closed", "timed-out", "suspended", "ended", "failed"];

/// Runs the script; answers what a client can see at the end.
pub(super) fn transcript(scene: Scene) -> Vec<String> {
    run(scene, false)
}

/// The same with the host killed and started again between the steps.
pub(super) fn with_kills(scene: Scene) -> Vec<String> {
    run(scene, true)
}

type Step = fn(&Host);

/// The steps, and how many minutes pass before each.
const STEPS: [(u32, Step); 6] = [(0, greet), (0, open), (0, give), (1, decide), (1, go_on), (10, nothing)];

fn run(scene: Scene, kills: bool) -> Vec<String> {
    let mut scene = scene.clock_at(START);
    let mut host = scene.start();
    let mut minutes = 0;
    for (pause, step) in STEPS {
        if kills {
            host.kill();
            scene = scene.clock_at(&format!("2026-01-01T00:{minutes:02}:00Z"));
            host = scene.start();
        }
        minutes += pause;
        host.advance(&format!("00:{pause:02}:00"));
        step(&host);
    }
    gather(host.durable())
}

fn greet(host: &Host) {
    for n in 0..10 {
        let id = format!("hello-{n}");
        host.durable().start("E1_HelloSequence", &id, &json!(n)).expect(202);
    }
    for n in 0..10 {
        host.durable().wait_for(&format!("hello-{n}"), "Completed");
    }
}

fn open(host: &Host) {
    for id in WAITERS {
        host.durable().start(WAITING, id, &json!(id)).expect(202);
    }
    for id in WAITERS {
        host.durable().wait_until(id, "to have its list", |status| has(status, "TaskCompleted"));
    }
}

fn give(host: &Host) {
    for id in WAITERS {
        for gift in ["Commodore 64", "Zork Trilogy"] {
            host.get(format!("/api/Add/{id}?item={}", crate::support::percent(gift))).send().expect(200);
        }
    }
    for n in 1..=10 {
        host.durable().signal("Counter", "c", "Add", &json!(n)).expect(202);
    }
    host.durable().wait_for_entity("Counter", "c", r#"{"value":55}"#);
    host.durable().wait_for_entity("RegistryStats", "", r#"{"RegistryCount":5,"ItemsCount":10}"#);
}

fn decide(host: &Host) {
    let durable = host.durable();
    durable.raise("closed", "Noise", &json!({"n": 1})).expect(202);
    durable.wait_until("closed", "to have the noise", |status| has(status, "EventRaised"));
    durable.raise("closed", "Close", &json!(true)).expect(202);
    durable.wait_for("closed", "Completed");
    durable.control("suspended", "suspend", "pause").expect(202);
    durable.wait_for("suspended", "Suspended");
    durable.control("ended", "terminate", "enough").expect(202);
    durable.wait_for("ended", "Terminated");
    durable.raise("failed", "Close", &json!("no boolean")).expect(202);
    durable.wait_for("failed", "Failed");
}

fn go_on(host: &Host) {
    let durable = host.durable();
    durable.control("suspended", "resume", "go on").expect(202);
    durable.wait_for("suspended", "Running");
    durable.raise("suspended", "Close", &json!(false)).expect(202);
    durable.wait_for("suspended", "Completed");
    durable.wait_for("timed-out", "Running");
}

fn nothing(host: &Host) {
    host.durable().wait_for("timed-out", "Completed");
}

fn has(status: &Value, event: &str) -> bool {
    status["historyEvents"].as_array().is_some_and(|events| events.iter().any(|e| e["EventType"] == event))
}

/// Documents of all instances with whole histories, and the states of all entities, as text without times.
fn gather(durable: Durable<'_>) -> Vec<String> {
    let mut transcript = Vec::new();
    let hellos = (0..10).map(|n| format!("hello-{n}"));
    for id in hellos.chain(WAITERS.map(str::to_owned)) {
        transcript.push(normal(
            &durable.status(&id, "?showHistory=true&showHistoryOutput=true").expect(200).text(),
        ));
    }
    for id in WAITERS {
        transcript.push(durable.entity("RegistryList", id).expect(200).text());
    }
    transcript.push(durable.entity("RegistryStats", "").expect(200).text());
    transcript.push(durable.entity("Counter", "c").expect(200).text());
    transcript
}
