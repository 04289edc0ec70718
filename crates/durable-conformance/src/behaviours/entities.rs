//! Entities: created by their first message, shown as long as they have a state.

use durable_core::{
    model::{InstanceKey, InstanceKind},
    store::{CommitOutcome, Found, MAX_PAGE_BYTES},
};
use fnhost_protocol::status::{EntityQuery, InstanceQuery, RuntimeStatus};

use crate::{
    build::{at, event, json, operation, purge, send, to, to_entity, turn},
    host::{Host, ok},
    scene::Scene,
};

/// Signals an entity from outside and tells which instance has the message.
async fn signalled(host: &Host, id: &str, name: &str) -> InstanceKey {
    match host.commit(send(to_entity(host.key().await, id), operation(name))).await {
        CommitOutcome::Sent(delivery) => delivery.key,
        other => panic!("`{id}` should have been signalled, but the outcome is {other:?}"),
    }
}

/// An entity that has had one turn, at that second, which left this state.
async fn with_state(host: &Host, id: &str, state: &str, second: u64) -> InstanceKey {
    let key = signalled(host, id, "set").await;
    let consumed = host.message_ids(key).await;
    host.turn(turn(key).consumes(consumed).state(state).at(at(second))).await;
    key
}

/// Ids that a query of one page finds.
async fn found(host: &Host, query: EntityQuery) -> Vec<String> {
    let page = ok("query entities", host.store.query_entities(query).await);
    page.items.iter().map(|status| status.entity.to_string()).collect()
}

pub(crate) async fn a_signal_creates_its_entity(scene: Scene) {
    let key = signalled(&scene, "@counter@a", "add").await;
    let loaded = scene.load(key).await;
    assert_eq!(loaded.instance.kind, InstanceKind::Entity);
    assert_eq!((loaded.instance.id.as_str(), loaded.instance.name.as_str()), ("@counter@a", "counter"));
    assert_eq!((loaded.instance.status, loaded.instance.turn), (RuntimeStatus::Running, 0));
    assert_eq!(loaded.entity_state, None);
    assert_eq!(scene.inbox(key).await, ["add"]);
    assert_eq!(scene.claim_instances(10).await, [key]);
}

pub(crate) async fn a_signal_finds_the_entity_that_exists(scene: Scene) {
    let key = signalled(&scene, "@counter@a", "1").await;
    let reserved = scene.key().await;
    let outcome = scene.commit(send(to_entity(reserved, "@counter@a"), operation("2"))).await;
    assert!(matches!(outcome, CommitOutcome::Sent(delivery) if delivery.key == key), "{outcome:?}");
    assert_eq!(scene.try_load(reserved).await, None);
    assert_eq!(scene.inbox(key).await, ["1", "2"]);
}

pub(crate) async fn messages_of_a_batch_create_an_entity_once(scene: Scene) {
    let (a, b, keys) = (scene.running("a").await, scene.running("b").await, scene.keys(5).await);
    let signal = |key: usize| to_entity(keys[key], "@counter@a");
    let outcomes = scene
        .batch(vec![
            turn(a).after(1).sends(signal(3), operation("1")).sends(signal(0), operation("2")).into(),
            send(signal(1), operation("3")),
            turn(b).after(1).sends(signal(2), operation("4")).sends(to("@counter@a"), operation("5")).into(),
            send(signal(4), operation("6")),
        ])
        .await;
    assert!(matches!(outcomes[1], CommitOutcome::Sent(delivery) if delivery.key == keys[3]), "{outcomes:?}");
    assert_eq!(scene.inbox(keys[3]).await, ["1", "2", "3", "4", "5", "6"]);
    for unused in [0, 1, 2, 4] {
        assert_eq!(scene.try_load(keys[unused]).await, None);
    }
}

pub(crate) async fn one_turn_may_signal_many_entities(scene: Scene) {
    let (a, keys) = (scene.running("a").await, scene.keys(50).await);
    let run = keys.iter().fold(turn(a).after(1), |turn, key| {
        turn.sends(to_entity(*key, &format!("@counter@{}", key.0)), operation("add"))
    });
    let done = scene.turn(run).await;
    let delivered: Vec<_> = done.deliveries.iter().flatten().map(|delivery| delivery.key).collect();
    assert_eq!(delivered, keys);
    assert_eq!(scene.claim_instances(100).await, keys);
}

pub(crate) async fn a_message_from_outside_needs_an_entity_that_exists(scene: Scene) {
    let outcome = scene.commit(send(to("@counter@a"), operation("add"))).await;
    assert_eq!(outcome, CommitOutcome::Refused(Found::Nothing));
}

