//! The main orchestration and its pipelines.

use serde_json::json;

use super::stage::{Stage, finish, scrape};
use crate::support::{
    MASTER_KEY, Scene,
    standins::{Answer, Call},
    until,
};

on_every_worker!(a_run_starts_both_pipelines_and_answers_its_own_id);

/// 4, but for the timer
fn a_run_starts_both_pipelines_and_answers_its_own_id(scene: Scene) {
    let stage = Stage::new(scene, 35);
    let host = stage.start();
    let status = scrape(&host);
    assert_eq!(
        (&status["runtimeStatus"], &status["output"]),
        (&json!("Completed"), &json!("main")),
        "{status}"
    );
    assert_eq!(stage.runs(), [json!("main")], "one run is on record");
    assert_eq!(stage.samples().len(), 35);
    assert!(stage.samples().iter().chain(&stage.packages()).all(|row| row["run"] == "main"));
    assert_eq!(stage.packages().len(), 3);
    assert!(stage.packages().iter().all(|package| package["versions"] == 2));

    let history = host.durable().status("main", "?showHistory=true").expect(200).json();
    let events = history["historyEvents"].as_array().expect("a history");
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["EventType"].as_str()).collect();
    let is_child = |kind: &&str| kind.starts_with("SubOrchestrationInstance");
    assert_eq!(kinds.iter().filter(|kind| is_child(kind)).count(), 2, "{history}");
    let instances = host.durable().list("").expect(200).json();
    assert_eq!(instances.as_array().map(Vec::len), Some(3), "{instances}");
}

/// 4
#[test]
fn the_timer_run_by_hand_starts_one_run() {
    let stage = Stage::new(Scene::new(), 5);
    let stage = stage.setting("AzureWebJobs.MainDownloadOrchestrator_TimerStart.Disabled", false);
    let host = stage.start();
    let request = host.post("/admin/functions/MainDownloadOrchestrator_TimerStart").key(MASTER_KEY);
    request.json(&json!({ "input": null })).send().expect(202);
    let said = host.wait_to_say("Started orchestration with ID = '");
    let id = said
        .split("with ID = '")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("the line tells the id");
    let status = host.durable().wait_for_end(id);
    assert_eq!((&status["output"], &status["input"]), (&json!(id), &json!(null)), "{status}");
    assert_eq!(stage.runs(), [json!(id)]);
    assert_eq!((stage.samples().len(), stage.packages().len()), (5, 3));
}

#[test]
fn every_morning_at_seven_there_is_a_run() {
    let stage = Stage::new(Scene::new().clock_at("2026-01-01T06:59:00Z"), 2);
    let stage = stage.setting("AzureWebJobs.MainDownloadOrchestrator_TimerStart.Disabled", false);
    let host = stage.start();
    host.advance("00:00:59");
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
    host.advance("00:00:01");
    until("the run to be on record", || {
        let list = host.durable().list("?runtimeStatus=Completed").expect(200).json();
        if list.as_array().map(Vec::len) == Some(3) { Ok(()) } else { Err(list.to_string()) }
    });
}

#[test]
fn both_pipelines_are_under_way_at_once() {
    let stage = Stage::new(Scene::new(), 5);
    // Neither can end before the other has asked.
    stage.github.set_latency(std::time::Duration::from_millis(300));
    stage.nuget.server.script(|_| true, 0, 1, slow_search());
    let host = stage.start();
    scrape(&host);
    let asked_nuget = stage.nuget.server.calls()[0].began;
    let last_of_github =
        stage.github.server.calls().last().and_then(|call| call.ended).expect("GitHub was asked");
    let ended_nuget = stage.nuget.server.calls().last().and_then(|call| call.ended).expect("NuGet was asked");
    let asked_github = stage.github.server.calls()[0].began;
    assert!(asked_nuget < last_of_github && asked_github < ended_nuget, "one waited for the other");
}

fn slow_search() -> Answer {
    let found = json!({ "data": [{ "id": "Package.0", "totalDownloads": 1 }] });
    Answer::json(&found).after(std::time::Duration::from_millis(600))
}

/// 2
#[test]
fn each_of_950_samples_is_asked_for_once_and_all_are_saved_in_order() {
    let stage = Stage::new(Scene::new(), 950);
    let host = stage.start();
    let status = finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
    assert_eq!(status["runtimeStatus"], "Completed", "{status}");
    let asked = stage.github.calls("/repositories/");
    assert_eq!(asked.len(), 950);
    let paths: std::collections::HashSet<_> = asked.iter().map(|call| &call.path).collect();
    assert_eq!(paths.len(), 950, "each once");
    assert!(asked.iter().all(|call| call.parameter("per_page") == Some("1")));
    let names: Vec<_> = stage.samples().iter().map(|sample| sample["name"].clone()).collect();
    let expected: Vec<_> = (0..950).map(|number| json!(format!("sample-{number}"))).collect();
    assert_eq!(names, expected);
}

