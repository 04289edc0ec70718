//! How large a commit is, so that a batch does not outgrow what a database takes at once.

use durable_core::{
    message::Message,
    store::{Commit, EntityStateChange, Execution, TurnCommit},
};
use fnhost_protocol::{history::EventKind, json::JsonText};

/// What a row takes besides its payload.
const ROW: usize = 200;

/// Roughly the bytes that an item writes.
pub(crate) fn weight(commit: &Commit) -> usize {
    match commit {
        Commit::Turn(turn) => of_turn(turn),
        Commit::Start(start) => ROW + of_input(start.instance.input.as_ref()) + of_message(&start.message),
        Commit::Send(send) => ROW + of_message(&send.message),
        Commit::TaskResult(result) => ROW + of_message(&result.message),
        Commit::Deliver(scheduled) => ROW + of_message(&scheduled.message),
        Commit::Purge(_) => ROW,
    }
}

fn of_turn(turn: &TurnCommit) -> usize {
    let history: usize = turn.history.iter().map(|event| ROW + of_event(&event.kind)).sum();
    let tasks: usize = turn.tasks.iter().map(|task| ROW + task.input.len()).sum();
    let messages: usize = turn.messages.iter().map(|message| ROW + of_message(&message.message)).sum();
    let state = match &turn.update.entity_state {
        EntityStateChange::Set(state) => of_input(state.as_ref()),
        EntityStateChange::Unchanged => 0,
    };
    let execution = match &turn.execution {
        Execution::Continues => 0,
        Execution::Finished(completion) => of_input(completion.output.as_ref()),
        Execution::ContinuedAsNew { input, message } => input.len() + of_message(message),
    };
    ROW + history + tasks + turn.timers.len() * ROW + messages + state + execution
}

fn of_message(message: &Message) -> usize {
    match message {
        Message::Start { input, .. } | Message::Operation { input, .. } => input.len(),
        Message::ContinuedAsNew { input, carryover, .. } => {
            input.len() + carryover.iter().map(|(name, payload)| name.len() + payload.len()).sum::<usize>()
        }
        Message::Event { event, .. } => of_event(event),
        Message::Lock { rest, .. } => rest.len() * ROW,
        Message::Unlock { rest, .. } => rest.len() * ROW,
        Message::Terminate { reason, .. } => reason.len(),
    }
}

fn of_event(event: &EventKind) -> usize {
    match event {
        EventKind::ExecutionStarted { input: payload, .. }
        | EventKind::EventRaised { input: payload, .. }
        | EventKind::TaskScheduled { input: payload, .. }
        | EventKind::SubOrchestrationCreated { input: payload, .. }
        | EventKind::EntityOperationCalled { input: payload, .. }
        | EventKind::EntityOperationSignaled { input: payload, .. }
        | EventKind::TaskCompleted { result: payload, .. }
        | EventKind::SubOrchestrationCompleted { result: payload, .. }
        | EventKind::EntityOperationCompleted { result: payload, .. }
        | EventKind::ExecutionCompleted { result: payload } => payload.len(),
        // Reasons and failures are short beside what the limits allow.
        _ => 0,
    }
}

fn of_input(input: Option<&JsonText>) -> usize {
    input.map_or(0, |input| input.len())
}

#[cfg(test)]
mod tests {
    use durable_core::store::{SendCommit, Target};
    use fnhost_protocol::{ids::InstanceId, time::Timestamp};

    use super::*;

    /// Payloads of events counted for nothing: a batch of them outgrew what a database takes in one statement.
    #[test]
    fn the_payload_of_an_event_has_weight() {
        let input = JsonText::string(&"x".repeat(10_000));
        let event = EventKind::EventRaised { name: "e".to_owned(), input };
        let message = Message::Event { execution: None, at: Timestamp::EPOCH, event };
        let target = Target::Existing(InstanceId::from_stored("one"));
        assert!(weight(&Commit::Send(SendCommit { target, message })) > 10_000);
    }
}
