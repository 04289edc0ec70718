//! What goes wrong outside, and how a run tells.

use serde_json::json;

use super::stage::{Stage, names, run, start_run};
use crate::support::{
    Scene,
    standins::{Answer, Call},
    until,
};

fn is_query(call: &Call) -> bool {
    call.path == "/graphql"
}

/// 5
#[test]
fn a_webhook_that_refuses_does_not_fail_the_run() {
    let stage = Stage::few(Scene::new(), 1);
    stage.webhook.server.script(|_| true, 0, 1, Answer::status(500));
    run(&stage.start());
    let report = stage.mail.texts().pop().unwrap_or_default();
    assert!(report.starts_with("Run completed, failed to posted to event grid <br><br>"), "{report}");
}

#[test]
fn a_webhook_that_is_down_does_not_fail_the_run() {
    let stage = Stage::few(Scene::new(), 1).setting("EventGridEndpoint", "http://127.0.0.1:1/api/events");
    run(&stage.start());
    let report = stage.mail.texts().pop().unwrap_or_default();
    assert!(report.starts_with("Run completed, failed to posted to event grid <br><br>"), "{report}");
}

/// 9
#[test]
fn a_repository_that_is_listed_twice_fails_once() {
    let sources = json!({ "individualRepos": ["o/r-0", "o/r-1", "o/r-0"] });
    let repos = crate::support::standins::GitHub::organization("o", "r", 2, 1);
    // In one batch, and in two.
    for batch in [10, 2] {
        let stage =
            Stage::new(Scene::new(), repos.clone(), &sources).setting("NumberOfReposToQueryPerCall", batch);
        run(&stage.start());
        let info = &stage.runs()[0];
        assert_eq!((&info["totalCreatedCount"], &info["totalFailedCount"]), (&json!(2), &json!(1)), "{info}");
        assert_eq!(names(&info["failedList"]), ["o/r-0"]);
        assert_eq!(stage.documents().len(), 2);
    }
}

/// 10
#[test]
fn without_its_database_a_run_asks_nobody_and_says_so() {
    let stage = Stage::few(Scene::new(), 1).setting("SamplesDatabase", "sqlite:/dev/null/samples.db");
    let host = stage.start();
    assert_eq!(run(&host), "Failed to obtain runId for current run");
    assert_eq!(stage.mail.texts(), ["Run Started with run id: 0", "Failed to obtain runId for current run"]);
    assert!(stage.github.server.calls().is_empty());
    host.wait_to_say("a run cannot be created");
}

#[test]
fn a_deleted_repository_is_found_and_named_and_the_others_are_counted() {
    let stage =
        Stage::few(Scene::new(), 9).setting("NumberOfReposToQueryPerCall", 9).setting("MaxQueryAttempts", 2);
    let stage = stage.setting("CooldownSeconds", 0.01);
    stage.github.change("o/r-5", |repo| repo.deleted = true);
    run(&stage.start());
    let info = &stage.runs()[0];
    assert_eq!(names(&info["failedList"]), ["o/r-5"]);
    assert_eq!((&info["totalReceived"], &info["totalCreatedCount"]), (&json!(9), &json!(8)), "{info}");
}

#[test]
fn all_repositories_gone_is_a_run_that_completes() {
    let stage = Stage::few(Scene::new(), 2).setting("CooldownSeconds", 0.01).setting("MaxQueryAttempts", 1);
    for repo in ["o/r-0", "o/r-1"] {
        stage.github.change(repo, |repo| repo.deleted = true);
    }
    run(&stage.start());
    assert_eq!(stage.runs()[0]["totalFailedCount"], 2);
}

#[test]
fn an_unknown_organisation_fails_the_run_with_one_mail() {
    let stage = Stage::new(Scene::new(), vec![], &json!({ "fullOrgs": [{ "orgName": "nobody" }] }));
    let host = stage.start();
    let status = host.durable().wait_for(&start_run(&host), "Failed");
    assert!(status["output"].as_str().is_some_and(|text| text.contains("organisation `nobody`")), "{status}");
    let mails = stage.mail.texts();
    assert!(mails.len() == 2 && mails[1].contains("organisation `nobody`"), "{mails:?}");
}

#[test]
fn garbage_from_github_is_a_query_that_failed() {
    for garbage in ["<html>unicorn</html>", "[]", r#"{"data":"#] {
        let stage = Stage::few(Scene::new(), 1).setting("CooldownSeconds", 0.01);
        stage.github.server.script(is_query, 0, 1, Answer::status(200).body(garbage));
        run(&stage.start());
        assert_eq!((stage.github.queries().len(), stage.documents().len()), (2, 1), "{garbage}");
    }
}

#[test]
fn an_answer_of_another_shape_fails_the_run() {
    let stage = Stage::few(Scene::new(), 1);
    stage.github.server.script(
        is_query,
        0,
        1,
        Answer::json(&json!({ "data": { "r0": { "nameWithOwner": 7 } } })),
    );
    let host = stage.start();
    let status = host.durable().wait_for(&start_run(&host), "Failed");
    assert!(status.to_string().contains("another shape"), "{status}");
}

#[test]
fn no_answer_from_github_fails_the_run_and_does_not_cool_down() {
    let stage = Stage::few(Scene::new(), 1).setting("GITHUB_API_URL", "http://127.0.0.1:1");
    let host = stage.start();
    let status = host.durable().wait_for(&start_run(&host), "Failed");
    assert!(status.to_string().contains("did not answer"), "{status}");
    assert!(!status.to_string().contains("TimerCreated"), "{status}");
}

#[test]
fn mail_that_is_refused_fails_the_run() {
    let stage =
        Stage::few(Scene::new(), 1).setting("SendGrid_API_Key", "wrong-key").clock_at(super::stage::START);
    let host = stage.start();
    let id = start_run(&host);
    let status = until("the run to fail", || {
        // The next attempt; the clock does not wait for answers from outside.
        host.advance("00:00:05");
        let status = host.durable().status(&id, "").json();
        if status["runtimeStatus"] == "Failed" { Ok(status) } else { Err(status.to_string()) }
    });
    assert!(status.to_string().contains("the mail service answered 401"), "{status}");
    assert!(!status.to_string().contains("wrong-key"), "{status}");
    assert!(!host.stderr().contains("wrong-key"));
    assert!(stage.github.server.calls().is_empty(), "nothing is asked for a run that nobody hears of");
}

#[test]
fn sources_that_cannot_be_read_are_named() {
    let stage = Stage::new(Scene::new(), vec![], &json!({ "fullOrgs": "all" }));
    let host = stage.start();
    let status = host.durable().wait_for(&start_run(&host), "Failed");
    assert!(status.to_string().contains("sources.json does not list sources"), "{status}");
}
