//! Finished instances go when their time is over, and no others.

use std::time::Duration;

use durable_engine::{Options, Retention};
use fnhost_protocol::{
    action::Action, client::Reach, failure::Failure, ids::InstanceId, status::InstanceQuery,
};

use crate::support::{Scene, Scripts, complete};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

async fn ids(scene: &Scene) -> Vec<String> {
    let page = scene.client.query(InstanceQuery::default()).await.unwrap();
    page.items.into_iter().map(|found| found.instance.to_string()).collect()
}

async fn scene(retention: Retention) -> Scene {
    let fails = |_: &crate::support::Past| vec![Action::Fail { failure: Failure::new("Error", "no") }];
    let scripts = Scripts::default()
        .with("done", |_| vec![complete("done")])
        .with("fails", fails)
        .with("waits", |_| Vec::new());
    let scene = Scene::with_options(scripts, Options { retention, ..Options::default() }).await;
    // The round that comes with the start is over.
    scene.advance(60).await;
    scene
}

fn days(days: u64) -> Option<Duration> {
    Some(Duration::from_secs(days * DAY))
}

#[tokio::test]
async fn finished_instances_are_kept_as_long_as_their_status_says() {
    let scene = scene(Retention { completed: days(1), failed: days(3), terminated: None }).await;
    for (function, id) in [("done", "completed"), ("fails", "failed"), ("waits", "alive"), ("waits", "ended")]
    {
        scene.start(function, id, "").await;
    }
    scene
        .client
        .terminate(InstanceId::parse("ended").unwrap(), String::new(), Reach::Instance)
        .await
        .unwrap();
    scene.advance(DAY - HOUR).await;
    assert_eq!(ids(&scene).await, ["alive", "completed", "ended", "failed"]);
    scene.start("done", "late", "").await;
    scene.advance(2 * HOUR).await;
    assert_eq!(ids(&scene).await, ["alive", "ended", "failed", "late"]);
    scene.advance(2 * DAY).await;
    assert_eq!(ids(&scene).await, ["alive", "ended"]);
    scene.advance(30 * DAY).await;
    assert_eq!(ids(&scene).await, ["alive", "ended"], "who runs, and who is kept for ever");
}

#[tokio::test]
async fn many_are_removed_part_by_part() {
    let scene = scene(Retention { completed: days(1), ..Retention::default() }).await;
    for number in 0..450 {
        scene.start("done", &format!("{number:03}"), "").await;
    }
    scene.client.settled().await;
    scene.advance(DAY - 1).await;
    assert_eq!(ids(&scene).await.len(), 450);
    scene.advance(2 * HOUR).await;
    assert_eq!(ids(&scene).await, [""; 0]);
}

#[tokio::test]
async fn a_host_that_starts_goes_on_with_what_is_old() {
    let scene = scene(Retention { completed: days(1), ..Retention::default() }).await;
    scene.start("done", "old", "").await;
    scene.client.settled().await;
    let scene = scene.restart().await;
    scene.advance(DAY + HOUR).await;
    assert_eq!(ids(&scene).await, [""; 0]);
}
