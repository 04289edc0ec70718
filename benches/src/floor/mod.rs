//! The floor: what the engine has a store write, written without engine, worker and user code.
//!
//! While one transaction is being written the next batch gathers, as in the engine.

mod appliers;
mod life;

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use durable_core::{
    model::{HostLease, InstanceKey},
    store::{Batch, ClaimRequest, Claimed, Commit, CommitOutcome, Delivery, SendCommit, Store, TurnCommit},
};
use fnhost::{
    config::{Arguments, Environment},
    runtime::{self, load_app},
};
use fnhost_protocol::time::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{app, place::Place};

pub(crate) use appliers::Appliers;
pub(crate) use life::{Life, Step};

/// As the engine's.
const BATCH: usize = 512;

/// More keys than a run can use.
const KEYS: u32 = 1 << 30;

type Item = (Commit, oneshot::Sender<CommitOutcome>);

/// A store, opened as the host opens it, and the task that writes to it.
pub(crate) struct Floor {
    writer: Writer,
    writing: JoinHandle<anyhow::Result<()>>,
}

/// A handle to have something written. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Writer {
    commits: mpsc::UnboundedSender<Item>,
    keys: Arc<AtomicI64>,
    store: Arc<dyn Store>,
    lease: HostLease,
}

/// The store of a place, opened as a host opens it.
pub(crate) async fn open_store(place: &Place) -> anyhow::Result<Arc<dyn Store>> {
    let (environment, arguments) = (Environment::default(), Arguments::default());
    let loaded = load_app(place.folder(), &environment, &arguments, &app::registry(), true)
        .map_err(|report| anyhow::anyhow!("the app is invalid: {}", report.summary()))?;
    let database = place.database()?;
    Ok(runtime::open_store(loaded.config.durable(), &loaded.settings, Some(&database)).await?.store)
}

impl Floor {
    /// Opens the store of a place.
    pub(crate) async fn open(place: &Place) -> anyhow::Result<Self> {
        let store = open_store(place).await?;
        let lease = store.register("the floor".to_owned()).await?;
        let keys = Arc::new(AtomicI64::new(store.reserve_keys(KEYS).await?.start));
        let (commits, queue) = mpsc::unbounded_channel();
        let writing = tokio::spawn(write(store.clone(), lease, queue));
        Ok(Self { writer: Writer { commits, keys, store, lease }, writing })
    }

    /// A handle for clients.
    pub(crate) fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// Ends it; to be called when the clients have ended, however they have: why writing failed is known here.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        let Self { writer, writing } = self;
        let store = writer.store.clone();
        // The writing ends with the last handle.
        drop(writer);
        writing.await??;
        Ok(store.close().await?)
    }
}

impl Writer {
    /// A key for an instance.
    pub(crate) fn key(&self) -> InstanceKey {
        InstanceKey(self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Has a turn written.
    pub(crate) async fn turn(&self, turn: TurnCommit) -> anyhow::Result<()> {
        match self.write(Commit::Turn(Box::new(turn))).await? {
            CommitOutcome::Turn(_) => Ok(()),
            other => bail!("a turn was not taken: {other:?}"),
        }
    }

    /// Has a message written.
    pub(crate) async fn send(&self, send: SendCommit) -> anyhow::Result<Delivery> {
        match self.write(Commit::Send(send)).await? {
            CommitOutcome::Sent(delivery) => Ok(delivery),
            other => bail!("a message was not taken: {other:?}"),
        }
    }

    /// Takes activities that nobody has.
    pub(crate) async fn claim_tasks(&self, tasks: u32) -> anyhow::Result<Claimed> {
        Ok(self.store.claim(self.lease, ClaimRequest { instances: 0, tasks }).await?)
    }

    async fn write(&self, commit: Commit) -> anyhow::Result<CommitOutcome> {
        let (tell, told) = oneshot::channel();
        self.commits.send((commit, tell)).ok().context("the writing has ended")?;
        told.await.context("the writing has ended")
    }
}

async fn write(
    store: Arc<dyn Store>,
    lease: HostLease,
    mut queue: mpsc::UnboundedReceiver<Item>,
) -> anyhow::Result<()> {
    let mut gathered = Vec::new();
    while queue.recv_many(&mut gathered, BATCH).await > 0 {
        let (commits, clients): (Vec<Commit>, Vec<_>) = gathered.drain(..).unzip();
        let outcomes = store.commit(Arc::new(Batch { lease, now: now(), commits })).await?;
        for (outcome, client) in outcomes.into_iter().zip(clients) {
            // A client that failed waits no more.
            client.send(outcome).ok();
        }
    }
    Ok(())
}

/// The machine's time.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Sleeps until a time, by the machine's clock.
pub(crate) async fn sleep_until(due: Timestamp) {
    let left = due.since(now());
    if !left.is_zero() {
        tokio::time::sleep(left).await;
    }
}
