//! Purges of trees and by filter: what goes, what stays, and in which order.

use std::sync::Arc;

use durable_core::store::{FinishedQuery, Store};
use fnhost_protocol::{
    action::Action,
    client::{ClientError, PurgeFilter, Purged, Reach},
    ids::InstanceId,
    json::JsonText,
    status::{InstanceQuery, RuntimeStatus},
    time::Timestamp,
};

use crate::support::{Past, Scene, Scripts, complete};

/// How many children an instance has whose input is `<path> <children> <levels>`; ends when they have.
fn tree(past: &Past) -> Vec<Action> {
    let words: Vec<&str> = past.input.split(' ').collect();
    let [path, children, levels] = words[..] else { panic!("{}", past.input) };
    let (children, levels): (u32, u32) = (children.parse().unwrap(), levels.parse().unwrap());
    if levels == 0 || (0..children).all(|id| past.ok(id).is_some()) {
        return vec![complete("done")];
    }
    let child = |id| {
        let child = format!("{path}.{id}");
        Action::CreateSubOrchestration {
            id,
            name: "tree".to_owned(),
            input: JsonText::string(&format!("{child} {children} {}", levels - 1)),
            instance: Some(InstanceId::parse(&child).unwrap()),
            retry: None,
        }
    };
    (0..children).map(child).collect()
}

/// A parent that is done although its child still waits.
fn careless(past: &Past) -> Vec<Action> {
    if past.events.is_empty() {
        return vec![Action::CreateSubOrchestration {
            id: 0,
            name: "waits".to_owned(),
            instance: Some(InstanceId::parse("child").unwrap()),
            input: JsonText::null(),
            retry: None,
        }];
    }
    vec![complete("done")]
}

async fn scene() -> Scene {
    let scripts =
        Scripts::default().with("tree", tree).with("careless", careless).with("waits", |_| Vec::new());
    Scene::new(scripts).await
}

async fn grow(scene: &Scene, root: &str, children: u32, levels: u32) -> InstanceId {
    let id = scene.start("tree", root, &format!("{root} {children} {levels}")).await;
    scene.output(&id).await;
    id
}

async fn ids(scene: &Scene) -> Vec<String> {
    scene.client.settled().await;
    let page = scene.client.query(InstanceQuery::default()).await.unwrap();
    page.items.into_iter().map(|found| found.instance.to_string()).collect()
}

fn gone(instances: u64) -> Result<Purged, ClientError> {
    Ok(Purged { instances, is_complete: true })
}

#[tokio::test]
async fn a_tree_is_purged_with_all_below_it_and_nothing_beside_it() {
    let scene = scene().await;
    let (a, _) = (grow(&scene, "a", 3, 2).await, grow(&scene, "b", 1, 1).await);
    assert_eq!(scene.client.purge(a.clone(), Reach::Tree).await, gone(13));
    assert_eq!(ids(&scene).await, ["b", "b.0"]);
    assert_eq!(scene.client.purge(a.clone(), Reach::Tree).await, Err(ClientError::NotFound { id: a }));
}

#[tokio::test]
async fn without_recursion_children_stay() {
    let scene = scene().await;
    let id = grow(&scene, "a", 2, 1).await;
    assert_eq!(scene.client.purge(id, Reach::Instance).await, gone(1));
    assert_eq!(ids(&scene).await, ["a.0", "a.1"]);
}

/// More than a group on one level, and deeper than any stack of futures would like.
#[tokio::test]
async fn wide_and_deep_trees_are_purged() {
    let scene = scene().await;
    let wide = grow(&scene, "wide", 450, 1).await;
    assert_eq!(scene.client.purge(wide, Reach::Tree).await, gone(451));
    let deep = grow(&scene, "d", 1, 100).await;
    assert_eq!(scene.client.purge(deep, Reach::Tree).await, gone(101));
    assert_eq!(ids(&scene).await, [""; 0]);
}

#[tokio::test]
async fn a_child_that_still_runs_stays() {
    let scene = scene().await;
    let id = scene.start("careless", "parent", "").await;
    let refused = ClientError::NotFinished { id: id.clone(), status: RuntimeStatus::Running };
    scene.client.settled().await;
    assert_eq!(scene.client.purge(id.clone(), Reach::Tree).await, Err(refused));
    scene.client.raise_event(id.clone(), "e".to_owned(), JsonText::null()).await.unwrap();
    scene.output(&id).await;
    assert_eq!(scene.client.purge(id, Reach::Tree).await, gone(1));
    assert_eq!(ids(&scene).await, ["child"]);
}

