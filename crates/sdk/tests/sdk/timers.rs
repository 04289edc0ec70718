//! Functions that a timer starts: what they take and how they end.

use fnhost_protocol::{
    failure::{Failure, kind},
    invocation::{Reply, TriggerData},
    json::JsonText,
    timer::{ScheduleStatus, TimerCall},
};
use fnhost_sdk::{
    InvocationInfo, Registry, Result, Settings, TimerInfo, Timestamp, bail, host::EventHandler,
};

use crate::scene::{invocation, services, wait};

fn call(attempt: u32, status: Option<ScheduleStatus>) -> TriggerData {
    let slot = Timestamp::parse("2026-03-29T01:00:00Z").unwrap();
    TriggerData::Timer(TimerCall { slot, is_past_due: true, schedule_status: status, attempt })
}

fn run<M>(handler: impl EventHandler<M>, trigger: TriggerData) -> Result<JsonText, Failure> {
    let registry = Registry::new().timer("Test", "test.rs", handler);
    match wait(registry.invoke(invocation("Test", trigger), &services()))? {
        Reply::Value(value) => Ok(value),
        Reply::Http(_) => panic!("an HTTP reply"),
    }
}

#[test]
fn a_timer_is_told_of_its_time() {
    async fn all(
        timer: TimerInfo,
        info: InvocationInfo,
        settings: Settings,
    ) -> Result<(String, bool, u32, String)> {
        let last = timer.schedule_status().and_then(|status| status.last).map_or(0, Timestamp::as_micros);
        assert_eq!(last, 7);
        let shop = settings.get("Shop")?.to_string();
        Ok((timer.slot().to_seconds_text(), timer.is_past_due(), info.attempt(), shop))
    }
    let status = ScheduleStatus { last: Some(Timestamp::from_micros(7)), ..ScheduleStatus::default() };
    assert_eq!(
        run(all, call(3, Some(status))).unwrap().as_str(),
        r#"["2026-03-29T01:00:00Z",true,3,"Zork & Sons"]"#
    );
}

#[test]
fn a_timer_need_not_take_anything() {
    async fn nothing() -> Result<()> {
        Ok(())
    }
    async fn refuses(_timer: TimerInfo) -> Result<()> {
        bail!("it is too late")
    }
    assert_eq!(run(nothing, call(1, None)).unwrap().as_str(), "null");
    assert_eq!(run(refuses, call(1, None)).unwrap_err().message, "it is too late");
}

#[test]
fn only_a_timer_has_a_time() {
    async fn confused(timer: TimerInfo) -> Result<String> {
        Ok(timer.slot().to_string())
    }
    let registry = Registry::new().manual("Test", "test.rs", confused);
    let by_hand = TriggerData::Manual { input: JsonText::null() };
    let failure = wait(registry.invoke(invocation("Test", by_hand), &services())).unwrap_err();
    assert_eq!(failure.message, "`Test` was not started by a timer");

    // A handler of another kind is not run for a timer.
    let failure = wait(registry.invoke(invocation("Test", call(1, None)), &services())).unwrap_err();
    assert_eq!(failure.kind, kind::UNKNOWN_FUNCTION);
    assert!(
        failure.message.contains("was written for manualTrigger, not for timerTrigger"),
        "{}",
        failure.message
    );
}

#[test]
fn what_crosses_to_a_worker_survives_it() {
    let status = ScheduleStatus { next: Some(Timestamp::from_micros(9)), ..ScheduleStatus::default() };
    let text = serde_json::to_string(&call(2, Some(status))).unwrap();
    assert_eq!(
        text,
        r#"{"Timer":{"slot":1774746000000000,"is_past_due":true,"schedule_status":{"last":null,"next":9,"lastUpdated":null},"attempt":2}}"#
    );
    assert!(matches!(serde_json::from_str(&text).unwrap(), TriggerData::Timer(call) if call.attempt == 2));
}
