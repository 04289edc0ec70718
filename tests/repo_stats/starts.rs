//! Ways to start a run.

use serde_json::json;

use super::stage::{Stage, start_run};
use crate::support::{Host, MASTER_KEY, Scene, until};

/// 1
#[test]
fn a_run_is_started_with_a_key_by_post_and_get() {
    let stage = Stage::few(Scene::new(), 1);
    let host = stage.start();
    let path = "/api/orchestrators/GetRepoStatsOrchestrator";
    host.post(path).send().expect(401);
    host.get(path).send().expect(401);
    host.post(path).key("another-key-0123456789").send().expect(401);
    host.post(format!("{path}?code={MASTER_KEY}")).send().expect(202);
    host.post(path).key(MASTER_KEY).send().expect(202);
    let answer = host.get(path).key(MASTER_KEY).send().expect(202);
    assert!(answer.json()["statusQueryGetUri"].is_string(), "{answer}");
}

#[test]
fn the_body_of_a_start_is_no_input() {
    let stage = Stage::few(Scene::new(), 1);
    let host = stage.start();
    let request = host.post("/api/orchestrators/GetRepoStatsOrchestrator").key(MASTER_KEY);
    let answer = request.json(&json!({ "some": "body" })).send().expect(202).json();
    let id = answer["id"].as_str().expect("the answer names the instance");
    assert_eq!(host.durable().wait_for(id, "Completed")["input"], json!(null));
}

/// 12
#[test]
fn an_unknown_orchestrator_is_an_error_that_is_mailed() {
    let stage = Stage::few(Scene::new(), 1);
    let host = stage.start();
    host.post("/api/orchestrators/NoSuchThing").key(MASTER_KEY).send().expect(500);
    host.durable().request("POST", "/orchestrators/NoSuchThing").send().expect(400);
    let mails = stage.mail.texts();
    assert!(mails.len() == 1 && mails[0].starts_with("NoSuchThing cannot be started: "), "{mails:?}");
    assert_eq!(host.durable().list("").expect(200).json(), json!([]));
}

/// 11
#[test]
fn the_timer_runs_four_times_a_day_and_once_for_all_that_was_missed() {
    let stage = Stage::few(Scene::new(), 1).setting("AzureWebJobs.OrchestratorTimeTrigger.Disabled", false);
    let stage = stage.setting("ThrottleWindowMs", 0).clock_at("2026-01-01T05:59:00Z");
    let wait_for_runs = |host: &Host, count: usize| {
        until(&format!("{count} runs"), || {
            let list = host.durable().list("?runtimeStatus=Completed").expect(200).json();
            if list.as_array().map(Vec::len) == Some(count) { Ok(()) } else { Err(list.to_string()) }
        });
    };
    let host = stage.start();
    let by_hand = host.post("/admin/functions/OrchestratorTimeTrigger").key(MASTER_KEY);
    by_hand.json(&json!({ "input": null })).send().expect(202);
    wait_for_runs(&host, 1);
    host.advance("00:00:59");
    wait_for_runs(&host, 1);
    host.advance("00:00:01");
    wait_for_runs(&host, 2);
    host.advance("06:00:00");
    wait_for_runs(&host, 3);
    assert!(!host.stderr().contains("past due"));
    host.kill();

    // 18:00, midnight and 06:00 pass while nobody runs.
    let stage = stage.clock_at("2026-01-02T07:00:00Z");
    let host = stage.start();
    host.advance("00:00:00");
    host.wait_to_say("The timer is past due!");
    wait_for_runs(&host, 4);
    host.advance("04:59:59");
    wait_for_runs(&host, 4);
    host.advance("00:00:01");
    wait_for_runs(&host, 5);
}

#[test]
fn two_runs_in_one_second_have_ids_of_their_own() {
    let stage = Stage::few(Scene::new(), 2);
    let host = stage.start();
    let ids = [start_run(&host), start_run(&host), start_run(&host)];
    for id in &ids {
        host.durable().wait_for(id, "Completed");
    }
    let runs = stage.runs();
    let numbers: std::collections::HashSet<_> = runs.iter().map(|run| run["id"].to_string()).collect();
    assert_eq!((runs.len(), numbers.len(), stage.documents().len()), (3, 3, 6));
}
