//! The loop around the machine: it feeds inputs and time in, and hands effects to the performer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use durable_core::{
    clock::Clock,
    store::{Store, StoreError},
};
use fnhost_protocol::{ids::InstanceId, time::Timestamp};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::Client,
    committer::Committer,
    executor::Executor,
    machine::{Input, Machine, Reply, ReplyId},
    options::Options,
    perform::Performer,
};

/// What the loop is told.
#[derive(Debug)]
pub(crate) enum Command {
    /// Something for the machine.
    Input(Input),
    /// A client's call: an input with a reply, and where the reply goes.
    Call(ReplyId, Input, oneshot::Sender<Reply>),
    /// A client that waited goes away.
    StopWaiting(InstanceId, ReplyId),
    /// Tell me when nothing is under way.
    Settled(oneshot::Sender<()>),
    /// Begin nothing new; tell me when nothing is under way any more.
    Drain(oneshot::Sender<()>),
    /// End at once.
    Stop,
}

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
#[error("failed to start the durable engine: {0}")]
pub struct StartError(#[from] StoreError);

/// A running engine.
pub struct Engine {
    client: Client,
    commands: mpsc::UnboundedSender<Command>,
    looping: JoinHandle<()>,
    committing: JoinHandle<()>,
    spawned: TaskTracker,
    abort: CancellationToken,
    store: Arc<dyn Store>,
}

/// An engine that is registered and does not run yet. Calls of its client wait until it does.
pub struct Ready {
    client: Client,
    commands: mpsc::UnboundedSender<Command>,
    state: Loop,
    committer: Committer,
    spawned: TaskTracker,
    abort: CancellationToken,
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

impl Ready {
    /// A handle for clients.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Begins to work: recovered work first.
    pub fn run(self) -> Engine {
        let Self { client, commands, state, committer, spawned, abort, store } = self;
        Engine {
            client,
            commands,
            looping: tokio::spawn(state.run()),
            committing: tokio::spawn(committer.run()),
            spawned,
            abort,
            store,
        }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

/// How often the store is searched for work that nobody announced.
const SWEEP: Duration = Duration::from_secs(2);
/// Inputs handled between two looks at the clock.
const BURST: usize = 512;

impl Engine {
    /// Registers this process with the store; nothing runs yet. What user code needs of the engine can be tied to the
    /// client before [`Ready::run`], because recovered work begins at once.
    ///
    /// # Errors
    /// When the store cannot be reached or refuses this host.
    pub async fn prepare(
        store: Arc<dyn Store>,
        executor: Arc<dyn Executor>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Ready, StartError> {
        let lease = store.register(format!("pid {}", std::process::id())).await?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let (commits, queue) = mpsc::unbounded_channel();
        let (spawned, abort) = (TaskTracker::new(), CancellationToken::new());
        let committer = Committer {
            store: store.clone(),
            lease,
            clock: clock.clone(),
            limits: options.batch,
            queue,
            again: commits.downgrade(),
            results: commands.clone(),
            abort: abort.clone(),
        };
        let performer = Performer {
            store: store.clone(),
            executor: executor.clone(),
            lease,
            commits,
            results: commands.clone(),
            replies: HashMap::new(),
            spawned: spawned.clone(),
            abort: abort.clone(),
        };
        let client = Client::new(commands.clone(), store.clone(), executor, options.limits);
        let mut machine = Machine::new(options);
        machine.handle(Input::KeysReserved(store.reserve_keys(4_096).await?), clock.now());
        machine.handle(Input::Recover, clock.now());
        let state = Loop { machine, performer, inbox, clock, settled: Vec::new(), drained: Vec::new() };
        Ok(Ready { client, commands, state, committer, spawned, abort, store })
    }

    /// Prepares and runs, for executors that need nothing of the engine.
    ///
    /// # Errors
    /// As for [`prepare`](Self::prepare).
    pub async fn start(
        store: Arc<dyn Store>,
        executor: Arc<dyn Executor>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, StartError> {
        Ok(Self::prepare(store, executor, clock, options).await?.run())
    }

    /// A handle for clients.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Completes when nothing is under way: only new calls or time can make anything happen. For tests and for
    /// turning a virtual clock.
    pub fn settled(&self) -> impl Future<Output = ()> + Send + 'static {
        settled(self.commands.clone())
    }

    /// Stops: begins nothing new, lets running activities finish until `patience` completes, writes what is
    /// finished and closes the store. `false` when something was cut off; it runs again at the next start.
    ///
    /// # Errors
    /// When the store could not be closed properly.
    pub async fn stop(self, patience: impl Future<Output = ()>) -> Result<bool, StoreError> {
        let (tell, drained) = oneshot::channel();
        drop(self.commands.send(Command::Drain(tell)));
        let in_time = tokio::select! {
            drained = drained => drained.is_ok(),
            () = patience => false,
        };
        self.abort.cancel();
        drop(self.commands.send(Command::Stop));
        for part in [self.looping, self.committing] {
            if let Err(error) = part.await {
                tracing::error!(%error, "a part of the engine ended by panic");
            }
        }
        self.spawned.close();
        // Reads and given-back leases under way are short; what hangs is cut off with the process.
        drop(tokio::time::timeout(Duration::from_secs(1), self.spawned.wait()).await);
        self.store.close().await?;
        Ok(in_time)
    }
}

pub(crate) async fn settled(commands: mpsc::UnboundedSender<Command>) {
    let (tell, settled) = oneshot::channel();
    drop(commands.send(Command::Settled(tell)));
    // An engine that has stopped is settled.
    drop(settled.await);
}

struct Loop {
    machine: Machine,
    performer: Performer,
    inbox: mpsc::UnboundedReceiver<Command>,
    clock: Arc<dyn Clock>,
    settled: Vec<oneshot::Sender<()>>,
    drained: Vec<oneshot::Sender<()>>,
}

impl Loop {
    async fn run(mut self) {
        let mut sweep = tokio::time::interval_at(tokio::time::Instant::now() + SWEEP, SWEEP);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut commands = Vec::with_capacity(BURST);
        let mut alarm: Option<(Timestamp, futures_util::future::BoxFuture<'static, ()>)> = None;
        self.act();
        loop {
            let due = self.machine.next_due();
            if alarm.as_ref().map(|(at, _)| *at) != due {
                alarm = due.map(|at| (at, self.clock.sleep_until(at)));
            }
            tokio::select! {
                // The sweep first: under load there is always something in the inbox.
                biased;
                _ = sweep.tick() => self.machine.handle(Input::Sweep, self.clock.now()),
                received = self.inbox.recv_many(&mut commands, BURST) => {
                    if received == 0 {
                        return;
                    }
                }
                () = async { alarm.as_mut().expect("guarded by the condition").1.as_mut().await }, if alarm.is_some() => {
                    alarm = None;
                }
            }
            for command in commands.drain(..) {
                if matches!(command, Command::Stop) {
                    return;
                }
                self.take(command);
            }
            self.machine.tick(self.clock.now());
            self.act();
            self.announce();
        }
    }

    fn take(&mut self, command: Command) {
        let now = self.clock.now();
        match command {
            Command::Input(input) => self.machine.handle(input, now),
            Command::Call(id, input, reply) => {
                self.performer.replies.insert(id, reply);
                self.machine.handle(input, now);
            }
            Command::StopWaiting(id, reply) => {
                self.performer.replies.remove(&reply);
                self.machine.handle(Input::StopWaiting { id, reply }, now);
            }
            Command::Settled(tell) => self.settled.push(tell),
            Command::Drain(tell) => {
                self.machine.handle(Input::Drain, now);
                self.drained.push(tell);
            }
            Command::Stop => unreachable!("handled by the loop"),
        }
    }

    fn act(&mut self) {
        for effect in self.machine.take_effects() {
            self.performer.perform(effect);
        }
    }

    /// Tells those who wait for quiet. What is still queued in the inbox counts as noise.
    fn announce(&mut self) {
        if !self.inbox.is_empty() {
            return;
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
