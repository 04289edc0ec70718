//! What is not a host's to write (any more) changes nothing, and takes nothing else with it.

use durable_core::store::{ClaimRequest, CommitOutcome, StoreError};

use crate::{
    build::{
        at, create, event, orchestration, purge, send, start, task_of, task_result, to, to_entity, turn,
    },
    scene::Scene,
};

pub(crate) async fn a_turn_with_the_expected_number_commits(scene: Scene) {
    let key = scene.pending("a").await;
    assert!(matches!(scene.commit(turn(key)).await, CommitOutcome::Turn(_)));
    assert!(matches!(scene.commit(turn(key).after(1)).await, CommitOutcome::Turn(_)));
    assert_eq!(scene.load(key).await.instance.turn, 2);
}

pub(crate) async fn a_turn_with_a_number_of_the_past_is_fenced(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1)).await;
    assert_eq!(scene.commit(turn(key).after(1)).await, CommitOutcome::Fenced);
    assert_eq!(scene.commit(turn(key)).await, CommitOutcome::Fenced);
    assert_eq!(scene.load(key).await.instance.turn, 2);
}

pub(crate) async fn a_turn_with_a_number_of_the_future_is_fenced(scene: Scene) {
    let key = scene.running("a").await;
    assert_eq!(scene.commit(turn(key).after(2)).await, CommitOutcome::Fenced);
    assert_eq!(scene.load(key).await.instance.turn, 1);
}

pub(crate) async fn a_turn_of_a_missing_instance_is_fenced(scene: Scene) {
    let key = scene.key().await;
    assert_eq!(scene.commit(turn(key)).await, CommitOutcome::Fenced);
    assert_eq!(scene.try_load(key).await, None);
}

pub(crate) async fn a_repeated_turn_changes_nothing_more(scene: Scene) {
    let (key, other) = (scene.pending("a").await, scene.pending("b").await);
    let first = turn(key).records(&["x"]).task(0, "Work").timer(1, at(5)).sends(to("b"), event("hello"));
    scene.turn(first.clone()).await;
    assert_eq!(scene.commit(first).await, CommitOutcome::Fenced);
    assert_eq!(scene.recorded(key).await, ["x"]);
    assert_eq!(scene.inbox(other).await, ["Start", "hello"]);
    assert_eq!(scene.claim_tasks(10).await, [("Work".to_owned(), 1)]);
    assert_eq!(scene.timers(at(9)).await.len(), 1);
}

pub(crate) async fn a_fenced_turn_changes_nothing(scene: Scene) {
    let (key, other) = (scene.pending("a").await, scene.pending("b").await);
    let before = (scene.load(key).await, scene.status("a").await);
    let late = turn(key)
        .after(3)
        .consumes(scene.message_ids(key).await)
        .records(&["x"])
        .custom_status("\"late\"")
        .task(0, "Work")
        .timer(1, at(5))
        .sends(to("b"), event("hello"))
        .keeps();
    assert_eq!(scene.commit(late).await, CommitOutcome::Fenced);
    assert_eq!((scene.load(key).await, scene.status("a").await), before);
    assert_eq!(scene.recorded(key).await, [""; 0]);
    assert_eq!(scene.inbox(other).await, ["Start"]);
    assert_eq!(scene.timers(at(9)).await, []);
    let claimed = scene.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks), (vec![key, other], vec![]));
}

pub(crate) async fn a_fenced_turn_creates_nobody(scene: Scene) {
    let (key, child, counter) = (scene.pending("a").await, scene.key().await, scene.key().await);
    let late = turn(key)
        .after(7)
        .sends(create(child, "child"), event("begin"))
        .sends(to_entity(counter, "@counter@a"), event("add"));
    assert_eq!(scene.commit(late).await, CommitOutcome::Fenced);
    assert_eq!(scene.try_load(child).await, None);
    assert_eq!(scene.try_load(counter).await, None);
}

pub(crate) async fn a_fenced_item_leaves_the_others_of_its_batch(scene: Scene) {
    let (a, b) = (scene.pending("a").await, scene.pending("b").await);
    let c = scene.key().await;
    let outcomes = scene
        .batch(vec![
            turn(a).after(9).records(&["late"]).into(),
            turn(b).records(&["x"]).into(),
            task_result(task_of(a, 0)),
            start(orchestration(c, "c")).into(),
            send(to("a"), event("hello")),
            purge("a"),
        ])
        .await;
    assert_eq!(outcomes[0], CommitOutcome::Fenced);
    assert!(matches!(outcomes[1], CommitOutcome::Turn(_)), "{outcomes:?}");
    assert_eq!(outcomes[2], CommitOutcome::Fenced);
    assert!(matches!(outcomes[3], CommitOutcome::Started(_)), "{outcomes:?}");
    assert!(matches!(outcomes[4], CommitOutcome::Sent(_)), "{outcomes:?}");
    assert!(matches!(outcomes[5], CommitOutcome::Refused(_)), "{outcomes:?}");
    assert_eq!(scene.recorded(b).await, ["x"]);
    assert_eq!(scene.inbox(a).await, ["Start", "hello"]);
}