pub(crate) async fn state_is_set_left_and_deleted(scene: Scene) {
    let key = with_state(&scene, "@counter@a", "1", 0).await;
    assert_eq!(scene.load(key).await.entity_state, Some(json("1")));
    scene.turn(turn(key).after(1)).await;
    assert_eq!(scene.load(key).await.entity_state, Some(json("1")));
    scene.turn(turn(key).after(2).state("{\"n\": 2}")).await;
    assert_eq!(scene.entity("@counter@a").await.and_then(|found| found.state), Some(json("{\"n\": 2}")));
    scene.turn(turn(key).after(3).no_state()).await;
    assert_eq!(scene.load(key).await.entity_state, None);
    assert_eq!(scene.entity("@counter@a").await, None);
    scene.turn(turn(key).after(4).state("5")).await;
    assert_eq!(scene.entity("@counter@a").await.and_then(|found| found.state), Some(json("5")));
}

pub(crate) async fn null_is_a_state(scene: Scene) {
    let key = with_state(&scene, "@counter@a", "null", 0).await;
    assert_eq!(scene.load(key).await.entity_state, Some(json("null")));
    assert_eq!(scene.entity("@counter@a").await.and_then(|found| found.state), Some(json("null")));
    assert_eq!(found(&scene, EntityQuery::default()).await, ["@counter@a"]);
}

pub(crate) async fn entities_without_state_are_not_shown(scene: Scene) {
    signalled(&scene, "@counter@new", "add").await;
    let deleted = with_state(&scene, "@counter@deleted", "1", 0).await;
    scene.turn(turn(deleted).after(1).no_state()).await;
    with_state(&scene, "@counter@shown", "1", 0).await;
    assert_eq!(scene.entity("@counter@new").await, None);
    assert_eq!(scene.entity("@counter@nobody").await, None);
    assert_eq!(found(&scene, EntityQuery::default()).await, ["@counter@shown"]);
}

pub(crate) async fn an_entity_shows_when_it_last_ran(scene: Scene) {
    let key = with_state(&scene, "@counter@a", "1", 10).await;
    scene.batch_at(at(20), vec![send(to("@counter@a"), operation("add"))]).await;
    assert_eq!(scene.entity("@counter@a").await.map(|found| found.last_operation_at), Some(at(10)));
    scene.turn(turn(key).after(1).at(at(30))).await;
    assert_eq!(scene.entity("@counter@a").await.map(|found| found.last_operation_at), Some(at(30)));
}

pub(crate) async fn entities_and_orchestrations_are_not_mixed_up(scene: Scene) {
    with_state(&scene, "@counter@a", "1", 0).await;
    scene.running("counter").await;
    assert_eq!(scene.try_status("@counter@a").await, None);
    assert_eq!(scene.found(InstanceQuery::default()).await, ["counter"]);
    assert_eq!(found(&scene, EntityQuery::default()).await, ["@counter@a"]);
    assert_eq!(scene.entity("counter").await, None);
    let prefix = InstanceQuery { id_prefix: Some("@".to_owned()), ..InstanceQuery::default() };
    assert_eq!(scene.found(prefix).await, [""; 0]);
}

pub(crate) async fn entities_are_listed_by_name(scene: Scene) {
    for id in ["@b@1", "@a@2", "@ab@3", "@a@1", "@a%@x", "@a_@x", "@a@"] {
        with_state(&scene, id, "1", 0).await;
    }
    for (name, expected) in [
        ("a", vec!["@a@", "@a@1", "@a@2"]),
        ("ab", vec!["@ab@3"]),
        ("a%", vec!["@a%@x"]),
        ("a_", vec!["@a_@x"]),
        ("c", vec![]),
    ] {
        let query = EntityQuery { name: Some(name.to_owned()), ..EntityQuery::default() };
        assert_eq!(found(&scene, query).await, expected, "{name}");
    }
    let all = ["@a%@x", "@a@", "@a@1", "@a@2", "@a_@x", "@ab@3", "@b@1"];
    assert_eq!(found(&scene, EntityQuery::default()).await, all);
}

pub(crate) async fn entities_are_listed_by_last_operation(scene: Scene) {
    for (id, second) in [("@c@1", 10), ("@c@2", 20), ("@c@3", 30)] {
        with_state(&scene, id, "1", second).await;
    }
    let query = EntityQuery { last_operation_from: Some(at(20)), ..EntityQuery::default() };
    assert_eq!(found(&scene, query.clone()).await, ["@c@2", "@c@3"]);
    let query = EntityQuery { last_operation_to: Some(at(20)), ..query };
    assert_eq!(found(&scene, query.clone()).await, ["@c@2"]);
    let query = EntityQuery { last_operation_from: None, name: Some("c".to_owned()), ..query };
    assert_eq!(found(&scene, query).await, ["@c@1", "@c@2"]);
}

