//! Calls that are tried again when they fail. Attempts and pauses are tasks like any other: history shows them, and
//! replays count them. They go on by themselves, whether or not the code awaits the call right now.
//!
//! ```text
//! attempt n ── succeeds ──▶ the call's result
//!   ▲   └── fails ── policy or predicate says no ──▶ the call's failure, attempts counted
//!   │          └── else ──▶ pause (a timer)
//!   └───────── fires ───────────┘
//!
//! the call's future is dropped: a pause is cancelled, the result of a running attempt ignored, none follows
//! ```

use std::{collections::HashMap, sync::Arc, task::Waker};

use fnhost_protocol::{
    TriggerKind,
    action::Action,
    failure::Failure,
    history::TaskId,
    ids::InstanceId,
    json::JsonText,
    retry::{Retry, RetryPolicy as Policy},
    time::Timestamp,
};

use super::{
    RetryPolicy,
    retry_policy::Predicate,
    shared::{State, call_failure},
    tasks::{Progress, TaskKind, TaskResult},
};
use crate::{
    error::{Error, Result},
    panics::catch,
};

/// The calls with a policy that are not over. A call has the number of its first attempt.
#[derive(Debug, Default)]
pub(super) struct Retries {
    calls: HashMap<TaskId, Retrying>,
    /// The attempt or pause that each call waits for.
    current: HashMap<TaskId, TaskId>,
    /// Bytes of the inputs that are kept for further attempts.
    input_bytes: usize,
}

struct Retrying {
    /// The attempt that is under way, or has failed last.
    retry: Retry,
    predicate: Option<Predicate>,
    input: JsonText,
    /// The id that the code gave to the child.
    child: Option<InstanceId>,
    began: Timestamp,
    current: TaskId,
}

impl std::fmt::Debug for Retrying {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retrying")
            .field("retry", &self.retry)
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

/// What a completion led to.
pub(super) enum Completed {
    /// Somebody to wake, perhaps.
    Wake(Option<Waker>),
    /// The code is to be asked whether to try again; not under the lock.
    Doubt(Doubt),
}

/// A failed attempt that the policy allows to be repeated, if the code's predicate does.
pub(super) struct Doubt {
    call: TaskId,
    predicate: Predicate,
    failure: Failure,
    /// The failure as the code would see it.
    seen: Failure,
    next: Timestamp,
}

impl Doubt {
    /// Asks the code; a panic of it becomes the failure of the call.
    pub(super) fn ask(&self) -> Result<bool, Failure> {
        catch(|| (self.predicate)(&Error::from_failure(self.seen.clone())))
    }
}

impl Retries {
    fn insert(&mut self, call: TaskId, retrying: Retrying) {
        self.remove(call);
        self.input_bytes += retrying.input.len();
        self.current.insert(retrying.current, call);
        self.calls.insert(call, retrying);
    }

    fn remove(&mut self, call: TaskId) -> Option<Retrying> {
        let retrying = self.calls.remove(&call)?;
        self.current.remove(&retrying.current);
        self.input_bytes -= retrying.input.len();
        Some(retrying)
    }

    /// The call that waits for this attempt or pause.
    pub(super) fn waiting_for(&self, id: TaskId) -> Option<TaskId> {
        self.current.get(&id).copied()
    }

    /// Whether this is a call under way whose first attempt is over: what else is said of that is old.
    pub(super) fn has_gone_on(&self, id: TaskId) -> bool {
        self.calls.get(&id).is_some_and(|retrying| retrying.current != id)
    }

    pub(super) fn weight(&self) -> usize {
        const ENTRY: usize = size_of::<(TaskId, Retrying)>() + size_of::<(TaskId, TaskId)>();
        self.calls.len() * ENTRY + self.input_bytes
    }
}

impl State {
    /// Gives a call that was just made the policy that holds for it: the recorded one when the turn is replayed,
    /// else that of its function.
    pub(super) fn begin_call(&mut self, id: TaskId) {
        if let Some(recorded) = self.recorded.call(id) {
            if let Some((retry, input)) = recorded.retry.clone() {
                self.keep(id, retry.policy, input);
            }
            return;
        }
        let task = &self.tasks[id as usize];
        let kind = match task.kind {
            TaskKind::Activity => TriggerKind::Activity,
            TaskKind::SubOrchestration => TriggerKind::Orchestration,
            _ => return,
        };
        if let Some(policy) = self.retry_defaults.find(kind, &task.name) {
            self.set_policy(id, Some(policy));
        }
    }

    /// Gives a call the policy that the code names. `Err` when it cannot have it; the call is then to be refused.
    #[track_caller]
    pub(super) fn retry_call(&mut self, id: TaskId, wanted: &RetryPolicy) -> Result<()> {
        let policy = wanted.checked().map_err(|error| self.refuse_policy(id, error))?;
        if !self.is_of_this_turn(id) {
            return Err(
                self.refuse_policy(id, Error::new("it comes too late: name it where the call is made"))
            );
        }
        // What is recorded holds, also that there was none.
        if self.recorded.call(id).is_none() {
            self.set_policy(id, policy.map(Arc::new));
        }
        if let Some(retrying) = self.retries.calls.get_mut(&id) {
            retrying.predicate = wanted.predicate();
        }
        Ok(())
    }

