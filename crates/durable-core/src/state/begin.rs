//! The first half of a turn: what arrived becomes history events, and it is decided whether code must run.

use fnhost_protocol::{
    failure::Failure,
    history::{EventKind, HistoryEvent},
    status::RuntimeStatus,
    time::Timestamp,
};

use crate::{
    lock::SectionRef,
    message::Message,
    model::{MessageId, TaskRef},
    state::{State, Termination, open_children},
};

/// Something that waits for an instance's next turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A message from the inbox.
    Message(MessageId, Message),
    /// The message that begins an instance whose creation shares a commit with its first turn: never stored.
    Fresh(Message),
    /// An activity of this host finished; its row is deleted by the turn that takes the result.
    TaskResult {
        /// Which call.
        task: TaskRef,
        /// When it finished.
        at: Timestamp,
        /// `TaskCompleted` or `TaskFailed`.
        event: EventKind,
    },
    /// A timer is due; its row is deleted by the turn that takes it.
    TimerFired {
        /// Which timer.
        timer: TaskRef,
        /// When it was to fire.
        at: Timestamp,
    },
    /// To an entity: the orchestration that it is locked for is over, and has left no message that says so.
    HolderGone(SectionRef),
}

/// A turn that has begun: what it consumes, what it records, and how it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The turn's time: the clock's, but never before the turn before.
    pub now: Timestamp,
    /// `TurnStarted` and what arrived; empty when nothing is worth recording.
    pub events: Vec<HistoryEvent>,
    /// Inbox rows to delete.
    pub consumed: Vec<MessageId>,
    /// Task rows to delete; each must still be leased to this host.
    pub tasks_done: Vec<TaskRef>,
    /// Timer rows to delete.
    pub timers_done: Vec<TaskRef>,
    /// How the turn goes on.
    pub drive: Drive,
    /// Whether the instance is suspended after these events.
    pub suspended: bool,
    /// Whether a suspension ended among these events.
    pub resumed: bool,
}

/// How a turn goes on after its events are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drive {
    /// Run the code over the events, then [`apply`](super::apply).
    RunCode,
    /// Apply at once, without actions: the instance is suspended, or nothing is worth recording.
    Record,
    /// Apply at once: the instance is terminated. When its children end with it, they are looked up first; see
    /// [`Begun::wants_children`].
    Terminate(Termination),
}

/// Turns what arrived, in order, into the events of the next turn.
///
/// Completions of an earlier execution are consumed and dropped. While an instance is suspended everything is
/// recorded and nothing delivered; the replay of the code buffers likewise, so the turn that resumes it sees all
/// in order. When a turn begins unsuspended its code runs even if a suspension is among the events: what came
/// before the suspension is then delivered in the turn in which it is recorded.
pub fn begin(state: &State, incoming: Vec<Incoming>, clock_now: Timestamp) -> Begun {
    let now = clock_now.max(state.instance.updated_at);
    let mut turn = Begun {
        now,
        events: vec![HistoryEvent::new(now, EventKind::TurnStarted)],
        consumed: Vec::new(),
        tasks_done: Vec::new(),
        timers_done: Vec::new(),
        drive: Drive::RunCode,
        suspended: state.instance.status == RuntimeStatus::Suspended,
        resumed: false,
    };
    let was_suspended = turn.suspended;
    for one in in_delivery_order(incoming) {
        match one {
            Incoming::Message(id, message) => {
                turn.consumed.push(id);
                turn.take_message(state, message);
            }
            Incoming::Fresh(message) => turn.take_message(state, message),
            Incoming::HolderGone(_) => {}
            Incoming::TaskResult { task, at, event } => {
                // The rows of an earlier execution went with it, so there is nothing to delete either.
                if task.generation == state.instance.generation {
                    turn.tasks_done.push(task);
                    turn.events.push(HistoryEvent::new(at, event));
                }
            }
            Incoming::TimerFired { timer, at } => {
                turn.timers_done.push(timer);
                if timer.generation == state.instance.generation {
                    turn.events.push(HistoryEvent::new(at, EventKind::TimerFired { id: timer.task }));
                }
            }
        }
        if matches!(turn.drive, Drive::Terminate(_)) {
            return turn;
        }
    }
    if turn.events.len() == 1 {
        turn.events.clear();
        turn.drive = Drive::Record;
    } else if was_suspended && !turn.resumed {
        turn.drive = Drive::Record;
    }
    turn
}

