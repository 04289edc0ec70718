//! A start and the first turn in one: an instance is created as it is after the turn.

use durable_core::{
    model::InstanceKey,
    store::{CommitOutcome, DeliveredTo},
};
use fnhost_protocol::status::RuntimeStatus;

use crate::{
    build::{Turn, at, create, event, json, orchestration, to, turn},
    scene::Scene,
};

/// A first turn that creates its instance.
fn first_turn(key: InstanceKey, id: &str) -> Turn {
    turn(key).creating(orchestration(key, id)).records(&["x"])
}

pub(crate) async fn a_start_may_bring_its_first_turn(scene: Scene) {
    let key = scene.key().await;
    let run = first_turn(key, "a").task(0, "Queued").leased_task(1, "Leased").timer(2, at(1));
    let items = vec![run.custom_status("1").counts(5, 4).at(at(9)).into()];
    let outcome = scene.batch_at(at(8), items).await.remove(0);
    assert!(matches!(outcome, CommitOutcome::Turn(_)), "{outcome:?}");
    let loaded = scene.load(key).await;
    assert_eq!((loaded.instance.turn, loaded.instance.events, loaded.instance.actions), (1, 5, 4));
    assert_eq!(loaded.inbox, []);
    let status = scene.status("a").await;
    assert_eq!((status.status, status.input), (RuntimeStatus::Running, Some(json("\"first\""))));
    assert_eq!((status.created_at, status.updated_at), (at(8), at(9)));
    assert_eq!(status.custom_status, Some(json("1")));
    assert_eq!(scene.recorded(key).await, ["x"]);
    assert_eq!(scene.timers(at(9)).await.len(), 1);
    assert_eq!(scene.claim_tasks(10).await, [("Queued".to_owned(), 1)]);
}

pub(crate) async fn a_first_turn_may_be_the_last(scene: Scene) {
    let key = scene.key().await;
    scene.turn(first_turn(key, "a").completes("42")).await;
    let status = scene.status("a").await;
    assert_eq!((status.status, status.output), (RuntimeStatus::Completed, Some(json("42"))));
    assert_eq!(scene.recorded(key).await, ["x"]);
    let outcome = scene.raise("a", "late").await;
    assert!(matches!(outcome, CommitOutcome::Refused(_)), "{outcome:?}");
}

pub(crate) async fn a_first_turn_may_continue_as_new(scene: Scene) {
    let key = scene.key().await;
    let done = scene.turn(first_turn(key, "a").continues_as_new("\"second\"")).await;
    assert_eq!(scene.message_ids(key).await, Vec::from_iter(done.continued));
    assert_eq!(scene.inbox(key).await, ["ContinuedAsNew"]);
    assert_eq!(scene.load(key).await.instance.generation, 1);
    assert_eq!(scene.status("a").await.input, Some(json("\"second\"")));
    assert_eq!(scene.claim_instances(10).await, [key]);
}

pub(crate) async fn a_first_turn_with_a_taken_id_changes_nothing(scene: Scene) {
    let (old, other) = (scene.pending("a").await, scene.pending("b").await);
    let (new, child) = (scene.key().await, scene.key().await);
    let run = first_turn(new, "a").task(0, "Work").timer(1, at(1)).sends(to("b"), event("hello"));
    let run = run.sends(create(child, "child"), event("begin"));
    assert_eq!(scene.commit(run).await, CommitOutcome::Taken(RuntimeStatus::Pending));
    assert_eq!(scene.inbox(other).await, ["Start"]);
    assert_eq!(scene.inbox(old).await, ["Start"]);
    assert_eq!(scene.try_load(child).await, None);
    scene.assert_gone(new, "a").await;
}

pub(crate) async fn a_first_turn_replaces_as_a_start_does(scene: Scene) {
    let (finished, live) = (scene.finished("a").await, scene.running("b").await);
    scene
        .turn(turn(live).after(1).records(&["x"]).task(0, "Queued").leased_task(1, "Leased").timer(2, at(1)))
        .await;
    scene.raised("b", "unread").await;
    let (new_a, new_b) = (scene.key().await, scene.key().await);
    scene.turn(first_turn(new_a, "a")).await;
    scene.turn(turn(new_b).replacing(orchestration(new_b, "b"))).await;
    assert_eq!((scene.load(new_a).await.instance.turn, scene.load(new_b).await.instance.turn), (1, 1));
    scene.assert_gone(finished, "a").await;
    scene.assert_gone(live, "b").await;
}

pub(crate) async fn a_first_turn_may_keep_its_instance(scene: Scene) {
    let (kept, let_go) = (scene.key().await, scene.key().await);
    scene.turn(first_turn(kept, "kept").keeps()).await;
    scene.turn(first_turn(let_go, "let go")).await;
    for id in ["kept", "let go"] {
        assert_eq!(scene.raised(id, "hello").await.to, DeliveredTo::Here);
    }
    assert_eq!(scene.claim_instances(10).await, [let_go]);
}
