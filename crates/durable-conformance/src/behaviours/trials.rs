//! Trials and deaths where hosts share a database: each host answers for what it has itself.

use durable_core::{
    store::CommitOutcome,
    suspicion::{Suspicion, Work},
};

use crate::{
    build::{task_of, turn},
    host::ok,
    scene::Scene,
};

pub(crate) async fn a_takeover_counts_against_what_the_dead_had(mut scene: Scene) {
    let other = scene.other_host().await;
    let (theirs, mine) = (scene.running("theirs").await, other.running("mine").await);
    scene.turn(turn(theirs).after(1).leased_task(0, "Theirs").keeps()).await;
    other.turn(turn(mine).after(1).leased_task(0, "Mine").keeps()).await;
    scene.dies(scene.lease, &other).await;
    assert_eq!(other.load(theirs).await.suspicion.deaths, 1);
    assert_eq!(other.load(mine).await.suspicion, Suspicion::NONE);
    let claimed = other.claim(10, 10).await.tasks;
    assert_eq!((claimed.len(), claimed[0].suspicion.deaths), (1, 1));
}

pub(crate) async fn a_takeover_counts_against_the_trial_of_the_dead_alone(mut scene: Scene) {
    let other = scene.other_host().await;
    let (tried, innocent) = (scene.running("tried").await, scene.running("innocent").await);
    let mine = other.running("mine").await;
    scene.turn(turn(tried).after(1).leased_task(0, "Tried").keeps()).await;
    scene.turn(turn(innocent).after(1).leased_task(0, "Innocent").keeps()).await;
    other.turn(turn(mine).after(1).leased_task(0, "Mine").keeps()).await;
    let trial = vec![Work::Task(task_of(tried, 0))];
    ok("set a trial", scene.store.set_trial(scene.lease, trial).await);
    let trial = vec![Work::Turn { instance: mine, turn: 2 }];
    ok("set a trial", other.store.set_trial(other.lease, trial).await);
    scene.dies(scene.lease, &other).await;
    for key in [tried, innocent, mine] {
        assert_eq!(other.load(key).await.suspicion, Suspicion::NONE);
    }
    let claimed = other.claim(10, 10).await.tasks;
    let mut counted: Vec<_> = claimed
        .iter()
        .map(|task| (task.name.as_str(), task.suspicion.deaths, task.suspicion.alone))
        .collect();
    counted.sort_unstable();
    assert_eq!(counted, [("Innocent", 0, 0), ("Tried", 1, 1)]);
}

pub(crate) async fn deaths_of_different_hosts_add_up(mut scene: Scene) {
    let (other, third) = (scene.other_host().await, scene.other_host().await);
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    scene.raised("a", "hello").await;
    scene.dies(scene.lease, &other).await;
    assert_eq!(other.claim(10, 10).await.tasks[0].suspicion.deaths, 1);
    scene.dies(other.lease, &third).await;
    let claimed = third.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks[0].suspicion.deaths), (vec![key], 2));
    assert_eq!(third.load(key).await.suspicion.deaths, 2);
}

pub(crate) async fn who_stops_is_not_counted(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    let trial = vec![Work::Turn { instance: key, turn: 2 }];
    ok("set a trial", scene.store.set_trial(scene.lease, trial).await);
    scene.deregister().await;
    other.take_over().await;
    assert_eq!(other.load(key).await.suspicion, Suspicion::NONE);
    assert_eq!(other.claim(0, 10).await.tasks[0].suspicion, Suspicion::NONE);
}

pub(crate) async fn a_trial_leaves_another_hosts_instance_alone(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).keeps()).await;
    let trial = vec![Work::Turn { instance: key, turn: 2 }];
    ok("set a trial", other.store.set_trial(other.lease, trial).await);
    assert_eq!(other.commit(turn(key).after(2)).await, CommitOutcome::Fenced);
    scene.turn(turn(key).after(2)).await;
}

pub(crate) async fn a_dead_host_sets_no_trial(mut scene: Scene) {
    let other = scene.other_host().await;
    let key = scene.running("a").await;
    scene.dies(scene.lease, &other).await;
    let trial = vec![Work::Turn { instance: key, turn: 1 }];
    let result = scene.store.set_trial(scene.lease, trial).await;
    assert!(matches!(result, Err(durable_core::store::StoreError::LeaseLost(_))), "{result:?}");
    other.turn(turn(key).after(1).keeps()).await;
}
