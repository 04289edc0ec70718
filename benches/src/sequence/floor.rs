//! The floor: the commits of a sequence, written by the store as the engine would have them written, without engine,
//! worker and user code. While one transaction is being written the next batch gathers.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, bail};
use durable_core::{
    model::{HostLease, InstanceKey},
    store::{Batch, Commit, CommitOutcome, Store},
};
use durable_sqlite::{Options, SqliteStore};
use fnhost_protocol::time::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};

use super::{rows, turns};
use crate::{
    process::database,
    window::{Plan, Run, Window},
};

/// As the engine's.
const BATCH: usize = 512;

/// More keys than a run can use.
const KEYS: u32 = 1 << 30;

type Item = (Commit, oneshot::Sender<()>);

/// One run, and its rows checked.
pub(super) fn run(scratch: &Path, at_once: usize, plan: Plan) -> anyhow::Result<Run> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let file = database(scratch);
        let store = Arc::new(SqliteStore::open(Options::new(&file, "bench")).await?);
        let lease = store.register("the floor".to_owned()).await?;
        let keys = Arc::new(AtomicI64::new(store.reserve_keys(KEYS).await?.start));
        let (commits, queue) = mpsc::unbounded_channel();
        let (window, mut tasks) = (Window::new(), JoinSet::new());
        tasks.spawn(write(store.clone(), lease, queue));
        for _ in 0..at_once {
            tasks.spawn(client(commits.clone(), keys.clone(), window.clone()));
        }
        // The writer ends with the last client.
        drop(commits);
        let all = async {
            while let Some(ended) = tasks.join_next().await {
                ended??;
            }
            Ok(())
        };
        let driven = window.measure(plan, all).await?;
        store.close().await?;
        rows::check(&file, driven.answers).await?;
        Ok(driven.run)
    })
}

async fn client(
    commits: mpsc::UnboundedSender<Item>,
    keys: Arc<AtomicI64>,
    window: Window,
) -> anyhow::Result<()> {
    while !window.is_over() {
        let begun = Instant::now();
        let key = InstanceKey(keys.fetch_add(1, Ordering::Relaxed));
        for step in 0..turns::COUNT {
            let (tell, told) = oneshot::channel();
            commits
                .send((Commit::Turn(Box::new(turns::turn(key, step, now()))), tell))
                .context("the writer ended")?;
            told.await.context("the writer ended")?;
        }
        window.add(begun.elapsed());
    }
    Ok(())
}

async fn write(
    store: Arc<SqliteStore>,
    lease: HostLease,
    mut queue: mpsc::UnboundedReceiver<Item>,
) -> anyhow::Result<()> {
    let mut gathered = Vec::new();
    while queue.recv_many(&mut gathered, BATCH).await > 0 {
        let (commits, clients): (Vec<Commit>, Vec<oneshot::Sender<()>>) = gathered.drain(..).unzip();
        let outcomes = store.commit(Arc::new(Batch { lease, now: now(), commits })).await?;
        for (outcome, client) in outcomes.into_iter().zip(clients) {
            if !matches!(outcome, CommitOutcome::Turn(_)) {
                bail!("a commit was not taken: {outcome:?}");
            }
            // A client waits for its commit, whatever the time.
            client.send(()).ok();
        }
    }
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
