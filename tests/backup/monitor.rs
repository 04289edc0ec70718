//! `E3_Monitor`: looks at the weather until it is clear.

use serde_json::{Value, json};

use crate::support::{
    Host, Scene,
    standins::{SmsSink, Weather},
};

on_every_worker!(it_looks_until_it_is_clear_and_tells_once, it_gives_up_after_its_time);

const START: &str = "2026-01-01T00:00:00Z";
const ALERT: &str = "The weather's clear outside! Go take a walk!";

fn input() -> Value {
    json!({ "location": { "state": "WA", "city": "Walla Walla" }, "phone": "+14255550123" })
}

fn stage(scene: Scene, weather: &Weather, sms: &SmsSink) -> Host {
    scene
        .clock_at(START)
        .setting("WEATHER_API_URL", weather.url())
        .setting("WEATHER_API_KEY", "weather-key")
        .setting("SMS_URL", sms.url())
        .start()
}

/// Waits until the monitor has looked so often and pauses. The clock does not wait for answers from outside.
#[track_caller]
fn wait_for_pause(host: &Host, weather: &Weather, looks: usize) {
    host.durable().wait_until("walk", &format!("to pause after {looks} looks"), |status| {
        let last = status["historyEvents"].as_array().and_then(|events| events.last());
        weather.server.calls().len() == looks
            && last.is_some_and(|event| event["EventType"] == "TimerCreated")
    });
}

fn it_looks_until_it_is_clear_and_tells_once(scene: Scene) {
    let (weather, sms) = (Weather::telling(&["Rain", "Snow", "Clear"]), SmsSink::start());
    let host = stage(scene, &weather, &sms);
    host.durable().start("E3_Monitor", "walk", &input()).expect(202);
    wait_for_pause(&host, &weather, 1);
    host.advance("00:29:59");
    assert_eq!(weather.server.calls().len(), 1, "half an hour lies between two looks");
    host.advance("00:00:01");
    wait_for_pause(&host, &weather, 2);
    assert!(sms.messages().is_empty());
    host.advance("00:30:00");
    host.durable().wait_for("walk", "Completed");
    assert_eq!(sms.messages(), [("+14255550123".to_owned(), ALERT.to_owned())]);
    assert_eq!(weather.server.calls()[0].path, "/api/weather-key/conditions/q/WA/Walla%20Walla.json");
    host.advance("06:00:00");
    assert_eq!((weather.server.calls().len(), sms.messages().len()), (3, 1));
}

fn it_gives_up_after_its_time(scene: Scene) {
    let (weather, sms) = (Weather::telling(&["Rain"]), SmsSink::start());
    let host = stage(scene, &weather, &sms);
    host.durable().start("E3_Monitor", "walk", &input()).expect(202);
    for looks in 1..=12 {
        wait_for_pause(&host, &weather, looks);
        host.advance("00:30:00");
    }
    let status = host.durable().wait_for("walk", "Completed");
    assert_eq!((weather.server.calls().len(), sms.messages().len()), (12, 0));
    assert!(
        status["lastUpdatedTime"].as_str().is_some_and(|time| time.starts_with("2026-01-01T06:00:00")),
        "{status}"
    );
}

#[test]
fn what_is_missing_is_named() {
    let (weather, sms) = (Weather::telling(&["Clear"]), SmsSink::start());
    let host = stage(Scene::new(), &weather, &sms);
    for (id, input, text) in [
        ("1", json!(null), "An input object is required."),
        ("2", json!({ "phone": "+1" }), "A location input is required."),
        (
            "3",
            json!({ "location": { "state": "WA", "city": "Redmond" } }),
            "A phone number input is required.",
        ),
    ] {
        host.durable().start("E3_Monitor", id, &input).expect(202);
        let status = host.durable().wait_for(id, "Failed");
        assert!(status["output"].to_string().contains(text), "{status}");
    }
    assert!(weather.server.calls().is_empty());
}

#[test]
fn a_town_without_weather_and_a_service_that_refuses_are_errors_without_the_key() {
    let (weather, sms) = (Weather::telling(&[""]), SmsSink::start());
    let host = stage(Scene::new(), &weather, &sms);
    host.durable().start("E3_Monitor", "unknown", &input()).expect(202);
    let status = host.durable().wait_for("unknown", "Failed");
    assert!(status["output"].to_string().contains("no weather of Walla Walla, WA"), "{status}");
    weather.server.script(|_| true, 0, 1, crate::support::standins::Answer::status(503));
    host.durable().start("E3_Monitor", "refused", &input()).expect(202);
    let status = host.durable().wait_for("refused", "Failed");
    assert!(status["output"].to_string().contains("the weather service answered 503"), "{status}");
    assert!(
        !status.to_string().contains("weather-key") && !host.stderr().contains("weather-key"),
        "{status}"
    );
}
