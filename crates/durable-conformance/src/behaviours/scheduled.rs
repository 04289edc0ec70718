//! Scheduled messages: in no inbox before they are delivered, and delivered once.

use durable_core::{
    model::{InstanceKey, InstanceKind},
    store::{Commit, CommitOutcome, DeliveredTo, ScheduledMessage},
};
use fnhost_protocol::time::Timestamp;

use crate::{
    build::{at, deliver, entity, operation, purge, scheduled, send, to_entity, turn},
    host::{Host, ok},
    scene::Scene,
};

/// Schedules the operation `name` for that second.
async fn schedule(host: &Host, id: &str, name: &str, second: u64) -> InstanceKey {
    let key = host.key().await;
    let outcome = host.commit(send(scheduled(key, id, at(second)), operation(name))).await;
    assert_eq!(outcome, CommitOutcome::Scheduled);
    key
}

/// What is due at that second.
async fn due(host: &Host, second: u64) -> Vec<ScheduledMessage> {
    ok("read what is scheduled", host.store.scheduled(at(second), 1_000).await).due
}

/// When the first is due that is later than that second.
async fn next(host: &Host, second: u64) -> Option<Timestamp> {
    ok("read what is scheduled", host.store.scheduled(at(second), 1_000).await).next
}

pub(crate) async fn a_scheduled_message_is_in_no_inbox(scene: Scene) {
    let existing = scene.key().await;
    scene.commit(send(to_entity(existing, "@c@old"), operation("now"))).await;
    let key = schedule(&scene, "@c@new", "later", 5).await;
    schedule(&scene, "@c@old", "later", 5).await;
    assert_eq!(scene.try_load(key).await, None);
    assert_eq!(scene.inbox(existing).await, ["now"]);
    assert_eq!(scene.claim_instances(10).await, [existing]);
    assert_eq!(scene.timers(at(9)).await, [], "it is no timer");
}

pub(crate) async fn a_scheduled_message_comes_back_as_it_was(scene: Scene) {
    let key = schedule(&scene, "@c@é \"'", "wörk", 5).await;
    let message =
        ScheduledMessage { due: at(5), entity: entity(key, "@c@é \"'"), message: operation("wörk") };
    assert_eq!(due(&scene, 5).await, [message]);
    assert_eq!(due(&scene, 5).await.len(), 1, "looking at it changes nothing");
}

pub(crate) async fn scheduled_messages_are_listed_by_time_then_key(scene: Scene) {
    let keys = scene.keys(4).await;
    for (key, second) in [(3, 5), (0, 9), (2, 1), (1, 5)] {
        scene.commit(send(scheduled(keys[key], "@c@a", at(second)), operation("x"))).await;
    }
    let listed: Vec<_> = due(&scene, 9).await.iter().map(|message| message.entity.key).collect();
    assert_eq!(listed, [keys[2], keys[1], keys[3], keys[0]]);
    let page = ok("read", scene.store.scheduled(at(9), 2).await);
    assert_eq!((page.due.len(), page.next), (2, Some(at(5))), "the next is due as well");
}

pub(crate) async fn what_is_not_due_tells_when_it_will_be(scene: Scene) {
    assert_eq!((due(&scene, 9).await, next(&scene, 9).await), (vec![], None));
    schedule(&scene, "@c@a", "x", 5).await;
    schedule(&scene, "@c@a", "y", 7).await;
    assert_eq!((due(&scene, 4).await, next(&scene, 4).await), (vec![], Some(at(5))));
    assert_eq!((due(&scene, 5).await.len(), next(&scene, 5).await), (1, Some(at(7))));
    assert_eq!((due(&scene, 7).await.len(), next(&scene, 7).await), (2, None));
    let page = ok("read", scene.store.scheduled(Timestamp::MAX, 0).await);
    assert_eq!((page.due, page.next), (vec![], Some(at(5))));
}

pub(crate) async fn a_delivery_creates_the_entity(scene: Scene) {
    let key = schedule(&scene, "@c@a", "x", 5).await;
    let outcome = scene.commit(deliver(due(&scene, 5).await.remove(0))).await;
    assert!(
        matches!(outcome, CommitOutcome::Sent(sent) if sent.key == key && sent.to == DeliveredTo::Here),
        "{outcome:?}"
    );
    assert_eq!(scene.inbox(key).await, ["x"]);
    let instance = scene.load(key).await.instance;
    assert_eq!((instance.kind, instance.name.as_str()), (InstanceKind::Entity, "c"));
    assert_eq!((due(&scene, 9).await, next(&scene, 9).await), (vec![], None));
    assert_eq!(scene.claim_instances(10).await, [key]);
}

pub(crate) async fn a_delivery_finds_the_entity_that_exists(scene: Scene) {
    let reserved = schedule(&scene, "@c@a", "later", 5).await;
    let key = scene.key().await;
    scene.commit(send(to_entity(key, "@c@a"), operation("now"))).await;
    scene.commit(deliver(due(&scene, 5).await.remove(0))).await;
    assert_eq!(scene.inbox(key).await, ["now", "later"]);
    assert_eq!(scene.try_load(reserved).await, None);
}

