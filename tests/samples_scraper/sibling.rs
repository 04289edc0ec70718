//! The published sibling: open issues of an organisation, counted over HTTP.

use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::{Host, MASTER_KEY, Scene, standins::GitHub};

#[track_caller]
fn start(host: &Host) -> String {
    let answer = host.post("/api/Orchestrator_HttpStart").key(MASTER_KEY).send().expect(202);
    assert_eq!(answer.header("retry-after"), Some("10"));
    answer.json()["id"].as_str().expect("the answer names the instance").to_owned()
}

/// 1
#[test]
fn issues_of_all_repositories_are_counted() {
    let stage = Stage::with(Scene::new(), GitHub::organization("Nuget", "repo", 65, 1));
    stage.github.change("Nuget/repo-7", |repo| repo.open_issues = 230);
    let host = stage.start();
    host.post("/api/Orchestrator_HttpStart").send().expect(401);
    host.get("/api/Orchestrator_HttpStart").key(MASTER_KEY).send().expect(202);
    let id = start(&host);
    let status = host.durable().wait_for_end(&id);
    assert_eq!((&status["runtimeStatus"], &status["output"]), (&json!("Completed"), &json!(id)), "{status}");

    let rows = stage.repositories();
    assert_eq!(rows.len(), 65);
    let counted = |place: usize| rows[place]["OpenedIssues"].as_i64();
    assert_eq!((counted(0), counted(7)), (Some(1), Some(230)));
    let first: Value =
        json!({ "PartitionKey": "Default", "RowKey": "1", "OpenedIssues": 1, "RepositoryName": "repo-0" });
    assert_eq!(rows[0], first);
}

#[test]
fn pages_are_asked_for_until_one_is_empty() {
    let stage = Stage::with(Scene::new(), GitHub::organization("Nuget", "repo", 60, 1));
    let host = stage.start();
    host.durable().wait_for_end(&start(&host));
    let pages: Vec<_> =
        stage.github.calls("/orgs/").iter().map(|call| call.parameter("page").map(str::to_owned)).collect();
    assert_eq!(pages, ["1", "2", "3"].map(|page| Some(page.to_owned())), "two full pages, and the empty one");
}

#[test]
fn counting_again_replaces_what_was_counted() {
    let stage = Stage::with(Scene::new(), GitHub::organization("Nuget", "repo", 3, 1));
    let host = stage.start();
    host.durable().wait_for_end(&start(&host));
    stage.github.change("Nuget/repo-0", |repo| repo.open_issues = 99);
    host.durable().wait_for_end(&start(&host));
    let rows = stage.repositories();
    assert_eq!((rows.len(), &rows[0]["OpenedIssues"]), (3, &json!(99)));
}
