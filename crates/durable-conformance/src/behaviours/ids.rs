//! Ids: any text is one, and those that the engine draws are no exception. A store may take a short cut for
//! drawn ids; it has to end in the same place.

use durable_core::store::{Commit, CommitOutcome};
use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus};

use crate::{
    build::{create, event, orchestration, start, task_of, task_result, turn},
    scene::Scene,
};

fn generated() -> String {
    InstanceId::generate().to_string()
}

pub(crate) async fn ids_differ_by_case_and_by_every_character(scene: Scene) {
    let long = "ä".repeat(256);
    let ids = ["a", "A", "ä", "a\u{308}", "a ", " a", "日本語", "🦀", "%", "_", "'", "\"; --", long.as_str()];
    for id in ids {
        scene.pending(id).await;
    }
    for id in ids {
        assert_eq!(scene.status(id).await.instance.as_str(), id);
        let taken: Commit = start(orchestration(scene.key().await, id)).into();
        assert_eq!(scene.commit(taken).await, CommitOutcome::Taken(RuntimeStatus::Pending), "{id}");
    }
    scene.assert_unknown("b").await;
}

pub(crate) async fn a_generated_id_is_taken_like_any(scene: Scene) {
    let (id, asker) = (generated(), scene.running("asker").await);
    let key = scene.pending(&id).await;
    let keys = scene.keys(3).await;
    let taken = CommitOutcome::Taken(RuntimeStatus::Pending);
    assert_eq!(scene.commit(start(orchestration(keys[0], &id))).await, taken);
    assert_eq!(scene.commit(turn(keys[1]).creating(orchestration(keys[1], &id))).await, taken);
    let done = scene.turn(turn(asker).after(1).sends(create(keys[2], &id), event("begin"))).await;
    assert_eq!((done.deliveries, done.refusals.len()), (vec![None], 1));
    assert_eq!(scene.inbox(asker).await, ["refused"]);
    assert_eq!(scene.inbox(key).await, ["Start"]);
    for key in keys {
        assert_eq!(scene.try_load(key).await, None);
    }
}

pub(crate) async fn a_generated_id_is_replaced_like_any(scene: Scene) {
    let (id, asker) = (generated(), scene.running("asker").await);
    let old = scene.finished(&id).await;
    let key = scene.pending(&id).await;
    scene.assert_gone(old, &id).await;
    scene.turn(turn(key).completes("1")).await;
    let next = scene.key().await;
    scene.turn(turn(next).creating(orchestration(next, &id)).completes("2")).await;
    scene.assert_gone(key, &id).await;
    let last = scene.key().await;
    scene.turn(turn(asker).after(1).sends(create(last, &id), event("begin"))).await;
    scene.assert_gone(next, &id).await;
    assert_eq!(scene.inbox(last).await, ["begin"]);
    let new = scene.key().await;
    scene.commit(start(orchestration(new, &id)).replacing()).await;
    scene.assert_gone(last, &id).await;
    assert_eq!(scene.inbox(new).await, ["Start"]);
}

pub(crate) async fn a_generated_id_is_set_free_like_any(scene: Scene) {
    let id = generated();
    let (old, new) = (scene.running(&id).await, scene.key().await);
    let outcomes = scene
        .batch(vec![start(orchestration(new, &id)).into(), turn(old).after(1).completes("1").into()])
        .await;
    assert!(matches!(outcomes[0], CommitOutcome::Started(_)), "{outcomes:?}");
    assert_eq!(scene.inbox(new).await, ["Start"]);
    scene.assert_gone(old, &id).await;
}

pub(crate) async fn a_generated_id_is_given_once_in_a_batch(scene: Scene) {
    let (id, keys, asker) = (generated(), scene.keys(3).await, scene.running("asker").await);
    let outcomes = scene
        .batch(vec![
            turn(asker).after(1).sends(create(keys[0], &id), event("begin")).into(),
            start(orchestration(keys[1], &id)).into(),
            turn(keys[2]).creating(orchestration(keys[2], &id)).into(),
        ])
        .await;
    assert!(matches!(outcomes[0], CommitOutcome::Turn(_)), "{outcomes:?}");
    assert_eq!(
        outcomes[1..],
        [CommitOutcome::Taken(RuntimeStatus::Pending), CommitOutcome::Taken(RuntimeStatus::Pending)]
    );
    assert_eq!(scene.inbox(keys[0]).await, ["begin"]);
    assert_eq!((scene.try_load(keys[1]).await, scene.try_load(keys[2]).await), (None, None));
}

pub(crate) async fn generated_ids_fill_a_batch(scene: Scene) {
    let (asker, keys) = (scene.running(&generated()).await, scene.keys(3).await);
    let outcomes = scene
        .batch(vec![
            start(orchestration(keys[0], &generated())).into(),
            turn(keys[1])
                .creating(orchestration(keys[1], &generated()))
                .records(&["x"])
                .task(0, "First")
                .into(),
            turn(asker)
                .after(1)
                .task(0, "Second")
                .sends(create(keys[2], &generated()), event("begin"))
                .into(),
        ])
        .await;
    assert!(matches!(outcomes[0], CommitOutcome::Started(_)), "{outcomes:?}");
    assert!(outcomes[1..].iter().all(|outcome| matches!(outcome, CommitOutcome::Turn(_))), "{outcomes:?}");
    assert_eq!(scene.inbox(keys[0]).await, ["Start"]);
    assert_eq!(scene.recorded(keys[1]).await, ["x"]);
    assert_eq!(scene.inbox(keys[2]).await, ["begin"]);
    assert_eq!(scene.claim_tasks(9).await, [("First".to_owned(), 1), ("Second".to_owned(), 1)]);
}

pub(crate) async fn what_is_fenced_leaves_generated_ids_alone(scene: Scene) {
    let (late, lost) = (scene.running(&generated()).await, scene.running(&generated()).await);
    scene.turn(turn(lost).after(1).task(0, "Queued").leased_task(1, "Leased")).await;
    let (id, child, good) = (generated(), generated(), scene.running(&generated()).await);
    let keys = scene.keys(2).await;
    let items: Vec<Commit> = vec![
        turn(late).after(9).records(&["late"]).sends(create(keys[1], &child), event("begin")).into(),
        task_result(task_of(lost, 0)),
        start(orchestration(keys[0], &id)).into(),
        turn(lost).after(2).takes(task_of(lost, 0)).records(&["lost"]).into(),
        turn(good).after(1).records(&["good"]).into(),
        task_result(task_of(lost, 1)),
    ];
    let outcomes = scene.batch(items).await;
    for fenced in [0, 1, 3] {
        assert_eq!(outcomes[fenced], CommitOutcome::Fenced, "{outcomes:?}");
    }
    assert!(matches!(outcomes[2], CommitOutcome::Started(_)), "{outcomes:?}");
    assert!(matches!(outcomes[5], CommitOutcome::TaskResult(_)), "{outcomes:?}");
    assert_eq!((scene.recorded(late).await, scene.recorded(lost).await), (vec![], vec![]));
    assert_eq!(scene.recorded(good).await, ["good"]);
    assert_eq!(scene.inbox(lost).await, ["result"]);
    assert_eq!(scene.inbox(keys[0]).await, ["Start"]);
    scene.assert_unknown(&child).await;
    assert_eq!(scene.claim_tasks(9).await, [("Queued".to_owned(), 1)]);
}
