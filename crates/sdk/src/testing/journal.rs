//! What an engine writes into history for what code asks for.

use fnhost_protocol::{
    action::Action,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    time::Timestamp,
};

/// Appends what these actions leave in history. Children without an id get one made of the parent's.
pub(crate) fn record(
    history: &mut Vec<HistoryEvent>,
    at: Timestamp,
    instance: &InstanceId,
    actions: &[Action],
) {
    history.extend(
        actions.iter().filter_map(|action| event(instance, action)).map(|kind| HistoryEvent::new(at, kind)),
    );
}

fn event(parent: &InstanceId, action: &Action) -> Option<EventKind> {
    Some(match action.clone() {
        Action::ScheduleTask { id, name, input, retry } => {
            EventKind::TaskScheduled { id, name, input, retry }
        }
        Action::CreateSubOrchestration { id, name, instance, input, retry } => {
            let instance = instance.unwrap_or_else(|| InstanceId::from_stored(format!("{parent}:{id}")));
            EventKind::SubOrchestrationCreated { id, name, instance, input, retry }
        }
        Action::CreateTimer { id, fire_at } => EventKind::TimerCreated { id, fire_at },
        Action::CancelTimer { id } => EventKind::TimerCancelled { id },
        Action::CallEntity { id, entity, operation, input } => {
            EventKind::EntityOperationCalled { id, entity, operation, input }
        }
        Action::SignalEntity { id, entity, operation, input, at } => {
            EventKind::EntityOperationSignaled { id, entity, operation, input, at }
        }
        Action::LockEntities { id, entities } => EventKind::EntityLockRequested { id, entities },
        Action::UnlockEntities { id } => EventKind::EntityUnlockSent { id },
        Action::SetCustomStatus { .. } => return None,
        Action::Complete { result } => EventKind::ExecutionCompleted { result },
        Action::Fail { failure } => EventKind::ExecutionFailed { failure },
        Action::ContinueAsNew { input, .. } => EventKind::ContinuedAsNew { input },
    })
}
