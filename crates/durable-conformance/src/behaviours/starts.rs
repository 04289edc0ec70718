//! New orchestrations: who gets an id, and what goes when it is taken from somebody.

use durable_core::store::{CommitOutcome, DeliveredTo};
use fnhost_protocol::{failure::Failure, status::RuntimeStatus};

use crate::{
    build::{at, create, event, orchestration, purge, send, start, to, turn},
    host::Host,
    scene::Scene,
};

/// One finished instance of each final status, by id.
async fn finish_all(host: &Host) -> [(&'static str, RuntimeStatus); 3] {
    let key = host.running("failed").await;
    host.turn(turn(key).after(1).fails(Failure::new("Error", "no"))).await;
    let key = host.running("terminated").await;
    host.turn(turn(key).after(1).terminates("enough")).await;
    host.finished("completed").await;
    [
        ("failed", RuntimeStatus::Failed),
        ("terminated", RuntimeStatus::Terminated),
        ("completed", RuntimeStatus::Completed),
    ]
}

pub(crate) async fn a_start_creates_a_pending_instance(scene: Scene) {
    let key = scene.key().await;
    let outcome = scene.batch_at(at(7), vec![start(orchestration(key, "a")).into()]).await.remove(0);
    let CommitOutcome::Started(delivery) = outcome else { panic!("{outcome:?}") };
    assert_eq!((delivery.key, delivery.to), (key, DeliveredTo::Here));
    let loaded = scene.load(key).await;
    assert_eq!((loaded.inbox.len(), loaded.inbox[0].0), (1, delivery.message));
    assert_eq!(scene.inbox(key).await, ["Start"]);
    let instance = loaded.instance;
    assert_eq!((instance.id.as_str(), instance.name.as_str()), ("a", "Flow"));
    assert_eq!(instance.status, RuntimeStatus::Pending);
    assert_eq!((instance.generation, instance.turn, instance.events, instance.actions), (0, 0, 0, 0));
    assert_eq!((instance.created_at, instance.updated_at), (at(7), at(7)));
    assert_eq!((instance.parent, loaded.entity_state), (None, None));
}

pub(crate) async fn a_live_instance_keeps_its_id(scene: Scene) {
    scene.pending("pending").await;
    scene.running("running").await;
    let key = scene.running("suspended").await;
    scene.turn(turn(key).after(1).status(RuntimeStatus::Suspended)).await;
    for (id, status) in [
        ("pending", RuntimeStatus::Pending),
        ("running", RuntimeStatus::Running),
        ("suspended", RuntimeStatus::Suspended),
    ] {
        let before = scene.status(id).await;
        let new = scene.key().await;
        assert_eq!(scene.commit(start(orchestration(new, id))).await, CommitOutcome::Taken(status));
        assert_eq!(scene.status(id).await, before);
        assert_eq!(scene.try_load(new).await, None);
    }
}

pub(crate) async fn a_finished_instance_is_replaced(scene: Scene) {
    for (id, _) in finish_all(&scene).await {
        let new = scene.key().await;
        let outcome = scene.commit(start(orchestration(new, id))).await;
        assert!(matches!(outcome, CommitOutcome::Started(_)), "{id}: {outcome:?}");
        let status = scene.status(id).await;
        assert_eq!((status.status, status.output, status.failure), (RuntimeStatus::Pending, None, None));
        assert_eq!(scene.load(new).await.instance.turn, 0);
        assert_eq!(scene.inbox(new).await, ["Start"]);
    }
}

pub(crate) async fn a_live_instance_is_replaced_on_demand(scene: Scene) {
    let old = scene.running("a").await;
    let new = scene.key().await;
    let outcome = scene.commit(start(orchestration(new, "a")).replacing()).await;
    assert!(matches!(outcome, CommitOutcome::Started(_)), "{outcome:?}");
    assert_eq!(scene.try_load(old).await, None);
    assert_eq!(scene.status("a").await.status, RuntimeStatus::Pending);
    let free = scene.key().await;
    let outcome = scene.commit(start(orchestration(free, "free")).replacing()).await;
    assert!(matches!(outcome, CommitOutcome::Started(_)), "{outcome:?}");
}

pub(crate) async fn a_replaced_instance_leaves_nothing_behind(scene: Scene) {
    let old = scene.running("a").await;
    let run = turn(old).after(1).records(&["x"]).task(0, "Queued").leased_task(1, "Leased");
    scene.turn(run.timer(2, at(1)).custom_status("1").keeps()).await;
    scene.raised("a", "unread").await;
    let new = scene.key().await;
    scene.commit(start(orchestration(new, "a")).replacing()).await;
    assert_eq!(scene.commit(turn(old).after(2)).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(new).await, ["Start"]);
    assert_eq!(scene.recorded(new).await, [""; 0]);
    assert_eq!(scene.status("a").await.custom_status, None);
    scene.register_again().await.assert_gone(old, "a").await;
}

pub(crate) async fn of_two_starts_in_a_batch_the_first_gets_the_id(scene: Scene) {
    let (first, second) = (scene.key().await, scene.key().await);
    let outcomes = scene
        .batch(vec![start(orchestration(second, "a")).into(), start(orchestration(first, "a")).into()])
        .await;
    assert!(matches!(outcomes[0], CommitOutcome::Started(_)), "{outcomes:?}");
    assert_eq!(outcomes[1], CommitOutcome::Taken(RuntimeStatus::Pending));
    assert_eq!(scene.inbox(second).await, ["Start"]);
    assert_eq!(scene.try_load(first).await, None);
}

pub(crate) async fn a_later_start_of_a_batch_may_replace_an_earlier_one(scene: Scene) {
    let (first, second) = (scene.key().await, scene.key().await);
    scene
        .batch(vec![
            turn(first)
                .creating(orchestration(first, "a"))
                .records(&["x"])
                .task(0, "Work")
                .timer(1, at(1))
                .into(),
            start(orchestration(second, "a")).replacing().into(),
        ])
        .await;
    assert_eq!(scene.inbox(second).await, ["Start"]);
    scene.assert_gone(first, "a").await;
}

pub(crate) async fn a_start_takes_the_id_that_its_batch_sets_free(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.finished("b").await);
    let (new_a, new_b) = (scene.key().await, scene.key().await);
    let outcomes = scene
        .batch(vec![
            start(orchestration(new_a, "a")).into(),
            turn(a).after(1).completes("1").into(),
            start(orchestration(new_b, "b")).into(),
            purge("b"),
        ])
        .await;
    assert!(matches!(outcomes[0], CommitOutcome::Started(_)), "{outcomes:?}");
    assert!(matches!(outcomes[1], CommitOutcome::Turn(_)), "{outcomes:?}");
    assert!(matches!(outcomes[2], CommitOutcome::Started(_)), "{outcomes:?}");
    assert_eq!(outcomes[3], CommitOutcome::Purged);
    assert_eq!(scene.inbox(new_a).await, ["Start"]);
    assert_eq!(scene.inbox(new_b).await, ["Start"]);
    assert_eq!((scene.try_load(a).await, scene.try_load(b).await), (None, None));
}

