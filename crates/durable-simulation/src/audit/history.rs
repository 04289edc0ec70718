//! Whether a history may be one.

use std::collections::BTreeSet;

use fnhost_protocol::history::{EventKind, HistoryEvent};

/// What is wrong with the history of one execution.
pub(super) fn fault(history: &[HistoryEvent]) -> Option<String> {
    let mut scheduled = BTreeSet::new();
    let mut completed = BTreeSet::new();
    let mut starts = 0;
    let mut turn_at = None;
    for (at, event) in history.iter().enumerate() {
        let wrong = |what: &str| Some(format!("event {at} ({:?}) {what}", event.kind));
        if at == 0 && event.kind != EventKind::TurnStarted {
            return wrong("comes before the first turn");
        }
        if let Some(id) = event.kind.scheduled_task()
            && !scheduled.insert(id)
        {
            return wrong("is scheduled twice");
        }
        let ends = match event.kind {
            EventKind::TimerCancelled { id } => Some(id),
            _ => event.kind.completed_task(),
        };
        if let Some(id) = ends {
            if !scheduled.contains(&id) {
                return wrong("completes what was not scheduled");
            }
            if !completed.insert(id) {
                return wrong("completes what is completed");
            }
        }
        match &event.kind {
            EventKind::TurnStarted => {
                if turn_at > Some(event.at) {
                    return wrong("is earlier than the turn before");
                }
                turn_at = Some(event.at);
            }
            EventKind::ExecutionStarted { .. } => starts += 1,
            EventKind::ExecutionCompleted { .. } | EventKind::ExecutionFailed { .. }
                if at + 1 < history.len() =>
            {
                return wrong("is not the last one");
            }
            _ => {}
        }
        if starts == 0 && !matches!(event.kind, EventKind::TurnStarted | EventKind::ExecutionSuspended { .. })
        {
            return wrong("comes before the execution starts");
        }
    }
    (starts != 1 && !history.is_empty()).then(|| format!("it starts {starts} times"))
}

#[cfg(test)]
mod tests {
    use fnhost_protocol::{json::JsonText, time::Timestamp};

    use super::*;

    fn history(kinds: Vec<EventKind>) -> Vec<HistoryEvent> {
        kinds.into_iter().map(|kind| HistoryEvent::new(Timestamp::EPOCH, kind)).collect()
    }

    #[test]
    fn a_history_that_cannot_be_is_found_out() {
        let start = || EventKind::ExecutionStarted {
            name: String::new(),
            input: JsonText::null(),
            generation: 0,
            parent: None,
        };
        let schedule =
            || EventKind::TaskScheduled { id: 0, name: String::new(), input: JsonText::null(), retry: None };
        let complete = || EventKind::TaskCompleted { id: 0, result: JsonText::null() };
        let turn = || EventKind::TurnStarted;
        let fault = |kinds| fault(&history(kinds)).is_some();
        assert!(!fault(vec![]));
        assert!(!fault(vec![turn(), start(), schedule(), turn(), complete()]));
        assert!(fault(vec![start()]));
        assert!(fault(vec![turn()]));
        assert!(fault(vec![turn(), start(), start()]));
        assert!(fault(vec![turn(), schedule(), start()]));
        assert!(fault(vec![turn(), start(), complete()]));
        assert!(fault(vec![turn(), start(), schedule(), schedule()]));
        assert!(fault(vec![turn(), start(), schedule(), complete(), complete()]));
        assert!(fault(vec![
            turn(),
            start(),
            EventKind::ExecutionCompleted { result: JsonText::null() },
            turn()
        ]));
    }
}
