//! The machine between threads: whoever has an input for it feeds it, and does what it asks for on the spot.
//!
//! There is no task that owns the machine and no queue before it. An input costs a lock that is held for
//! microseconds, where a queue would cost waking a thread: a turn that ends on a thread of user code hands its
//! commit to the committer from there, and the committer sends what it has written off to run.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use durable_core::model::HostLease;
use fnhost_protocol::{ids::InstanceId, time::Timestamp};
use tokio::sync::{Notify, oneshot};

use crate::{
    lives::{Life, register_again},
    machine::{Input, Machine, Reply, ReplyId},
    parts::Parts,
    perform::Performer,
};

/// How often the store is searched for work that nobody announced.
const SWEEP: Duration = Duration::from_secs(2);
/// Where hosts share it, this is how work is found whose announcement was lost.
const SHARED_SWEEP: Range<Duration> = Duration::from_millis(1_000)..Duration::from_millis(1_500);

/// The machine with everything that its effects need.
pub(crate) struct Driver {
    me: Weak<Driver>,
    parts: Arc<Parts>,
    state: Mutex<State>,
    /// Rung when the next timer is due earlier than the alarm is set to.
    alarm: Notify,
}

/// `working` is gone once the engine has stopped.
struct State {
    working: Option<Working>,
    /// What the alarm waits for.
    alarm_at: Option<Timestamp>,
}

pub(crate) struct Working {
    pub(crate) machine: Machine,
    pub(crate) performer: Performer,
    settled: Vec<oneshot::Sender<()>>,
    drained: Vec<oneshot::Sender<()>>,
}

impl Driver {
    /// Nothing is performed before the first life begins; what is asked for until then waits in the machine.
    pub(crate) fn new(machine: Machine, parts: Arc<Parts>) -> Arc<Self> {
        Arc::new_cyclic(|me: &Weak<Self>| {
            let performer = Performer::new(parts.clone(), me.clone());
            let working = Working { machine, performer, settled: Vec::new(), drained: Vec::new() };
            Self {
                me: me.clone(),
                parts,
                state: Mutex::new(State { working: Some(working), alarm_at: None }),
                alarm: Notify::new(),
            }
        })
    }

    pub(crate) fn me(&self) -> Weak<Self> {
        self.me.clone()
    }

    pub(crate) fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    /// The engine's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Takes what came of something that was done in that life of this host. One that is over, and an engine that has
    /// stopped, have no use for it.
    pub(crate) fn feed(&self, life: u64, input: Input) {
        self.with(|working, now| {
            if working.performer.life.number == life && working.performer.life.lives {
                working.performer.hear(&input);
                working.machine.handle(input, now);
            }
        });
    }

    /// Takes an input that belongs to no life.
    pub(crate) fn input(&self, input: Input) {
        self.with(|working, now| working.machine.handle(input, now));
    }

    /// Takes a client's call, an input with replies. Where nobody will answer one any more, it is dropped.
    pub(crate) fn call<const N: usize>(&self, replies: [(ReplyId, oneshot::Sender<Reply>); N], input: Input) {
        self.with(|working, now| {
            working.performer.replies.extend(replies);
            working.machine.handle(input, now);
        });
    }

    /// A client that waited goes away.
    pub(crate) fn stop_waiting(&self, id: InstanceId, reply: ReplyId) {
        self.with(|working, now| {
            // Answered already: then the machine has forgotten it too.
            if working.performer.replies.remove(&reply).is_some() {
                working.machine.handle(Input::StopWaiting { id, reply }, now);
            }
        });
    }

    /// Completes when nothing is under way: only new calls or time can make anything happen. An engine that has
    /// stopped is settled.
    pub(crate) fn settled(&self) -> oneshot::Receiver<()> {
        let (tell, settled) = oneshot::channel();
        self.with(|working, _| working.settled.push(tell));
        settled
    }

    /// Begins nothing new, and completes when nothing is under way any more.
    pub(crate) fn drain(&self) -> oneshot::Receiver<()> {
        let (tell, drained) = oneshot::channel();
        self.with(|working, now| {
            working.machine.handle(Input::Drain, now);
            working.drained.push(tell);
        });
        drained
    }

