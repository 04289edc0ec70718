//! The history as the status document shows it: one line for what happened, not one for each step of the engine.
//!
//! What was scheduled is folded into what came of it, which gains `ScheduledTime` and the name of the function; turns
//! leave no line. What is still open keeps its own line: that is how one sees what an instance waits for.

use std::collections::{HashMap, HashSet};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    failure::Failure,
    history::{EventKind, HistoryEvent, TaskId},
    json::JsonText,
    status_document::{Shown, failure_text},
    time::Timestamp,
};

/// The lines of one history.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct HistoryDocument<'a>(Vec<Line<'a>>);

/// One line: its members in the order in which they are shown.
#[derive(Debug)]
struct Line<'a>(Vec<(&'static str, Shown<'a>)>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'a> HistoryDocument<'a> {
    /// Folds the events of one execution of an orchestrator; results and payloads are shown only with `outputs`.
    pub fn of(orchestrator: &'a str, events: &'a [HistoryEvent], outputs: bool) -> Self {
        let mut fold = Fold { orchestrator, outputs, scheduled: HashMap::new() };
        for event in events {
            if let Some(task) = event.kind.scheduled_task() {
                fold.scheduled.insert(task, event);
            }
        }
        let closed: HashSet<TaskId> = events.iter().filter_map(|event| closes(&event.kind)).collect();
        let is_shown = |event: &&HistoryEvent| match event.kind.scheduled_task() {
            Some(task) => !closed.contains(&task),
            None => event.kind != EventKind::TurnStarted,
        };
        Self(events.iter().filter(is_shown).map(|event| fold.line(event)).collect())
    }
}

/// The task that is over with this event, by its completion or because the code gave it up.
fn closes(kind: &EventKind) -> Option<TaskId> {
    match kind {
        EventKind::TimerCancelled { id } | EventKind::EntityUnlockSent { id } => Some(*id),
        other => other.completed_task(),
    }
}

struct Fold<'a> {
    orchestrator: &'a str,
    outputs: bool,
    scheduled: HashMap<TaskId, &'a HistoryEvent>,
}

impl<'a> Fold<'a> {
    fn line(&self, event: &'a HistoryEvent) -> Line<'a> {
        let mut members = vec![("EventType", text(event.kind.name()))];
        let cause = closes(&event.kind).and_then(|task| self.scheduled.get(&task).copied());
        // A completion is about what was scheduled; every other event is about itself.
        subject(&cause.unwrap_or(event).kind, &mut members);
        self.result(&event.kind, &mut members);
        if let Some(cause) = cause {
            members.push(("ScheduledTime", time(cause.at)));
        }
        members.push(("Timestamp", time(event.at)));
        Line(members)
    }

    /// What came of it.
    fn result(&self, kind: &'a EventKind, members: &mut Vec<(&'static str, Shown<'a>)>) {
        match kind {
            EventKind::TaskCompleted { result, .. }
            | EventKind::SubOrchestrationCompleted { result, .. }
            | EventKind::EntityOperationCompleted { result, .. } => {
                members.extend(self.output("Result", result));
            }
            EventKind::TaskFailed { failure, .. }
            | EventKind::SubOrchestrationFailed { failure, .. }
            | EventKind::EntityOperationFailed { failure, .. } => why(failure, members),
            EventKind::EventRaised { input, .. } => members.extend(self.output("Input", input)),
            EventKind::ExecutionCompleted { result } => {
                members.push(("OrchestrationStatus", text("Completed")));
                members.extend(self.output("Result", result));
            }
            EventKind::ExecutionFailed { failure } => {
                members.push(("OrchestrationStatus", text("Failed")));
                if self.outputs {
                    members.push(("Result", Shown::Text(failure_text(self.orchestrator, failure))));
                }
            }
            EventKind::ContinuedAsNew { input } => members.extend(self.output("Result", input)),
            EventKind::ExecutionSuspended { reason, .. }
            | EventKind::ExecutionResumed { reason }
            | EventKind::ExecutionTerminated { reason, .. } => members.push(("Reason", text(reason))),
            _ => {}
        }
    }

    fn output(&self, name: &'static str, value: &'a JsonText) -> Option<(&'static str, Shown<'a>)> {
        self.outputs.then_some((name, Shown::Json(value)))
    }
}

/// What it is about: a function, a child, an entity, a moment, an event's name.
fn subject(kind: &EventKind, members: &mut Vec<(&'static str, Shown<'_>)>) {
    match kind {
        EventKind::ExecutionStarted { name, .. } | EventKind::TaskScheduled { name, .. } => {
            members.push(("FunctionName", text(name)));
        }
        EventKind::SubOrchestrationCreated { name, instance, .. } => {
            members.push(("FunctionName", text(name)));
            members.push(("InstanceId", text(instance.as_str())));
        }
        EventKind::EntityOperationCalled { entity, operation, .. }
        | EventKind::EntityOperationSignaled { entity, operation, .. } => {
            members.push(("FunctionName", text(entity.name())));
            members.push(("InstanceId", Shown::Text(entity.to_string())));
            members.push(("Operation", text(operation)));
            if let EventKind::EntityOperationSignaled { at: Some(at), .. } = kind {
                members.push(("ScheduledStartTime", time(*at)));
            }
        }
        EventKind::EntityLockRequested { entities, .. } => {
            let entities: Vec<String> = entities.iter().map(ToString::to_string).collect();
            members.push(("LockSet", Shown::Text(entities.join(", "))));
        }
        EventKind::TimerCreated { fire_at, .. } => members.push(("FireAt", time(*fire_at))),
        EventKind::EventRaised { name, .. } => members.push(("Name", text(name))),
        _ => {}
    }
}

fn why(failure: &Failure, members: &mut Vec<(&'static str, Shown<'_>)>) {
    members.push(("Reason", Shown::Text(failure.to_string())));
    if let Some(details) = &failure.details {
        members.push(("Details", text(details)));
    }
}

fn text(text: &str) -> Shown<'static> {
    Shown::Text(text.to_owned())
}

fn time(at: Timestamp) -> Shown<'static> {
    Shown::Text(at.to_string())
}

#[cfg(test)]
#[path = "history_document_tests.rs"]
mod tests;
