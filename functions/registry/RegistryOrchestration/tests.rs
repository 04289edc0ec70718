//! The registry without a host: activities are closures, and five minutes pass at once.

use std::time::Duration;

use fnhost_sdk::testing::OrchestrationTester;

fn registry() -> OrchestrationTester {
    OrchestrationTester::new(super::run)
        .setting("RegistryOpenSeconds", "300")
        .activity("NewList", |_id: String| Ok(()))
}

#[test]
fn finishing_closes_it_at_once() {
    let run = registry().event_after(Duration::from_secs(60), "Close", true).run("List opened");
    assert!(run.output::<bool>());
    assert_eq!(run.elapsed(), Duration::from_secs(60));
}

#[test]
fn it_closes_by_itself() {
    let run = registry().run("List opened");
    assert!(!run.output::<bool>());
    assert_eq!(run.elapsed(), Duration::from_secs(300));
}

#[test]
fn closing_with_false_counts_as_time_over() {
    assert!(!registry().event("Close", false).run("List opened").output::<bool>());
}
