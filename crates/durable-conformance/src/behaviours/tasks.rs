//! Who runs what: claims of activities and instances, and giving them back.

use durable_core::{
    model::{InstanceKey, LeasedTask},
    suspicion::Suspicion,
};
use fnhost_protocol::ids::InstanceId;

use crate::{
    build::{event, json, orchestration, send, start, task_of, to, turn},
    host::Host,
    scene::Scene,
};

fn names(tasks: &[(String, u32)]) -> Vec<&str> {
    tasks.iter().map(|(name, _)| name.as_str()).collect()
}

/// An instance with these activities queued.
async fn queued(host: &Host, id: &str, tasks: &[&str]) -> InstanceKey {
    let key = host.running(id).await;
    let numbered = (0..).zip(tasks);
    host.turn(numbered.fold(turn(key).after(1), |turn, (number, name)| turn.task(number, name))).await;
    key
}

pub(crate) async fn a_queued_task_is_claimed_with_all_it_needs(scene: Scene) {
    let key = queued(&scene, "a", &["Work"]).await;
    let claimed = scene.claim(0, 10).await.tasks;
    let expected = LeasedTask {
        task: task_of(key, 0),
        instance_id: InstanceId::from_stored("a"),
        name: "Work".to_owned(),
        input: json("{\"n\":1}"),
        attempt: 1,
        policy_attempt: 3,
        suspicion: Suspicion::NONE,
    };
    assert_eq!(claimed, [expected]);
}

pub(crate) async fn a_claimed_task_is_not_claimed_again(scene: Scene) {
    queued(&scene, "a", &["1", "2"]).await;
    assert_eq!(names(&scene.claim_tasks(1).await), ["1"]);
    assert_eq!(names(&scene.claim_tasks(10).await), ["2"]);
    assert_eq!(scene.claim_tasks(10).await, []);
}

pub(crate) async fn a_task_leased_when_enqueued_is_not_claimed(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Mine").task(1, "Queued")).await;
    assert_eq!(names(&scene.claim_tasks(10).await), ["Queued"]);
}

pub(crate) async fn tasks_are_claimed_oldest_first(scene: Scene) {
    // The younger instance enqueues first; the later number stands first in its turn.
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(b).after(1).task(7, "1").task(3, "2")).await;
    scene.turn(turn(a).after(1).task(0, "3").task(1, "4")).await;
    scene.turn(turn(b).after(2).task(8, "5")).await;
    assert_eq!(names(&scene.claim_tasks(3).await), ["1", "2", "3"]);
    assert_eq!(names(&scene.claim_tasks(3).await), ["4", "5"]);
}

pub(crate) async fn a_claim_takes_no_more_than_it_asks_for(scene: Scene) {
    let a = queued(&scene, "a", &["1", "2"]).await;
    scene.raised("a", "hello").await;
    let nothing = scene.claim(0, 0).await;
    assert_eq!((nothing.instances, nothing.tasks), (vec![], vec![]));
    let instances = scene.claim(5, 0).await;
    assert_eq!((instances.instances, instances.tasks), (vec![a], vec![]));
    assert_eq!(names(&scene.claim_tasks(1).await), ["1"]);
}

pub(crate) async fn a_released_task_keeps_its_place_and_its_count(scene: Scene) {
    let key = queued(&scene, "a", &["1", "2", "3"]).await;
    scene.claim(0, 2).await;
    scene.release(vec![task_of(key, 1), task_of(key, 0)]).await;
    let expected = [("1".to_owned(), 1), ("2".to_owned(), 1), ("3".to_owned(), 1)];
    assert_eq!(scene.claim_tasks(10).await, expected);
}

pub(crate) async fn a_task_leased_when_enqueued_may_be_released(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Mine")).await;
    scene.release(vec![task_of(key, 0)]).await;
    assert_eq!(scene.claim_tasks(10).await, [("Mine".to_owned(), 1)]);
}

pub(crate) async fn releasing_what_is_not_leased_changes_nothing(scene: Scene) {
    let key = queued(&scene, "a", &["Work"]).await;
    scene.release(vec![task_of(key, 0), task_of(key, 9), task_of(scene.key().await, 0)]).await;
    scene.release(Vec::new()).await;
    assert_eq!(scene.claim_tasks(10).await, [("Work".to_owned(), 1)]);
}

pub(crate) async fn releasing_counts_every_task_for_itself(scene: Scene) {
    let (a, b) = (queued(&scene, "a", &["a0", "a1"]).await, queued(&scene, "b", &["b0", "b1"]).await);
    scene.claim(0, 10).await;
    // A pair of lists taken for a list of pairs would give b0 and a1 back as well.
    scene.release(vec![task_of(a, 0), task_of(b, 1)]).await;
    assert_eq!(names(&scene.claim_tasks(10).await), ["a0", "b1"]);
}

