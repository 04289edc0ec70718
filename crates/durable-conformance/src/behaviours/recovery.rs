//! What a host finds when it starts again: everything that was committed, and nothing leased.

use durable_core::{
    model::{InstanceKey, Loaded},
    store::{CommitOutcome, KeyScope, StoreError, StoredKey},
    suspicion::Suspicion,
};
use fnhost_protocol::status::InstanceQuery;

use crate::{
    build::{at, json, operation, purge, send, task_of, task_result, to_entity, turn},
    host::{Host, ok},
    scene::Scene,
};

/// Some of everything. The instance `a` has had two turns, `@c@a` one.
async fn furnish(host: &Host) -> (InstanceKey, InstanceKey) {
    let key = host.running("a").await;
    let run = turn(key).after(1).records(&["x", "y"]).custom_status("\"here\"");
    host.turn(run.task(0, "Queued").leased_task(1, "Leased").timer(2, at(5)).keeps()).await;
    host.raised("a", "1").await;
    host.raised("a", "2").await;
    host.finished("done").await;
    host.finished("purged").await;
    host.commit(purge("purged")).await;
    let entity = host.key().await;
    host.commit(send(to_entity(entity, "@c@a"), operation("add"))).await;
    let consumed = host.message_ids(entity).await;
    host.turn(turn(entity).consumes(consumed).state("[1]")).await;
    let access = StoredKey { scope: KeyScope::Host, name: "default".to_owned(), hash: [7; 32] };
    ok("put a key", host.store.put_key(access).await);
    ok("read a secret", host.store.secret("links".to_owned(), [1; 32]).await);
    (key, entity)
}

/// An instance as it was committed, whatever is counted against it.
async fn loaded(host: &Host, key: InstanceKey) -> String {
    format!("{:?}", Loaded { suspicion: Suspicion::NONE, ..host.load(key).await })
}

/// Everything that can be seen of what [`furnish`] left, one text per call.
async fn visible(host: &Host, (key, entity): (InstanceKey, InstanceKey)) -> Vec<String> {
    let query = InstanceQuery { show_input: true, ..InstanceQuery::default() };
    vec![
        loaded(host, key).await,
        format!("{:?}", host.history(key, 0).await),
        format!("{:?}", host.timers(at(9)).await),
        loaded(host, entity).await,
        format!("{:?}", host.entity("@c@a").await),
        format!("{:?}", host.query(query).await),
        format!("{:?}", ok("list the keys", host.store.keys().await)),
        format!("{:?}", ok("read a secret", host.store.secret("links".to_owned(), [2; 32]).await)),
    ]
}

pub(crate) async fn what_was_committed_survives_a_crash(scene: Scene) {
    let keys = furnish(&scene).await;
    let before = visible(&scene, keys).await;
    let scene = scene.crash().await;
    assert_eq!(visible(&scene, keys).await, before);
}

pub(crate) async fn what_was_committed_survives_a_restart(scene: Scene) {
    let keys = furnish(&scene).await;
    let before = visible(&scene, keys).await;
    let scene = scene.restart().await;
    assert_eq!(visible(&scene, keys).await, before);
    scene.turn(turn(keys.0).after(2).records(&["z"])).await;
    assert_eq!(scene.recorded(keys.0).await, ["x", "y", "z"]);
}

pub(crate) async fn a_crash_makes_instances_nobodys(scene: Scene) {
    let (kept, claimed) = (scene.running("kept").await, scene.pending("claimed").await);
    assert_eq!(scene.claim_instances(10).await, [claimed]);
    scene.turn(turn(kept).after(1).keeps()).await;
    scene.raised("kept", "hello").await;
    let scene = scene.crash().await;
    assert_eq!(scene.claim_instances(10).await, [claimed, kept]);
    scene.turn(turn(kept).after(2)).await;
}

