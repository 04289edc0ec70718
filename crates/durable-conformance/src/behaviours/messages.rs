//! Who gets a message, in which order, and who is told when nobody does.

use durable_core::store::{Commit, CommitOutcome, DeliveredTo, Found};
use fnhost_protocol::{failure::Failure, status::RuntimeStatus};

use crate::{
    build::{at, event, orchestration, send, start, to, turn},
    scene::Scene,
};

pub(crate) async fn a_message_from_outside_reaches_the_inbox(scene: Scene) {
    let (key, other) = (scene.running("a").await, scene.running("b").await);
    let delivery = scene.raised("a", "hello").await;
    assert_eq!((delivery.key, delivery.to), (key, DeliveredTo::Here));
    assert_eq!(scene.load(key).await.inbox, [(delivery.message, event("hello"))]);
    assert_eq!(scene.inbox(other).await, [""; 0]);
}

pub(crate) async fn a_message_for_nobody_is_refused(scene: Scene) {
    assert_eq!(scene.raise("a", "hello").await, CommitOutcome::Refused(Found::Nothing));
    assert_eq!(scene.try_status("a").await, None);
}

pub(crate) async fn a_message_for_a_finished_instance_is_refused(scene: Scene) {
    scene.finished("completed").await;
    let key = scene.running("failed").await;
    scene.turn(turn(key).after(1).fails(Failure::new("Error", "no"))).await;
    let key = scene.running("terminated").await;
    scene.turn(turn(key).after(1).terminates("enough")).await;
    for (id, status) in [
        ("completed", RuntimeStatus::Completed),
        ("failed", RuntimeStatus::Failed),
        ("terminated", RuntimeStatus::Terminated),
    ] {
        assert_eq!(scene.raise(id, "late").await, CommitOutcome::Refused(Found::Status(status)), "{id}");
    }
    assert_eq!(scene.inbox(key).await, [""; 0]);
    assert_eq!(scene.claim_instances(10).await, []);
}

pub(crate) async fn a_message_reaches_who_has_not_begun_and_who_pauses(scene: Scene) {
    let (pending, suspended) = (scene.pending("pending").await, scene.running("suspended").await);
    scene.turn(turn(suspended).after(1).status(RuntimeStatus::Suspended)).await;
    scene.raised("pending", "hello").await;
    scene.raised("suspended", "hello").await;
    assert_eq!(scene.inbox(pending).await, ["Start", "hello"]);
    assert_eq!(scene.inbox(suspended).await, ["hello"]);
}

pub(crate) async fn a_message_is_no_turn(scene: Scene) {
    let key = scene.running("a").await;
    let before = scene.load(key).await.instance;
    scene.batch_at(at(99), vec![send(to("a"), event("hello"))]).await;
    assert_eq!(scene.load(key).await.instance, before);
    assert_eq!(scene.status("a").await.updated_at, before.updated_at);
}

pub(crate) async fn messages_of_a_turn_keep_their_order(scene: Scene) {
    let (a, b, c) = (scene.running("a").await, scene.running("b").await, scene.running("c").await);
    let run = turn(a).after(1).sends(to("b"), event("1")).sends(to("c"), event("2"));
    let done = scene.turn(run.sends(to("b"), event("3")).sends(to("b"), event("4"))).await;
    let to_keys: Vec<_> = done.deliveries.iter().map(|one| one.map(|delivery| delivery.key)).collect();
    assert_eq!(to_keys, [Some(b), Some(c), Some(b), Some(b)]);
    assert_eq!(scene.inbox(b).await, ["1", "3", "4"]);
    assert_eq!(scene.inbox(c).await, ["2"]);
    let ids: Vec<_> = [0, 2, 3].iter().filter_map(|at| done.deliveries[*at]).map(|one| one.message).collect();
    assert_eq!(scene.message_ids(b).await, ids);
    assert_eq!((done.refusals, done.continued), (vec![], None));
}