#[tokio::test]
async fn a_filter_takes_what_is_finished_and_fits() {
    let scene = scene().await;
    grow(&scene, "a", 1, 1).await;
    scene.start("waits", "alive", "").await;
    let ended = scene.start("waits", "ended", "").await;
    scene.client.terminate(ended.clone(), String::new(), Reach::Instance).await.unwrap();
    scene.finish(&ended).await;
    let from = scene.now();
    scene.advance(60).await;
    grow(&scene, "b", 1, 0).await;
    let early = PurgeFilter { created_to: Some(from), ..PurgeFilter::default() };
    let running = PurgeFilter { statuses: vec![RuntimeStatus::Running], ..PurgeFilter::default() };
    assert_eq!(scene.client.purge_all(running).await, gone(0));
    let terminated = PurgeFilter { statuses: vec![RuntimeStatus::Terminated], ..early.clone() };
    assert_eq!(scene.client.purge_all(terminated).await, gone(1));
    assert_eq!(scene.client.purge_all(early.clone()).await, gone(2));
    assert_eq!(scene.client.purge_all(early).await, gone(0));
    assert_eq!(ids(&scene).await, ["alive", "b"]);
    assert_eq!(scene.client.purge_all(PurgeFilter::default()).await, gone(1));
    assert_eq!(ids(&scene).await, ["alive"]);
}

#[tokio::test]
async fn a_filter_may_take_trees_although_their_children_do_not_fit() {
    let scene = scene().await;
    grow(&scene, "a", 2, 1).await;
    let before = scene.now();
    scene.advance(60).await;
    let id = scene.start("careless", "parent", "").await;
    scene.advance(60).await;
    let later = scene.now();
    scene.client.raise_event(id.clone(), "e".to_owned(), JsonText::null()).await.unwrap();
    scene.output(&id).await;
    let child = InstanceId::parse("child").unwrap();
    scene.client.terminate(child.clone(), String::new(), Reach::Instance).await.unwrap();
    scene.finish(&child).await;
    let completed = PurgeFilter {
        statuses: vec![RuntimeStatus::Completed],
        created_from: Some(before.saturating_add(std::time::Duration::from_secs(1))),
        created_to: Some(later),
        reach: Reach::Tree,
        at_most: None,
    };
    assert_eq!(scene.client.purge_all(completed).await, gone(2), "the terminated child too");
    assert_eq!(ids(&scene).await, ["a", "a.0", "a.1"]);
}

#[tokio::test]
async fn a_purge_stops_after_as_many_as_it_is_asked_for() {
    let scene = scene().await;
    for number in 0..7 {
        grow(&scene, &number.to_string(), 1, 0).await;
        scene.advance(1).await;
    }
    let three = PurgeFilter { at_most: Some(3), ..PurgeFilter::default() };
    let part = Purged { instances: 3, is_complete: false };
    assert_eq!(scene.client.purge_all(three.clone()).await, Ok(part));
    assert_eq!(ids(&scene).await, ["3", "4", "5", "6"], "the longest finished first");
    assert_eq!(scene.client.purge_all(three.clone()).await, Ok(part));
    assert_eq!(scene.client.purge_all(three).await, gone(1));
}

/// Whoever dies in the middle of a purge leaves no child without its parent behind: nobody would find it.
#[tokio::test]
async fn parents_are_purged_after_their_children() {
    for _ in 0..20 {
        let scene = scene().await;
        let id = grow(&scene, "a", 5, 3).await;
        let store: Arc<dyn Store> = Arc::new(scene.database.store("hub"));
        let purge = tokio::spawn({
            let client = scene.client.clone();
            async move { client.purge(id, Reach::Tree).await }
        });
        loop {
            let all = FinishedQuery {
                status: RuntimeStatus::Completed,
                before: Timestamp::MAX,
                created_from: None,
                created_to: None,
                after: None,
                limit: 1_000,
            };
            let found = store.find_finished(all).await.unwrap();
            for instance in &found {
                let parent = instance.id.as_str().rsplit_once('.').map(|(parent, _)| parent);
                let is_there = |id: &str| found.iter().any(|other| other.id.as_str() == id);
                assert!(parent.is_none_or(is_there), "{} is an orphan", instance.id);
            }
            if found.is_empty() {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(purge.await.unwrap(), gone(156));
    }
}