#[test]
fn no_more_calls_run_at_once_than_the_setting_says() {
    let stage = Stage::new(Scene::new(), 40).setting("ScraperCallsAtOnce", 4);
    stage.github.set_latency(std::time::Duration::from_millis(20));
    let host = stage.start();
    finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
    let asked = stage.github.calls("/repositories/");
    let under_way = |at| {
        asked.iter().filter(|call| call.began <= at && call.ended.is_some_and(|ended| ended > at)).count()
    };
    let most = asked.iter().map(|call| under_way(call.began)).max();
    assert!(matches!(most, Some(2..=4)), "{most:?} at once");
}

#[test]
fn a_repository_without_commits_has_no_date() {
    let stage = Stage::new(Scene::new(), 3);
    stage.github.change("Azure-Samples/sample-1", |repo| repo.last_commit = None);
    let host = stage.start();
    finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
    let dates: Vec<_> = stage.samples().iter().map(|sample| sample["lastCommitDate"].clone()).collect();
    assert_eq!(dates, [json!("2011-01-02T03:04:05Z"), json!(null), json!("2013-01-02T03:04:05Z")]);
}

/// 5
#[test]
fn a_pipeline_that_fails_is_named_and_the_rows_of_the_other_are_there() {
    let stage = Stage::new(Scene::new(), 4);
    stage.nuget.server.script(|_| true, 0, 1, Answer::status(500));
    let host = stage.start();
    let status = scrape(&host);
    assert_eq!(status["runtimeStatus"], "Failed");
    assert!(status["output"].to_string().contains("DownloadSomethingElse_Orchestration"), "{status}");
    assert_eq!(stage.samples().len(), 4);
}

/// 6
#[test]
fn an_empty_organisation_is_no_failure() {
    let stage = Stage::with(Scene::new(), vec![]).setting("SamplesOrganization", "empty");
    let host = stage.start();
    let status = finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
    assert_eq!(status["runtimeStatus"], "Completed", "{status}");
    assert!(stage.samples().is_empty());
}

/// 7
#[test]
fn one_failure_fails_the_run_unless_calls_are_tried_again() {
    let is_third = |call: &Call| call.path == "/repositories/3/commits";
    for (attempts, status) in [(1, "Failed"), (3, "Completed")] {
        let stage = Stage::new(Scene::new(), 5).setting("ScraperAttempts", attempts);
        stage.github.server.script(is_third, 0, 1, Answer::status(500));
        let host = stage.start();
        let document = finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
        assert_eq!(document["runtimeStatus"], status, "{document}");
        let times = stage.github.calls("/repositories/3/").len();
        assert_eq!(times, if attempts == 1 { 1 } else { 2 });
    }
}

#[test]
fn a_rate_limit_is_told_as_such() {
    let stage = Stage::new(Scene::new(), 1);
    let limited =
        Answer::status(403).header("x-ratelimit-remaining", 0).header("x-ratelimit-reset", 1_900_000_000);
    stage.github.server.script(|_| true, 0, 1, limited);
    let host = stage.start();
    let document = finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
    assert!(document["output"].to_string().contains("rate limit is used up"), "{document}");
}

#[test]
fn the_question_behind_it_all_has_an_answer() {
    let stage = Stage::new(Scene::new(), 20);
    stage.github.change("Azure-Samples/sample-4", |repo| repo.last_commit = None);
    stage
        .github
        .change("Azure-Samples/sample-5", |repo| repo.last_commit = Some("2999-01-01T00:00:00Z".to_owned()));
    let host = stage.start();
    finish(&host, "DownloadSamples_Orchestrator", "all", &json!("run-1"));
    host.get("/api/samples/old").send().expect(401);
    let old = host.get("/api/samples/old?days=1").key(MASTER_KEY).send().expect(200).json();
    let old = old.as_array().expect("a list");
    assert_eq!((old.len(), &old[0]["name"]), (19, &json!("sample-4")));
    assert_eq!(host.get("/api/samples/old?days=999999").key(MASTER_KEY).send().status, 400);
}

#[test]
fn steps_that_are_chained_run_one_after_the_other() {
    let stage = Stage::new(Scene::new(), 0);
    let host = stage.start();
    let status = finish(&host, "FunctionChaining", "chain", &json!(null));
    assert_eq!(status["runtimeStatus"], "Completed", "{status}");
    let said = host.wait_to_say("F4");
    let places: Vec<_> = ["F1", "F2", "F3", "F4"].map(|step| said.find(step)).into_iter().collect();
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{said}");
}
