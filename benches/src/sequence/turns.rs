//! The four turns of a sequence, as the engine commits them: the first creates the instance, each next one takes a
//! result and asks for the next activity, the last finishes.

use durable_core::{
    model::{InstanceKey, InstanceKind, NewInstance, TaskRef},
    store::{
        Completion, EntityStateChange, Execution, InstanceUpdate, NewTask, Ownership, TurnCommit, TurnOrigin,
    },
};
use fnhost_protocol::{
    history::{EventKind, HistoryEvent, TaskId},
    ids::InstanceId,
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::app::{ACTIVITY, CITIES, GREETINGS, SEQUENCE};

/// Turns of a sequence.
pub(super) const COUNT: TaskId = CITIES.len() as TaskId + 1;

/// Events of each.
const EVENTS: u64 = 3;

/// The turn after so many results.
pub(super) fn turn(key: InstanceKey, step: TaskId, now: Timestamp) -> TurnCommit {
    let next = CITIES.get(step as usize).map(|city| NewTask {
        task: step,
        name: ACTIVITY.to_owned(),
        input: JsonText::string(city),
        policy_attempt: 1,
        lease: true,
    });
    let turns = u64::from(step) + 1;
    TurnCommit {
        key,
        origin: origin(key, step),
        consumed: Vec::new(),
        tasks_done: step
            .checked_sub(1)
            .map(|task| TaskRef { instance: key, generation: 0, task })
            .into_iter()
            .collect(),
        timers_done: Vec::new(),
        history: history(step, next.as_ref(), now),
        execution: match next {
            Some(_) => Execution::Continues,
            None => Execution::Finished(Completion {
                output: Some(JsonText::from_stored(GREETINGS)),
                failure: None,
            }),
        },
        update: InstanceUpdate {
            turn: turns,
            generation: 0,
            status: if next.is_some() { RuntimeStatus::Running } else { RuntimeStatus::Completed },
            events: EVENTS * turns,
            actions: turns,
            updated_at: now,
            custom_status: None,
            entity_state: EntityStateChange::Unchanged,
            ownership: if next.is_some() { Ownership::Keep } else { Ownership::Release },
        },
        tasks: next.into_iter().collect(),
        timers: Vec::new(),
        messages: Vec::new(),
    }
}

fn origin(key: InstanceKey, step: TaskId) -> TurnOrigin {
    if step > 0 {
        return TurnOrigin::Existing { turn: u64::from(step) };
    }
    let instance = NewInstance {
        key,
        id: InstanceId::generate(),
        kind: InstanceKind::Orchestration,
        name: SEQUENCE.to_owned(),
        input: Some(JsonText::null()),
        parent: None,
    };
    TurnOrigin::New { instance, replace: false }
}

fn history(step: TaskId, next: Option<&NewTask>, now: Timestamp) -> Vec<HistoryEvent> {
    let arrived = match step.checked_sub(1) {
        None => EventKind::ExecutionStarted {
            name: SEQUENCE.to_owned(),
            input: JsonText::null(),
            generation: 0,
            parent: None,
        },
        Some(id) => EventKind::TaskCompleted {
            id,
            result: JsonText::string(&format!("Hello {}!", CITIES[id as usize])),
        },
    };
    let asked = match next {
        Some(task) => EventKind::TaskScheduled {
            id: task.task,
            name: task.name.clone(),
            input: task.input.clone(),
            retry: None,
        },
        None => EventKind::ExecutionCompleted { result: JsonText::from_stored(GREETINGS) },
    };
    [EventKind::TurnStarted, arrived, asked].map(|kind| HistoryEvent::new(now, kind)).into()
}
