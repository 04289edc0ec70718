//! What retention and purges look for: instances finished for a while, children of an instance.

use durable_core::{
    model::{InstanceKey, NewInstance},
    store::{CommitOutcome, FinishedQuery, FoundInstance, InstanceVersion},
};
use fnhost_protocol::{
    failure::Failure,
    history::{ExecutionRef, Parent},
    ids::InstanceId,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    build::{at, orchestration, start, turn},
    host::{Host, ok},
    scene::Scene,
};

/// Everything that is finished so.
fn all(status: RuntimeStatus) -> FinishedQuery {
    FinishedQuery {
        status,
        before: Timestamp::MAX,
        created_from: None,
        created_to: None,
        after: None,
        limit: 100,
    }
}

fn completed() -> FinishedQuery {
    all(RuntimeStatus::Completed)
}

async fn finished(host: &Host, query: FinishedQuery) -> Vec<FoundInstance> {
    ok("look for finished instances", host.store.find_finished(query).await)
}

async fn ids(host: &Host, query: FinishedQuery) -> Vec<String> {
    finished(host, query).await.iter().map(|found| found.id.to_string()).collect()
}

/// An orchestration that completed at that second.
async fn completed_at(host: &Host, id: &str, second: u64) -> InstanceKey {
    let key = host.running(id).await;
    host.turn(turn(key).after(1).counts(7, 3).completes("1").at(at(second))).await;
    key
}

async fn children(host: &Host, parent: InstanceKey, after: Option<InstanceKey>, limit: u32) -> Vec<String> {
    let found = ok("look for children", host.store.find_children(parent, after, limit).await);
    found.iter().map(|found| format!("{} {}", found.id, found.status)).collect()
}

/// Starts a sub-orchestration of this execution of an instance.
async fn child(host: &Host, id: &str, parent: InstanceKey, generation: u32) -> InstanceKey {
    let key = host.key().await;
    let execution = ExecutionRef { key: parent.0, generation };
    let parent = Some(Parent { instance: InstanceId::from_stored("parent"), execution, task: 0 });
    let started = host.commit(start(NewInstance { parent, ..orchestration(key, id) })).await;
    assert!(matches!(started, CommitOutcome::Started(_)), "{started:?}");
    key
}

pub(crate) async fn finished_instances_are_found_oldest_end_first(scene: Scene) {
    let late = completed_at(&scene, "late", 30).await;
    completed_at(&scene, "early", 10).await;
    completed_at(&scene, "same time, second", 20).await;
    completed_at(&scene, "a same time, third", 20).await;
    let expected = ["early", "same time, second", "a same time, third", "late"];
    assert_eq!(ids(&scene, completed()).await, expected);
    let last = finished(&scene, completed()).await.remove(3);
    let expected = FoundInstance {
        version: InstanceVersion { key: late, turn: 2 },
        id: InstanceId::from_stored("late"),
        status: RuntimeStatus::Completed,
        updated_at: at(30),
        events: 7,
    };
    assert_eq!(last, expected);
}

pub(crate) async fn only_what_is_finished_so_is_found(scene: Scene) {
    scene.pending("pending").await;
    scene.running("running").await;
    let failed = scene.running("failed").await;
    scene.turn(turn(failed).after(1).fails(Failure::new("Error", "no"))).await;
    let terminated = scene.running("terminated").await;
    scene.turn(turn(terminated).after(1).terminates("enough")).await;
    scene.finished("completed").await;
    for status in RuntimeStatus::ALL {
        let expected: Vec<String> =
            status.is_terminal().then(|| status.to_string().to_lowercase()).into_iter().collect();
        assert_eq!(ids(&scene, all(status)).await, expected, "{status}");
    }
}

pub(crate) async fn finished_instances_are_found_by_their_times(scene: Scene) {
    for (id, created, ended) in [("a", 1, 10), ("b", 2, 20), ("c", 3, 15)] {
        let key = scene.key().await;
        scene.batch_at(at(created), vec![start(orchestration(key, id)).into()]).await;
        scene.turn(turn(key).completes("1").at(at(ended))).await;
    }
    assert_eq!(ids(&scene, FinishedQuery { before: at(20), ..completed() }).await, ["a", "c"], "exclusive");
    assert_eq!(ids(&scene, FinishedQuery { before: at(10), ..completed() }).await, [""; 0]);
    assert_eq!(ids(&scene, FinishedQuery { created_from: Some(at(2)), ..completed() }).await, ["c", "b"]);
    assert_eq!(ids(&scene, FinishedQuery { created_to: Some(at(2)), ..completed() }).await, ["a", "b"]);
    let both = FinishedQuery { created_from: Some(at(2)), created_to: Some(at(2)), ..completed() };
    assert_eq!(ids(&scene, both).await, ["b"]);
    assert_eq!(ids(&scene, FinishedQuery { before: at(20), ..both }).await, [""; 0], "filters add up");
}

pub(crate) async fn finished_instances_are_found_in_pages(scene: Scene) {
    for (number, second) in [5, 1, 3, 3, 3, 9].into_iter().enumerate() {
        completed_at(&scene, &format!("{second} {number}"), second).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = finished(&scene, FinishedQuery { after, limit: 2, ..completed() }).await;
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        after = Some(last.cursor());
        seen.extend(page.iter().map(|found| found.id.to_string()));
    }
    assert_eq!(seen, ["1 1", "3 2", "3 3", "3 4", "5 0", "9 5"]);
}

pub(crate) async fn children_are_found_by_their_parent(scene: Scene) {
    let (parent, other) = (scene.running("parent").await, scene.running("other").await);
    let first = child(&scene, "first", parent, 0).await;
    child(&scene, "not mine", other, 0).await;
    child(&scene, "of a later execution", parent, 3).await;
    child(&scene, "grandchild", first, 0).await;
    scene.turn(turn(first).completes("1")).await;
    let all = ["first Completed", "of a later execution Pending"];
    assert_eq!(children(&scene, parent, None, 10).await, all);
    assert_eq!(children(&scene, parent, None, 1).await, all[..1]);
    assert_eq!(children(&scene, parent, Some(first), 10).await, all[1..]);
    assert_eq!(children(&scene, first, None, 10).await, ["grandchild Pending"]);
    assert_eq!(
        children(&scene, InstanceKey(0), None, 10).await,
        [""; 0],
        "who has no parent is nobody's child"
    );
}

pub(crate) async fn children_are_found_when_their_parent_is_gone(scene: Scene) {
    let parent = scene.finished("parent").await;
    child(&scene, "child", parent, 0).await;
    scene.commit(crate::build::purge("parent")).await;
    assert_eq!(children(&scene, parent, None, 10).await, ["child Pending"]);
    let again = scene.pending("parent").await;
    assert_eq!(children(&scene, again, None, 10).await, [""; 0], "another instance of the same id");
}
