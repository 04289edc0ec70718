//! What history records of the calls of the turn that is being replayed.

use fnhost_protocol::{
    history::{EventKind, TaskId},
    json::JsonText,
    retry::Retry,
};

/// The tasks that the replayed turn asked for. An input that is recorded need not be serialised again: only kinds and
/// names are compared with history.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// By number.
    calls: Vec<RecordedCall>,
}

#[derive(Debug)]
pub(super) struct RecordedCall {
    id: TaskId,
    /// The policy that holds for the call, and the input for further attempts.
    pub(super) retry: Option<(Retry, JsonText)>,
}

impl Recorded {
    pub(super) fn new<'a>(turn: impl Iterator<Item = &'a EventKind>) -> Self {
        let mut calls: Vec<_> = turn.filter_map(call).collect();
        // They stand in this order already, unless the history was damaged.
        calls.sort_by_key(|call| call.id);
        Self { calls }
    }

    /// This task, if it is recorded.
    pub(super) fn call(&self, id: TaskId) -> Option<&RecordedCall> {
        let at = self.calls.binary_search_by_key(&id, |call| call.id).ok()?;
        Some(&self.calls[at])
    }
}

fn call(event: &EventKind) -> Option<RecordedCall> {
    let retry = match event {
        EventKind::TaskScheduled { retry: Some(retry), input, .. }
        | EventKind::SubOrchestrationCreated { retry: Some(retry), input, .. } => {
            Some((retry.clone(), input.clone()))
        }
        _ => None,
    };
    event.scheduled_task().map(|id| RecordedCall { id, retry })
}
