//! Group commit: one task that writes whatever has gathered, in one transaction at a time.
//!
//! It never waits for a batch to fill: while one transaction is being written the next batch gathers by itself.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
    time::Duration,
};

use durable_core::{
    model::HostLease,
    store::{Batch, Commit, StoreError},
};
use tokio_util::sync::CancellationToken;

use crate::{
    commit_queue::Queue,
    driver::Driver,
    machine::{Input, Ticket},
    parts::Parts,
    trouble,
    weight::weight,
};

/// What the committer is handed.
pub(crate) type Item = (Ticket, Commit);

/// Longest pause between two tries.
const MAX_PAUSE: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// Pause after a batch whose outcome is unknown.
const PAUSE_AFTER_LOSS: Duration = Duration::from_millis(100);

pub(crate) struct Committer {
    pub(crate) parts: Arc<Parts>,
    /// Under which everything is written.
    pub(crate) lease: HostLease,
    /// The life of this host that it belongs to.
    pub(crate) life: u64,
    pub(crate) queue: Arc<Queue>,
    /// Who is told what became of it.
    pub(crate) driver: Weak<Driver>,
    /// Ends all patience.
    pub(crate) over: CancellationToken,
    /// Ends everything: what is still to be written will not be believed.
    pub(crate) ended: CancellationToken,
}

impl Committer {
    /// Runs until the queue is closed and everything is written.
    pub(crate) async fn run(self) {
        while let Some(gathered) = self.queue.take().await {
            let mut rest = VecDeque::from(gathered);
            while !rest.is_empty() {
                let items = self.take_batch(&mut rest);
                self.write(items).await;
            }
        }
    }

    fn take_batch(&self, rest: &mut VecDeque<Item>) -> Vec<Item> {
        let mut items = Vec::with_capacity(rest.len());
        let mut bytes = 0;
        while let Some((_, commit)) = rest.front() {
            bytes += weight(commit);
            if items.len() == self.parts.batch.items || !items.is_empty() && bytes > self.parts.batch.bytes {
                break;
            }
            items.extend(rest.pop_front());
        }
        items
    }

    /// Writes a batch; on an error that one of its items may have caused, halves it until the culprit is alone.
    async fn write(&self, items: Vec<Item>) {
        let mut todo = vec![items];
        while let Some(items) = todo.pop() {
            if self.ended.is_cancelled() {
                return;
            }
            let (tickets, commits): (Vec<Ticket>, Vec<Commit>) = items.into_iter().unzip();
            let batch = Arc::new(Batch { lease: self.lease, now: self.parts.clock.now(), commits });
            let result = self.commit_with_patience(&batch).await;
            let commits = Arc::try_unwrap(batch).map_or_else(|batch| batch.commits.clone(), |b| b.commits);
            let mut items: Vec<Item> = tickets.into_iter().zip(commits).collect();
            match result {
                Ok(outcomes) => {
                    self.parts.troubles.over(items.iter().map(|(_, commit)| commit));
                    self.tell(Input::Committed { items, outcomes });
                }
                Err(StoreError::Permanent(why)) if items.len() > 1 => {
                    tracing::warn!(items = items.len(), %why, "a batch was refused and is written in halves");
                    let second = items.split_off(items.len() / 2);
                    todo.push(second);
                    todo.push(items);
                }
                Err(StoreError::Permanent(why)) => self.refused(items, &why),
                Err(error @ StoreError::LeaseLost(_)) => {
                    if let Some(driver) = self.driver.upgrade() {
                        driver.lease_over(self.life, &error.to_string());
                    }
                }
                Err(error) => {
                    tracing::error!(items = items.len(), %error, "it is unknown what was written; reading anew");
                    self.tell(Input::CommitLost { items, why: error.to_string() });
                    // What fails so will often do so again at once.
                    self.pause(PAUSE_AFTER_LOSS).await;
                }
            }
        }
    }

    async fn commit_with_patience(
        &self,
        batch: &Arc<Batch>,
    ) -> Result<Vec<durable_core::store::CommitOutcome>, StoreError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.parts.store.commit(batch.clone()).await {
                Err(StoreError::Retry(why)) if !self.over.is_cancelled() => {
                    tracing::warn!(%why, ?pause, "the store is busy; writing again");
                    self.pause(pause).await;
                    pause = (pause * 2).min(MAX_PAUSE);
                }
                result => return result,
            }
        }
    }

    /// Waits, unless there is no time left.
    async fn pause(&self, pause: Duration) {
        drop(tokio::time::timeout(pause, self.over.cancelled()).await);
    }

    /// One item alone was refused: its client is told; without a client it is written again later, because the
    /// instance cannot go on without it and the cause (a full disk, say) may be mended.
    fn refused(&self, items: Vec<Item>, why: &str) {
        for (ticket, commit) in items {
            match (ticket, trouble::instance(&commit)) {
                (Ticket::Turn(None) | Ticket::TaskResult, Some(instance)) => {
                    let pause = self.parts.troubles.refused(instance, why, self.parts.clock.now());
                    let (queue, over) = (Arc::downgrade(&self.queue), self.over.clone());
                    tokio::spawn(async move {
                        drop(tokio::time::timeout(pause, over.cancelled()).await);
                        // Without a queue the engine has stopped; the work is still in the store.
                        if let Some(waiting) = queue.upgrade().and_then(|queue| queue.push((ticket, commit)))
                        {
                            waiting.wake();
                        }
                    });
                }
                (ticket, _) => {
                    if ticket == Ticket::Delivery {
                        tracing::error!(%why, "the store refuses to deliver a scheduled signal; it is tried again");
                    }
                    self.tell(Input::CommitRefused { ticket, commit, why: why.to_owned() });
                }
            }
        }
    }

    fn tell(&self, input: Input) {
        // An engine that is gone has no use for it.
        if let Some(driver) = self.driver.upgrade() {
            driver.feed(self.life, input);
        }
    }
}
