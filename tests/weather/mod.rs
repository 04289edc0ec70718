//! Sync over async: a request over HTTP whose answer comes as a blob. Numbers are those of the list of cases in the issue's
//! reference.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Host, MASTER_KEY, Response, Scene, until};

const REQUEST: &str = "/api/SyncOverAsyncApi_WeatherRequest";

/// A host, and the folder into which answers are written.
struct Stage {
    scene: Scene,
    answers: PathBuf,
}

impl Stage {
    fn new(scene: Scene) -> Self {
        let answers = scene.folder().join("blobs/weather-results");
        fs::create_dir_all(&answers).expect("a folder for blobs");
        let scene = scene.setting("AzureFunctionsJobHost__extensions__blobs__settleTime", "00:00:00.050");
        Self { scene, answers }
    }

    fn waiting(self, seconds: f64) -> Self {
        Self { scene: self.scene.setting("WeatherWaitSeconds", seconds), ..self }
    }

    /// Writes a blob as whole files are written: beside, then into its place.
    fn write(&self, name: &str, text: &str) {
        let beside = self.answers.join(format!(".{name}.part"));
        fs::write(&beside, text).expect("a blob can be written");
        fs::rename(beside, self.answers.join(name)).expect("a blob can be put into its place");
    }
}

/// The ids of all requests that wait.
fn waiting(host: &Host) -> Vec<String> {
    let list = host.durable().list("?runtimeStatus=Running").expect(200).json();
    let id = |instance: &Value| instance["instanceId"].as_str().map(str::to_owned);
    list.as_array().map(|list| list.iter().filter_map(id).collect()).unwrap_or_default()
}

/// Waits until so many requests wait.
#[track_caller]
fn wait_for_requests(host: &Host, count: usize) -> Vec<String> {
    until(&format!("{count} requests to wait"), || {
        let ids = waiting(host);
        if ids.len() == count { Ok(ids) } else { Err(format!("{ids:?}")) }
    })
}

/// 1
#[test]
fn the_answer_reaches_the_one_who_asked() {
    let stage = Stage::new(Scene::new());
    let host = stage.scene.start();
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| host.get(REQUEST).send());
        let [id] = &wait_for_requests(&host, 1)[..] else { panic!("one request") };
        assert!(id.parse::<u32>().is_ok_and(|number| number < 1 << 31), "{id}");
        stage.write(&format!("{id}.txt"), "Sunny, 21C");
        let answer = asking.join().expect("an answer").expect(200);
        assert_eq!(answer.json(), "Sunny, 21C");
        assert_eq!(host.durable().wait_for(id, "Completed")["output"], "Sunny, 21C");
        host.wait_to_say(&format!("Received reply for Request:{id}.txt"));
    });
}

/// 2
#[test]
fn without_an_answer_the_request_is_given_up() {
    let stage = Stage::new(Scene::new()).waiting(0.5);
    let host = stage.scene.start();
    let asked = Instant::now();
    host.get(REQUEST).send().expect_text(500, "");
    assert!(asked.elapsed() >= Duration::from_millis(500));
    let list = host.durable().list("").expect(200).json();
    let id = list[0]["instanceId"].as_str().expect("an id");
    assert_eq!(host.durable().wait_for(id, "Terminated")["output"], "Timeout Occured");

    // The answer that comes now is late: told, and dropped.
    stage.write(&format!("{id}.txt"), "Rain");
    host.wait_to_say(&format!("Reply {id}.txt comes too late"));
}

/// 3
#[test]
fn twenty_requests_get_each_their_own_answer() {
    let stage = Stage::new(Scene::new());
    let host = stage.scene.start();
    std::thread::scope(|scope| {
        let asking: Vec<_> = (0..20).map(|_| scope.spawn(|| host.get(REQUEST).send())).collect();
        let mut ids = wait_for_requests(&host, 20);
        ids.sort_by_key(|id| id.chars().rev().collect::<String>());
        for id in &ids {
            stage.write(&format!("{id}.txt"), &format!("weather of {id}"));
        }
        let answers: Vec<Response> =
            asking.into_iter().map(|asking| asking.join().expect("an answer")).collect();
        let mut texts: Vec<_> = answers.into_iter().map(|answer| answer.expect(200).json()).collect();
        texts.sort_by_key(Value::to_string);
        ids.sort();
        assert_eq!(texts, ids.iter().map(|id| json!(format!("weather of {id}"))).collect::<Vec<_>>());
        // Whoever asks gets the text of its own request: two answers that are swapped would still be twenty texts.
        for id in ids {
            assert_eq!(
                host.durable().wait_for(&id, "Completed")["output"],
                json!(format!("weather of {id}"))
            );
        }
    });
}

