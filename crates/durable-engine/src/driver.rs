//! The machine between threads: whoever has an input for it feeds it, and does what it asks for on the spot.
//!
//! There is no task that owns the machine and no queue before it. An input costs a lock that is held for
//! microseconds, where a queue would cost waking a thread: a turn that ends on a thread of user code hands its
//! commit to the committer from there, and the committer sends what it has written off to run.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use durable_core::clock::Clock;
use fnhost_protocol::{ids::InstanceId, time::Timestamp};
use tokio::sync::{Notify, oneshot};

use crate::{
    machine::{Input, Machine, Reply, ReplyId},
    perform::Performer,
};

/// How often the store is searched for work that nobody announced.
const SWEEP: Duration = Duration::from_secs(2);

/// The machine with everything that its effects need.
pub(crate) struct Driver {
    clock: Arc<dyn Clock>,
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

struct Working {
    machine: Machine,
    performer: Performer,
    /// Nothing is performed before the engine runs; what is asked for until then waits in the machine.
    running: bool,
    settled: Vec<oneshot::Sender<()>>,
    drained: Vec<oneshot::Sender<()>>,
}

impl Driver {
    pub(crate) fn new(machine: Machine, performer: Performer, clock: Arc<dyn Clock>) -> Self {
        let working =
            Working { machine, performer, running: false, settled: Vec::new(), drained: Vec::new() };
        Self {
            clock,
            state: Mutex::new(State { working: Some(working), alarm_at: None }),
            alarm: Notify::new(),
        }
    }

    /// Begins to perform.
    pub(crate) fn run(&self) {
        self.with(|working, _| working.running = true);
    }

    /// Takes an input. An engine that has stopped has no use for it.
    pub(crate) fn feed(&self, input: Input) {
        self.with(|working, now| {
            working.performer.hear(&input);
            working.machine.handle(input, now);
        });
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

    /// Ends: from now on nothing is taken and nothing performed. Clients that wait are told so.
    pub(crate) fn stop(&self) {
        let working = self.lock().working.take();
        // Outside of the lock: it ends the committer's queue. Clients first, in the order of their calls.
        if let Some(mut working) = working {
            let mut replies: Vec<_> = working.performer.replies.drain().collect();
            replies.sort_unstable_by_key(|(id, _)| id.0);
        }
        self.alarm.notify_one();
    }

    /// Fires timers when they are due and looks for work that nobody announced, until the engine stops.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        let mut sweep = tokio::time::interval_at(tokio::time::Instant::now() + SWEEP, SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
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
                    Some(due) => self.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                _ = sweep.tick() => self.feed(Input::Sweep),
                () = self.alarm.notified() => {}
                // Every step fires what is due.
                () = sleep => self.with(|_, _| {}),
            }
        }
    }

    /// One step: what `work` tells the machine, the timers that are due, and what follows from both.
    fn with(&self, work: impl FnOnce(&mut Working, Timestamp)) {
        let mut state = self.lock();
        let Some(working) = &mut state.working else { return };
        let now = self.clock.now();
        work(working, now);
        if !working.running {
            return;
        }
        if working.machine.next_due().is_some_and(|due| due <= now) {
            working.machine.tick(now);
        }
        working.act();
        let due = working.machine.next_due();
        if due.is_some_and(|due| state.alarm_at.is_none_or(|alarm| due < alarm)) {
            state.alarm_at = due;
            self.alarm.notify_one();
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