pub(crate) async fn the_message_that_begins_an_instance_comes_first(scene: Scene) {
    let (key, child, asker) = (scene.key().await, scene.key().await, scene.running("asker").await);
    scene
        .batch(vec![
            send(to("a"), event("early")),
            send(to("child"), event("early")),
            start(orchestration(key, "a")).into(),
            turn(asker).after(1).sends(create(child, "child"), event("begin")).into(),
        ])
        .await;
    assert_eq!(scene.inbox(key).await, ["Start", "early"]);
    assert_eq!(scene.inbox(child).await, ["begin", "early"]);
}

pub(crate) async fn a_start_that_was_written_before_is_not_written_again(scene: Scene) {
    for id in ["a", "0195f3c47a2e7d119c0b5e6f708192a3"] {
        let key = scene.pending(id).await;
        let again = || start(orchestration(key, id));
        assert_eq!(scene.commit(again()).await, CommitOutcome::Taken(RuntimeStatus::Pending));
        assert_eq!(scene.commit(again().replacing()).await, CommitOutcome::Taken(RuntimeStatus::Pending));
        assert_eq!(scene.inbox(key).await, ["Start"]);
        let consumed = scene.message_ids(key).await;
        scene.turn(turn(key).consumes(consumed).completes("\"done\"")).await;
        assert_eq!(scene.commit(again()).await, CommitOutcome::Taken(RuntimeStatus::Completed));
        assert_eq!(scene.commit(again().replacing()).await, CommitOutcome::Taken(RuntimeStatus::Completed));
        assert_eq!(scene.stored(id, false).await.key, key);
    }
}
