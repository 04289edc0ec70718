//! What orchestrations do in a simulation: small programs whose results are known beforehand.
//!
//! A program adds numbers: those that its activities, sub-orchestrations and events bring. It runs by replay: from
//! everything that happened follows everything that is asked for.

mod draw;
mod retried;
mod run;
mod section;

use std::time::Duration;

use fnhost_protocol::{history::TaskId, ids::EntityId, json::JsonText};
use serde::{Deserialize, Serialize};

pub(crate) use draw::programs;
pub(crate) use run::{Wishes, run};
pub(crate) use section::is_section;

/// The orchestrator function: its input says which program it runs.
pub(crate) const ORCHESTRATOR: &str = "Program";
pub(crate) const ACTIVITY: &str = "Give";
pub(crate) const ENTITY: &str = "sum";

/// Steps that are done in order, over and over: `rounds` times continued as new.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Step>,
    pub(crate) rounds: u32,
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Activities side by side.
    Tasks(Vec<Task>),
    /// Sub-orchestrations side by side, by the numbers of their programs.
    Children(Vec<usize>),
    /// Waits.
    Timer(Duration),
    /// Waits for the shorter of two timers and cancels the longer.
    Race(Duration, Duration),
    /// Waits for an event, which brings this number.
    Event(u64),
    /// Adds at entities and waits for the answers.
    Call { key: u64, add: u64 },
    /// Adds at an entity.
    Signal { key: u64, add: u64 },
    /// Adds at an entity, after so long.
    SignalLater { key: u64, add: u64, after: Duration },
    /// Adds at entities, runs an activity and adds once more, while nobody else can.
    Section { keys: Vec<u64>, add: u64, task: Task },
    /// Ends in a failure.
    Fail,
    /// The code panics, in every attempt.
    Panic,
}

/// One activity; also its input.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) gives: u64,
    pub(crate) millis: u64,
    pub(crate) ends: Ends,
    /// How often it is tried at most.
    pub(crate) tries: u32,
    /// The pause before the second try, in milliseconds; each later one is twice as long.
    pub(crate) pause: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ends {
    Well,
    Failed,
    Panicked,
    /// In so many tries; well in the one after them.
    WellAfter(u32),
    /// Takes its host down, each time.
    Killed,
}

impl Task {
    /// What it brings in the end.
    pub(crate) fn brings(&self) -> u64 {
        let succeeds = match self.ends {
            Ends::Well => true,
            Ends::Failed | Ends::Panicked | Ends::Killed => false,
            Ends::WellAfter(tries) => tries < self.tries,
        };
        if succeeds { self.gives } else { 0 }
    }

    /// How many task numbers are kept for it: one for each try, one for each pause.
    fn numbers(&self) -> u32 {
        2 * self.tries - 1
    }
}

/// The input of an execution.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Input {
    /// Which call of a client began it, or began the orchestration above it.
    pub(crate) start: u64,
    pub(crate) program: usize,
    pub(crate) round: u32,
    pub(crate) sum: u64,
}

/// How a program ends if nobody terminates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed(u64),
    Failed,
}

/// An operation at an entity: who adds, the how-manieth of that sender, what.
pub(crate) type Addition = (String, u64, u64);

pub(crate) fn json<T: Serialize>(value: &T) -> JsonText {
    JsonText::of(value).expect("plain data has a JSON form")
}

pub(crate) fn entity(key: u64) -> EntityId {
    EntityId::new(ENTITY, &key.to_string()).expect("a number is a key")
}

/// The event that the step waits for in a round.
pub(crate) fn event_name(step: usize, round: u32) -> String {
    format!("step {step} of round {round}")
}

/// The id of a sub-orchestration.
fn child_id(parent: &str, round: u32, task: TaskId) -> String {
    format!("{parent}.{round}.{task}")
}

/// The ending of a program.
pub(crate) fn ending(programs: &[Program], number: usize) -> Ending {
    let program = &programs[number];
    let mut sum = 0;
    for step in &program.steps {
        sum += match step {
            Step::Tasks(tasks) => tasks.iter().map(Task::brings).sum(),
            Step::Section { keys, task, .. } => 2 * keys.len() as u64 + task.brings(),
            Step::Children(children) => children
                .iter()
                .map(|child| match ending(programs, *child) {
                    Ending::Completed(sum) => sum,
                    Ending::Failed => 0,
                })
                .sum(),
            Step::Event(brings) => *brings,
            Step::Call { .. } => 1,
            Step::Timer(_) | Step::Race(..) | Step::Signal { .. } | Step::SignalLater { .. } => 0,
            Step::Fail | Step::Panic => return Ending::Failed,
        };
    }
    Ending::Completed(sum * u64::from(program.rounds + 1))
}

/// All events that a program and those below it wait for: (instance, event, number).
pub(crate) fn events(programs: &[Program], number: usize, id: &str) -> Vec<(String, String, u64)> {
    let mut found = Vec::new();
    let program = &programs[number];
    for round in 0..=program.rounds {
        let mut task = 0;
        for (at, step) in program.steps.iter().enumerate() {
            match step {
                Step::Event(brings) => found.push((id.to_owned(), event_name(at, round), *brings)),
                Step::Children(children) => {
                    for (child, task) in children.iter().zip(task..) {
                        found.extend(events(programs, *child, &child_id(id, round, task)));
                    }
                }
                _ => {}
            }
            task += tasks_of(step);
        }
    }
    found
}

/// How many task numbers a step takes.
fn tasks_of(step: &Step) -> TaskId {
    let count = |many: usize| TaskId::try_from(many).expect("programs are small");
    match step {
        Step::Tasks(tasks) => tasks.iter().map(Task::numbers).sum(),
        Step::Children(children) => count(children.len()),
        Step::Section { keys, task, .. } => 1 + 2 * count(keys.len()) + task.numbers(),
        Step::Race(..) => 2,
        Step::Timer(_) | Step::Call { .. } | Step::Signal { .. } | Step::SignalLater { .. } => 1,
        Step::Event(_) | Step::Fail | Step::Panic => 0,
    }
}
