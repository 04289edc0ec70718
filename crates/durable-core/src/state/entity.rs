//! The turn of an entity: operations that wait become a batch, its outcome becomes one commit.

use fnhost_protocol::{
    entity::{EntityAction, EntityOperation, EntityOutcome},
    failure::Failure,
    history::{EventKind, Parent},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    limits::Limits,
    message::Message,
    model::{InstanceKind, MessageId, NewInstance},
    state::{Applied, Incoming, State, Supply, apply::entity_target, check},
    store::{
        EntityStateChange, Execution, InstanceUpdate, OutMessage, Ownership, Target, TurnCommit, TurnOrigin,
    },
};

/// Operations that are about to run on an entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BegunBatch {
    /// The batch's time.
    pub now: Timestamp,
    /// Inbox rows to delete.
    pub consumed: Vec<MessageId>,
    /// What to run, in order.
    pub operations: Vec<EntityOperation>,
    /// Per operation: the orchestration that waits for its result.
    pub callers: Vec<Option<Parent>>,
}

/// Takes the operations that wait. Other messages cannot concern an entity; they are consumed and dropped.
pub fn begin_entity(state: &State, incoming: Vec<Incoming>, clock_now: Timestamp) -> BegunBatch {
    let mut batch = BegunBatch {
        now: clock_now.max(state.instance.updated_at),
        consumed: Vec::new(),
        operations: Vec::new(),
        callers: Vec::new(),
    };
    for one in incoming {
        let Incoming::Message(id, message) = one else { continue };
        batch.consumed.push(id);
        if let Message::Operation { name, input, caller, .. } = message {
            batch.operations.push(EntityOperation { name, input, is_signal: caller.is_none() });
            batch.callers.push(caller);
        }
    }
    batch
}

/// Turns the outcome of a batch into its commit: the state, the answers to callers, what operations sent out.
///
/// A state, an answer or something sent out past a limit turns the whole batch into failures, with the state as
/// before.
pub fn apply_entity(
    state: &State,
    batch: BegunBatch,
    outcome: Result<EntityOutcome, Failure>,
    limits: &Limits,
    supply: &mut dyn Supply,
) -> Applied {
    let outcome = outcome.and_then(|outcome| match check_outcome(&batch, &outcome, limits) {
        Ok(()) => Ok(outcome),
        Err(failure) => Err(failure),
    });
    let outcome = outcome.unwrap_or_else(|failure| EntityOutcome {
        state: state.entity_state.clone(),
        results: vec![Err(failure); batch.operations.len()],
        actions: Vec::new(),
    });
    let mut messages = Vec::new();
    for (caller, result) in batch.callers.iter().zip(&outcome.results) {
        messages.extend(caller.as_ref().map(|caller| answer(caller, result, batch.now)));
    }
    messages.extend(outcome.actions.into_iter().map(|action| sent_out(action, supply)));

    let changed = outcome.state != state.entity_state;
    let mut next = state.clone();
    next.stored = true;
    next.instance.turn += 1;
    next.instance.status = RuntimeStatus::Running;
    next.instance.updated_at = batch.now;
    next.entity_state.clone_from(&outcome.state);
    let commit = TurnCommit {
        key: state.instance.key,
        origin: TurnOrigin::Existing { turn: state.instance.turn },
        consumed: batch.consumed,
        tasks_done: Vec::new(),
        timers_done: Vec::new(),
        history: Vec::new(),
        execution: Execution::Continues,
        update: InstanceUpdate {
            turn: next.instance.turn,
            generation: next.instance.generation,
            status: next.instance.status,
            events: next.instance.events,
            actions: next.instance.actions,
            updated_at: batch.now,
            custom_status: None,
            entity_state: if changed {
                EntityStateChange::Set(outcome.state)
            } else {
                EntityStateChange::Unchanged
            },
            ownership: Ownership::Keep,
            lock: next.instance.lock.clone(),
        },
        tasks: Vec::new(),
        timers: Vec::new(),
        messages,
        replies: Vec::new(),
    };
    Applied { commit, next }
}

fn check_outcome(batch: &BegunBatch, outcome: &EntityOutcome, limits: &Limits) -> Result<(), Failure> {
    if outcome.results.len() != batch.operations.len() {
        let (found, wanted) = (outcome.results.len(), batch.operations.len());
        return Err(Failure::new(
            "Worker",
            format!("the worker answered {found} results for {wanted} operations"),
        ));
    }
    if let Some(state) = &outcome.state {
        check::payload("the entity's state", state, limits)?;
    }
    for (operation, result) in batch.operations.iter().zip(&outcome.results) {
        if let Ok(result) = result {
            check::payload(&format!("the result of operation `{}`", operation.name), result, limits)?;
        }
    }
    for action in &outcome.actions {
        match action {
            EntityAction::Signal { entity, operation, input } => {
                let what = format!("the input of operation `{operation}` of entity `{entity}`");
                check::payload(&what, input, limits)?;
            }
            EntityAction::StartOrchestration { name, input, .. } => {
                check::payload(&format!("the input of orchestration `{name}`"), input, limits)?;
            }
        }
    }
    Ok(())
}

fn answer(caller: &Parent, result: &Result<JsonText, Failure>, at: Timestamp) -> OutMessage {
    let id = caller.task;
    let event = match result {
        Ok(result) => EventKind::EntityOperationCompleted { id, result: result.clone() },
        Err(failure) => EventKind::EntityOperationFailed { id, failure: failure.clone() },
    };
    OutMessage {
        target: Target::Existing(caller.instance.clone()),
        message: Message::Event { execution: Some(caller.execution), at, event },
    }
}

fn sent_out(action: EntityAction, supply: &mut dyn Supply) -> OutMessage {
    match action {
        EntityAction::Signal { entity, operation, input } => {
            OutMessage { target: entity_target(&entity, supply), message: Message::signal(operation, input) }
        }
        EntityAction::StartOrchestration { name, instance, input } => {
            let instance = NewInstance {
                key: supply.key(),
                id: instance.unwrap_or_else(|| supply.instance_id()),
                kind: InstanceKind::Orchestration,
                name,
                input: Some(input.clone()),
                parent: None,
            };
            OutMessage {
                target: Target::Create { instance, refusal: None },
                message: Message::Start { input, parent: None },
            }
        }
    }
}