    /// Ends: from now on nothing is taken and nothing performed. Clients that wait are told so. Answers the lease that
    /// is left, if there is one.
    pub(crate) fn stop(&self) -> Option<HostLease> {
        let working = self.lock().working.take();
        self.alarm.notify_one();
        // Dropped outside of the lock: it ends the committer's queue. Clients are told in the order of their calls.
        working.map(|working| working.performer.life).filter(|life| life.lives).map(|life| life.lease)
    }

    /// Something about the current life; `None` when the engine has stopped.
    pub(crate) fn life<T>(&self, of: impl FnOnce(&Life) -> T) -> Option<T> {
        self.lock().working.as_ref().map(|working| of(&working.performer.life))
    }

    /// Drops what is under way and has this host registered anew.
    pub(crate) fn end_life(&self, working: &mut Working, now: Timestamp, why: &str) {
        let life = &mut working.performer.life;
        if !life.lives {
            return;
        }
        tracing::warn!(lease = %life.lease, %why, "this host has lost its lease; it drops its work and registers anew");
        life.end();
        self.parts.troubles.clear();
        working.machine.handle(Input::LeaseLost, now);
        working.performer.disappoint(&working.machine.owes());
        self.parts.runtime.spawn(register_again(self.me(), self.parts.clone()));
    }

    /// Fires timers when they are due and looks for work that nobody announced, until the engine stops.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        let mut sweep_at = tokio::time::Instant::now() + self.until_sweep();
        loop {
            let due = {
                let mut state = self.lock();
                let Some(working) = &mut state.working else { return };
                let due = working.machine.next_due();
                state.alarm_at = due;
                due
            };
            let sleep = async {
                match due {
                    Some(due) => self.parts.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(sweep_at) => {
                    self.input(Input::Sweep);
                    sweep_at = tokio::time::Instant::now() + self.until_sweep();
                }
                () = self.alarm.notified() => {}
                // Every step fires what is due.
                () = sleep => self.with(|_, _| {}),
            }
        }
    }

    fn until_sweep(&self) -> Duration {
        match self.parts.terms {
            Some(_) => self.parts.jitter.within(&SHARED_SWEEP),
            None => SWEEP,
        }
    }

    /// One step: what `work` tells the machine, the timers that are due, and what follows from both.
    pub(crate) fn with(&self, work: impl FnOnce(&mut Working, Timestamp)) {
        let mut state = self.lock();
        let Some(working) = &mut state.working else { return };
        let now = self.parts.clock.now();
        if working.performer.life.trusted_until.is_some_and(|until| self.parts.uptime.now() >= until) {
            self.end_life(working, now, "it was not renewed in time");
        }
        work(working, now);
        if working.performer.life.number == 0 {
            return;
        }
        if working.machine.next_due().is_some_and(|due| due <= now) {
            working.machine.tick(now);
        }
        working.act();
        let due = working.machine.next_due();
        let idle = working.performer.idle_committer.take();
        let alone = working.machine.is_one_commit() && !working.performer.runs_tasks();
        if due.is_some_and(|due| state.alarm_at.is_none_or(|alarm| due < alarm)) {
            state.alarm_at = due;
            self.alarm.notify_one();
        }
        drop(state);
        match idle {
            Some(idle) if alone => idle.go_on(&self.parts.runtime),
            Some(idle) => idle.wake(),
            None => {}
        }
    }

    /// A machine that has panicked in the middle of a step is in no state to go on: the engine counts as stopped.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|broken: PoisonError<MutexGuard<'_, State>>| {
            let mut state = broken.into_inner();
            state.working = None;
            state
        })
    }
}

impl Working {
    fn act(&mut self) {
        for effect in self.machine.take_effects() {
            self.performer.perform(effect);
        }
        if !self.settled.is_empty() && self.machine.is_quiet() {
            for tell in self.settled.drain(..) {
                tell.send(()).ok();
            }
        }
        if !self.drained.is_empty() && self.machine.in_flight() == 0 {
            for tell in self.drained.drain(..) {
                tell.send(()).ok();
            }
        }
    }
}
