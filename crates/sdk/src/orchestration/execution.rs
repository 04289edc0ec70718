//! [`Execution`]: an orchestrator's future, and the events that move it.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, atomic::Ordering},
    task::Waker,
};

use fnhost_protocol::{
    action::Action,
    failure::Failure,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    json::JsonText,
};

use super::{
    code::{Code, End, Orchestrator},
    divergence::{self, Divergence, Place, is_record, is_recorded},
    recorded::Recorded,
    retries::Completed,
    shared::Shared,
};
use crate::call::Services;

/// One execution of an orchestration: the state of its code after the turns that were fed to it.
///
/// For hosts. [`Registry::start_execution`](crate::Registry::start_execution) makes one; keep it between turns if
/// there is memory for it, or drop it and replay: the actions are the same.
///
/// ```
/// # use std::sync::Arc;
/// # use fnhost_protocol::{action::Action, history::{EventKind, HistoryEvent}, ids::InstanceId, json::JsonText, time::Timestamp, turn::Turn};
/// # use fnhost_sdk::{OrchestrationContext, Registry, Result, Settings, host::Services};
/// async fn greet(_ctx: OrchestrationContext, name: String) -> Result<String> {
///     Ok(format!("Hello {name}!"))
/// }
/// let registry = Registry::new().orchestration("Greet", "functions/Greet/mod.rs", greet);
/// let services = Services::new(Settings::default());
/// let started = EventKind::ExecutionStarted {
///     name: "Greet".into(), input: JsonText::string("Tokyo"), generation: 0, parent: None,
/// };
/// let turn = Turn {
///     instance: InstanceId::generate(), function: "Greet".into(), generation: 0, session: 1, base: 0, history: None,
///     new_events: Arc::new([
///         HistoryEvent::new(Timestamp::EPOCH, EventKind::TurnStarted),
///         HistoryEvent::new(Timestamp::EPOCH, started),
///     ]),
/// };
/// let mut execution = registry.start_execution(&turn, &services).unwrap().expect("a first turn needs no history");
/// let actions = execution.advance(&turn.new_events);
/// assert_eq!(actions, [Action::Complete { result: JsonText::string("Hello Tokyo!") }]);
/// assert_eq!(execution.turns(), 1);
/// ```
pub struct Execution {
    shared: Arc<Shared>,
    code: Code,
    suspended: bool,
    /// What arrived while suspended, with its number in the history.
    held: VecDeque<(u64, EventKind)>,
    turns: u64,
    /// Events of the history before the current turn.
    events: u64,
    payload_bytes: usize,
}

impl Execution {
    pub(crate) fn new(
        orchestrator: Orchestrator,
        instance: InstanceId,
        name: Arc<str>,
        generation: u32,
        services: &Services,
    ) -> Self {
        Self {
            shared: Arc::new(Shared::new(instance, name, generation, services)),
            code: Code::new(orchestrator),
            suspended: false,
            held: VecDeque::new(),
            turns: 0,
            events: 0,
            payload_bytes: 0,
        }
    }

    /// Feeds turns of the past, holding what the code asks for against what is recorded. Where they part, the
    /// next [`advance`](Self::advance) says so.
    ///
    /// ```
    /// # use fnhost_protocol::history::HistoryEvent;
    /// # fn show(mut execution: fnhost_sdk::host::Execution, history: &[HistoryEvent], new_events: &[HistoryEvent]) {
    /// execution.replay(history);
    /// let actions = execution.advance(new_events);
    /// # }
    /// ```
    pub fn replay(&mut self, history: &[HistoryEvent]) {
        let mut rest = history;
        while !rest.is_empty() {
            let next = rest[1..].iter().position(|event| event.kind == EventKind::TurnStarted);
            let (turn, later) = rest.split_at(next.map_or(rest.len(), |position| position + 1));
            rest = later;
            let recorded = Recorded::new(turn.iter().map(|event| &event.kind));
            let actions = self.run_turn(turn, Some(recorded));
            if self.code.divergence().is_none()
                && let Err(divergence) = divergence::check(turn, self.events, &actions)
            {
                self.diverge(divergence);
            }
            self.events += turn.len() as u64;
        }
    }

    /// Feeds a new turn, which begins with `TurnStarted`, and returns what the code asks for.
    ///
    /// ```
    /// # use fnhost_protocol::turn::{Turn, TurnOutcome};
    /// # fn show(execution: &mut fnhost_sdk::host::Execution, turn: &Turn) -> TurnOutcome {
    /// TurnOutcome::Actions(execution.advance(&turn.new_events))
    /// # }
    /// ```
    pub fn advance(&mut self, new_events: &[HistoryEvent]) -> Vec<Action> {
        let actions = self.run_turn(new_events, None);
        let recorded = actions.iter().filter(|action| is_recorded(action)).count();
        self.events += (new_events.len() + recorded) as u64;
        match self.code.divergence() {
            Some(failure) => vec![Action::Fail { failure: failure.clone() }],
            None => actions,
        }
    }

    /// How many turns were fed: compare with `Turn::base` before using a kept execution.
    ///
    /// ```
    /// # use fnhost_protocol::turn::Turn;
    /// # fn show(kept: &fnhost_sdk::host::Execution, turn: &Turn) -> bool {
    /// kept.turns() == turn.base
    /// # }
    /// ```
    pub fn turns(&self) -> u64 {
        self.turns
    }

    /// Whether the code has ended: nothing will move it any more.
    ///
    /// ```
    /// # fn show(execution: &fnhost_sdk::host::Execution) -> bool {
    /// !execution.is_over() // worth keeping
    /// # }
    /// ```
    pub fn is_over(&self) -> bool {
        self.code.is_over()
    }