pub(crate) async fn instances_are_claimed_oldest_message_first(scene: Scene) {
    let (a, b, c) = (scene.running("a").await, scene.running("b").await, scene.running("c").await);
    for id in ["c", "a", "c", "b", "a"] {
        scene.raised(id, "hello").await;
    }
    assert_eq!(scene.claim_instances(2).await, [c, a]);
    assert_eq!(scene.claim_instances(2).await, [b]);
}

pub(crate) async fn the_oldest_message_that_is_left_counts(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    let old = scene.raised("a", "1").await.message;
    scene.raised("b", "2").await;
    scene.raised("a", "3").await;
    scene.turn(turn(a).after(1).consumes([old])).await;
    assert_eq!(scene.claim_instances(10).await, [b, a]);
}

pub(crate) async fn an_instance_without_messages_is_not_claimed(scene: Scene) {
    queued(&scene, "a", &["Work"]).await;
    scene.finished("b").await;
    assert_eq!(scene.claim_instances(10).await, []);
}

pub(crate) async fn a_claimed_instance_is_not_claimed_again(scene: Scene) {
    let key = scene.pending("a").await;
    assert_eq!(scene.claim_instances(10).await, [key]);
    scene.raised("a", "more").await;
    assert_eq!(scene.claim_instances(10).await, []);
}

pub(crate) async fn a_kept_instance_is_not_claimed(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).keeps()).await;
    scene.raised("a", "hello").await;
    assert_eq!(scene.claim_instances(10).await, []);
    // Its owner may run it all the same, and let it go.
    scene.turn(turn(key).after(2)).await;
    assert_eq!(scene.claim_instances(10).await, [key]);
}

pub(crate) async fn an_instance_let_go_with_messages_left_is_claimed(scene: Scene) {
    let key = scene.pending("a").await;
    scene.claim_instances(10).await;
    scene.turn(turn(key).consumes([])).await;
    assert_eq!(scene.claim_instances(10).await, [key]);
}

pub(crate) async fn a_claim_is_part_of_no_turn(scene: Scene) {
    let key = scene.pending("a").await;
    let before = scene.load(key).await;
    scene.claim_instances(10).await;
    assert_eq!(scene.load(key).await, before);
}

pub(crate) async fn a_start_is_claimed_like_any_message(scene: Scene) {
    let keys = scene.keys(3).await;
    scene.batch(vec![start(orchestration(keys[2], "a")).into()]).await;
    scene.batch(vec![start(orchestration(keys[0], "b")).into(), send(to("a"), event("hello"))]).await;
    scene.batch(vec![start(orchestration(keys[1], "c")).into()]).await;
    assert_eq!(scene.claim_instances(10).await, [keys[2], keys[0], keys[1]]);
}

pub(crate) async fn claims_side_by_side_share_the_work(scene: Scene) {
    let names: Vec<String> = (0..40).map(|number| format!("task {number}")).collect();
    queued(&scene, "a", &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let claims = tokio::join!(
        scene.claim_tasks(10),
        scene.claim_tasks(10),
        scene.claim_tasks(10),
        scene.claim_tasks(10)
    );
    let mut claimed: Vec<String> =
        [claims.0, claims.1, claims.2, claims.3].concat().into_iter().map(|(name, _)| name).collect();
    claimed.sort();
    claimed.dedup();
    assert_eq!(claimed.len(), 40);
}

pub(crate) async fn ten_thousand_tasks_in_one_turn(scene: Scene) {
    let key = scene.running("a").await;
    let run = (0..10_000).fold(turn(key).after(1), |turn, number| turn.task(number, "Work"));
    scene.turn(run).await;
    let mut claimed = Vec::new();
    while claimed.len() < 10_000 {
        let part = scene.claim(0, 4_000).await.tasks;
        assert!(!part.is_empty(), "only {} tasks could be claimed", claimed.len());
        claimed.extend(part.into_iter().map(|task| task.task));
    }
    assert_eq!(claimed, (0..10_000).map(|number| task_of(key, number)).collect::<Vec<_>>());
    scene.release(claimed.clone()).await;
    assert_eq!(scene.claim(0, 10_000).await.tasks.len(), 10_000);
    scene.turn(claimed.into_iter().fold(turn(key).after(2), |turn, task| turn.takes(task))).await;
    let again = scene.register_again().await;
    assert_eq!(again.claim_tasks(10).await, []);
}