/// 4
#[test]
fn an_answer_after_a_restart_completes_the_request_that_nobody_waits_for() {
    let stage = Stage::new(Scene::new());
    let host = stage.scene.start();
    let id = std::thread::scope(|scope| {
        let mut client = host.client();
        let request = host.get(REQUEST);
        // Its host is killed under it.
        scope.spawn(move || client.send(&request).ok());
        let id = wait_for_requests(&host, 1).remove(0);
        host.kill();
        id
    });
    let host = stage.scene.start();
    stage.write(&format!("{id}.txt"), "Snow");
    assert_eq!(host.durable().wait_for(&id, "Completed")["output"], "Snow");
}

/// 5, 6
#[test]
fn strange_blobs_stop_nobody() {
    let stage = Stage::new(
        Scene::new().setting("AzureFunctionsJobHost__extensions__blobs__retryInterval", "00:00:00.001"),
    );
    let host = stage.scene.start();
    stage.write("nodot", "no request");
    stage.write("999.txt", "no such request");
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| host.get(REQUEST).send());
        let id = wait_for_requests(&host, 1).remove(0);
        stage.write(&format!("{id}.a.txt"), "Clouds");
        assert_eq!(asking.join().expect("an answer").expect(200).json(), "Clouds");
    });
    host.wait_to_say("Nobody has asked for reply 999.txt");
    let poisoned = until("the blob without a dot to be set aside", || {
        let list = host.get("/admin/blobs/poison").key(MASTER_KEY).send().expect(200).json();
        if list.to_string().contains("nodot") { Ok(list) } else { Err(list.to_string()) }
    });
    assert!(poisoned.to_string().contains("does not say which request it answers"), "{poisoned}");
    assert!(!poisoned.to_string().contains("999.txt"), "{poisoned}");
    let list = host.durable().list("").expect(200).json();
    assert_eq!(list.as_array().map(Vec::len), Some(1), "no instance is made for a blob: {list}");
}

/// 7
#[test]
fn the_clean_up_removes_what_ended_between_a_day_and_fifteen_days_ago() {
    let host = Scene::new()
        .clock_at("2026-01-01T00:00:00Z")
        .setting("AzureWebJobs.CleanUpOldWeatherResponsesAsync.Disabled", false)
        .setting("WeatherCleanUpSchedule", "0 0 0 29 2 *")
        .start();
    let durable = host.durable();
    let complete = |id: &str| {
        durable.start("E1_HelloSequence", id, &json!(null)).expect(202);
        durable.wait_for(id, "Completed");
    };
    complete("of the 1st");
    host.advance("11.00:00:00");
    complete("completed");
    for id in ["terminated", "running"] {
        durable.start_running("Sync-Over-Async-Api-DurableFunction", id, &json!(null));
    }
    durable.control("terminated", "terminate", "Timeout Occured").expect(202);
    durable.wait_for("terminated", "Terminated");
    durable.start("E3_Monitor", "failed", &json!(null)).expect(202);
    durable.wait_for("failed", "Failed");
    host.advance("12.12:00:00");
    complete("of yesterday");
    host.advance("12:00:00");

    let request = host.post("/admin/functions/CleanUpOldWeatherResponsesAsync").key(MASTER_KEY);
    request.json(&json!({ "input": null })).send().expect(202);
    host.wait_to_say("Removed 2 old requests");
    let list = durable.list("").expect(200).json();
    let mut left: Vec<_> =
        list.as_array().expect("a list").iter().map(|one| one["instanceId"].to_string()).collect();
    left.sort();
    assert_eq!(left, [r#""failed""#, r#""of the 1st""#, r#""of yesterday""#, r#""running""#]);
}
