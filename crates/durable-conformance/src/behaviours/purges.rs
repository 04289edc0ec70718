//! Removing instances that are finished, and no others.

use durable_core::{
    model::InstanceKey,
    store::{CommitOutcome, Found, InstanceVersion},
};
use fnhost_protocol::{failure::Failure, status::RuntimeStatus};

use crate::{
    build::{purge, purge_only, turn},
    scene::Scene,
};

/// One instance of every final status.
async fn finish_all(scene: &Scene) -> Vec<(&'static str, InstanceKey)> {
    let failed = scene.running("failed").await;
    scene.turn(turn(failed).after(1).records(&["x"]).fails(Failure::new("Error", "no"))).await;
    let terminated = scene.running("terminated").await;
    scene.turn(turn(terminated).after(1).records(&["x"]).terminates("enough")).await;
    vec![("failed", failed), ("terminated", terminated), ("completed", scene.finished("completed").await)]
}

pub(crate) async fn a_finished_instance_is_purged_without_a_trace(scene: Scene) {
    let other = scene.running("other").await;
    scene.turn(turn(other).after(1).records(&["stays"])).await;
    for (id, key) in finish_all(&scene).await {
        assert_eq!(scene.commit(purge(id)).await, CommitOutcome::Purged, "{id}");
        assert_eq!(scene.commit(purge(id)).await, CommitOutcome::Refused(Found::Nothing), "{id}");
        scene.assert_unknown(id).await;
        scene.assert_gone(key, id).await;
    }
    assert_eq!(scene.recorded(other).await, ["stays"]);
}

pub(crate) async fn a_live_instance_is_not_purged(scene: Scene) {
    scene.pending("pending").await;
    scene.running("running").await;
    let key = scene.running("suspended").await;
    scene.turn(turn(key).after(1).status(RuntimeStatus::Suspended)).await;
    for (id, status) in [
        ("pending", RuntimeStatus::Pending),
        ("running", RuntimeStatus::Running),
        ("suspended", RuntimeStatus::Suspended),
    ] {
        assert_eq!(scene.commit(purge(id)).await, CommitOutcome::Refused(Found::Status(status)), "{id}");
        assert_eq!(scene.status(id).await.status, status);
    }
    assert_eq!(scene.commit(purge("nobody")).await, CommitOutcome::Refused(Found::Nothing));
}

pub(crate) async fn a_purge_may_name_the_very_instance(scene: Scene) {
    let version = |key, turn| InstanceVersion { key, turn };
    let key = scene.finished("a").await;
    let completed = CommitOutcome::Refused(Found::Status(RuntimeStatus::Completed));
    assert_eq!(scene.commit(purge_only("a", version(key, 1))).await, completed, "it has gone on");
    let other = version(InstanceKey(key.0 + 1), 2);
    let nothing = CommitOutcome::Refused(Found::Nothing);
    assert_eq!(scene.commit(purge_only("a", other)).await, nothing, "another one has the id");
    assert_eq!(scene.status("a").await.status, RuntimeStatus::Completed);
    assert_eq!(scene.commit(purge_only("a", version(key, 2))).await, CommitOutcome::Purged);
    let live = scene.running("a").await;
    let running = CommitOutcome::Refused(Found::Status(RuntimeStatus::Running));
    assert_eq!(scene.commit(purge_only("a", version(live, 1))).await, running, "it is not finished");
}

pub(crate) async fn a_purge_comes_before_the_turn_that_finishes(scene: Scene) {
    let key = scene.running("a").await;
    let outcomes = scene.batch(vec![turn(key).after(1).completes("1").into(), purge("a")]).await;
    assert_eq!(outcomes[1], CommitOutcome::Refused(Found::Status(RuntimeStatus::Running)));
    assert_eq!(scene.status("a").await.status, RuntimeStatus::Completed);
}

pub(crate) async fn a_purged_id_is_free(scene: Scene) {
    let old = scene.finished("a").await;
    scene.commit(purge("a")).await;
    let key = scene.pending("a").await;
    assert_ne!(key, old);
    assert_eq!(scene.inbox(key).await, ["Start"]);
    assert_eq!(scene.status("a").await.output, None);
}