pub(crate) async fn messages_of_a_batch_keep_its_order(scene: Scene) {
    let (a, b, key) = (scene.running("a").await, scene.running("b").await, scene.running("c").await);
    scene
        .batch(vec![
            send(to("c"), event("1")),
            turn(b).after(1).sends(to("c"), event("2")).sends(to("c"), event("3")).into(),
            send(to("c"), event("4")),
            turn(a).after(1).sends(to("c"), event("5")).into(),
            send(to("c"), event("6")),
        ])
        .await;
    assert_eq!(scene.inbox(key).await, ["1", "2", "3", "4", "5", "6"]);
}

pub(crate) async fn messages_of_a_turn_for_nobody_are_dropped(scene: Scene) {
    let (a, finished, b) = (scene.running("a").await, scene.finished("done").await, scene.running("b").await);
    let run = turn(a).after(1).sends(to("nobody"), event("1")).sends(to("done"), event("2"));
    let done = scene.turn(run.sends(to("b"), event("3"))).await;
    assert_eq!(done.deliveries[..2], [None, None]);
    assert_eq!(done.deliveries[2].map(|delivery| delivery.key), Some(b));
    assert_eq!(done.refusals, []);
    assert_eq!(scene.inbox(b).await, ["3"]);
    assert_eq!(scene.inbox(finished).await, [""; 0]);
}

pub(crate) async fn an_instance_may_write_to_itself(scene: Scene) {
    let key = scene.running("a").await;
    let done = scene.turn(turn(key).after(1).sends(to("a"), event("note"))).await;
    let delivery = done.deliveries[0].expect("the instance is alive");
    assert_eq!((delivery.key, delivery.to), (key, DeliveredTo::Here));
    assert_eq!(scene.inbox(key).await, ["note"]);
    let consumed = [delivery.message];
    scene.turn(turn(key).after(2).consumes(consumed).sends(to("a"), event("late")).completes("1")).await;
    assert_eq!(scene.inbox(key).await, [""; 0]);
}

pub(crate) async fn message_ids_only_grow(scene: Scene) {
    let key = scene.running("a").await;
    let mut last = None;
    for round in 1..5 {
        let (first, second) = (scene.raised("a", "1").await.message, scene.raised("a", "2").await.message);
        assert!(last < Some(first) && first < second, "{last:?} < {first:?} < {second:?}");
        last = Some(second);
        // Nothing is left in any inbox: an id that was given is not given again.
        scene.turn(turn(key).after(round).consumes([first, second])).await;
    }
}

pub(crate) async fn who_is_created_in_a_batch_gets_its_messages(scene: Scene) {
    let (a, key) = (scene.running("a").await, scene.key().await);
    let outcomes = scene
        .batch(vec![
            turn(a).after(1).sends(to("new"), event("1")).into(),
            start(orchestration(key, "new")).into(),
            send(to("new"), event("2")),
        ])
        .await;
    assert!(matches!(outcomes[2], CommitOutcome::Sent(delivery) if delivery.key == key), "{outcomes:?}");
    assert_eq!(scene.inbox(key).await, ["Start", "1", "2"]);
}

pub(crate) async fn who_finishes_in_a_batch_gets_no_message_of_it(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    let outcomes = scene
        .batch(vec![
            send(to("a"), event("1")),
            turn(b).after(1).sends(to("a"), event("2")).into(),
            turn(a).after(1).completes("1").into(),
        ])
        .await;
    assert_eq!(outcomes[0], CommitOutcome::Refused(Found::Status(RuntimeStatus::Completed)));
    let CommitOutcome::Turn(done) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert_eq!(done.deliveries, [None]);
    assert_eq!(scene.inbox(a).await, [""; 0]);
}

pub(crate) async fn who_is_replaced_in_a_batch_leaves_its_messages_to_the_next(scene: Scene) {
    let (old, new) = (scene.running("a").await, scene.key().await);
    let items: Vec<Commit> =
        vec![send(to("a"), event("1")), start(orchestration(new, "a")).replacing().into()];
    let outcomes = scene.batch(items).await;
    assert!(matches!(outcomes[0], CommitOutcome::Sent(delivery) if delivery.key == new), "{outcomes:?}");
    assert_eq!(scene.inbox(new).await, ["Start", "1"]);
    assert_eq!(scene.try_load(old).await, None);
}
