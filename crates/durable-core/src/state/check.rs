//! Limits on what one turn may ask for. Past one the execution fails with a text that says which, and nothing of
//! the turn's wishes is done.

use fnhost_protocol::{
    action::Action,
    failure::{Failure, kind},
    history::EventKind,
    json::JsonText,
};

use crate::{
    limits::Limits,
    state::{State, section},
};

/// Checks a turn's actions against the limits.
///
/// # Errors
/// The failure that the execution ends with.
pub(super) fn check(
    state: &State,
    actions: &[Action],
    events: usize,
    limits: &Limits,
) -> Result<(), Failure> {
    for action in actions {
        check_one(action, limits)?;
    }
    section::check(state, actions)?;
    let total = state.instance.actions + count(actions);
    if total > limits.actions_per_execution {
        return Err(limit(format!(
            "the execution asks for {total} actions; allowed are {} (maxOrchestrationActions). Continue as new, or \
             split the work into sub-orchestrations",
            limits.actions_per_execution
        )));
    }
    let events = state.instance.events + events as u64 + count(actions);
    if events > limits.history_events {
        return Err(limit(format!(
            "the history would have {events} events; allowed are {} (maxHistoryEvents). Continue as new before it \
             grows so long",
            limits.history_events
        )));
    }
    Ok(())
}

/// How many of the actions count against the limit of an execution: those that leave something behind.
pub(super) fn count(actions: &[Action]) -> u64 {
    actions.iter().filter(|action| !matches!(action, Action::SetCustomStatus { .. })).count() as u64
}

/// What is recorded of an activity that ended so: a result past the limit is a failure.
pub fn recordable(event: EventKind, limits: &Limits) -> EventKind {
    let EventKind::TaskCompleted { id, result } = &event else { return event };
    match payload("the activity's result", result, limits) {
        Ok(()) => event,
        Err(failure) => EventKind::TaskFailed { id: *id, failure },
    }
}

/// Checks one payload.
pub(super) fn payload(what: &str, json: &JsonText, limits: &Limits) -> Result<(), Failure> {
    if json.len() > limits.payload_bytes {
        return Err(limit(format!(
            "{what} has {} bytes; allowed are {} (maxPayloadSize). Pass a reference to where the data is kept",
            json.len(),
            limits.payload_bytes
        )));
    }
    Ok(())
}

fn check_one(action: &Action, limits: &Limits) -> Result<(), Failure> {
    match action {
        Action::ScheduleTask { name, input, .. } => {
            payload(&format!("the input of activity `{name}`"), input, limits)
        }
        Action::CreateSubOrchestration { name, input, .. } => {
            payload(&format!("the input of sub-orchestration `{name}`"), input, limits)
        }
        Action::CallEntity { entity, operation, input, .. }
        | Action::SignalEntity { entity, operation, input, .. } => {
            payload(&format!("the input of operation `{operation}` of entity `{entity}`"), input, limits)
        }
        Action::SetCustomStatus { status } if status.len() > limits.custom_status_bytes => {
            Err(limit(format!(
                "the custom status has {} bytes; allowed are {} (maxCustomStatusSize)",
                status.len(),
                limits.custom_status_bytes
            )))
        }
        Action::Complete { result } => payload("the orchestrator's result", result, limits),
        Action::ContinueAsNew { input, .. } => payload("the input to continue as new with", input, limits),
        Action::SetCustomStatus { .. }
        | Action::CreateTimer { .. }
        | Action::CancelTimer { .. }
        | Action::LockEntities { .. }
        | Action::UnlockEntities { .. }
        | Action::Fail { .. } => Ok(()),
    }
}

fn limit(message: String) -> Failure {
    Failure::new(kind::LIMIT, message).not_retriable()
}
