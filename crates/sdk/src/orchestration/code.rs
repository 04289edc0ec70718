//! [`Code`]: the orchestrator's future, polled until nothing wakes it any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use fnhost_protocol::{
    failure::{Failure, kind},
    json::JsonText,
};
use futures_core::future::BoxFuture;

use super::{OrchestrationContext, shared::Shared};
use crate::{
    error::{Error, Intent, Result},
    panics::catch,
};

/// An orchestrator function without its types.
pub(crate) type Orchestrator =
    Arc<dyn Fn(OrchestrationContext, JsonText) -> BoxFuture<'static, Result<JsonText>> + Send + Sync>;

/// How often code may wake itself without getting anywhere before it is taken for something that waits actively.
const MOST_IDLE_ROUNDS: u32 = 100_000;

/// The code of one execution, and where it stands.
///
/// ```text
/// NotStarted ── ExecutionStarted ──▶ Running ── returns, fails, panics, awaits nothing ──▶ Ended
///      └──────────────────────────────┴── history does not fit ──▶ Diverged
/// ```
pub(super) struct Code {
    orchestrator: Orchestrator,
    stage: Stage,
    root: Arc<RootWake>,
    waker: Waker,
}

enum Stage {
    NotStarted,
    Running(BoxFuture<'static, Result<JsonText>>),
    /// The end is told once, at the end of its turn.
    Ended(Option<End>),
    Diverged(Failure),
}

/// How code ended.
pub(super) enum End {
    Completed(JsonText),
    Failed(Failure),
    ContinuedAsNew(JsonText),
}

/// Remembers that something was woken since the last poll.
#[derive(Default)]
struct RootWake {
    woken: AtomicBool,
    /// Set during a turn.
    awake: AtomicBool,
    /// Something woke the code outside a turn: nothing that the context made does.
    strayed: AtomicBool,
}

impl Wake for RootWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        if !self.awake.load(Ordering::Acquire) {
            self.strayed.store(true, Ordering::Release);
        }
    }
}

impl Code {
    pub(super) fn new(orchestrator: Orchestrator) -> Self {
        let root = Arc::new(RootWake::default());
        Self { orchestrator, stage: Stage::NotStarted, waker: Waker::from(root.clone()), root }
    }

    /// Begins or ends a turn: only during one may the code be woken.
    pub(super) fn set_awake(&self, awake: bool) {
        self.root.awake.store(awake, Ordering::Release);
    }

    pub(super) fn begin(&mut self, shared: &Arc<Shared>, input: JsonText) {
        if !matches!(self.stage, Stage::NotStarted) {
            return;
        }
        let (orchestrator, ctx) = (self.orchestrator.clone(), OrchestrationContext::new(shared.clone()));
        let stage = match catch(|| orchestrator(ctx, input)) {
            Ok(future) => Stage::Running(future),
            Err(panic) => Stage::Ended(Some(End::Failed(panic))),
        };
        self.set(stage);
        self.waker.wake_by_ref();
    }

    /// Polls the code until nothing wakes it any more.
    pub(super) fn poll(&mut self, shared: &Shared) {
        let mut idle_rounds = 0;
        while let Stage::Running(future) = &mut self.stage
            && self.root.woken.swap(false, Ordering::AcqRel)
        {
            if self.root.strayed.load(Ordering::Acquire) {
                self.set(Stage::Ended(Some(End::Failed(foreign_await(shared)))));
                return;
            }
            let pended = {
                let mut state = shared.state();
                state.parking.begin_poll(&self.waker);
                state.parking.pended()
            };
            let polled = catch(|| future.as_mut().poll(&mut Context::from_waker(&self.waker)));
            let is_sound = {
                let mut state = shared.state();
                state.parking.end_poll();
                state.parking.is_sound(pended) && !state.parking.strayed()
            };
            let wakes_itself = self.root.woken.load(Ordering::Acquire);
            let end = match polled {
                Ok(Poll::Ready(result)) => end_of(result),
                Err(panic) => End::Failed(panic),
                Ok(Poll::Pending) if wakes_itself && idle_rounds < MOST_IDLE_ROUNDS => {
                    idle_rounds += 1;
                    continue;
                }
                Ok(Poll::Pending) if is_sound && !wakes_itself => return,
                Ok(Poll::Pending) => End::Failed(foreign_await(shared)),
            };
            self.set(Stage::Ended(Some(end)));
        }
    }

    /// How the code ended, told once.
    pub(super) fn take_end(&mut self) -> Option<End> {
        match &mut self.stage {
            Stage::Ended(end) => end.take(),
            _ => None,
        }
    }

    pub(super) fn diverge(&mut self, failure: impl FnOnce() -> Failure) {
        if self.divergence().is_none() {
            self.set(Stage::Diverged(failure()));
        }
    }

    pub(super) fn divergence(&self) -> Option<&Failure> {
        match &self.stage {
            Stage::Diverged(failure) => Some(failure),
            _ => None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended(_) | Stage::Diverged(_))
    }

    /// About how many bytes the future takes.
    pub(super) fn weight(&self) -> usize {
        match &self.stage {
            Stage::Running(future) => size_of_val(&**future),
            _ => 0,
        }
    }

    /// Goes on to another stage. What the code still holds is dropped, which is user code too.
    fn set(&mut self, stage: Stage) {
        let before = std::mem::replace(&mut self.stage, stage);
        if let Err(panic) = catch(|| drop(before))
            && let Stage::Ended(Some(end @ End::Completed(_))) = &mut self.stage
        {
            *end = End::Failed(panic);
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        self.set(Stage::NotStarted);
    }
}

fn end_of(result: Result<JsonText, Error>) -> End {
    match result.map_err(Error::into_parts) {
        Ok(value) => End::Completed(value),
        Err((_, Intent::ContinueAsNew(input))) => End::ContinuedAsNew(input),
        Err((failure, Intent::Fail | Intent::Answer(_))) => End::Failed(failure),
    }
}

/// The code awaits something that no event of its history will ever wake.
fn foreign_await(shared: &Shared) -> Failure {
    let state = shared.state();
    let place = match (state.tasks.last(), state.next_task().checked_sub(1)) {
        (Some(task), Some(id)) => format!("after it asked for {}", task.describe(id)),
        _ => "before it asked for anything".to_owned(),
    };
    Failure::new(
        kind::FOREIGN_AWAIT,
        format!(
            "orchestration `{}` awaits something that its context did not make (a sleep, a request, a lock, a \
             spawned task), {place}: its history could never wake it. Move that into an activity and await \
             `ctx.activity(…)`; to pause, await `ctx.timer(…)`",
            shared.name
        ),
    )
    .not_retriable()
}