pub(crate) async fn a_turn_that_names_a_queued_task_drops_out(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).task(0, "Work")).await;
    let result = turn(key).after(2).takes(task_of(key, 0)).records(&["x"]);
    assert_eq!(scene.commit(result).await, CommitOutcome::Fenced);
    assert_eq!(scene.recorded(key).await, [""; 0]);
    assert_eq!(scene.claim_tasks(10).await, [("Work".to_owned(), 1)]);
}

pub(crate) async fn a_turn_with_one_lost_task_drops_out_whole(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Mine").task(1, "Queued")).await;
    let results = turn(key).after(2).takes(task_of(key, 0)).takes(task_of(key, 1)).records(&["x"]);
    assert_eq!(scene.commit(results).await, CommitOutcome::Fenced);
    assert_eq!(scene.recorded(key).await, [""; 0]);
    // The one that was still leased has kept its row.
    let result = turn(key).after(2).takes(task_of(key, 0)).records(&["y"]);
    assert!(matches!(scene.commit(result).await, CommitOutcome::Turn(_)));
}

pub(crate) async fn a_turn_with_a_task_that_has_its_result_drops_out(scene: Scene) {
    let key = scene.running("a").await;
    scene.turn(turn(key).after(1).leased_task(0, "Work")).await;
    scene.turn(turn(key).after(2).takes(task_of(key, 0))).await;
    let again = turn(key).after(3).takes(task_of(key, 0)).records(&["x"]);
    assert_eq!(scene.commit(again).await, CommitOutcome::Fenced);
    assert_eq!(scene.recorded(key).await, [""; 0]);
}

pub(crate) async fn a_commit_under_an_old_epoch_changes_nothing(scene: Scene) {
    let key = scene.pending("a").await;
    let old = scene.clone();
    let new = scene.register_again().await;
    let started = scene.key().await;
    let items = vec![
        turn(key).records(&["x"]).into(),
        start(orchestration(started, "b")).into(),
        send(to("a"), event("hello")),
    ];
    let result = old.try_batch(at(0), items).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    assert_eq!(new.inbox(key).await, ["Start"]);
    assert_eq!(new.recorded(key).await, [""; 0]);
    assert_eq!(new.try_load(started).await, None);
    assert!(matches!(new.commit(turn(key)).await, CommitOutcome::Turn(_)));
}

pub(crate) async fn a_claim_under_an_old_epoch_takes_nothing(scene: Scene) {
    let key = scene.pending("a").await;
    scene.turn(turn(key).task(0, "Work")).await;
    let old = scene.clone();
    let new = scene.register_again().await;
    let request = ClaimRequest { instances: 10, tasks: 10 };
    let result = old.store.claim(old.lease, request).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    let claimed = new.claim(10, 10).await;
    assert_eq!((claimed.instances, claimed.tasks.len()), (vec![key], 1));
    assert_eq!(claimed.tasks[0].attempt, 1);
}

pub(crate) async fn a_commit_that_fails_changes_nothing(scene: Scene) {
    let key = scene.pending("a").await;
    let fresh = scene.key().await;
    let items = vec![
        start(orchestration(fresh, "b")).into(),
        turn(key).records(&["x"]).task(0, "Work").into(),
        send(to("a"), event("hello")),
        // The key of `a`: no store can keep two instances under one.
        start(orchestration(key, "c")).into(),
    ];
    let result = scene.try_batch(at(0), items).await;
    assert!(matches!(result, Err(StoreError::Permanent(_))), "{result:?}");
    scene.assert_unknown("b").await;
    scene.assert_unknown("c").await;
    assert_eq!(scene.inbox(key).await, ["Start"]);
    assert_eq!(scene.recorded(key).await, [""; 0]);
    assert_eq!(scene.claim_tasks(10).await, []);
    scene.turn(turn(key)).await;
}

pub(crate) async fn a_number_is_used_once_in_an_execution(scene: Scene) {
    let (key, other) = (scene.running("a").await, scene.running("b").await);
    scene.turn(turn(key).after(1).task(0, "First").timer(1, at(1))).await;
    for again in [turn(key).after(2).task(0, "Second"), turn(key).after(2).timer(1, at(2))] {
        let items = vec![turn(other).after(1).records(&["x"]).into(), again.into()];
        let result = scene.try_batch(at(0), items).await;
        assert!(matches!(result, Err(StoreError::Permanent(_))), "{result:?}");
    }
    assert_eq!(scene.recorded(other).await, [""; 0]);
    assert_eq!(scene.timers(at(9)).await.len(), 1);
    assert_eq!(scene.claim_tasks(10).await, [("First".to_owned(), 1)]);
    scene.turn(turn(key).after(2)).await;
}

pub(crate) async fn an_empty_batch_has_no_outcomes(scene: Scene) {
    assert_eq!(scene.batch(Vec::new()).await, []);
}
