//! A history that holds every kind of event, and what is shown of it.

use serde_json::{Value, json};

use super::*;
use crate::ids::{EntityId, InstanceId};

fn json_text(value: &Value) -> JsonText {
    JsonText::of(value).unwrap()
}

/// Events one second apart.
fn history(kinds: impl IntoIterator<Item = EventKind>) -> Vec<HistoryEvent> {
    kinds.into_iter().zip(0..).map(|(kind, second)| HistoryEvent::new(at(second), kind)).collect()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(second * 1_000_000)
}

fn shown(events: &[HistoryEvent], outputs: bool) -> Value {
    serde_json::to_value(HistoryDocument::of("F", events, outputs)).unwrap()
}

fn time_text(second: u8) -> String {
    format!("1970-01-01T00:00:{second:02}.000000Z")
}

fn counter() -> EntityId {
    EntityId::new("Counter", "K").unwrap()
}

#[test]
fn a_completion_takes_the_place_of_what_was_scheduled() {
    let events = history([
        EventKind::TurnStarted,
        EventKind::ExecutionStarted {
            name: "F".into(),
            input: JsonText::null(),
            generation: 0,
            parent: None,
        },
        EventKind::TaskScheduled { id: 0, name: "Hello".into(), input: JsonText::null(), retry: None },
        EventKind::TurnStarted,
        EventKind::TaskCompleted { id: 0, result: JsonText::string("Hello Tokyo!") },
        EventKind::ExecutionCompleted { result: json_text(&json!(["Hello Tokyo!"])) },
    ]);
    let started = json!({"EventType": "ExecutionStarted", "FunctionName": "F", "Timestamp": time_text(1)});
    assert_eq!(
        shown(&events, true),
        json!([
            started,
            {
                "EventType": "TaskCompleted", "FunctionName": "Hello", "Result": "Hello Tokyo!",
                "ScheduledTime": time_text(2), "Timestamp": time_text(4),
            },
            {
                "EventType": "ExecutionCompleted", "OrchestrationStatus": "Completed",
                "Result": ["Hello Tokyo!"], "Timestamp": time_text(5),
            },
        ])
    );
    assert_eq!(
        shown(&events, false),
        json!([
            started,
            {
                "EventType": "TaskCompleted", "FunctionName": "Hello",
                "ScheduledTime": time_text(2), "Timestamp": time_text(4),
            },
            {"EventType": "ExecutionCompleted", "OrchestrationStatus": "Completed", "Timestamp": time_text(5)},
        ])
    );
}

#[test]
fn what_is_open_keeps_its_line() {
    let events = history([
        EventKind::TaskScheduled { id: 0, name: "Hello".into(), input: JsonText::null(), retry: None },
        EventKind::TimerCreated { id: 1, fire_at: at(60) },
        EventKind::SubOrchestrationCreated {
            id: 2,
            name: "Child".into(),
            instance: InstanceId::from_stored("c"),
            input: JsonText::null(),
            retry: None,
        },
        EventKind::EntityOperationCalled {
            id: 3,
            entity: counter(),
            operation: "get".into(),
            input: JsonText::null(),
        },
        EventKind::EntityOperationSignaled {
            id: 4,
            entity: counter(),
            operation: "add".into(),
            input: JsonText::null(),
            at: None,
        },
        EventKind::EntityOperationSignaled {
            id: 5,
            entity: counter(),
            operation: "later".into(),
            input: JsonText::null(),
            at: Some(at(9)),
        },
        EventKind::EntityLockRequested {
            id: 6,
            entities: vec![counter(), EntityId::new("counter", "L").unwrap()],
        },
    ]);
    let entity = |event: &str, operation: &str, second| {
        json!({
            "EventType": event, "FunctionName": "counter", "InstanceId": "@counter@K", "Operation": operation,
            "Timestamp": time_text(second),
        })
    };
    assert_eq!(
        shown(&events, true),
        json!([
            {"EventType": "TaskScheduled", "FunctionName": "Hello", "Timestamp": time_text(0)},
            {"EventType": "TimerCreated", "FireAt": "1970-01-01T00:01:00.000000Z", "Timestamp": time_text(1)},
            {
                "EventType": "SubOrchestrationInstanceCreated", "FunctionName": "Child", "InstanceId": "c",
                "Timestamp": time_text(2),
            },
            entity("EntityOperationCalled", "get", 3),
            entity("EntityOperationSignaled", "add", 4),
            {
                "EventType": "EntityOperationSignaled", "FunctionName": "counter", "InstanceId": "@counter@K",
                "Operation": "later", "ScheduledStartTime": time_text(9), "Timestamp": time_text(5),
            },
            {"EventType": "EntityLockRequested", "LockSet": "@counter@K, @counter@L", "Timestamp": time_text(6)},
        ])
    );
}

