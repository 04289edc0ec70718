//! The engine of a test: one turn after another, without waiting.

use std::collections::VecDeque;

use fnhost_protocol::{
    action::Action,
    history::{EventKind, HistoryEvent, TaskId},
    ids::InstanceId,
    json::JsonText,
    time::Timestamp,
};

use super::{
    OrchestrationTester,
    journal::record,
    run::{Ending, Run},
    tester::ScriptedEvent,
};
use crate::{call::Services, orchestration::Execution, settings::Settings};

/// When tests begin: an arbitrary time that is easy to read.
const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000); // 2026-01-01T00:00:00Z

pub(super) struct Stage {
    script: OrchestrationTester,
    instance: InstanceId,
    now: Timestamp,
    history: Vec<HistoryEvent>,
    actions: Vec<Vec<Action>>,
    /// Completions that are under way.
    arriving: VecDeque<EventKind>,
    events: VecDeque<ScriptedEvent>,
    timers: Vec<(Timestamp, TaskId)>,
    custom_status: Option<JsonText>,
}

impl Stage {
    pub(super) fn new(script: OrchestrationTester) -> Self {
        Self {
            events: script.events.iter().cloned().collect(),
            script,
            instance: InstanceId::from_stored("test"),
            now: START,
            history: Vec::new(),
            actions: Vec::new(),
            arriving: VecDeque::new(),
            timers: Vec::new(),
            custom_status: None,
        }
    }

    pub(super) fn run(mut self, input: JsonText) -> Run {
        let mut execution = self.execution();
        let mut next =
            Some(EventKind::ExecutionStarted { name: "Test".to_owned(), input, generation: 0, parent: None });
        let ending = loop {
            let Some(event) = next else { break Ending::Waiting };
            if let Some(ending) = self.turn(&mut execution, event) {
                break ending;
            }
            next = self.next_event();
        };
        Run::new(ending, self.history, self.actions, self.custom_status, self.now.since(START))
    }

    fn execution(&self) -> Execution {
        let services = Services::new(Settings::from_iter(self.script.settings.clone()));
        Execution::new(self.script.orchestrator.clone(), self.instance.clone(), "Test".into(), 0, &services)
    }

    /// One turn, with the code as it was kept; then the same with code that starts over.
    fn turn(&mut self, execution: &mut Execution, event: EventKind) -> Option<Ending> {
        let events =
            [HistoryEvent::new(self.now, EventKind::TurnStarted), HistoryEvent::new(self.now, event)];
        let actions = execution.advance(&events);
        let mut replayed = self.execution();
        replayed.replay(&self.history);
        assert_eq!(
            replayed.advance(&events),
            actions,
            "the orchestrator is not deterministic: run again over the same history, it asks for something else"
        );
        self.history.extend(events);
        record(&mut self.history, self.now, &self.instance, &actions);
        let ending = actions.iter().find_map(|action| self.perform(action));
        self.actions.push(actions);
        ending
    }

    fn perform(&mut self, action: &Action) -> Option<Ending> {
        match action {
            Action::ScheduleTask { id, name, input, .. } => {
                let id = *id;
                let event = match self.script.answer(&format!("activity {name}"), input) {
                    Ok(result) => EventKind::TaskCompleted { id, result },
                    Err(failure) => EventKind::TaskFailed { id, failure },
                };
                self.arriving.push_back(event);
            }
            Action::CreateSubOrchestration { id, name, input, .. } => {
                let id = *id;
                let event = match self.script.answer(&format!("sub-orchestration {name}"), input) {
                    Ok(result) => EventKind::SubOrchestrationCompleted { id, result },
                    Err(failure) => EventKind::SubOrchestrationFailed { id, failure },
                };
                self.arriving.push_back(event);
            }
            Action::CallEntity { id, entity, operation, input } => {
                let id = *id;
                let event = match self.script.answer(&format!("entity {}.{operation}", entity.name()), input)
                {
                    Ok(result) => EventKind::EntityOperationCompleted { id, result },
                    Err(failure) => EventKind::EntityOperationFailed { id, failure },
                };
                self.arriving.push_back(event);
            }
            Action::CreateTimer { id, fire_at } => self.timers.push((*fire_at, *id)),
            Action::CancelTimer { id } => self.timers.retain(|(_, timer)| timer != id),
            Action::SetCustomStatus { status } => self.custom_status = Some(status.clone()),
            // Nobody else is there.
            Action::LockEntities { id, .. } => {
                self.arriving.push_back(EventKind::EntityLockGranted { id: *id });
            }
            Action::UnlockEntities { id } => {
                self.arriving.retain(|event| *event != EventKind::EntityLockGranted { id: *id });
            }
            Action::SignalEntity { .. } => {}
            Action::Complete { result } => return Some(Ending::Completed(result.clone())),
            Action::Fail { failure } => return Some(Ending::Failed(failure.clone())),
            Action::ContinueAsNew { input, carryover } => {
                return Some(Ending::ContinuedAsNew { input: input.clone(), carryover: carryover.clone() });
            }
        }
        None
    }

    /// What happens next: completions first, then events and timers, whichever is earlier.
    fn next_event(&mut self) -> Option<EventKind> {
        if let Some(event) = self.arriving.pop_front() {
            return Some(event);
        }
        let event_at = self
            .events
            .front()
            .map(|event| event.after.map_or(self.now, |after| START.saturating_add(after)).max(self.now));
        let timer = (0..self.timers.len()).min_by_key(|at| self.timers[*at]);
        match (event_at, timer) {
            (Some(at), timer) if timer.is_none_or(|timer| at <= self.timers[timer].0) => {
                let ScriptedEvent { name, payload, .. } = self.events.pop_front()?;
                self.now = at;
                Some(EventKind::EventRaised { name, input: payload })
            }
            (_, Some(timer)) => {
                let (fire_at, id) = self.timers.swap_remove(timer);
                self.now = self.now.max(fire_at);
                Some(EventKind::TimerFired { id })
            }
            (_, None) => None,
        }
    }
}