    /// A call whose policy is no good is not made at all, if it can still be taken back.
    fn refuse_policy(&mut self, id: TaskId, error: Error) -> Error {
        self.give_up(id);
        self.take_back(id);
        let task = &self.tasks[id as usize];
        error.context(format_args!("{} `{}` cannot be tried again", task.kind, task.name)).non_retriable()
    }

    /// Writes the policy into the action that makes the call.
    fn set_policy(&mut self, id: TaskId, policy: Option<Arc<Policy>>) {
        let Some(
            Action::ScheduleTask { input, retry, .. } | Action::CreateSubOrchestration { input, retry, .. },
        ) = self.action_of(id)
        else {
            return;
        };
        *retry = policy.clone().map(Retry::first);
        let input = input.clone();
        match policy {
            Some(policy) => self.keep(id, policy, input),
            None => drop(self.retries.remove(id)),
        }
    }

    fn keep(&mut self, id: TaskId, policy: Arc<Policy>, input: JsonText) {
        let child = match self.action_of(id) {
            Some(Action::CreateSubOrchestration { instance, .. }) => instance.clone(),
            _ => None,
        };
        let retry = Retry::first(policy);
        let began = self.now;
        self.retries.insert(id, Retrying { retry, predicate: None, input, child, began, current: id });
    }

    /// An attempt or a pause of a call is over.
    pub(super) fn go_on(&mut self, call: TaskId, over: TaskId, result: TaskResult) -> Completed {
        self.retries.current.remove(&over);
        if over != call {
            self.tasks[over as usize].progress = Progress::Over;
        }
        if self.tasks[over as usize].kind == TaskKind::Timer {
            self.attempt(call);
            return Completed::Wake(None);
        }
        let failure = match result {
            Ok(_) => return Completed::Wake(self.finish(call, result)),
            Err(failure) => failure,
        };
        let Some(retrying) = self.retries.calls.get(&call) else { return Completed::Wake(None) };
        let Retry { attempt, policy } = &retrying.retry;
        let Some(next) = policy.next_attempt(*attempt, &failure, retrying.began, self.now) else {
            return Completed::Wake(self.finish(call, Err(failure)));
        };
        match &retrying.predicate {
            Some(predicate) => {
                let (predicate, attempt) = (predicate.clone(), *attempt);
                let task = &mut self.tasks[call as usize];
                task.attempts = attempt;
                let seen = call_failure(task, failure.clone());
                Completed::Doubt(Doubt { call, predicate, failure, seen, next })
            }
            None => {
                self.pause(call, next);
                Completed::Wake(None)
            }
        }
    }

    /// The code has said whether to try again. It may have given up the call meanwhile.
    pub(super) fn settle(&mut self, doubt: Doubt, answer: Result<bool, Failure>) -> Option<Waker> {
        if !self.retries.calls.contains_key(&doubt.call) {
            return None;
        }
        match answer {
            Ok(true) => {
                self.pause(doubt.call, doubt.next);
                None
            }
            Ok(false) => self.finish(doubt.call, Err(doubt.failure)),
            Err(panic) => self.finish(doubt.call, Err(panic)),
        }
    }

    /// Waits before the next attempt.
    fn pause(&mut self, call: TaskId, fire_at: Timestamp) {
        let id = self.next_task();
        self.ask(TaskKind::Timer, "", Action::CreateTimer { id, fire_at });
        self.wait_for(call, id);
    }

    /// Asks for the next attempt.
    fn attempt(&mut self, call: TaskId) {
        let id = self.next_task();
        let Some(retrying) = self.retries.calls.get_mut(&call) else { return };
        retrying.retry.attempt += 1;
        let (retry, input) = (Some(retrying.retry.clone()), retrying.input.clone());
        let (task, instance) = (&self.tasks[call as usize], retrying.child.clone());
        let (kind, name) = (task.kind, task.name.to_string());
        let action = if kind == TaskKind::SubOrchestration {
            Action::CreateSubOrchestration { id, name: name.clone(), instance, input, retry }
        } else {
            Action::ScheduleTask { id, name: name.clone(), input, retry }
        };
        self.ask(kind, &name, action);
        self.wait_for(call, id);
    }

    fn wait_for(&mut self, call: TaskId, id: TaskId) {
        if let Some(retrying) = self.retries.calls.get_mut(&call) {
            retrying.current = id;
            self.retries.current.insert(id, call);
        }
    }

    /// The call is over, with this result; returns whom to wake.
    fn finish(&mut self, call: TaskId, result: TaskResult) -> Option<Waker> {
        let attempts = self.retries.remove(call).map_or(1, |retrying| retrying.retry.attempt);
        let task = &mut self.tasks[call as usize];
        task.attempts = attempts;
        let Progress::Waiting(parked) = &mut task.progress else { return None };
        let waker = self.parking.unpark(parked);
        task.progress = Progress::Done(result);
        waker
    }

    /// Nobody waits for this call any more: no attempt follows.
    pub(super) fn give_up_retries(&mut self, call: TaskId) {
        if let Some(Retrying { current, .. }) = self.retries.remove(call)
            && current != call
        {
            self.give_up(current);
        }
    }
}
