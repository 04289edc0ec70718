//! One database, one host; and what happens to it when the host dies.

use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::support::Scene;

/// The exit code of a host that the machine does not let start.
const CANNOT_START: Option<i32> = Some(4);

#[test]
fn a_second_host_on_the_same_file_names_the_first() {
    let scene = Scene::new();
    let host = scene.start();
    let began = Instant::now();
    let refused = scene.try_start().err().expect("two hosts share one database").expect_failure();
    assert_eq!(refused.code, CANNOT_START, "{}", refused.stderr);
    assert!(
        refused.stderr.contains(&host.pid().to_string()),
        "{} is not named: {}",
        host.pid(),
        refused.stderr
    );
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?} to say so", began.elapsed());
    host.expect_alive();
    host.durable().start("E1_HelloSequence", "one", &json!(null)).expect(202);
    host.durable().wait_for("one", "Completed");
}

#[test]
fn a_paused_host_still_owns_its_database() {
    let scene = Scene::new();
    let host = scene.start();
    host.durable().start_running("RegistryOrchestration", "one", &json!("x"));
    host.signal(Signal::STOP);
    let refused = scene.try_start().err().expect("a paused host is not a dead one").expect_failure();
    assert!(refused.stderr.contains(&host.pid().to_string()), "{}", refused.stderr);
    host.signal(Signal::CONT);
    host.durable().raise("one", "Close", &json!(true)).expect(202);
    assert_eq!(host.durable().wait_for("one", "Completed")["output"], json!(true));
}

#[test]
fn after_a_kill_the_next_host_goes_on_at_once() {
    let scene = Scene::new().setting("RegistryOpenSeconds", 1);
    let host = scene.start();
    for n in 0..10 {
        host.durable().start_running("RegistryOrchestration", &format!("r{n}"), &json!("x"));
    }
    let opened = Instant::now();
    host.kill();

    let killed = Instant::now();
    let host = scene.start();
    for n in 0..10 {
        assert_eq!(host.durable().wait_for(&format!("r{n}"), "Completed")["output"], json!(false));
    }
    // A dead host's lease is not waited for: its lock is free, so it is dead.
    let due = Duration::from_secs(1).saturating_sub(killed - opened);
    assert!(
        killed.elapsed() < due + Duration::from_secs(4),
        "all closed {:?} after the kill",
        killed.elapsed()
    );
}

#[test]
fn killed_again_and_again_the_host_comes_back_every_time() {
    let scene = Scene::new();
    for n in 0..10 {
        let host = scene.start();
        host.durable().signal("Counter", "kills", "Add", &json!(1)).expect(202);
        let id = format!("r{n}");
        host.durable().start("RegistryOrchestration", &id, &json!("x")).expect(202);
        host.kill();
    }
    let host = scene.start();
    host.durable().wait_for_entity("Counter", "kills", r#"{"value":10}"#);
    for n in 0..10 {
        let id = format!("r{n}");
        host.durable().wait_for(&id, "Running");
        host.durable().raise(&id, "Close", &json!(true)).expect(202);
        assert_eq!(host.durable().wait_for(&id, "Completed")["output"], json!(true));
    }
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let scene = Scene::new();
    let file = scene.folder().join("state.db");
    std::fs::write(&file, "this is no database, and it is long enough to be looked at as one ".repeat(100))
        .expect("the folder takes files");
    let refused = scene.try_start().err().expect("a text file is no database").expect_failure();
    assert_eq!(refused.code, CANNOT_START, "{}", refused.stderr);
    assert!(refused.stderr.contains("state.db"), "the file is not named: {}", refused.stderr);
    let text = std::fs::read_to_string(&file).expect("the file is still there");
    assert!(text.starts_with("this is no database"), "a file of somebody else was overwritten");
}
