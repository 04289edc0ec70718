//! A life that ends and the next one on the same data; forgetting in between.

use std::time::Duration;

use durable_engine::Options;
use fnhost_protocol::{action::Action, client::StatusDetail, json::JsonText, status::RuntimeStatus};

use crate::support::{Past, Scene, Scripts, call, complete};

fn slow_then_timer(past: &Past) -> Vec<Action> {
    let fire_at = past.now.unwrap().saturating_add(Duration::from_secs(60));
    let mut wishes = vec![call(0, "slow", "x"), Action::CreateTimer { id: 1, fire_at }];
    if past.ok(0).is_some() && past.ok(1).is_some() && !past.events.is_empty() {
        wishes.push(complete("all three"));
    }
    wishes
}

#[tokio::test]
async fn a_new_life_runs_interrupted_activities_again_and_keeps_timers_and_events() {
    let scene = Scene::new(Scripts::default().with("p", slow_then_timer)).await;
    let id = scene.start("p", "p", "").await;
    scene.client.raise_event(id.clone(), "e".to_owned(), JsonText::null()).await.unwrap();
    while scene.scripts.tasks_run.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let scene = scene.restart().await;
    scene.scripts.gate.notify_one();
    scene.advance(60).await;
    assert_eq!(scene.output(&id).await, "all three");
    assert_eq!(scene.scripts.tasks_run.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_timer_that_fell_due_while_nobody_ran_fires_at_start() {
    let scene = Scene::new(Scripts::default().with("p", |past| {
        let fire_at = past.now.unwrap().saturating_add(Duration::from_secs(60));
        let mut wishes = vec![Action::CreateTimer { id: 0, fire_at }];
        wishes.extend(past.ok(0).map(|_| complete("late")));
        wishes
    }))
    .await;
    let id = scene.start("p", "p", "").await;
    scene.client.settled().await;
    let clock = scene.clock.clone();
    let status = scene.client.status(id.clone(), StatusDetail::default()).await.unwrap().unwrap();
    assert_eq!(status.status, RuntimeStatus::Running);
    let scene = {
        let stopped = scene;
        // Nobody settles: the engine of the first life must not see the new time.
        let restarted = stopped.restart();
        clock.advance(Duration::from_secs(3_600), || std::future::ready(())).await;
        restarted.await
    };
    assert_eq!(scene.output(&id).await, "late");
}

/// Ten steps, each an activity.
fn ten(past: &Past) -> Vec<Action> {
    let mut wishes = Vec::new();
    for id in 0..10 {
        wishes.push(call(id, "echo", "x"));
        if past.ok(id).is_none() {
            return wishes;
        }
    }
    wishes.push(complete("ten"));
    wishes
}

#[tokio::test]
async fn forgetting_at_random_changes_nothing() {
    for seed in 1..20 {
        let options = Options { evict_seed: Some(seed), ..Options::default() };
        let scene = Scene::with_options(Scripts::default().with("ten", ten), options).await;
        let mut ids = Vec::new();
        for n in 0..10 {
            ids.push(scene.start("ten", &format!("i{n}"), "").await);
        }
        for id in ids {
            assert_eq!(scene.output(&id).await, "ten", "seed {seed}");
        }
        assert_eq!(scene.scripts.tasks_run.lock().unwrap().len(), 100, "seed {seed}");
    }
}

#[tokio::test]
async fn a_host_with_one_slot_of_each_kind_gets_everything_done() {
    let options = Options {
        max_turns: 1,
        max_tasks: 1,
        claim_share: 0,
        max_slots: 1,
        max_loads: 1,
        idle_bytes: 0,
        ..Options::default()
    };
    let scene = Scene::with_options(Scripts::default().with("ten", ten), options).await;
    let starts = (0..20).map(|n| {
        let scene = &scene;
        async move { scene.start("ten", &format!("i{n}"), "").await }
    });
    for id in futures_util::future::join_all(starts).await {
        assert_eq!(scene.output(&id).await, "ten");
    }
}