pub(crate) async fn states_are_listed_on_demand(scene: Scene) {
    with_state(&scene, "@c@1", "[7]", 5).await;
    for (fetch_state, expected) in [(true, Some(json("[7]"))), (false, None)] {
        let query = EntityQuery { fetch_state, ..EntityQuery::default() };
        let page = ok("query entities", scene.store.query_entities(query).await);
        assert_eq!((&page.items[0].state, page.items[0].last_operation_at), (&expected, at(5)));
    }
}

pub(crate) async fn entities_are_listed_in_pages(scene: Scene) {
    let mut expected = Vec::new();
    for number in 10..21 {
        with_state(&scene, &format!("@c@{number}"), "1", 0).await;
        signalled(&scene, &format!("@c@{number} without state"), "add").await;
        expected.push(format!("@c@{number}"));
    }
    let (mut paged, mut continuation) = (Vec::new(), None);
    loop {
        let query = EntityQuery { top: Some(4), continuation, ..EntityQuery::default() };
        let page = ok("query entities", scene.store.query_entities(query).await);
        assert!(page.items.len() <= 4, "{} items", page.items.len());
        paged.extend(page.items.iter().map(|status| status.entity.to_string()));
        assert!(paged.is_sorted_by(|one, next| one < next), "a page goes back: {paged:?}");
        continuation = page.continuation;
        if continuation.is_none() {
            break;
        }
    }
    assert_eq!(paged, expected);
}

pub(crate) async fn pages_of_entities_end_before_their_states_are_too_large(scene: Scene) {
    let state = format!("\"{}\"", "x".repeat(MAX_PAGE_BYTES / 2));
    for id in ["@counter@a", "@counter@b", "@counter@c"] {
        with_state(&scene, id, &state, 1).await;
    }
    let query = EntityQuery { fetch_state: true, ..EntityQuery::default() };
    let first = ok("query entities", scene.store.query_entities(query.clone()).await);
    assert_eq!(first.items.len(), 1);
    assert_eq!(
        found(&scene, EntityQuery { continuation: first.continuation, ..query }).await,
        ["@counter@b"]
    );
    assert_eq!(
        found(&scene, EntityQuery::default()).await.len(),
        3,
        "states that are not shown have no weight"
    );
}

pub(crate) async fn keys_of_entities_differ_by_case(scene: Scene) {
    with_state(&scene, "@c@K", "1", 0).await;
    with_state(&scene, "@c@k", "2", 0).await;
    with_state(&scene, "@c@", "3", 0).await;
    for (id, state) in [("@c@K", "1"), ("@c@k", "2"), ("@c@", "3")] {
        assert_eq!(scene.entity(id).await.and_then(|found| found.state), Some(json(state)), "{id}");
    }
}

pub(crate) async fn a_purged_entity_begins_anew(scene: Scene) {
    let old = with_state(&scene, "@c@a", "1", 0).await;
    signalled(&scene, "@c@a", "unread").await;
    assert_eq!(scene.commit(purge("@c@a")).await, CommitOutcome::Purged);
    assert_eq!(scene.entity("@c@a").await, None);
    assert_eq!(scene.commit(purge("@c@a")).await, CommitOutcome::Refused(Found::Nothing));
    let new = signalled(&scene, "@c@a", "add").await;
    assert_ne!(new, old);
    assert_eq!(scene.inbox(new).await, ["add"]);
    scene.assert_gone(old, "@c@a").await;
}

pub(crate) async fn a_purge_takes_the_turn_of_its_batch_with_it(scene: Scene) {
    let key = with_state(&scene, "@c@a", "1", 0).await;
    let other = scene.running("b").await;
    let run = turn(key).after(1).state("2").sends(to("b"), event("hello"));
    let outcomes = scene.batch(vec![run.into(), purge("@c@a")]).await;
    assert_eq!(outcomes, [CommitOutcome::Fenced, CommitOutcome::Purged]);
    assert_eq!(scene.inbox(other).await, [""; 0]);
    scene.assert_gone(key, "@c@a").await;
}

pub(crate) async fn a_purged_entity_is_created_by_a_message_of_the_same_batch(scene: Scene) {
    let old = with_state(&scene, "@c@a", "1", 0).await;
    let new = scene.key().await;
    scene.batch(vec![send(to_entity(new, "@c@a"), operation("add")), purge("@c@a")]).await;
    assert_eq!(scene.inbox(new).await, ["add"]);
    assert_eq!((scene.try_load(old).await, scene.entity("@c@a").await), (None, None));
}
