//! Runs that go well.

use std::collections::HashSet;

use serde_json::json;

use super::stage::{START, Stage, names, run, start_run};
use crate::support::{
    Scene,
    standins::{GitHub, Repo, overlap},
};

on_every_worker!(the_published_example_is_counted);

/// 2, 3, 4, 5
fn the_published_example_is_counted(scene: Scene) {
    let stage = Stage::published(scene).setting("NumberOfReposToQueryPerCall", 65);
    let host = stage.start();
    assert_eq!(run(&host), "email sent via sendgrid");

    let queries = stage.github.queries();
    assert_eq!(queries.len(), 3);
    assert!(!overlap(&queries), "two queries at once");
    assert!(!overlap(&stage.github.calls("/orgs")), "two requests for organisations at once");
    assert_eq!(queries[0].header("authorization"), Some("bearer github-token"));
    assert_eq!(stage.github.calls("/orgs")[0].header("authorization"), Some("token github-token"));
    assert_eq!(queries.iter().map(|query| GitHub::asked_for(query).len()).collect::<Vec<_>>(), [65, 65, 65]);

    let runs = stage.runs();
    let [info] = &runs[..] else { panic!("{runs:?}") };
    let id = info["id"].as_str().expect("an id is a text");
    assert!(id.parse::<i64>().is_ok_and(|id| id > 1_700_000_000), "{id}");
    let sums = ["totalReceived", "totalProcessed", "totalCreatedCount", "totalFailedCount"]
        .map(|name| info[name].clone());
    assert_eq!(sums, [json!(195), json!(195), json!(195), json!(0)]);
    assert_eq!((names(&info["createdList"]).len(), names(&info["failedList"]).len()), (195, 0));
    assert_eq!(info["date"].as_str().map(str::len), Some(8));

    let documents = stage.documents();
    assert_eq!(documents.len(), 195);
    for document in &documents {
        let repo = document["repo"].as_str().expect("a name is a text");
        assert_eq!(document["id"], format!("{}.{id}", repo.replace('/', ".")));
        assert!(!repo.ends_with("FluidExamples") && !repo.ends_with("maro"), "{repo} is excluded");
    }
    let octokit = documents.iter().find(|document| document["repo"] == "octokit/octokit.rb");
    let expected = json!({
        "id": format!("octokit.octokit.rb.{id}"), "repo": "octokit/octokit.rb", "isArchived": 0, "isTemplate": 0,
        "repoUpdatedAt": "2011-01-02T03:04:05Z", "openIssues": 46, "closedIssues": 3, "totalIssues": 49, "openPRs": 46,
        "closedPRs": 0, "mergedPRs": 46, "totalPRs": 92, "stars": 460,
    });
    assert_eq!(octokit, Some(&expected));

    let mails = stage.mail.texts();
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert_eq!(mails[0], format!("Run Started with run id: {id}"));
    let report = "Run completed and posted to event grid <br><br><b>Total received: 195 <br>Total processed: 195<br>\
        Total created: 195<br>Total failed: 0 <br>Failed List: <br></b>";
    assert_eq!(mails[1], report);

    let events = stage.webhook.calls();
    let [event] = &events[..] else { panic!("{} events", events.len()) };
    assert_eq!(event.header("aeg-sas-key"), Some("event-key"));
    let event = &event.json()[0];
    assert_eq!(event["data"], json!({ "runInfoId": id, "runInfoDate": info["date"] }));
    assert_eq!((&event["eventType"], &event["subject"]), (&json!("GithubStats"), &json!("RunCompleted")));
    assert_eq!(event["id"].as_str().map(str::len), Some(32));
}

/// 13
#[test]
fn without_organisations_only_the_named_are_counted() {
    let stage = Stage::few(Scene::new(), 2);
    run(&stage.start());
    assert_eq!(stage.documents().len(), 2);
    assert!(stage.github.calls("/orgs").is_empty());
}

