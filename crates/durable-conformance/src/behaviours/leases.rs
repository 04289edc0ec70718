//! What a host does with its lease while it lives and when it stops.

use durable_core::store::{CommitOutcome, News, StoreError};
use fnhost_protocol::ids::InstanceId;
use futures_util::StreamExt as _;

use crate::{
    build::{at, task_of, task_result, turn},
    host::ok,
    scene::Scene,
};

pub(crate) async fn a_lease_is_renewed(scene: Scene) {
    ok("renew", scene.store.renew(scene.lease).await);
    ok("renew", scene.store.renew(scene.lease).await);
    scene.running("a").await;
}

pub(crate) async fn an_epoch_that_is_over_is_not_renewed(scene: Scene) {
    let next = scene.register_again().await;
    let result = scene.store.renew(scene.lease).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    ok("renew", next.store.renew(next.lease).await);
}

pub(crate) async fn who_is_alone_finds_nobody_dead(scene: Scene) {
    assert_eq!(scene.take_over().await, 0);
    scene.running("a").await;
}

pub(crate) async fn a_host_that_stops_gives_everything_back(scene: Scene) {
    let (kept, claimed) = (scene.running("kept").await, scene.pending("claimed").await);
    scene.claim_instances(10).await;
    scene.turn(turn(kept).after(1).leased_task(0, "Work").keeps()).await;
    scene.raised("kept", "hello").await;
    scene.deregister().await;
    let result = scene.try_batch(at(0), vec![turn(kept).after(2).into()]).await;
    assert!(matches!(result, Err(StoreError::LeaseLost(_))), "{result:?}");
    let next = scene.register_again().await;
    let work = next.claim(10, 10).await;
    assert_eq!(work.instances, [claimed, kept]);
    assert_eq!(work.tasks.len(), 1);
}

pub(crate) async fn a_host_may_stop_twice(scene: Scene) {
    scene.deregister().await;
    scene.deregister().await;
    let next = scene.register_again().await;
    scene.deregister().await;
    next.running("a").await;
}

pub(crate) async fn what_is_finished_or_gone_is_told(scene: Scene) {
    scene.finished("finished").await;
    scene.running("running").await;
    scene.pending("pending").await;
    let ids = ["running", "finished", "gone", "pending"].map(InstanceId::from_stored);
    let mut told = ok("tell who has finished", scene.store.finished(ids.to_vec()).await);
    told.sort();
    assert_eq!(told, ["finished", "gone"].map(InstanceId::from_stored));
    assert_eq!(ok("tell who has finished", scene.store.finished(vec![]).await), []);
}

pub(crate) async fn calls_whose_execution_is_over_are_pointless(scene: Scene) {
    let (a, b, c) = (scene.running("a").await, scene.running("b").await, scene.running("c").await);
    for key in [a, b, c] {
        scene.turn(turn(key).after(1).leased_task(0, "Work").leased_task(1, "More").keeps()).await;
    }
    scene.turn(turn(a).after(2).completes("1")).await;
    scene.turn(turn(b).after(2).continues_as_new("1")).await;
    assert!(matches!(scene.commit(task_result(task_of(c, 1))).await, CommitOutcome::TaskResult(_)));
    let calls = [a, b, c].into_iter().flat_map(|key| [task_of(key, 0), task_of(key, 1)]).collect();
    let mut pointless = ok("tell what is pointless", scene.store.pointless(scene.lease, calls).await);
    pointless.sort();
    assert_eq!(pointless, [task_of(a, 0), task_of(a, 1), task_of(b, 0), task_of(b, 1), task_of(c, 1)]);
}

pub(crate) async fn who_listens_first_hears_that_there_may_be_anything(scene: Scene) {
    if scene.store.sharing().is_some() {
        assert_eq!(scene.store.news().next().await, Some(News::ALL));
    }
    ok("announce", scene.store.announce(News::TASKS).await);
}
