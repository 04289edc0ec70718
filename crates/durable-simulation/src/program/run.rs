//! Replay of a program: past in, wishes out.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fnhost_protocol::{
    action::Action,
    failure::Failure,
    history::{EventKind, HistoryEvent, TaskId},
    ids::InstanceId,
    json::JsonText,
    time::Timestamp,
};

use super::{Addition, Input, ORCHESTRATOR, Program, Step, child_id, entity, event_name, json, tasks_of};

/// What code asks for.
pub(crate) enum Wishes {
    Actions(Vec<Action>),
    Panic,
}

/// What an execution knows: everything that happened.
#[derive(Default)]
pub(super) struct Past {
    input: Option<Input>,
    now: Option<Timestamp>,
    scheduled: BTreeSet<TaskId>,
    cancelled: BTreeSet<TaskId>,
    /// Critical sections that were left.
    pub(super) unlocked: BTreeSet<TaskId>,
    /// What completed tasks brought; nothing where they failed.
    pub(super) done: BTreeMap<TaskId, Option<JsonText>>,
    /// How activities failed, and at which time of the orchestration.
    failures: BTreeMap<TaskId, (Failure, Timestamp)>,
    events: Vec<(String, JsonText)>,
}

impl Past {
    fn of(history: &[HistoryEvent]) -> Self {
        let mut past = Self::default();
        for event in history {
            past.take(event);
        }
        past
    }

    fn take(&mut self, event: &HistoryEvent) {
        if let Some(id) = event.kind.scheduled_task() {
            self.scheduled.insert(id);
        }
        match &event.kind {
            EventKind::TurnStarted => self.now = Some(event.at),
            EventKind::ExecutionStarted { input, .. } => self.input = input.read().ok(),
            EventKind::EventRaised { name, input } => self.events.push((name.clone(), input.clone())),
            EventKind::TimerCancelled { id } => {
                self.cancelled.insert(*id);
            }
            EventKind::EntityUnlockSent { id } => {
                self.unlocked.insert(*id);
            }
            EventKind::TaskFailed { id, failure } => {
                let now = self.now.expect("every turn begins with its time");
                self.done.insert(*id, None);
                self.failures.insert(*id, (failure.clone(), now));
            }
            EventKind::TaskCompleted { id, result }
            | EventKind::SubOrchestrationCompleted { id, result }
            | EventKind::EntityOperationCompleted { id, result } => {
                self.done.insert(*id, Some(result.clone()));
            }
            kind => {
                if let Some(id) = kind.completed_task() {
                    self.done.insert(id, None);
                }
            }
        }
    }

    /// How an activity failed, and when.
    pub(super) fn failure(&self, task: TaskId) -> Option<(&Failure, Timestamp)> {
        self.failures.get(&task).map(|(failure, at)| (failure, *at))
    }

    fn number(&self, task: TaskId) -> Option<u64> {
        let brought = self.done.get(&task)?;
        Some(brought.as_ref().map_or(0, |json| json.read().expect("activities give numbers")))
    }
}

/// Runs the program of an instance over its history: what it asks for beyond what is recorded there.
pub(crate) fn run(programs: &[Program], instance: &InstanceId, history: &[HistoryEvent]) -> Wishes {
    let past = Past::of(history);
    let Some(input) = past.input else {
        // Nothing but the start of an execution can come first.
        return Wishes::Actions(vec![Action::Fail {
            failure: Failure::new("Simulation", "the history does not begin with a start"),
        }]);
    };
    let mut run = Run { instance, input, past: &past, next: 0, sum: input.sum, actions: Vec::new() };
    let program = &programs[input.program];
    for (at, step) in program.steps.iter().enumerate() {
        match step {
            Step::Panic => return Wishes::Panic,
            Step::Fail => {
                run.actions.push(Action::Fail { failure: Failure::new("Simulation", "as written") });
                return Wishes::Actions(run.actions);
            }
            step => {
                if !run.pass(at, step) {
                    return Wishes::Actions(run.actions);
                }
            }
        }
    }
    run.end(program);
    Wishes::Actions(run.actions)
}

pub(super) struct Run<'a> {
    instance: &'a InstanceId,
    input: Input,
    pub(super) past: &'a Past,
    next: TaskId,
    pub(super) sum: u64,
    pub(super) actions: Vec<Action>,
}

