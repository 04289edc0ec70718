//! An engine on a desk: feeds turns to code that is kept and to code that starts over, and holds both together.

use std::{fmt, sync::Arc};

use fnhost_protocol::{
    action::Action,
    failure::Failure,
    history::{EventKind, HistoryEvent, Parent, TaskId},
    ids::InstanceId,
    json::JsonText,
    retry::Retry,
    time::Timestamp,
};
use serde::Serialize;

use crate::{
    call::Services,
    handler::OrchestrationHandler,
    orchestration::{Execution, Orchestrator},
    settings::Settings,
    testing::record,
};

/// One instance of the orchestrator `Test`, with its history so far.
pub(super) struct Desk {
    pub(super) orchestrator: Orchestrator,
    pub(super) history: Vec<HistoryEvent>,
    kept: Execution,
    services: Services,
    generation: u32,
    seconds: i64,
}

/// A second after 1970, the time of a turn.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

pub(super) fn json(value: impl Serialize) -> JsonText {
    JsonText::of(&value).unwrap()
}

pub(super) fn completed(id: TaskId, result: impl Serialize) -> EventKind {
    EventKind::TaskCompleted { id, result: json(result) }
}

pub(super) fn failed(id: TaskId, message: &str) -> EventKind {
    EventKind::TaskFailed { id, failure: Failure::new("Broken", message) }
}

pub(super) fn fired(id: TaskId) -> EventKind {
    EventKind::TimerFired { id }
}

pub(super) fn raised(name: &str, payload: impl Serialize) -> EventKind {
    EventKind::EventRaised { name: name.to_owned(), input: json(payload) }
}

pub(super) fn suspended() -> EventKind {
    EventKind::ExecutionSuspended { reason: String::new(), failure: None }
}

pub(super) fn resumed() -> EventKind {
    EventKind::ExecutionResumed { reason: String::new() }
}

pub(super) fn started(input: impl Serialize) -> EventKind {
    EventKind::ExecutionStarted { name: "Test".to_owned(), input: json(input), generation: 0, parent: None }
}

pub(super) fn turn(seconds: i64, events: impl IntoIterator<Item = EventKind>) -> Vec<HistoryEvent> {
    let events = std::iter::once(EventKind::TurnStarted).chain(events);
    events.map(|kind| HistoryEvent::new(at(seconds), kind)).collect()
}

impl Desk {
    pub(super) fn new<M>(handler: impl OrchestrationHandler<M>) -> Self {
        Self::with(handler, Settings::default(), 0)
    }

    pub(super) fn with<M>(
        handler: impl OrchestrationHandler<M>,
        settings: Settings,
        generation: u32,
    ) -> Self {
        Self::on(handler, Services::new(settings), generation)
    }

    pub(super) fn on<M>(handler: impl OrchestrationHandler<M>, services: Services, generation: u32) -> Self {
        let orchestrator: Orchestrator = Arc::new(move |ctx, input| handler.begin(ctx, input));
        let kept = execution_with(&orchestrator, &services, generation);
        Self { orchestrator, history: Vec::new(), kept, services, generation, seconds: 0 }
    }

    /// The first turn, with input `null`.
    pub(super) fn start(&mut self) -> Vec<String> {
        self.start_with(())
    }

    pub(super) fn start_with(&mut self, input: impl Serialize) -> Vec<String> {
        self.turn([started(input)])
    }

    pub(super) fn start_as_child(&mut self, parent: Parent) -> Vec<String> {
        let start = EventKind::ExecutionStarted {
            name: "Test".to_owned(),
            input: JsonText::null(),
            generation: self.generation,
            parent: Some(parent),
        };
        self.turn([start])
    }

    /// The next turn is at this time.
    pub(super) fn at(&mut self, seconds: i64) -> &mut Self {
        self.seconds = seconds - 1;
        self
    }

    /// A turn, one second after the one before; what it asks for, in brief.
    pub(super) fn turn(&mut self, events: impl IntoIterator<Item = EventKind>) -> Vec<String> {
        self.actions(events).iter().map(|action| Brief(action).to_string()).collect()
    }

