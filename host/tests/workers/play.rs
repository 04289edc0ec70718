//! Plays the engine for one instance: keeps its history, answers what it asks for, one completion per turn.

use fnhost_protocol::{
    action::Action,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    json::JsonText,
    time::Timestamp,
    turn::{Turn, TurnOutcome},
    worker::Worker,
};

use crate::support::soon;

pub(crate) struct Play {
    pub(crate) function: String,
    pub(crate) instance: InstanceId,
    pub(crate) session: u64,
    pub(crate) base: u64,
    pub(crate) history: Vec<HistoryEvent>,
    /// What the instance waits for: the event that each task will complete with.
    pub(crate) waiting: Vec<EventKind>,
    /// How often the worker asked for the history.
    pub(crate) asked: u32,
}

impl Play {
    pub(crate) fn new(function: &str, number: u64) -> Self {
        Self {
            function: function.to_owned(),
            instance: InstanceId::parse(&format!("{function}-{number}")).unwrap(),
            session: 100 + number,
            base: 0,
            history: Vec::new(),
            waiting: Vec::new(),
            asked: 0,
        }
    }

    /// The next turn, in which these events arrive, as the engine sends it first: without history.
    pub(crate) fn turn(&self, arrived: Vec<EventKind>) -> Turn {
        let now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
        let now = now.saturating_add(std::time::Duration::from_secs(self.base));
        let started = std::iter::once(EventKind::TurnStarted);
        Turn {
            instance: self.instance.clone(),
            function: self.function.clone(),
            generation: 0,
            session: self.session,
            base: self.base,
            history: None,
            new_events: started.chain(arrived).map(|kind| HistoryEvent::new(now, kind)).collect(),
        }
    }

    /// The first turn.
    pub(crate) async fn begin(&mut self, worker: &impl Worker) -> Vec<Action> {
        let (name, input) = (self.function.clone(), JsonText::null());
        self.run(worker, vec![EventKind::ExecutionStarted { name, input, generation: 0, parent: None }]).await
    }

    /// A turn in which one of the things that the instance waits for is completed.
    pub(crate) async fn complete(&mut self, worker: &impl Worker, which: usize) -> Vec<Action> {
        let event = self.waiting.remove(which);
        self.run(worker, vec![event]).await
    }

    /// A turn, sent again with the history when the worker asks for it.
    pub(crate) async fn run(&mut self, worker: &impl Worker, arrived: Vec<EventKind>) -> Vec<Action> {
        let mut turn = self.turn(arrived);
        let mut outcome = soon(worker.turn(turn.clone())).await.unwrap();
        if outcome == TurnOutcome::NeedHistory {
            self.asked += 1;
            turn.history = Some(self.history.as_slice().into());
            outcome = soon(worker.turn(turn.clone())).await.unwrap();
        }
        let TurnOutcome::Actions(actions) = outcome else { panic!("a history was sent") };
        self.record(&turn, &actions);
        actions
    }

    fn record(&mut self, turn: &Turn, actions: &[Action]) {
        self.base += 1;
        self.history.extend(turn.new_events.iter().cloned());
        let at = turn.new_events[0].at;
        let recorded = actions.iter().cloned().filter_map(|action| match action {
            Action::ScheduleTask { id, name, input, retry } => {
                let result = JsonText::string(&format!("{name} of {input}"));
                self.waiting.push(EventKind::TaskCompleted { id, result });
                Some(EventKind::TaskScheduled { id, name, input, retry })
            }
            Action::CreateTimer { id, fire_at } => {
                self.waiting.push(EventKind::TimerFired { id });
                Some(EventKind::TimerCreated { id, fire_at })
            }
            Action::CancelTimer { id } => {
                self.waiting.retain(|event| *event != EventKind::TimerFired { id });
                Some(EventKind::TimerCancelled { id })
            }
            Action::Complete { result } => Some(EventKind::ExecutionCompleted { result }),
            Action::Fail { failure } => Some(EventKind::ExecutionFailed { failure }),
            Action::SetCustomStatus { .. } => None,
            other => panic!("not played here: {other:?}"),
        });
        self.history.extend(recorded.map(|kind| HistoryEvent::new(at, kind)));
    }

    pub(crate) fn is_over(&self) -> bool {
        self.history.iter().any(|event| {
            matches!(event.kind, EventKind::ExecutionCompleted { .. } | EventKind::ExecutionFailed { .. })
        })
    }
}