impl Begun {
    /// Whether the execution's history has to be read before the turn is applied: it knows the children that are to
    /// end as well.
    pub fn wants_children(&self) -> bool {
        matches!(&self.drive, Drive::Terminate(Termination { children: Some(_), .. }))
    }

    /// Finds the children that are to end as well, in the history before this turn.
    pub fn find_children(&mut self, history: &[HistoryEvent]) {
        if let Drive::Terminate(Termination { children: Some(children), .. }) = &mut self.drive {
            *children = open_children(history.iter().chain(&self.events));
        }
    }

    fn take_message(&mut self, state: &State, message: Message) {
        let row = &state.instance;
        match message {
            Message::Start { input, parent } => {
                let (name, generation) = (row.name.clone(), row.generation);
                self.record(EventKind::ExecutionStarted { name, input, generation, parent });
            }
            Message::ContinuedAsNew { generation, input, carryover } => {
                let (name, parent) = (row.name.clone(), row.parent.clone());
                if self.suspended {
                    // A suspension outlives the execution that it came in; a replay of this one must know of it.
                    let reason = "suspended before this execution began".to_owned();
                    self.record(EventKind::ExecutionSuspended { reason, failure: None });
                }
                self.record(EventKind::ExecutionStarted { name, input, generation, parent });
                for (name, input) in carryover {
                    self.record(EventKind::EventRaised { name, input });
                }
            }
            Message::Event { execution: Some(execution), .. } if execution != row.execution() => {}
            Message::Event { at, event, .. } => self.take_event(at, event),
            Message::Terminate { at, parent, reason } => {
                if row.parent.as_ref() == Some(&parent) {
                    self.take_event(at, EventKind::ExecutionTerminated { reason, recursive: true });
                }
            }
            // Operations go to entities only; the `@` of their ids keeps the two apart at every door.
            Message::Operation { .. } | Message::Lock { .. } | Message::Unlock { .. } => {}
        }
    }

    /// The same turn when the code cannot follow its history: what arrived is recorded, and held back as in any
    /// suspension until somebody resumes the instance, with other code.
    #[must_use]
    pub fn held_back(mut self, failure: Failure) -> Self {
        // To a replay it is as if the turn had not been: whoever resumed the instance has to do so again.
        self.events.retain(|event| !matches!(event.kind, EventKind::ExecutionResumed { .. }));
        let suspended =
            EventKind::ExecutionSuspended { reason: failure.message.clone(), failure: Some(failure) };
        self.events.insert(1.min(self.events.len()), HistoryEvent::new(self.now, suspended));
        self.drive = Drive::Record;
        self.suspended = true;
        self.resumed = false;
        self
    }

    fn take_event(&mut self, at: Timestamp, event: EventKind) {
        match &event {
            EventKind::ExecutionSuspended { .. } => self.suspended = true,
            EventKind::ExecutionResumed { .. } => {
                self.suspended = false;
                self.resumed = true;
            }
            EventKind::ExecutionTerminated { reason, recursive } => {
                self.drive = Drive::Terminate(Termination::new(reason, *recursive));
            }
            _ => {}
        }
        self.events.push(HistoryEvent::new(at, event));
    }

    fn record(&mut self, event: EventKind) {
        self.events.push(HistoryEvent::new(self.now, event));
    }
}

/// The message that begins an execution comes first, whatever reached the inbox while the execution before it
/// was ending.
fn in_delivery_order(mut incoming: Vec<Incoming>) -> Vec<Incoming> {
    let begins = |one: &Incoming| match one {
        Incoming::Message(_, message) | Incoming::Fresh(message) => {
            matches!(message, Message::ContinuedAsNew { .. } | Message::Start { .. })
        }
        _ => false,
    };
    if let Some(at) = incoming.iter().position(begins)
        && at > 0
    {
        incoming[..=at].rotate_right(1);
    }
    incoming
}