    pub(super) fn actions(&mut self, events: impl IntoIterator<Item = EventKind>) -> Vec<Action> {
        self.seconds += 1;
        let events = turn(self.seconds, events);
        let actions = self.kept.advance(&events);
        let mut fresh = self.fresh();
        assert_eq!(
            serde_json::to_string(&fresh.advance(&events)).unwrap(),
            serde_json::to_string(&actions).unwrap()
        );
        assert_eq!(fresh.turns(), self.kept.turns());
        self.history.extend(events);
        record(&mut self.history, at(self.seconds), &InstanceId::from_stored("test"), &actions);
        actions
    }

    /// The failure of a turn that only fails.
    pub(super) fn failure(&mut self, events: impl IntoIterator<Item = EventKind>) -> Failure {
        match self.actions(events).pop() {
            Some(Action::Fail { failure }) => failure,
            other => panic!("the code did not fail: {other:?}"),
        }
    }

    /// The kept code is lost: the next turn goes on with code that was replayed.
    pub(super) fn evict(&mut self) {
        self.kept = self.fresh();
    }

    fn fresh(&self) -> Execution {
        let mut execution = execution_with(&self.orchestrator, &self.services, self.generation);
        execution.replay(&self.history);
        execution
    }

    pub(super) fn is_over(&self) -> bool {
        self.kept.is_over()
    }

    pub(super) fn weight(&self) -> usize {
        self.kept.weight()
    }
}

pub(super) fn execution(orchestrator: &Orchestrator, settings: &Settings, generation: u32) -> Execution {
    execution_with(orchestrator, &Services::new(settings.clone()), generation)
}

fn execution_with(orchestrator: &Orchestrator, services: &Services, generation: u32) -> Execution {
    let instance = InstanceId::from_stored("test");
    Execution::new(orchestrator.clone(), instance, "Test".into(), generation, services)
}

/// What code does with a history that was written by hand.
pub(super) fn replayed<M>(
    handler: impl OrchestrationHandler<M>,
    history: &[Vec<EventKind>],
    new_events: Vec<EventKind>,
) -> Vec<Action> {
    let desk = Desk::new(handler);
    let mut execution = execution(&desk.orchestrator, &Settings::default(), 0);
    let history: Vec<_> = history.iter().zip(1..).flat_map(|(events, at)| turn(at, events.clone())).collect();
    execution.replay(&history);
    execution.advance(&turn(99, new_events))
}

/// Which attempt of a call with a policy.
fn attempt(retry: &Option<Retry>) -> String {
    retry.as_ref().map_or_else(String::new, |retry| format!(" attempt {}", retry.attempt))
}

/// An action in one line.
struct Brief<'a>(&'a Action);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Action::ScheduleTask { id, name, input, retry } => {
                write!(f, "{id}: activity {name}({input}){}", attempt(retry))
            }
            Action::CreateSubOrchestration { id, name, instance: Some(instance), input, retry } => {
                write!(f, "{id}: child {name}({input}) as {instance}{}", attempt(retry))
            }
            Action::CreateSubOrchestration { id, name, input, retry, .. } => {
                write!(f, "{id}: child {name}({input}){}", attempt(retry))
            }
            Action::CreateTimer { id, fire_at } => {
                write!(f, "{id}: timer at {}", fire_at.as_micros() / 1_000_000)
            }
            Action::CancelTimer { id } => write!(f, "{id}: cancel"),
            Action::CallEntity { id, entity, operation, input } => {
                write!(f, "{id}: call {entity}.{operation}({input})")
            }
            Action::SignalEntity { id, entity, operation, input, at } => {
                write!(f, "{id}: signal {entity}.{operation}({input})")?;
                at.iter().try_for_each(|at| write!(f, " at {at}"))
            }
            Action::LockEntities { id, entities } => {
                write!(f, "{id}: lock")?;
                entities.iter().try_for_each(|entity| write!(f, " {entity}"))
            }
            Action::UnlockEntities { id } => write!(f, "unlock {id}"),
            Action::SetCustomStatus { status } => write!(f, "status {status}"),
            Action::Complete { result } => write!(f, "complete {result}"),
            Action::Fail { failure } => write!(f, "fail {}: {failure}", failure.kind),
            Action::ContinueAsNew { input, carryover } => {
                write!(f, "again {input}")?;
                carryover.iter().try_for_each(|(name, payload)| write!(f, " {name}={payload}"))
            }
        }
    }
}
