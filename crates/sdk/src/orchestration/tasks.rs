//! The table of tasks: everything that the code has asked for, by number.

use std::fmt;

use fnhost_protocol::{failure::Failure, history::TaskId, json::JsonText};

use super::parking::Parked;

/// What a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKind {
    Activity,
    SubOrchestration,
    Timer,
    EntityCall,
    EntitySignal,
    EntityLock,
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Activity => "activity",
            Self::SubOrchestration => "sub-orchestration",
            Self::Timer => "timer",
            Self::EntityCall => "call of entity",
            Self::EntitySignal => "signal to entity",
            Self::EntityLock => "lock of",
        })
    }
}

/// What a completed task left.
pub(super) type TaskResult = Result<JsonText, Failure>;

/// One task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) kind: TaskKind,
    /// The function, or entity and operation; empty for timers.
    pub(super) name: Box<str>,
    pub(super) progress: Progress,
    /// How often it was tried, once it is over.
    pub(super) attempts: u32,
}

/// Where a task stands, as far as its future is concerned.
///
/// ```text
/// Waiting ── completion ──▶ Done ── polled ──▶ Over
///    └─────── future dropped ─────┴────────────▶ Over
/// ```
#[derive(Debug)]
pub(super) enum Progress {
    /// No completion yet; the future may have parked.
    Waiting(Option<Parked>),
    /// Completed; its future has not looked yet.
    Done(TaskResult),
    /// Nobody waits for it (any more).
    Over,
}

/// How a task reads in messages: "activity `Save` (task 4)".
impl Task {
    pub(super) fn describe(&self, id: TaskId) -> String {
        if self.name.is_empty() {
            format!("{} (task {id})", self.kind)
        } else {
            format!("{} `{}` (task {id})", self.kind, self.name)
        }
    }
}