pub(crate) async fn a_crash_queues_tasks_and_counts_the_attempt(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Handed").task(1, "Claimed").task(2, "Queued")).await;
    scene.claim(0, 1).await;
    let scene = scene.crash().await;
    let second = [("Handed", 2), ("Claimed", 2), ("Queued", 1)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(scene.claim_tasks(10).await, second);
    let scene = scene.crash().await;
    let third = [("Handed", 3), ("Claimed", 3), ("Queued", 2)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(scene.claim_tasks(10).await, third);
}

pub(crate) async fn a_result_from_before_a_crash_is_not_recorded(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work")).await;
    let dead = scene.lease;
    let scene = scene.crash().await;
    let zombie = Host { store: scene.store(), lease: dead };
    let late = zombie.try_batch(at(0), vec![task_result(task_of(key, 0))]).await;
    assert!(matches!(late, Err(StoreError::LeaseLost(_))), "{late:?}");
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, [""; 0]);
    assert_eq!(scene.claim_tasks(10).await, [("Work".to_owned(), 2)]);
    let outcome = scene.commit(task_result(task_of(key, 0))).await;
    assert!(matches!(outcome, CommitOutcome::TaskResult(_)), "{outcome:?}");
}

pub(crate) async fn every_registration_is_a_new_epoch(scene: Scene) {
    let mut leases = vec![scene.lease, scene.register_again().await.lease];
    let scene = scene.crash().await;
    leases.push(scene.lease);
    let scene = scene.restart().await;
    leases.push(scene.lease);
    for (number, lease) in leases.iter().enumerate() {
        assert!(!leases[..number].contains(lease), "{leases:?}");
    }
}

pub(crate) async fn registering_again_makes_what_the_host_had_nobodys(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work").keeps()).await;
    scene.raised("a", "hello").await;
    let again = scene.register_again().await;
    let claimed = again.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks.len()), (vec![key], 1));
    assert_eq!(claimed.tasks[0].attempt, 2);
}

pub(crate) async fn messages_keep_their_order_over_a_crash(scene: Scene) {
    let key = scene.running("a").await;
    for name in ["1", "2", "3"] {
        scene.raised("a", name).await;
    }
    let last = scene.message_ids(key).await[2];
    scene.turn(turn(key).after(1).consumes([last])).await;
    let scene = scene.crash().await;
    scene.raised("a", "4").await;
    let scene = scene.crash().await;
    scene.raised("a", "5").await;
    assert_eq!(scene.inbox(key).await, ["1", "2", "4", "5"]);
}

pub(crate) async fn reserved_keys_are_not_given_again_after_a_crash(scene: Scene) {
    let before = scene.keys(10).await;
    let scene = scene.crash().await;
    let after = scene.keys(10).await;
    assert!(after.iter().all(|key| !before.contains(key)), "{before:?} {after:?}");
}

pub(crate) async fn queues_keep_their_order_over_a_crash(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(b).after(1).task(0, "1")).await;
    scene.turn(turn(a).after(1).leased_task(0, "2")).await;
    scene.turn(turn(b).after(2).task(1, "3")).await;
    scene.raised("b", "hello").await;
    scene.raised("a", "hello").await;
    let scene = scene.crash().await;
    let claimed = scene.claim(10, 10).await;
    let names: Vec<_> = claimed.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!((claimed.instances, names), (vec![b, a], vec!["1", "2", "3"]));
}

pub(crate) async fn an_interrupted_turn_is_taken_again(scene: Scene) {
    let key = scene.pending("a").await;
    scene.claim_instances(10).await;
    let before = scene.load(key).await;
    // The turn runs; the process dies before the commit.
    let scene = scene.crash().await;
    assert_eq!(scene.claim_instances(10).await, [key]);
    assert_eq!(loaded(&scene, key).await, format!("{before:?}"));
    let consumed = before.inbox.iter().map(|(id, _)| *id);
    scene.turn(turn(key).consumes(consumed).completes("1")).await;
    assert_eq!(scene.status("a").await.output, Some(json("1")));
}
