//! The thin driver: does what the machine asks for, and reports back.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
    time::Duration,
};

use durable_core::{
    model::{HostLease, TaskRef},
    store::{Store, StoreError},
};
use fnhost_protocol::{
    failure::{Failure, kind},
    history::EventKind,
    time::Timestamp,
    turn::TurnOutcome,
};
use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, oneshot},
    task::AbortHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    committer::Item,
    driver::Driver,
    executor::Executor,
    machine::{Effect, Input, Reply, ReplyId},
};

/// Timers read from the store at once.
const TIMER_PAGE: u32 = 5_000;
/// Pause before a call is made again that the host cannot do without.
const AGAIN: Duration = Duration::from_millis(250);

pub(crate) struct Performer {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) executor: Arc<dyn Executor>,
    pub(crate) lease: HostLease,
    pub(crate) commits: mpsc::UnboundedSender<Item>,
    /// Who is told the results.
    pub(crate) driver: Weak<Driver>,
    pub(crate) replies: HashMap<ReplyId, oneshot::Sender<Reply>>,
    /// Activities that run, to be stopped when their execution is over.
    pub(crate) tasks: HashMap<TaskRef, AbortHandle>,
    /// Everything spawned here; the engine waits for it when it stops.
    pub(crate) spawned: TaskTracker,
    /// Ends running activities when the time to stop is over.
    pub(crate) abort: CancellationToken,
}

impl Performer {
    /// Hears what the machine is told.
    pub(crate) fn hear(&mut self, input: &Input) {
        if let Input::TaskRan { task, .. } = input {
            self.tasks.remove(task);
        }
    }