#[test]
fn a_critical_section_is_shown_with_its_begin_and_end() {
    let events = history([
        EventKind::EntityLockRequested { id: 0, entities: vec![counter()] },
        EventKind::EntityLockGranted { id: 0 },
        EventKind::EntityUnlockSent { id: 0 },
    ]);
    let line = |event: &str, second| {
        json!({
            "EventType": event, "LockSet": "@counter@K", "ScheduledTime": time_text(0),
            "Timestamp": time_text(second),
        })
    };
    assert_eq!(shown(&events, true), json!([line("EntityLockGranted", 1), line("EntityUnlockSent", 2)]));
}

#[test]
fn failures_timers_and_children_are_folded_too() {
    let failure = || Failure::new("Error", "boom").with_details("at x").caused_by(Failure::new("Io", "disk"));
    let events = history([
        EventKind::TaskScheduled { id: 0, name: "A".into(), input: JsonText::null(), retry: None },
        EventKind::TimerCreated { id: 1, fire_at: at(9) },
        EventKind::TimerCreated { id: 2, fire_at: at(9) },
        EventKind::SubOrchestrationCreated {
            id: 3,
            name: "Child".into(),
            instance: InstanceId::from_stored("c"),
            input: JsonText::null(),
            retry: None,
        },
        EventKind::EntityOperationCalled {
            id: 4,
            entity: counter(),
            operation: "get".into(),
            input: JsonText::null(),
        },
        EventKind::TaskFailed { id: 0, failure: failure() },
        EventKind::TimerFired { id: 1 },
        EventKind::TimerCancelled { id: 2 },
        EventKind::SubOrchestrationFailed { id: 3, failure: Failure::new("E", "no") },
        EventKind::EntityOperationCompleted { id: 4, result: json_text(&json!(1)) },
        EventKind::ExecutionFailed { failure: failure() },
    ]);
    let timer = |event: &str, scheduled, second| {
        json!({
            "EventType": event, "FireAt": time_text(9), "ScheduledTime": time_text(scheduled),
            "Timestamp": time_text(second),
        })
    };
    assert_eq!(
        shown(&events, true),
        json!([
            {
                "EventType": "TaskFailed", "FunctionName": "A", "Reason": "boom: disk", "Details": "at x",
                "ScheduledTime": time_text(0), "Timestamp": time_text(5),
            },
            timer("TimerFired", 1, 6),
            timer("TimerCanceled", 2, 7),
            {
                "EventType": "SubOrchestrationInstanceFailed", "FunctionName": "Child", "InstanceId": "c",
                "Reason": "no", "ScheduledTime": time_text(3), "Timestamp": time_text(8),
            },
            {
                "EventType": "EntityOperationCompleted", "FunctionName": "counter",
                "InstanceId": "@counter@K", "Operation": "get", "Result": 1,
                "ScheduledTime": time_text(4), "Timestamp": time_text(9),
            },
            {
                "EventType": "ExecutionCompleted", "OrchestrationStatus": "Failed",
                "Result": "Orchestrator function 'F' failed: boom: disk", "Timestamp": time_text(10),
            },
        ])
    );
}

#[test]
fn payloads_are_outputs_and_reasons_are_not() {
    let events = history([
        EventKind::EventRaised { name: "Go".into(), input: json_text(&json!({"a": 1})) },
        EventKind::ExecutionSuspended { reason: "wait".into(), failure: None },
        EventKind::ExecutionResumed { reason: "on".into() },
        EventKind::ContinuedAsNew { input: json_text(&json!(2)) },
        EventKind::ExecutionTerminated { reason: "stop".into(), recursive: false },
    ]);
    let reasons = |event: &str, reason: &str, second| json!({"EventType": event, "Reason": reason, "Timestamp": time_text(second)});
    assert_eq!(
        shown(&events, false),
        json!([
            {"EventType": "EventRaised", "Name": "Go", "Timestamp": time_text(0)},
            reasons("ExecutionSuspended", "wait", 1),
            reasons("ExecutionResumed", "on", 2),
            {"EventType": "ContinueAsNew", "Timestamp": time_text(3)},
            reasons("ExecutionTerminated", "stop", 4),
        ])
    );
    let with_outputs = shown(&events, true);
    assert_eq!(with_outputs[0]["Input"], json!({"a": 1}));
    assert_eq!(with_outputs[3]["Result"], json!(2));
}

#[test]
fn a_completion_without_its_schedule_is_shown_bare() {
    let events = history([EventKind::TaskCompleted { id: 7, result: JsonText::null() }]);
    assert_eq!(shown(&events, false), json!([{"EventType": "TaskCompleted", "Timestamp": time_text(0)}]));
}
