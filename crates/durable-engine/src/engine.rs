//! Putting an engine together, starting and stopping it.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use durable_core::{
    clock::Clock,
    model::HostLease,
    store::{News, Store, StoreError},
};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::Client,
    driver::Driver,
    executor::Executor,
    lease::{Jitter, Terms},
    lives::description,
    machine::{Input, Machine},
    news::{self, Announcer},
    options::Options,
    parts::Parts,
    trouble::Troubles,
};

/// How long handing work back may take.
const HAND_BACK: Duration = Duration::from_secs(3);

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
#[error("failed to start the durable engine: {0}")]
pub struct StartError(#[from] StoreError);

/// A running engine.
pub struct Engine {
    client: Client,
    driver: Arc<Driver>,
    /// Loops that end with the engine.
    loops: Vec<JoinHandle<()>>,
}

/// An engine that is registered and does not run yet. Calls of its client wait until it does.
pub struct Ready {
    client: Client,
    driver: Arc<Driver>,
    lease: HostLease,
    /// When the lease was asked for.
    asked_at: Duration,
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
        let Self { client, driver, lease, asked_at } = self;
        driver.begin_life(lease, asked_at);
        let mut loops = vec![tokio::spawn(driver.clone().keep_time())];
        let parts = driver.parts();
        if parts.terms.is_some() {
            loops.push(tokio::spawn(news::announce(parts.clone())));
            loops.push(tokio::spawn(news::listen(driver.me(), parts.clone())));
        }
        Engine { client, driver, loops }
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

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
        let asked_at = options.uptime.now();
        let lease = store.register(description()).await?;
        let keys = store.reserve_keys(4_096).await?;
        let terms = store.sharing().map(Terms::of);
        let parts = Arc::new(Parts {
            store: store.clone(),
            executor: executor.clone(),
            clock: clock.clone(),
            uptime: options.uptime.clone(),
            batch: options.batch,
            runtime: Handle::current(),
            terms,
            jitter: Jitter::new(options.jitter_seed.unwrap_or_else(|| RandomState::new().hash_one(asked_at))),
            announcer: Announcer::default(),
            troubles: Troubles::default(),
            spawned: TaskTracker::new(),
            writers: TaskTracker::new(),
            abort: CancellationToken::new(),
        });
        let limits = options.limits;
        let mut machine = Machine::new(options);
        if terms.is_some() {
            machine = machine.among_others();
        }
        machine.handle(Input::KeysReserved(keys), clock.now());
        machine.handle(Input::Recover, clock.now());
        let driver = Driver::new(machine, parts);
        let client = Client::new(driver.clone(), store, executor, limits);
        Ok(Ready { client, driver, lease, asked_at })
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
        self.client.settled()
    }

    /// Leaves its work to the other hosts of the store, if any of them lives: begins nothing new and lets go of all
    /// instances. Activities and turns that run go on, and clients are served as before: what they ask for happens
    /// elsewhere. The first half of a [`stop`](Self::stop), for a process that has other things to finish before.
    ///
    /// A host that is alone goes on as before, because nobody else would do what its clients wait for.
    pub async fn hand_over(&self) {
        let parts = self.driver.parts();
        let lease = self.driver.life(|life| life.lives.then_some(life.lease)).flatten();
        let Some(lease) = lease.filter(|_| parts.terms.is_some()) else { return };
        match tokio::time::timeout(HAND_BACK, parts.store.others(lease)).await {
            Ok(Ok(0)) => {}
            Ok(Ok(others)) => {
                self.driver.input(Input::Drain);
                tracing::info!(others, "other hosts go on with the work of this one");
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "work cannot be handed over yet; it will be when this host ends")
            }
            Err(_) => tracing::warn!("work cannot be handed over yet; it will be when this host ends"),
        }
    }

    /// Stops: begins nothing new, lets running activities finish until `patience` completes, writes what is finished,
    /// leaves what is not to other hosts if there are any, and closes the store. `false` when something was cut off; it
    /// runs again, elsewhere or at the next start.
    ///
    /// # Errors
    /// When the store could not be closed properly.
    pub async fn stop(self, patience: impl Future<Output = ()>) -> Result<bool, StoreError> {
        let Self { driver, loops, .. } = self;
        let parts = driver.parts();
        let drained = driver.drain();
        let in_time = tokio::select! {
            biased;
            drained = drained => drained.is_ok(),
            () = patience => false,
        };
        parts.abort.cancel();
        let lease = driver.stop();
        parts.writers.close();
        parts.writers.wait().await;
        parts.spawned.close();
        // Reads and given-back leases under way are short; what hangs is cut off with the process.
        drop(tokio::time::timeout(Duration::from_secs(1), parts.spawned.wait()).await);
        for part in loops {
            part.abort();
            if let Err(error) = part.await
                && error.is_panic()
            {
                tracing::error!(%error, "a part of the engine ended by panic");
            }
        }
        if let Some(lease) = lease.filter(|_| parts.terms.is_some()) {
            hand_back(parts, lease).await;
        }
        parts.store.close().await?;
        Ok(in_time)
    }
}

/// Leaves everything to the other hosts, and tells them. What cannot be handed back is theirs when the lease has run out.
async fn hand_back(parts: &Parts, lease: HostLease) {
    let telling = async {
        parts.store.deregister(lease).await?;
        parts.store.announce(News::WORK).await
    };
    match tokio::time::timeout(HAND_BACK, telling).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, "work could not be handed back; others wait for the end of the lease")
        }
        Err(_) => {
            tracing::warn!("work could not be handed back in time; others wait for the end of the lease")
        }
    }
}