#[test]
fn nothing_to_count_completes_with_nothing() {
    let stage = Stage::new(Scene::new(), vec![], &json!({ "fullOrgs": [{ "orgName": "empty" }] }));
    run(&stage.start());
    assert_eq!(stage.runs()[0]["totalReceived"], 0);
    assert!(stage.github.queries().is_empty());
}

#[test]
fn a_renamed_repository_is_stored_under_its_new_name() {
    let stage = Stage::few(Scene::new(), 2);
    stage.github.change("o/r-0", |repo| repo.renamed = Some("new/name".to_owned()));
    run(&stage.start());
    let documents = stage.documents();
    assert!(documents.iter().any(|document| document["repo"] == "new/name"), "{documents:?}");
}

#[test]
fn names_that_would_break_the_query_are_asked_for_as_they_are() {
    let name = r#"odd"name\"#;
    let sources = json!({ "individualRepos": [format!("o/{name}")] });
    let stage = Stage::new(Scene::new(), vec![Repo::new("o", name, 7)], &sources);
    run(&stage.start());
    assert_eq!(stage.documents()[0]["repo"], format!("o/{name}"));
}

#[test]
fn the_faithful_query_counts_as_the_published_app_does() {
    for (faithful, count) in [("true", "PRs: issues{totalCount}"), ("false", "PRs: pullRequests{totalCount}")]
    {
        let stage = Stage::few(Scene::new(), 1).setting("RepoStatsFaithfulQuery", faithful);
        run(&stage.start());
        let query = stage.github.queries()[0].json()["query"].to_string();
        assert!(query.contains(count), "{query}");
    }
}

/// 6
#[test]
fn a_query_that_fails_once_is_asked_again_after_the_cool_down() {
    let stage = Stage::few(Scene::new(), 6).setting("NumberOfReposToQueryPerCall", 2);
    let stage = stage.setting("CooldownSeconds", 60).clock_at(START);
    let is_query = |call: &crate::support::standins::Call| call.path == "/graphql";
    stage.github.server.script(is_query, 1, 1, crate::support::standins::Answer::status(502));
    let host = stage.start();
    let id = start_run(&host);
    host.durable().wait_until(&id, "to cool down", |status| status.to_string().contains("TimerCreated"));
    host.advance("00:00:59");
    assert_eq!(stage.github.queries().len(), 2, "it cools down");
    host.advance("00:00:01");
    host.durable().wait_for(&id, "Completed");
    let asked: Vec<_> =
        stage.github.queries().iter().map(|query| GitHub::asked_for(query)[0].clone()).collect();
    assert_eq!(asked, ["o/r-0", "o/r-2", "o/r-4", "o/r-2"]);
    assert_eq!(stage.documents().len(), 6);
}

/// 7
#[test]
fn killed_in_the_cool_down_it_goes_on_where_it_was() {
    let stage = Stage::few(Scene::new(), 6).setting("NumberOfReposToQueryPerCall", 2);
    let stage = stage.setting("CooldownSeconds", 60).clock_at(START);
    let is_query = |call: &crate::support::standins::Call| call.path == "/graphql";
    stage.github.server.script(is_query, 1, 1, crate::support::standins::Answer::status(502));
    let host = stage.start();
    let id = start_run(&host);
    host.durable().wait_until(&id, "to cool down", |status| status.to_string().contains("TimerCreated"));
    host.advance("00:00:40");
    host.kill();

    let stage = stage.clock_at("2026-01-01T00:00:40Z");
    let host = stage.start();
    host.advance("00:00:19");
    assert_eq!(stage.github.queries().len(), 2, "the cool-down is one, not two halves");
    host.advance("00:00:01");
    host.durable().wait_for(&id, "Completed");
    let asked: Vec<_> =
        stage.github.queries().iter().map(|query| GitHub::asked_for(query)[0].clone()).collect();
    assert_eq!(asked, ["o/r-0", "o/r-2", "o/r-4", "o/r-2"], "batch 1 was asked for once");
    let distinct: HashSet<_> = stage.documents().iter().map(|document| document["id"].to_string()).collect();
    assert_eq!((distinct.len(), stage.runs().len()), (6, 1));
}