    pub(crate) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Commit(ticket, commit) => {
                // The committer ends only after this sender is dropped.
                drop(self.commits.send((ticket, commit)));
            }
            Effect::Reply(id, reply) => {
                if let Some(waiting) = self.replies.remove(&id) {
                    // Whoever asked may have gone away.
                    drop(waiting.send(reply));
                }
            }
            Effect::Load(key) => {
                let store = self.store.clone();
                self.spawn(async move {
                    match store.load(key).await {
                        Ok(loaded) => Input::Loaded { key, loaded: loaded.map(Box::new) },
                        Err(error) => {
                            tracing::error!(instance = key.0, %error, "an instance could not be read");
                            Input::LoadFailed { key }
                        }
                    }
                });
            }
            Effect::ReadHistory(key, generation) => {
                let store = self.store.clone();
                self.spawn(async move {
                    match store.history(key, generation).await {
                        Ok(history) => Input::HistoryRead { key, history: history.into() },
                        Err(error) => {
                            tracing::error!(instance = key.0, %error, "a history could not be read");
                            Input::LoadFailed { key }
                        }
                    }
                });
            }
            Effect::RunTurn(key, turn) => {
                let (executor, instance) = (self.executor.clone(), turn.instance.clone());
                self.run(async move {
                    let outcome = guarded(executor.turn(turn)).await;
                    match &outcome {
                        Ok(TurnOutcome::Diverged(failure)) => {
                            tracing::error!(%instance, %failure, "an orchestration is suspended");
                        }
                        Err(failure) => {
                            tracing::error!(%instance, %failure, "an orchestration could not be run")
                        }
                        Ok(_) => {}
                    }
                    Some(Input::TurnRan { key, outcome })
                });
            }
            Effect::RunBatch(key, batch) => {
                let executor = self.executor.clone();
                self.run(async move {
                    Some(Input::BatchRan { key, outcome: guarded(executor.entity(batch)).await })
                });
            }
            Effect::RunTask(task) => {
                let call = task.task;
                let executor = self.executor.clone();
                let abort = self.abort.clone();
                let running = self.run(async move {
                    let outcome = tokio::select! {
                        biased;
                        outcome = guarded(executor.task(task)) => outcome,
                        // Not recorded: the row keeps its lease until another life of this host voids it.
                        () = abort.cancelled() => return None,
                    };
                    let id = call.task;
                    let event = match outcome {
                        Ok(result) => EventKind::TaskCompleted { id, result },
                        Err(failure) => EventKind::TaskFailed { id, failure },
                    };
                    Some(Input::TaskRan { task: call, event })
                });
                self.tasks.insert(call, running);
            }
            Effect::StopTasks(tasks) => {
                for task in tasks {
                    if let Some(running) = self.tasks.remove(&task) {
                        tracing::debug!(
                            instance = task.instance.0,
                            task = task.task,
                            "an activity is stopped"
                        );
                        running.abort();
                    }
                }
            }
            Effect::ReleaseTasks(tasks) => {
                let (store, lease, abort) = (self.store.clone(), self.lease, self.abort.clone());
                self.spawned.spawn(async move {
                    // As long as this host lives nobody else can run them: it must not give up.
                    while let Err(error) = store.release(lease, tasks.clone()).await {
                        tracing::warn!(%error, "activities could not be given back; trying again");
                        if matches!(error, StoreError::LeaseLost(_)) {
                            return;
                        }
                        if tokio::time::timeout(AGAIN, abort.cancelled()).await.is_ok() {
                            return;
                        }
                    }
                });
            }
            Effect::ReadTimers => {
                self.spawned.spawn(read_timers(self.store.clone(), self.driver.clone()));
            }
            Effect::ReserveKeys(count) => {
                let store = self.store.clone();
                self.spawn(async move {
                    loop {
                        match store.reserve_keys(count).await {
                            Ok(range) => return Input::KeysReserved(range),
                            Err(error) => {
                                tracing::error!(%error, "no keys could be reserved; trying again");
                                tokio::time::sleep(AGAIN).await;
                            }
                        }
                    }
                });
            }
            Effect::Claim(request) => {
                let (store, lease) = (self.store.clone(), self.lease);
                self.spawn(async move {
                    let claimed = store.claim(lease, request).await.unwrap_or_else(|error| {
                        tracing::warn!(%error, "work could not be claimed; the next sweep tries again");
                        durable_core::store::Claimed::default()
                    });
                    Input::Claimed { claimed, request }
                });
            }
        }
    }

    /// Asks the store for something.
    fn spawn(&self, work: impl Future<Output = Input> + Send + 'static) {
        let driver = self.driver.clone();
        self.spawned.spawn(async move { tell(&driver, work.await) });
    }

    /// Runs user code, where the executor wants it to run.
    fn run(&self, work: impl Future<Output = Option<Input>> + Send + 'static) -> AbortHandle {
        let driver = self.driver.clone();
        let work = async move {
            if let Some(input) = work.await {
                tell(&driver, input);
            }
        };
        let running = match self.executor.runtime() {
            Some(runtime) => self.spawned.spawn_on(work, runtime),
            None => self.spawned.spawn(work),
        };
        running.abort_handle()
    }
}

/// An engine that is gone has no use for results.
fn tell(driver: &Weak<Driver>, input: Input) -> bool {
    driver.upgrade().map(|driver| driver.feed(input)).is_some()
}

/// An executor that panics must not leave the instance waiting for ever.
async fn guarded<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        Err(Failure::new(kind::PANIC, "the worker panicked; this is a defect of the host"))
    })
}

/// Reads all waiting timers, page by page, while the engine works already.
async fn read_timers(store: Arc<dyn Store>, driver: Weak<Driver>) {
    let mut after = None;
    loop {
        match store.timers(Timestamp::MAX, after, TIMER_PAGE).await {
            Ok(rows) => {
                let last = rows.last().copied();
                if !tell(&driver, Input::TimersRead(rows)) || last.is_none() {
                    return;
                }
                after = last;
            }
            Err(error) => {
                tracing::error!(%error, "waiting timers could not be read; trying again");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }
}