    /// Where code and history parted, if they did: [`advance`](Self::advance) then asks for nothing but its end with
    /// this failure, which a host need not grant.
    ///
    /// ```
    /// # use fnhost_protocol::turn::{Turn, TurnOutcome};
    /// # fn show(execution: &mut fnhost_sdk::host::Execution, turn: &Turn) -> TurnOutcome {
    /// let actions = execution.advance(&turn.new_events);
    /// match execution.divergence() {
    ///     Some(failure) => TurnOutcome::Diverged(failure.clone()),
    ///     None => TurnOutcome::Actions(actions),
    /// }
    /// # }
    /// ```
    pub fn divergence(&self) -> Option<&Failure> {
        self.code.divergence()
    }

    /// About how many bytes of memory this takes: for the budget of a cache.
    ///
    /// ```
    /// # fn show(execution: &fnhost_sdk::host::Execution, budget: usize) -> bool {
    /// execution.weight() <= budget
    /// # }
    /// ```
    pub fn weight(&self) -> usize {
        let fixed = size_of::<Self>() + size_of::<Shared>();
        fixed + self.code.weight() + self.payload_bytes + self.shared.state().weight()
    }

    fn run_turn(&mut self, events: &[HistoryEvent], recorded: Option<Recorded>) -> Vec<Action> {
        self.turns += 1;
        let Some((HistoryEvent { at, kind: EventKind::TurnStarted }, arrived)) = events.split_first() else {
            let first = events.first().map_or(&EventKind::TurnStarted, |event| &event.kind);
            let found = if events.is_empty() { "nothing" } else { first.name() };
            self.diverge(Divergence::new(
                Place::at(self.events + 1, first),
                format_args!("this turn begins with {found}"),
                format_args!("every turn begins with TurnStarted"),
            ));
            return Vec::new();
        };
        self.shared.replaying.store(recorded.is_some(), Ordering::Relaxed);
        self.shared.state().begin_turn(*at, recorded.unwrap_or_default());
        self.code.set_awake(true);
        for (number, event) in (self.events + 2..).zip(arrived).filter(|(_, event)| !is_record(&event.kind)) {
            self.deliver(number, &event.kind);
        }
        self.code.set_awake(false);
        let mut actions = self.shared.state().end_turn();
        if let Some(end) = self.code.take_end() {
            actions.push(match end {
                End::Completed(result) => Action::Complete { result },
                End::Failed(failure) => Action::Fail { failure },
                End::ContinuedAsNew(input) => {
                    let carryover = self.shared.state().inbox.take_unconsumed();
                    Action::ContinueAsNew { input, carryover }
                }
            });
        }
        actions
    }

    /// While suspended, what arrives is held back; when resumed, it is delivered in order and with the time of now.
    fn deliver(&mut self, number: u64, event: &EventKind) {
        match event {
            EventKind::ExecutionSuspended { .. } => self.suspended = true,
            EventKind::ExecutionResumed { .. } => {
                self.suspended = false;
                while let Some((number, event)) = self.held.pop_front() {
                    self.hand_over(number, &event);
                }
            }
            // Once the code has ended, events are only collected, to be carried over.
            _ if self.suspended && !self.code.is_over() => self.held.push_back((number, event.clone())),
            _ => self.hand_over(number, event),
        }
    }

    fn hand_over(&mut self, number: u64, event: &EventKind) {
        let woken = match event {
            EventKind::ExecutionStarted { input, parent, .. } => {
                self.shared.state().parent.clone_from(parent);
                self.payload_bytes += input.len();
                self.code.begin(&self.shared, input.clone());
                None
            }
            EventKind::EventRaised { name, input } => {
                self.payload_bytes += input.len();
                self.shared.state().arrive(name, input.clone())
            }
            // Ends the instance without its code; the engine sees to it.
            EventKind::ExecutionTerminated { .. } => None,
            _ => match self.complete(number, event) {
                Ok(woken) => woken,
                Err(divergence) => {
                    self.diverge(divergence);
                    None
                }
            },
        };
        if let Some(waker) = woken {
            waker.wake();
        }
        self.code.poll(&self.shared);
    }

    fn complete(&mut self, number: u64, event: &EventKind) -> Result<Option<Waker>, Divergence> {
        let Some((id, kind)) = divergence::completion(event) else { return Ok(None) };
        if self.code.is_over() {
            return Ok(None);
        }
        let result = match event {
            EventKind::TaskCompleted { result, .. }
            | EventKind::SubOrchestrationCompleted { result, .. }
            | EventKind::EntityOperationCompleted { result, .. } => Ok(result.clone()),
            EventKind::TaskFailed { failure, .. }
            | EventKind::SubOrchestrationFailed { failure, .. }
            | EventKind::EntityOperationFailed { failure, .. } => Err(failure.clone()),
            _ => Ok(JsonText::null()),
        };
        self.payload_bytes += result.as_ref().map_or(0, JsonText::len);
        let completed = self.shared.state().complete(id, kind, result);
        match completed
            .map_err(|reason| Divergence::completion(Place::at(number, event), id, kind, &reason))?
        {
            Completed::Wake(waker) => Ok(waker),
            Completed::Doubt(doubt) => {
                let answer = doubt.ask();
                Ok(self.shared.state().settle(doubt, answer))
            }
        }
    }

    fn diverge(&mut self, divergence: Divergence) {
        self.code.diverge(|| divergence.into_failure(&self.shared.name, self.turns));
    }
}

impl fmt::Debug for Execution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execution")
            .field("instance", &self.shared.instance)
            .field("name", &self.shared.name)
            .field("turns", &self.turns)
            .field("over", &self.is_over())
            .finish_non_exhaustive()
    }
}