pub(crate) async fn a_message_is_delivered_once(scene: Scene) {
    let key = schedule(&scene, "@c@a", "x", 5).await;
    let message = due(&scene, 5).await.remove(0);
    let twice = vec![deliver(message.clone()), deliver(message.clone())];
    let outcomes = scene.batch(twice).await;
    assert!(matches!(outcomes[..], [CommitOutcome::Sent(_), CommitOutcome::Fenced]), "{outcomes:?}");
    assert_eq!(scene.commit(deliver(message.clone())).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, ["x"]);
    scene.turn(turn(key).consumes(scene.message_ids(key).await).no_state()).await;
    assert_eq!(scene.commit(deliver(message)).await, CommitOutcome::Fenced);
    assert_eq!(scene.inbox(key).await, [""; 0]);
}

pub(crate) async fn what_was_never_scheduled_is_not_delivered(scene: Scene) {
    let (key, other) = (schedule(&scene, "@c@a", "x", 5).await, scene.key().await);
    let mut message = due(&scene, 5).await.remove(0);
    message.due = at(4);
    assert_eq!(scene.commit(deliver(message.clone())).await, CommitOutcome::Fenced);
    message.due = at(5);
    message.entity.key = other;
    assert_eq!(scene.commit(deliver(message)).await, CommitOutcome::Fenced);
    assert_eq!((scene.try_load(key).await, scene.try_load(other).await), (None, None));
    assert_eq!(due(&scene, 5).await.len(), 1);
}

pub(crate) async fn a_turn_may_schedule(scene: Scene) {
    let (a, keys) = (scene.running("a").await, scene.keys(2).await);
    let run = turn(a).after(1).sends(scheduled(keys[0], "@c@x", at(5)), operation("later"));
    let done = scene.turn(run.sends(to_entity(keys[1], "@c@x"), operation("now"))).await;
    let delivered: Vec<_> = done.deliveries.iter().map(|one| one.map(|one| one.key)).collect();
    assert_eq!(delivered, [None, Some(keys[1])]);
    assert_eq!(scene.inbox(keys[1]).await, ["now"]);
    assert_eq!(due(&scene, 5).await[0].entity.key, keys[0]);
}

pub(crate) async fn the_last_turn_may_schedule(scene: Scene) {
    let (a, key) = (scene.running("a").await, scene.key().await);
    let run = turn(a).after(1).sends(scheduled(key, "@c@x", at(5)), operation("later")).completes("1");
    scene.turn(run).await;
    scene.commit(purge("a")).await;
    assert_eq!(due(&scene, 5).await.len(), 1, "it outlives whoever sent it");
}

pub(crate) async fn a_fenced_turn_schedules_nothing(scene: Scene) {
    let (a, key) = (scene.running("a").await, scene.key().await);
    let run = turn(a).after(7).sends(scheduled(key, "@c@x", at(5)), operation("later"));
    assert_eq!(scene.commit(run).await, CommitOutcome::Fenced);
    assert_eq!(next(&scene, 0).await, None);
}

pub(crate) async fn a_purged_entity_gets_what_is_scheduled(scene: Scene) {
    let old = scene.key().await;
    scene.commit(send(to_entity(old, "@c@a"), operation("now"))).await;
    let key = schedule(&scene, "@c@a", "later", 5).await;
    assert_eq!(scene.commit(purge("@c@a")).await, CommitOutcome::Purged);
    scene.commit(deliver(due(&scene, 5).await.remove(0))).await;
    assert_eq!(scene.inbox(key).await, ["later"]);
}

pub(crate) async fn deliveries_keep_the_order_of_their_batch(scene: Scene) {
    let keys = scene.keys(3).await;
    for (key, name) in keys.iter().zip(["3", "1", "2"]) {
        scene.commit(send(scheduled(*key, "@c@a", at(5)), operation(name))).await;
    }
    let [third, first, second] = &due(&scene, 5).await[..] else { panic!("three messages") };
    let batch: Vec<Commit> = [first, second, third].map(|message| deliver(message.clone())).into();
    scene.batch(batch).await;
    assert_eq!(scene.inbox(keys[1]).await, ["1", "2", "3"]);
}

pub(crate) async fn what_is_scheduled_survives_a_crash(scene: Scene) {
    let key = schedule(&scene, "@c@a", "x", 5).await;
    let delivered = schedule(&scene, "@c@b", "y", 4).await;
    let message = due(&scene, 4).await.remove(0);
    scene.commit(deliver(message.clone())).await;
    let scene = scene.crash().await;
    assert_eq!(next(&scene, 0).await, Some(at(5)));
    assert_eq!(scene.commit(deliver(message)).await, CommitOutcome::Fenced);
    scene.commit(deliver(due(&scene, 5).await.remove(0))).await;
    assert_eq!(
        (scene.inbox(key).await, scene.inbox(delivered).await),
        (vec!["x".to_owned()], vec!["y".to_owned()])
    );
}

pub(crate) async fn hubs_schedule_for_themselves(mut scene: Scene) {
    let other = scene.other_hub("other").await;
    schedule(&scene, "@c@a", "x", 5).await;
    assert_eq!((due(&other, 9).await, next(&other, 0).await), (vec![], None));
    assert_eq!(other.commit(deliver(due(&scene, 5).await.remove(0))).await, CommitOutcome::Fenced);
    assert_eq!(due(&scene, 9).await.len(), 1);
}
