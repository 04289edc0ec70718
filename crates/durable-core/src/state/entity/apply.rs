//! What the operations of an entity have led to, as one commit.

use fnhost_protocol::{
    entity::{EntityAction, EntityOutcome},
    failure::Failure,
    history::{EventKind, Parent},
    json::JsonText,
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    limits::Limits,
    lock::Lock,
    message::Message,
    model::{InstanceKind, NewInstance},
    state::{
        Applied, State, Supply, check,
        entity::{BegunBatch, Caller},
        outgoing::to_entity,
    },
    store::{
        ClientReply, EntityStateChange, Execution, InstanceUpdate, OutMessage, Ownership, Target, TurnCommit,
        TurnOrigin,
    },
};

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
    let mut replies = Vec::new();
    for (caller, result) in batch.callers.into_iter().zip(outcome.results) {
        match caller {
            Caller::Nobody => {}
            Caller::Orchestration(caller) => messages.push(answer(caller, result, batch.now)),
            Caller::Client(to) => replies.push(ClientReply { to, answer: result }),
        }
    }
    messages.extend(outcome.actions.into_iter().map(|action| sent_out(action, batch.now, supply)));
    messages.extend(batch.passed_on);

    let changed = outcome.state != state.entity_state;
    let mut next = state.clone();
    next.stored = true;
    next.instance.turn += 1;
    next.instance.status = RuntimeStatus::Running;
    next.instance.updated_at = batch.now;
    next.entity_state.clone_from(&outcome.state);
    next.instance.lock = batch.lock.map(Lock::HeldBy);
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
        replies,
        inbox: None,
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
            EntityAction::Signal { entity, operation, input, .. } => {
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

fn answer(caller: Parent, result: Result<JsonText, Failure>, at: Timestamp) -> OutMessage {
    let id = caller.task;
    let event = match result {
        Ok(result) => EventKind::EntityOperationCompleted { id, result },
        Err(failure) => EventKind::EntityOperationFailed { id, failure },
    };
    OutMessage {
        target: Target::Existing(caller.instance),
        message: Message::Event { execution: Some(caller.execution), at, event },
    }
}

fn sent_out(action: EntityAction, now: Timestamp, supply: &mut dyn Supply) -> OutMessage {
    match action {
        EntityAction::Signal { entity, operation, input, at } => {
            to_entity(&entity, Message::signal(operation, input), at, now, supply)
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
