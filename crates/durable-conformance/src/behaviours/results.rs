//! The result of an activity on its own: recorded once, and only while somebody waits for it.

use durable_core::{
    model::{InstanceKey, TaskRef},
    store::{CommitOutcome, DeliveredTo},
};

use crate::{
    build::{at, event, orchestration, send, start, task_of, task_result, to, turn},
    scene::Scene,
};

/// An instance that has had two turns and waits for the activity 0, leased to this host.
async fn waiting(scene: &Scene, id: &str) -> InstanceKey {
    let key = scene.running(id).await;
    scene.turn(turn(key).after(1).leased_task(0, "Work")).await;
    key
}

pub(crate) async fn a_result_goes_to_the_inbox_of_its_instance(scene: Scene) {
    let key = waiting(&scene, "a").await;
    let CommitOutcome::TaskResult(delivery) = scene.commit(task_result(task_of(key, 0))).await else {
        panic!("the result should be in the inbox");
    };
    assert_eq!((delivery.key, delivery.to), (key, DeliveredTo::Here));
    assert_eq!(scene.message_ids(key).await, [delivery.message]);
    assert_eq!(scene.inbox(key).await, ["result"]);
}

pub(crate) async fn a_recorded_result_ends_its_task(scene: Scene) {
    let key = waiting(&scene, "a").await;
    scene.commit(task_result(task_of(key, 0))).await;
    let again = scene.register_again().await;
    assert_eq!(again.claim_tasks(10).await, []);
}

pub(crate) async fn a_repeated_result_is_fenced(scene: Scene) {
    let key = waiting(&scene, "a").await;
    scene.commit(task_result(task_of(key, 0))).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, ["result"]);
}

pub(crate) async fn a_call_has_one_result_in_a_batch(scene: Scene) {
    let key = waiting(&scene, "a").await;
    let outcomes = scene.batch(vec![task_result(task_of(key, 0)), task_result(task_of(key, 0))]).await;
    assert!(matches!(outcomes[0], CommitOutcome::TaskResult(_)), "{outcomes:?}");
    assert_eq!(outcomes[1], CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, ["result"]);
}

pub(crate) async fn a_turn_and_a_result_do_not_share_a_call(scene: Scene) {
    let key = waiting(&scene, "a").await;
    let carrier = turn(key).after(2).takes(task_of(key, 0)).records(&["x"]);
    let outcomes = scene.batch(vec![carrier.into(), task_result(task_of(key, 0))]).await;
    assert!(matches!(outcomes[0], CommitOutcome::Turn(_)), "{outcomes:?}");
    assert_eq!(outcomes[1], CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, [""; 0]);
}

pub(crate) async fn the_result_of_a_queued_task_is_fenced(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).task(0, "Work")).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, [""; 0]);
    assert_eq!(scene.claim_tasks(10).await, [("Work".to_owned(), 1)]);
}

pub(crate) async fn the_result_of_a_released_task_is_fenced(scene: Scene) {
    let key = waiting(&scene, "a").await;
    scene.release(vec![task_of(key, 0)]).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.claim_tasks(10).await, [("Work".to_owned(), 1)]);
}

pub(crate) async fn the_result_of_an_unknown_task_is_fenced(scene: Scene) {
    let key = waiting(&scene, "a").await;
    let other = scene.running("b").await;
    for unknown in [task_of(key, 1), task_of(other, 0), task_of(scene.key().await, 0)] {
        assert_eq!(scene.commit(task_result(unknown)).await, CommitOutcome::Fenced, "{unknown:?}");
    }
}

pub(crate) async fn the_result_of_an_earlier_execution_is_fenced(scene: Scene) {
    let key = waiting(&scene, "a").await;
    scene.turn(turn(key).after(2).continues_as_new("2")).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    // Not even when the next execution runs a call of the same number.
    scene.turn(turn(key).after(3).generation(1).leased_task(0, "Work")).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, ["ContinuedAsNew"]);
    let carrier = turn(key).after(4).generation(1).takes(task_of(key, 0));
    assert_eq!(scene.commit(carrier).await, CommitOutcome::Fenced);
    let own = task_result(TaskRef { generation: 1, ..task_of(key, 0) });
    assert!(matches!(scene.commit(own).await, CommitOutcome::TaskResult(_)), "the new call is still leased");
}

pub(crate) async fn the_result_for_a_finished_instance_is_fenced(scene: Scene) {
    let key = waiting(&scene, "a").await;
    scene.turn(turn(key).after(2).completes("1")).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, [""; 0]);
}

pub(crate) async fn the_result_for_a_replaced_instance_is_fenced(scene: Scene) {
    let key = waiting(&scene, "a").await;
    let new = scene.key().await;
    scene.commit(start(orchestration(new, "a")).replacing()).await;
    assert_eq!(scene.commit(task_result(task_of(key, 0))).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(new).await, ["Start"]);
}

pub(crate) async fn a_result_that_meets_the_end_of_its_instance_is_fenced(scene: Scene) {
    let (a, b) = (waiting(&scene, "a").await, waiting(&scene, "b").await);
    let outcomes = scene
        .batch(vec![
            task_result(task_of(a, 0)),
            turn(a).after(2).completes("1").into(),
            turn(b).after(2).continues_as_new("2").into(),
            task_result(task_of(b, 0)),
        ])
        .await;
    assert_eq!((&outcomes[0], &outcomes[3]), (&CommitOutcome::Fenced, &CommitOutcome::Fenced));
    assert_eq!(scene.inbox(a).await, [""; 0]);
    assert_eq!(scene.inbox(b).await, ["ContinuedAsNew"]);
}

pub(crate) async fn results_and_messages_keep_the_order_of_their_batch(scene: Scene) {
    let key = waiting(&scene, "a").await;
    scene
        .batch(vec![
            send(to("a"), event("before")),
            task_result(task_of(key, 0)),
            send(to("a"), event("after")),
        ])
        .await;
    assert_eq!(scene.inbox(key).await, ["before", "result", "after"]);
}

pub(crate) async fn a_turn_ends_the_tasks_whose_results_it_carries(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "A").leased_task(1, "B").task(2, "C").timer(3, at(1))).await;
    scene.turn(turn(key).after(2).takes(task_of(key, 0)).takes(task_of(key, 1))).await;
    let again = scene.register_again().await;
    assert_eq!(again.claim_tasks(10).await, [("C".to_owned(), 1)]);
    assert_eq!(again.timers(at(9)).await.len(), 1);
}
