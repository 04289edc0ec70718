//! Sub-orchestrations: created by a turn's message, or refused to whoever asked.

use durable_core::{
    message::Message,
    model::NewInstance,
    store::{CommitOutcome, DeliveredTo, Target},
};
use fnhost_protocol::{
    history::{ExecutionRef, Parent},
    ids::InstanceId,
    status::RuntimeStatus,
};

use crate::{
    build::{at, create, event, json, label, orchestration, start, to, turn},
    scene::Scene,
};

pub(crate) async fn a_turn_creates_a_sub_orchestration(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    let parent = Parent {
        instance: InstanceId::from_stored("asker"),
        execution: ExecutionRef { key: asker.0, generation: 0 },
        task: 3,
    };
    let child = NewInstance { parent: Some(parent.clone()), ..orchestration(key, "child") };
    let begin = Message::Start { input: json("\"first\""), parent: Some(parent.clone()) };
    let target = Target::Create { instance: child, refusal: Some(event("refused")) };
    let run = turn(asker).after(1).sends(target, begin.clone()).into();
    let outcome = scene.batch_at(at(4), vec![run]).await.remove(0);
    let CommitOutcome::Turn(done) = outcome else { panic!("{outcome:?}") };
    let delivery = done.deliveries[0].expect("the child is created");
    assert_eq!((delivery.key, delivery.to), (key, DeliveredTo::Here));
    assert_eq!(done.refusals, []);
    let loaded = scene.load(key).await;
    assert_eq!(loaded.inbox, [(delivery.message, begin)]);
    assert_eq!(loaded.instance.parent, Some(parent));
    let status = scene.status("child").await;
    assert_eq!((status.status, status.created_at), (RuntimeStatus::Pending, at(4)));
    assert_eq!((status.name.as_str(), status.input), ("Flow", Some(json("\"first\""))));
    assert_eq!(scene.inbox(asker).await, [""; 0]);
}

pub(crate) async fn a_taken_id_is_refused_to_the_asker(scene: Scene) {
    let (asker, taken, key) = (scene.running("asker").await, scene.running("taken").await, scene.key().await);
    let before = scene.load(taken).await;
    let done = scene.turn(turn(asker).after(1).sends(create(key, "taken"), event("begin"))).await;
    assert_eq!(done.deliveries, [None]);
    assert_eq!(done.refusals.len(), 1);
    assert_eq!(scene.load(asker).await.inbox, done.refusals);
    assert_eq!(label(&done.refusals[0].1), "refused");
    assert_eq!(scene.load(taken).await, before);
    assert_eq!(scene.try_load(key).await, None);
}

pub(crate) async fn a_refusal_is_only_for_who_waits(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    scene.running("taken").await;
    let target = Target::Create { instance: orchestration(key, "taken"), refusal: None };
    let done = scene.turn(turn(asker).after(1).sends(target, event("begin"))).await;
    assert_eq!((done.deliveries, done.refusals), (vec![None], vec![]));
    assert_eq!(scene.inbox(asker).await, [""; 0]);
    assert_eq!(scene.try_load(key).await, None);
}

pub(crate) async fn a_refusal_keeps_its_place_among_messages(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    scene.running("taken").await;
    let run = turn(asker).after(1).sends(to("asker"), event("1")).sends(create(key, "taken"), event("begin"));
    scene.turn(run.sends(to("asker"), event("2"))).await;
    assert_eq!(scene.inbox(asker).await, ["1", "refused", "2"]);
}

pub(crate) async fn a_refusal_to_a_finished_asker_is_dropped(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    scene.running("taken").await;
    let run = turn(asker).after(1).sends(create(key, "taken"), event("begin")).completes("1");
    let done = scene.turn(run).await;
    assert_eq!((done.deliveries, done.refusals), (vec![None], vec![]));
    assert_eq!(scene.inbox(asker).await, [""; 0]);
    assert_eq!(scene.claim_instances(10).await, []);
}

