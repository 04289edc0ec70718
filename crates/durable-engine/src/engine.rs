//! Putting an engine together, starting and stopping it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use durable_core::{
    clock::Clock,
    store::{Store, StoreError},
};
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::Client,
    committer::Committer,
    driver::Driver,
    executor::Executor,
    machine::{Input, Machine},
    options::Options,
    perform::Performer,
};

/// Why an engine cannot start.
#[derive(Debug, thiserror::Error)]
#[error("failed to start the durable engine: {0}")]
pub struct StartError(#[from] StoreError);

/// A running engine.
pub struct Engine {
    client: Client,
    driver: Arc<Driver>,
    keeping_time: JoinHandle<()>,
    committing: JoinHandle<()>,
    spawned: TaskTracker,
    abort: CancellationToken,
    store: Arc<dyn Store>,
}

/// An engine that is registered and does not run yet. Calls of its client wait until it does.
pub struct Ready {
    client: Client,
    driver: Arc<Driver>,
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
        let Self { client, driver, committer, spawned, abort, store } = self;
        let committing = tokio::spawn(committer.run());
        driver.run();
        let keeping_time = tokio::spawn(driver.clone().keep_time());
        Engine { client, driver, keeping_time, committing, spawned, abort, store }
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
        let lease = store.register(format!("pid {}", std::process::id())).await?;
        let keys = store.reserve_keys(4_096).await?;
        let (commits, queue) = mpsc::unbounded_channel();
        let again = commits.downgrade();
        let (spawned, abort) = (TaskTracker::new(), CancellationToken::new());
        let (limits, batch) = (options.limits, options.batch);
        let mut machine = Machine::new(options);
        machine.handle(Input::KeysReserved(keys), clock.now());
        machine.handle(Input::Recover, clock.now());
        let driver = Arc::new_cyclic(|driver| {
            let performer = Performer {
                store: store.clone(),
                executor: executor.clone(),
                lease,
                commits,
                driver: driver.clone(),
                replies: HashMap::new(),
                tasks: HashMap::new(),
                spawned: spawned.clone(),
                abort: abort.clone(),
            };
            Driver::new(machine, performer, clock.clone())
        });
        let committer = Committer {
            store: store.clone(),
            lease,
            clock,
            limits: batch,
            queue,
            again,
            driver: driver.clone(),
            abort: abort.clone(),
        };
        let client = Client::new(driver.clone(), store.clone(), executor, limits);
        Ok(Ready { client, driver, committer, spawned, abort, store })
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

    /// Stops: begins nothing new, lets running activities finish until `patience` completes, writes what is
    /// finished and closes the store. `false` when something was cut off; it runs again at the next start.
    ///
    /// # Errors
    /// When the store could not be closed properly.
    pub async fn stop(self, patience: impl Future<Output = ()>) -> Result<bool, StoreError> {
        let drained = self.driver.drain();
        let in_time = tokio::select! {
            biased;
            drained = drained => drained.is_ok(),
            () = patience => false,
        };
        self.abort.cancel();
        self.driver.stop();
        for part in [self.keeping_time, self.committing] {
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
