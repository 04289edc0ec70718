//! Entities that are nothing but a row, and their removal.

use durable_core::{
    lock::Lock,
    model::InstanceKey,
    store::{CommitOutcome, RemovedEntities, StoreError},
};
use fnhost_protocol::{
    history::{ExecutionRef, Parent},
    ids::InstanceId,
};

use crate::{
    build::{Turn, operation, send, to, to_entity, turn},
    host::{Host, ok},
    scene::Scene,
};

/// An entity that has had one turn, its inbox is empty.
async fn entity(host: &Host, id: &str, run: impl FnOnce(Turn) -> Turn) -> InstanceKey {
    let key = host.key().await;
    host.commit(send(to_entity(key, id), operation("x"))).await;
    let consumed = host.message_ids(key).await;
    host.turn(run(turn(key).consumes(consumed))).await;
    key
}

async fn remove(host: &Host, after: Option<&str>, limit: u32) -> RemovedEntities {
    let after = after.map(InstanceId::from_stored);
    ok("remove empty entities", host.store.remove_empty_entities(host.lease, after, limit).await)
}

fn held() -> Lock {
    let execution = ExecutionRef { key: 1, generation: 0 };
    Lock::HeldBy(Parent { instance: InstanceId::from_stored("a"), execution, task: 0 })
}

pub(crate) async fn only_empty_entities_are_removed(scene: Scene) {
    let never = entity(&scene, "@c@never", |turn| turn).await;
    let deleted = entity(&scene, "@c@deleted", |turn| turn.state("1")).await;
    scene.turn(turn(deleted).after(1).no_state()).await;
    let stateful = entity(&scene, "@c@stateful", |turn| turn.state("null")).await;
    let locked = entity(&scene, "@c@locked", |turn| turn.lock(held())).await;
    let waiting = entity(&scene, "@c@waiting", |turn| turn).await;
    scene.commit(send(to("@c@waiting"), operation("y"))).await;
    let orchestration = scene.running("c").await;
    let kept = entity(&scene, "@c@owned", Turn::keeps).await;
    assert_eq!(remove(&scene, None, 100).await, RemovedEntities { removed: 3, continuation: None });
    for (key, id) in [(never, "@c@never"), (deleted, "@c@deleted"), (kept, "@c@owned")] {
        assert_eq!(scene.try_load(key).await, None, "{id}");
        assert_eq!(scene.raise(id, "x").await, scene.raise("@c@nobody", "x").await, "{id}");
    }
    for key in [stateful, locked, waiting, orchestration] {
        assert!(scene.try_load(key).await.is_some(), "{key:?}");
    }
    assert_eq!(scene.inbox(waiting).await, ["y"]);
}

pub(crate) async fn empty_entities_are_removed_in_pages(scene: Scene) {
    for number in 10..17 {
        entity(&scene, &format!("@c@{number}"), |turn| turn).await;
        entity(&scene, &format!("@c@{number} stays"), |turn| turn.state("1")).await;
    }
    let (mut removed, mut pages, mut after) = (0, 0, None);
    loop {
        let page = remove(&scene, after.as_deref(), 3).await;
        assert!(page.removed <= 3, "{page:?}");
        (removed, pages) = (removed + page.removed, pages + 1);
        let Some(last) = page.continuation else { break };
        assert!(after.as_deref() < Some(last.as_str()), "a page goes back: {last}");
        after = Some(last.to_string());
    }
    assert_eq!((removed, pages), (7, 3));
    assert_eq!(remove(&scene, None, 3).await, RemovedEntities::default());
}

pub(crate) async fn a_removed_entity_begins_anew(scene: Scene) {
    let old = entity(&scene, "@c@a", |turn| turn).await;
    remove(&scene, None, 10).await;
    assert_eq!(scene.commit(turn(old).after(1)).await, CommitOutcome::Fenced);
    let new = scene.key().await;
    scene.commit(send(to_entity(new, "@c@a"), operation("add"))).await;
    assert_eq!(scene.inbox(new).await, ["add"]);
}

pub(crate) async fn a_clean_up_leaves_other_hubs_alone(mut scene: Scene) {
    let other = scene.other_hub("other").await;
    let (mine, theirs) =
        (entity(&scene, "@c@a", |turn| turn).await, entity(&other, "@c@a", |turn| turn).await);
    assert_eq!(remove(&scene, None, 10).await.removed, 1);
    assert_eq!(scene.try_load(mine).await, None);
    assert!(other.try_load(theirs).await.is_some());
}

pub(crate) async fn a_clean_up_under_an_old_epoch_removes_nothing(scene: Scene) {
    let key = entity(&scene, "@c@a", |turn| turn).await;
    let current = scene.register_again().await;
    let refused = scene.store.remove_empty_entities(scene.lease, None, 10).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))), "{refused:?}");
    assert!(current.try_load(key).await.is_some());
}