pub(crate) async fn a_refusal_reaches_the_next_execution(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    scene.running("taken").await;
    let run = turn(asker).after(1).sends(create(key, "taken"), event("begin")).continues_as_new("2");
    let done = scene.turn(run).await;
    assert_eq!(done.refusals.len(), 1);
    assert_eq!(scene.inbox(asker).await, ["ContinuedAsNew", "refused"]);
}

pub(crate) async fn a_finished_instance_makes_room_for_a_sub_orchestration(scene: Scene) {
    let (asker, old, key) = (scene.running("asker").await, scene.finished("done").await, scene.key().await);
    let done = scene.turn(turn(asker).after(1).sends(create(key, "done"), event("begin"))).await;
    assert_eq!(done.deliveries[0].map(|delivery| delivery.key), Some(key));
    assert_eq!(scene.status("done").await.status, RuntimeStatus::Pending);
    assert_eq!(scene.inbox(key).await, ["begin"]);
    scene.assert_gone(old, "done").await;
}

pub(crate) async fn an_id_is_given_once_in_a_turn(scene: Scene) {
    let (asker, first, second) = (scene.running("asker").await, scene.key().await, scene.key().await);
    let run = turn(asker).after(1).sends(create(second, "child"), event("begin"));
    let done = scene.turn(run.sends(create(first, "child"), event("again"))).await;
    assert_eq!(done.deliveries[0].map(|delivery| delivery.key), Some(second));
    assert_eq!(done.deliveries[1], None);
    assert_eq!(scene.inbox(second).await, ["begin"]);
    assert_eq!(scene.inbox(asker).await, ["refused"]);
    assert_eq!(scene.try_load(first).await, None);
}

pub(crate) async fn an_id_is_given_once_in_a_batch(scene: Scene) {
    let (a, b) = (scene.running("a").await, scene.running("b").await);
    let keys = scene.keys(4).await;
    let outcomes = scene
        .batch(vec![
            turn(b).after(1).sends(create(keys[0], "x"), event("begin")).into(),
            start(orchestration(keys[1], "x")).into(),
            start(orchestration(keys[2], "y")).into(),
            turn(a).after(1).sends(create(keys[3], "y"), event("begin")).into(),
        ])
        .await;
    assert_eq!(outcomes[1], CommitOutcome::Taken(RuntimeStatus::Pending));
    assert_eq!(scene.inbox(keys[0]).await, ["begin"]);
    assert_eq!(scene.inbox(keys[2]).await, ["Start"]);
    assert_eq!((scene.inbox(a).await, scene.inbox(b).await), (vec!["refused".to_owned()], vec![]));
    assert_eq!((scene.try_load(keys[1]).await, scene.try_load(keys[3]).await), (None, None));
}

pub(crate) async fn an_asker_cannot_create_itself(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    let done = scene.turn(turn(asker).after(1).sends(create(key, "asker"), event("begin"))).await;
    assert_eq!((done.deliveries, done.refusals.len()), (vec![None], 1));
    assert_eq!(scene.inbox(asker).await, ["refused"]);
}

pub(crate) async fn the_last_turn_may_create_a_sub_orchestration(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    scene.turn(turn(asker).after(1).sends(create(key, "child"), event("begin")).completes("1")).await;
    assert_eq!(scene.inbox(key).await, ["begin"]);
    assert_eq!(scene.claim_instances(10).await, [key]);
}

pub(crate) async fn the_last_turn_may_start_its_own_id_anew(scene: Scene) {
    let (asker, key) = (scene.running("asker").await, scene.key().await);
    scene.raised("asker", "unread").await;
    let run = turn(asker).after(1).records(&["x"]).sends(create(key, "asker"), event("begin"));
    let done = scene.turn(run.sends(to("asker"), event("more")).completes("1")).await;
    let reached: Vec<_> = done.deliveries.iter().map(|one| one.map(|delivery| delivery.key)).collect();
    assert_eq!((reached, done.refusals), (vec![Some(key), Some(key)], vec![]));
    assert_eq!(scene.inbox(key).await, ["begin", "more"]);
    assert_eq!(scene.status("asker").await.output, None);
    scene.assert_gone(asker, "asker").await;
}