impl Run<'_> {
    /// Takes the next task number; `true` when the task is still to be asked for.
    fn task(&mut self) -> (TaskId, bool) {
        let id = self.keep(1);
        (id, self.is_new(id))
    }

    /// Takes the next task numbers; answers the first of them.
    pub(super) fn keep(&mut self, many: TaskId) -> TaskId {
        let first = self.next;
        self.next += many;
        first
    }

    /// Whether a task is still to be asked for.
    pub(super) fn is_new(&self, task: TaskId) -> bool {
        !self.past.scheduled.contains(&task)
    }

    /// Adds what a task brought; `false` when it is not done.
    pub(super) fn add(&mut self, task: TaskId) -> bool {
        let number = self.past.number(task);
        self.sum += number.unwrap_or(0);
        number.is_some()
    }

    /// Whether the code gets past this step. Its task numbers are its own, however far it gets.
    fn pass(&mut self, at: usize, step: &Step) -> bool {
        let after = self.next + tasks_of(step);
        let passed = self.pass_step(at, step);
        self.next = after;
        passed
    }

    fn pass_step(&mut self, at: usize, step: &Step) -> bool {
        let mut passed = true;
        match step {
            Step::Tasks(tasks) => {
                for task in tasks {
                    passed &= self.pass_task(task);
                }
            }
            Step::Children(children) => {
                for program in children {
                    let (id, new) = self.task();
                    if new {
                        self.create_child(id, *program);
                    }
                    passed &= self.add(id);
                }
            }
            Step::Timer(length) => {
                let id = self.timer(*length);
                passed = self.past.done.contains_key(&id);
            }
            Step::Race(short, long) => {
                let (first, second) = (self.timer(*short), self.timer(*long));
                passed = self.past.done.contains_key(&first);
                let is_over = self.past.done.contains_key(&second) || self.past.cancelled.contains(&second);
                if passed && !is_over {
                    self.actions.push(Action::CancelTimer { id: second });
                }
            }
            Step::Event(_) => {
                let name = event_name(at, self.input.round);
                let event = self.past.events.iter().find(|(other, _)| *other == name);
                let brought =
                    event.map(|(_, input)| input.read::<(u64, u64)>().expect("events bring numbers").1);
                self.sum += brought.unwrap_or(0);
                passed = brought.is_some();
            }
            Step::Call { key, add } => {
                let (id, new) = self.task();
                if new {
                    let (entity, input) = (entity(*key), self.addition(id, *add));
                    self.actions.push(Action::CallEntity { id, entity, operation: "add".to_owned(), input });
                }
                passed = self.past.done.contains_key(&id);
                self.sum += u64::from(passed);
            }
            Step::Signal { key, add } => self.signal(*key, *add, None),
            Step::SignalLater { key, add, after } => self.signal(*key, *add, Some(*after)),
            Step::Section { keys, add, task } => passed = self.pass_section(keys, *add, task),
            Step::Fail | Step::Panic => unreachable!("the caller ends there"),
        }
        passed
    }

    fn signal(&mut self, key: u64, add: u64, after: Option<Duration>) {
        let (id, new) = self.task();
        if !new {
            return;
        }
        let now = self.past.now.expect("every turn begins with its time");
        let at = after.map(|after| now.saturating_add(after));
        let input = match at {
            None => self.addition(id, add),
            // It may arrive after whatever is sent next.
            Some(_) => json::<Addition>(&(format!("later {id} of {}", self.sender()), 0, add)),
        };
        let (entity, operation) = (entity(key), "add".to_owned());
        self.actions.push(Action::SignalEntity { id, entity, operation, input, at });
    }

    fn timer(&mut self, length: Duration) -> TaskId {
        let (id, new) = self.task();
        if new {
            let now = self.past.now.expect("every turn begins with its time");
            self.actions.push(Action::CreateTimer { id, fire_at: now.saturating_add(length) });
        }
        id
    }

    fn create_child(&mut self, id: TaskId, program: usize) {
        let input = Input { program, round: 0, sum: 0, ..self.input };
        let child = child_id(self.instance.as_str(), self.input.round, id);
        self.actions.push(Action::CreateSubOrchestration {
            id,
            name: ORCHESTRATOR.to_owned(),
            instance: Some(InstanceId::from_stored(child)),
            input: json(&input),
            retry: None,
        });
    }

    fn addition(&self, id: TaskId, add: u64) -> JsonText {
        json::<Addition>(&(self.sender(), u64::from(id), add))
    }

    /// What this execution is called among those who add.
    pub(super) fn sender(&self) -> String {
        format!("{}#{}/{}", self.instance, self.input.start, self.input.round)
    }

    fn end(&mut self, program: &Program) {
        if self.input.round == program.rounds {
            self.actions.push(Action::Complete { result: json(&self.sum) });
            return;
        }
        let input = Input { round: self.input.round + 1, sum: self.sum, ..self.input };
        let awaited: BTreeSet<String> =
            (0..program.steps.len()).map(|step| event_name(step, self.input.round)).collect();
        let left = self.past.events.iter().filter(|(name, _)| !awaited.contains(name));
        self.actions.push(Action::ContinueAsNew { input: json(&input), carryover: left.cloned().collect() });
    }
}
