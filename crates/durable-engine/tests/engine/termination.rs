//! Termination of a whole tree: parents tell children, level by level, whatever happens in between.

use fnhost_protocol::{
    action::Action,
    client::{Reach, StatusDetail},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceQuery, RuntimeStatus},
};

use crate::support::{Past, Scene, Scripts, call, complete};

/// An instance whose input is its id: two children each, down to the third level, which waits for an activity.
fn tree(past: &Past) -> Vec<Action> {
    let is_leaf = past.input.matches('.').count() == 2;
    let work = if is_leaf { 1 } else { 2 };
    if (0..work).all(|id| past.ok(id).is_some()) {
        return vec![complete("done")];
    }
    let wish = |id| {
        if is_leaf { call(id, "slow", "") } else { child(id, "tree", &format!("{}.{id}", past.input)) }
    };
    (0..work).map(wish).collect()
}

fn child(id: u32, name: &str, instance: &str) -> Action {
    Action::CreateSubOrchestration {
        id,
        name: name.to_owned(),
        instance: Some(InstanceId::parse(instance).unwrap()),
        input: JsonText::string(instance),
        retry: None,
    }
}

/// Every instance with its status.
async fn all(scene: &Scene) -> Vec<(String, RuntimeStatus)> {
    scene.client.settled().await;
    let page = scene.client.query(InstanceQuery::default()).await.unwrap();
    page.items.into_iter().map(|found| (found.instance.to_string(), found.status)).collect()
}

async fn count(scene: &Scene, status: RuntimeStatus) -> usize {
    all(scene).await.iter().filter(|(_, found)| *found == status).count()
}

/// A tree of seven, all of which run.
async fn grown(options: durable_engine::Options) -> (Scene, InstanceId) {
    let scene = Scene::with_options(Scripts::default().with("tree", tree), options).await;
    let id = scene.start("tree", "a", "a").await;
    while scene.scripts.tasks_run.lock().unwrap().len() < 4 {
        tokio::task::yield_now().await;
    }
    (scene, id)
}

/// Waits until all seven are terminated.
async fn assert_terminated(scene: &Scene) {
    for id in ["a", "a.0", "a.1", "a.0.0", "a.0.1", "a.1.0", "a.1.1"] {
        let finished = scene.finish(&InstanceId::parse(id).unwrap()).await;
        assert_eq!(
            (finished.status, finished.output),
            (RuntimeStatus::Terminated, Some(JsonText::string("all of it"))),
            "{id}"
        );
    }
    assert_eq!(count(scene, RuntimeStatus::Terminated).await, 7);
}

#[tokio::test]
async fn a_tree_is_terminated_down_to_its_leaves_and_their_activities() {
    let (scene, id) = grown(durable_engine::Options::default()).await;
    scene.client.terminate(id, "all of it".to_owned(), Reach::Tree).await.unwrap();
    assert_terminated(&scene).await;
    while scene.scripts.cut_off.load(std::sync::atomic::Ordering::SeqCst) < 4 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn without_recursion_children_go_on() {
    let (scene, id) = grown(durable_engine::Options::default()).await;
    scene.client.terminate(id, "alone".to_owned(), Reach::Instance).await.unwrap();
    scene.finish(&InstanceId::parse("a").unwrap()).await;
    scene.scripts.gate.notify_waiters();
    assert_eq!(count(&scene, RuntimeStatus::Terminated).await, 1);
    assert_eq!(count(&scene, RuntimeStatus::Completed).await, 6);
}

#[tokio::test]
async fn a_branch_is_terminated_and_the_rest_of_the_tree_goes_on() {
    let (scene, _) = grown(durable_engine::Options::default()).await;
    let branch = InstanceId::parse("a.1").unwrap();
    scene.client.terminate(branch, "all of it".to_owned(), Reach::Tree).await.unwrap();
    for id in ["a.1.0", "a.1.1"] {
        scene.finish(&InstanceId::parse(id).unwrap()).await;
    }
    scene.scripts.gate.notify_waiters();
    let expected = [
        ("a", RuntimeStatus::Running),
        ("a.0", RuntimeStatus::Completed),
        ("a.0.0", RuntimeStatus::Completed),
        ("a.0.1", RuntimeStatus::Completed),
        ("a.1", RuntimeStatus::Terminated),
        ("a.1.0", RuntimeStatus::Terminated),
        ("a.1.1", RuntimeStatus::Terminated),
    ];
    assert_eq!(all(&scene).await, expected.map(|(id, status)| (id.to_owned(), status)));
}

/// The next step is always in the store before the one before it counts as done.
#[tokio::test]
async fn a_tree_is_terminated_although_its_host_dies_again_and_again() {
    let (mut scene, id) = grown(durable_engine::Options::default()).await;
    scene.client.terminate(id, "all of it".to_owned(), Reach::Tree).await.unwrap();
    for steps in 0..12 {
        for _ in 0..steps {
            tokio::task::yield_now().await;
        }
        scene = scene.restart().await;
    }
    assert_terminated(&scene).await;
}

/// Histories are read again for the children when nothing is kept in memory.
#[tokio::test]
async fn a_tree_is_terminated_from_a_cold_start() {
    let options = durable_engine::Options { idle_bytes: 0, evict_seed: Some(7), ..Default::default() };
    let (scene, id) = grown(options).await;
    let scene = scene.restart().await;
    scene.client.terminate(id, "all of it".to_owned(), Reach::Tree).await.unwrap();
    assert_terminated(&scene).await;
}

#[tokio::test]
async fn a_child_that_has_answered_is_not_told_and_whoever_has_its_id_now_goes_on() {
    fn parent(past: &Past) -> Vec<Action> {
        if past.ok(0).is_none() { vec![child(0, "short", "id")] } else { vec![call(1, "slow", "")] }
    }
    let scripts = Scripts::default()
        .with("parent", parent)
        .with("short", |_| vec![complete("done")])
        .with("other", |_| Vec::new());
    let scene = Scene::new(scripts).await;
    let id = scene.start("parent", "p", "").await;
    while scene.scripts.tasks_run.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    let other = scene.start("other", "id", "").await;
    scene.client.terminate(id.clone(), String::new(), Reach::Tree).await.unwrap();
    scene.finish(&id).await;
    scene.client.settled().await;
    let status = scene.client.status(other, StatusDetail::default()).await.unwrap().unwrap();
    assert_eq!(status.status, RuntimeStatus::Running);
}
