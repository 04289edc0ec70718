//! The thin performer: does what the machine asks for, and reports back.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::{Arc, Weak},
};

use durable_core::model::{InstanceKey, LeasedTask, TaskRef};
use fnhost_protocol::{
    entity::EntityBatch,
    failure::{Failure, kind},
    history::EventKind,
    turn::Turn,
};
use futures_util::FutureExt;
use tokio::{sync::oneshot, task::AbortHandle};

use crate::{
    commit_queue::Idle,
    driver::Driver,
    lives::Life,
    machine::{Effect, Input, Reply, ReplyId},
    parts::Parts,
    trial::announce_condemned,
};

pub(crate) struct Performer {
    parts: Arc<Parts>,
    pub(crate) life: Life,
    /// Who is told the results.
    driver: Weak<Driver>,
    /// In order, so that even the end of an engine wakes those who wait in the same order each time.
    pub(crate) replies: BTreeMap<ReplyId, oneshot::Sender<Reply>>,
    /// A committer that waits for what it was handed in this step.
    pub(crate) idle_committer: Option<Idle>,
    /// Activities that run, to be stopped when their execution is over.
    tasks: HashMap<TaskRef, AbortHandle>,
}

impl Performer {
    pub(crate) fn new(parts: Arc<Parts>, driver: Weak<Driver>) -> Self {
        Self {
            parts,
            life: Life::none(),
            driver,
            replies: BTreeMap::new(),
            idle_committer: None,
            tasks: HashMap::new(),
        }
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn driver(&self) -> Weak<Driver> {
        self.driver.clone()
    }

    /// Whether activities run.
    pub(crate) fn runs_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Hears what the machine is told.
    pub(crate) fn hear(&mut self, input: &Input) {
        if let Input::TaskRan { task, .. } = input {
            self.tasks.remove(task);
        }
    }

    /// After the end of a life: what became of the calls of all clients but these is not known.
    pub(crate) fn disappoint(&mut self, but: &HashSet<ReplyId>) {
        self.tasks.clear();
        let lost: Vec<ReplyId> = self.replies.keys().filter(|id| !but.contains(id)).copied().collect();
        for id in lost {
            let why = "this host has lost its lease while the call was under way".to_owned();
            self.perform(Effect::Reply(id, Reply::Unknown(why)));
        }
    }

    pub(crate) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Commit(ticket, commit) => {
                if let Some(idle) = self.life.commits.push((ticket, commit)) {
                    self.idle_committer = Some(idle);
                }
            }
            Effect::Reply(id, reply) => {
                if let Some(waiting) = self.replies.remove(&id) {
                    // Whoever asked may have gone away.
                    drop(waiting.send(reply));
                }
            }
            Effect::RunTurn(key, turn) => self.run_turn(key, turn),
            Effect::RunBatch(key, batch) => self.run_batch(key, batch),
            Effect::RunTask(task) => self.run_task(task),
            Effect::StopTasks(calls) => calls.into_iter().for_each(|call| self.stop_task(call)),
            Effect::Load(key) => self.load(key),
            Effect::ReadHistory(key, generation) => self.read_history(key, generation),
            Effect::ReadInbox(key) => self.read_inbox(key),
            Effect::ReadTimers => self.read_timers(),
            Effect::ReadOverdue { until, after } => self.read_overdue(until, after),
            Effect::ReserveKeys(count) => self.reserve_keys(count),
            Effect::ReadScheduled(until) => self.read_scheduled(until),
            Effect::FindHolders(holders) => self.find_holders(holders),
            Effect::TakeReplies => self.take_replies(),
            Effect::RemoveEmptyEntities { after, limit, reply } => {
                self.remove_empty_entities(after, limit, reply);
            }
            Effect::Claim(request) => self.claim(request),
            Effect::ReleaseTasks(calls) => self.release(calls),
            Effect::FindLeases => self.find_leases(),
            Effect::FindUnread => self.find_unread(),
            Effect::FindFinished(ids) => self.find_finished(ids),
            Effect::FindExpired(query) => self.find_expired(query),
            Effect::FindPointless(calls) => self.find_pointless(calls),
            Effect::SetTrial(suspects) => self.set_trial(&suspects),
            Effect::Condemned(suspect) => announce_condemned(&suspect),
            Effect::FindStart { reply, id, key } => self.find_start(reply, id, key),
            Effect::Suspended(instance, failure) => {
                tracing::error!(%instance, %failure, "an orchestration is suspended");
            }
            Effect::Announce(news) => self.parts.announcer.say(news),
        }
    }

    fn run_turn(&self, key: InstanceKey, turn: Turn) {
        let (executor, instance) = (self.parts.executor.clone(), turn.instance.clone());
        self.run(self.may_be_taken_over(), async move {
            let outcome = guarded(executor.turn(turn)).await;
            if let Err(failure) = &outcome {
                tracing::error!(%instance, %failure, "an orchestration could not be run");
            }
            Input::TurnRan { key, outcome }
        });
    }

    fn run_batch(&self, key: InstanceKey, batch: EntityBatch) {
        let executor = self.parts.executor.clone();
        self.run(self.may_be_taken_over(), async move {
            Input::BatchRan { key, outcome: guarded(executor.entity(batch)).await }
        });
    }

    /// Whether another host may run the same as soon as the lease is over.
    fn may_be_taken_over(&self) -> bool {
        self.parts.terms.is_some()
    }

    fn run_task(&mut self, task: LeasedTask) {
        let call = task.task;
        let executor = self.parts.executor.clone();
        // Cut off, it is not recorded: the row keeps its lease until that is void or another life of this host begins.
        let running = self.run(true, async move {
            let outcome = guarded(executor.task(task)).await;
            let id = call.task;
            let event = match outcome {
                Ok(result) => EventKind::TaskCompleted { id, result },
                Err(failure) => EventKind::TaskFailed { id, failure },
            };
            Input::TaskRan { task: call, event }
        });
        self.tasks.insert(call, running);
    }

    fn stop_task(&mut self, call: TaskRef) {
        if let Some(running) = self.tasks.remove(&call) {
            tracing::debug!(instance = call.instance.0, task = call.task, "an activity is stopped");
            running.abort();
        }
    }

    /// Runs user code, where the executor wants it to run. Cut off, it ends together with this life, or when the time
    /// to stop is over.
    fn run(&self, cut_off: bool, work: impl Future<Output = Input> + Send + 'static) -> AbortHandle {
        let (driver, life) = (self.driver.clone(), self.life.number);
        let work = async move { _ = tell(&driver, life, work.await) };
        if cut_off {
            let over = self.life.over.clone();
            self.spawn_user(async move { over.run_until_cancelled(work).await.unwrap_or_default() })
        } else {
            self.spawn_user(work)
        }
    }

    fn spawn_user(&self, work: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let running = match self.parts.executor.runtime() {
            Some(runtime) => self.parts.spawned.spawn_on(work, runtime),
            None => self.parts.spawned.spawn(work),
        };
        running.abort_handle()
    }
}

/// An engine that is gone has no use for results.
pub(crate) fn tell(driver: &Weak<Driver>, life: u64, input: Input) -> bool {
    driver.upgrade().map(|driver| driver.feed(life, input)).is_some()
}

/// An executor that panics must not leave the instance waiting for ever.
async fn guarded<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| {
        Err(Failure::new(kind::PANIC, "the worker panicked; this is a defect of the host"))
    })
}
