//! One host: an engine on a runtime of its own, so that it can be killed between any two of its steps.

use std::{future::pending, sync::Arc, time::Duration};

use durable_core::store::Store;
use durable_engine::Engine;
use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use crate::{
    executor::Programs,
    planted::Planted,
    time::HostClock,
    world::{Door, World},
};

/// A runtime whose time goes on only when it is told to.
pub(crate) struct Life {
    runtime: Runtime,
    clock: HostClock,
}

impl Life {
    pub(crate) fn new(now: Duration) -> Self {
        let built = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = built.expect("a runtime without I/O needs nothing");
        let clock = runtime.block_on(async { HostClock::beginning_at(now) });
        Self { runtime, clock }
    }

    pub(crate) fn clock(&self) -> HostClock {
        self.clock
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
    }

    /// Finds that time has gone on while it stood still.
    fn wake(&self, now: Duration) {
        let now = self.clock.instant(now);
        self.runtime.block_on(async {
            let missed = now.saturating_duration_since(Instant::now());
            tokio::time::advance(missed).await;
        });
    }

    /// Lives until the simulation is so old.
    pub(crate) fn go_on(&self, until: Duration) {
        let until = self.clock.instant(until);
        self.runtime.block_on(async { tokio::time::sleep_until(until).await });
    }
}

/// A host that is up or down.
pub(crate) struct Host {
    world: Arc<World>,
    number: usize,
    /// Opens the store, as each process does that is started.
    open: Box<dyn Fn() -> Arc<dyn Store>>,
    state: State,
}

enum State {
    Down {
        until: Duration,
    },
    Up {
        life: Life,
        /// Until when it stands still, if it does.
        frozen: Option<Duration>,
        stop: Option<oneshot::Sender<()>>,
        ended: oneshot::Receiver<()>,
        closed: CancellationToken,
    },
}

impl Host {
    /// A host that starts at the next step.
    pub(crate) fn new(world: Arc<World>, number: usize, open: impl Fn() -> Arc<dyn Store> + 'static) -> Self {
        Self { world, number, open: Box::new(open), state: State::Down { until: Duration::ZERO } }
    }

    /// Lives until `now`; starts when it is time to.
    pub(crate) fn go_on(&mut self, now: Duration) {
        match &mut self.state {
            State::Down { until } if *until > now => return,
            State::Down { .. } => self.start(now),
            State::Up { .. } => {}
        }
        if let State::Up { life, frozen, ended, .. } = &mut self.state {
            if let Some(until) = *frozen {
                if until > now {
                    return;
                }
                *frozen = None;
                life.wake(now);
                self.world.happened("thaw", self.number, String::new);
            }
            life.go_on(now);
            if ended.try_recv().is_ok() {
                self.end(now, "stopped");
            }
        }
    }

    fn start(&mut self, now: Duration) {
        let life = Life::new(now);
        let (world, number, store, clock) = (self.world.clone(), self.number, (self.open)(), life.clock());
        let (stop, stopped) = oneshot::channel();
        let (tell, ended) = oneshot::channel();
        let closed = CancellationToken::new();
        let door_closed = closed.clone();
        let mut options = Planted::options(world.bug, world.plan.options.clone());
        options.uptime = Arc::new(clock);
        options.jitter_seed = Some(world.with(|state| state.random.next()));
        world.happened("start", number, String::new);
        life.spawn(async move {
            let engine = loop {
                let executor = Arc::new(Programs::new(world.clone(), number));
                match Engine::start(store.clone(), executor, Arc::new(clock), options.clone()).await {
                    Ok(engine) => break engine,
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            };
            world.with(|state| {
                state.doors[number] =
                    Some(Door { client: engine.client(), runtime: Handle::current(), closed: door_closed });
            });
            if stopped.await.is_err() {
                // Nobody will ever stop it: it lives until it is killed.
                pending::<()>().await;
            }
            let patience = world.with(|state| state.random.millis(0..2_000));
            world.with(|state| state.doors[number] = None);
            // That the store cannot be closed is for the host's log.
            drop(engine.stop(tokio::time::sleep(patience)).await);
            tell.send(()).ok();
        });
        self.state = State::Up { life, frozen: None, stop: Some(stop), ended, closed };
    }

    /// Dies at once, in the middle of whatever it does.
    pub(crate) fn kill(&mut self, now: Duration) {
        if matches!(self.state, State::Up { .. }) {
            self.end(now, "killed");
        }
    }

    /// Stands still until a time, as a whole: nothing of it runs, and it does not know.
    pub(crate) fn freeze(&mut self, until: Duration) {
        if let State::Up { frozen: frozen @ None, .. } = &mut self.state {
            *frozen = Some(until);
            self.world.happened("freeze", self.number, || format!("until {until:?}"));
        }
    }

    /// Is told to stop.
    pub(crate) fn stop(&mut self) {
        if let State::Up { stop, .. } = &mut self.state
            && let Some(stop) = stop.take()
        {
            self.world.happened("stop", self.number, String::new);
            stop.send(()).ok();
        }
    }

    fn end(&mut self, now: Duration, how: &'static str) {
        let pause = self.world.with(|state| {
            state.doors[self.number] = None;
            state.random.millis(0..3_000)
        });
        if let State::Up { closed, .. } = &self.state {
            // First: the order in which a runtime drops its tasks is not always the same.
            closed.cancel();
        }
        // What its tasks hold on to ends with the runtime; commits under way end up in limbo.
        self.state = State::Down { until: now + pause };
        self.world.audit(|audit| audit.forgets(self.number));
        self.world.happened(how, self.number, String::new);
    }
}
