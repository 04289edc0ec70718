//! A store that is far away and unreliable: calls take their time, fail before or after they were carried out, and are
//! cut off in the middle when their host dies. Tells the auditor what was really done.

use std::{ops::Range, sync::Arc};

use durable_core::{
    model::{HostLease, InstanceKey, Loaded, MessageId, TaskRef, TimerRow},
    store::{
        Batch, ClaimRequest, Claimed, Commit, CommitOutcome, News, Store, StoreError, StoredStatus,
        TimerCursor,
    },
};
use fnhost_protocol::{history::HistoryEvent, ids::InstanceId, time::Timestamp};
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};

use super::{
    Answer, Layer,
    describe::{describe, short, subject},
};
use crate::{
    plan::Faults,
    world::{Limbo, World},
};

/// The way to the store from one host.
pub(crate) struct Chaos {
    pub(crate) world: Arc<World>,
    pub(crate) host: usize,
    pub(crate) below: Arc<dyn Store>,
}

/// What becomes of a commit on its way.
enum Fate {
    /// It is written, and the answer comes back.
    Written,
    /// It fails before anything is written.
    Failed(StoreError),
    /// It is written or not, and the host does not learn which.
    Unknown { written: bool },
    /// All but these items are written: they are said to be fenced.
    Fenced(Vec<usize>),
}

impl Chaos {
    /// One way of a call: a few milliseconds, sometimes many.
    async fn travel(&self) {
        let delay = self.world.with(|state| {
            let slow = state.faults.slow;
            if state.random.chance(slow) { state.random.millis(0..500) } else { state.random.millis(0..4) }
        });
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Whether a call fails now, which does so many times in a thousand.
    fn fails(&self, often: impl FnOnce(&Faults) -> u32) -> Result<(), StoreError> {
        let fails = self.world.with(|state| {
            let often = often(&state.faults);
            state.random.chance(often)
        });
        if fails { Err(StoreError::Retry("as the seed wants".to_owned())) } else { Ok(()) }
    }

    async fn read<T>(&self, what: &'static str, answer: Answer<'_, T>) -> Result<T, StoreError> {
        self.travel().await;
        let failed = self.fails(|faults| faults.unreadable);
        self.world.happened(what, self.host, || format!("{failed:?}"));
        failed?;
        let answer = answer.await;
        self.travel().await;
        answer
    }

    fn fate(&self, batch: &Batch) -> Fate {
        let now = self.world.clock.since_beginning();
        self.world.with(|state| {
            let faults = &state.faults;
            state.cursed.retain(|(_, until)| *until > now);
            if !batch.commits.is_empty() && state.random.chance(faults.refused) {
                let item = state.random.pick(&batch.commits);
                state.cursed.push((subject(item), now + state.random.millis(1..3_000)));
            }
            if batch
                .commits
                .iter()
                .any(|item| state.cursed.iter().any(|(cursed, _)| *cursed == subject(item)))
            {
                return Fate::Failed(StoreError::Permanent("the database refuses an item".to_owned()));
            }
            if state.random.chance(faults.busy) {
                return Fate::Failed(StoreError::Retry("as the seed wants".to_owned()));
            }
            if state.random.chance(faults.unknown) {
                return Fate::Unknown { written: state.random.chance(500) };
            }
            if state.random.chance(faults.fenced) {
                let chosen = |(_, item): &(usize, &Commit)| {
                    matches!(item, Commit::Turn(_)) && state.random.chance(500)
                };
                return Fate::Fenced(
                    batch.commits.iter().enumerate().filter(chosen).map(|(at, _)| at).collect(),
                );
            }
            Fate::Written
        })
    }

    async fn commit_on_the_way(&self, batch: Arc<Batch>) -> Result<Vec<CommitOutcome>, StoreError> {
        let mut flight = Flight { chaos: self, batch: Some(batch.clone()) };
        self.travel().await;
        flight.batch = None;
        let fate = self.fate(&batch);
        let answer = match fate {
            Fate::Written => self.land(&batch),
            Fate::Failed(error) => {
                self.world.happened("refused", self.host, || format!("{error}: {}", describe(&batch)));
                Err(error)
            }
            Fate::Unknown { written } => {
                if written {
                    drop(self.land(&batch));
                }
                self.world.audit(|audit| audit.lost(self.host, &batch));
                self.world
                    .happened("unknown", self.host, || format!("written: {written}, {}", describe(&batch)));
                Err(StoreError::UnknownOutcome("as the seed wants".to_owned()))
            }
            Fate::Fenced(items) => self.land_without(&batch, &items),
        };
        self.travel().await;
        answer
    }

    fn land(&self, batch: &Arc<Batch>) -> Result<Vec<CommitOutcome>, StoreError> {
        land(&self.world, self.host, &*self.below, batch)
    }

    fn land_without(&self, batch: &Arc<Batch>, fenced: &[usize]) -> Result<Vec<CommitOutcome>, StoreError> {
        let (mut rest, mut left_out) = (Batch::clone(batch), Batch::clone(batch));
        let mut at = 0..;
        rest.commits.retain(|_| !at.next().is_some_and(|at| fenced.contains(&at)));
        let mut at = 0..;
        left_out.commits.retain(|_| at.next().is_some_and(|at| fenced.contains(&at)));
        self.world.audit(|audit| audit.lost(self.host, &left_out));
        let mut outcomes = self.land(&Arc::new(rest))?;
        for at in fenced {
            outcomes.insert(*at, CommitOutcome::Fenced);
        }
        Ok(outcomes)
    }
}

/// Lets a batch reach the store, and the auditor see it.
pub(crate) fn land(
    world: &World,
    host: usize,
    store: &dyn Store,
    batch: &Arc<Batch>,
) -> Result<Vec<CommitOutcome>, StoreError> {
    let answer = store.commit(batch.clone()).now_or_never().expect("nothing below waits");
    world.happened("commit", host, || {
        let outcomes = answer.as_ref().map(|outcomes| outcomes.iter().map(short).collect::<Vec<_>>());
        format!("{} -> {outcomes:?}", describe(batch))
    });
    match &answer {
        Ok(outcomes) => world.audit(|audit| audit.committed(host, batch, outcomes)),
        Err(_) => world.audit(|audit| audit.lost(host, batch)),
    }
    answer
}

impl Layer for Chaos {
    fn below(&self) -> &dyn Store {
        &*self.below
    }

    fn register(&self, description: String) -> Answer<'_, HostLease> {
        Box::pin(async move {
            self.travel().await;
            self.fails(|faults| faults.unreadable)?;
            let lease = self.below.register(description).await?;
            // A host that begins anew drops what it was about to write.
            self.world.audit(|audit| {
                audit.forgets(self.host);
                audit.registered(lease);
            });
            self.world.happened("register", self.host, || lease.to_string());
            self.travel().await;
            Ok(lease)
        })
    }

    fn reserve_keys(&self, count: u32) -> Answer<'_, Range<i64>> {
        Box::pin(self.read("reserve keys", self.below.reserve_keys(count)))
    }

    fn commit(&self, batch: Arc<Batch>) -> Answer<'_, Vec<CommitOutcome>> {
        Box::pin(self.commit_on_the_way(batch))
    }

    fn claim(&self, lease: HostLease, request: ClaimRequest) -> Answer<'_, Claimed> {
        Box::pin(async move {
            self.travel().await;
            self.fails(|faults| faults.unclaimed)?;
            let claimed = self.below.claim(lease, request).await?;
            self.world.audit(|audit| audit.claimed(lease, &claimed));
            self.world.happened("claim", self.host, || {
                let tasks = claimed.tasks.iter().map(|task| (&task.task, task.attempt)).collect::<Vec<_>>();
                format!("{request:?} -> {:?} {tasks:?}", claimed.instances)
            });
            self.travel().await;
            Ok(claimed)
        })
    }

    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            let failed = self.fails(|faults| faults.unreleased);
            self.world.happened("release", self.host, || format!("{tasks:?} {failed:?}"));
            failed?;
            self.below.release(lease, tasks.clone()).await?;
            self.world.audit(|audit| audit.released(lease, &tasks));
            self.travel().await;
            Ok(())
        })
    }

    fn load(&self, key: InstanceKey) -> Answer<'_, Option<Loaded>> {
        Box::pin(async move {
            self.travel().await;
            self.fails(|faults| faults.unreadable)?;
            let loaded = self.below.load(key).await?;
            self.world.happened("load", self.host, || {
                let seen = loaded
                    .as_ref()
                    .map(|loaded| (&loaded.instance.id, loaded.instance.turn, loaded.inbox.len()));
                format!("{key:?} -> {seen:?}")
            });
            self.travel().await;
            Ok(loaded)
        })
    }

    fn history(&self, key: InstanceKey, generation: u32) -> Answer<'_, Vec<HistoryEvent>> {
        Box::pin(self.read("history", self.below.history(key, generation)))
    }

    fn timers(&self, until: Timestamp, after: Option<TimerCursor>, limit: u32) -> Answer<'_, Vec<TimerRow>> {
        Box::pin(self.read("timers", self.below.timers(until, after, limit)))
    }

    fn status(&self, id: InstanceId, input: bool) -> Answer<'_, Option<StoredStatus>> {
        Box::pin(self.read("status", self.below.status(id, input)))
    }

    fn unread(&self, lease: HostLease, limit: u32) -> Answer<'_, Vec<(InstanceKey, MessageId)>> {
        Box::pin(self.read("unread", self.below.unread(lease, limit)))
    }

    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> Answer<'_, Vec<TimerRow>> {
        Box::pin(self.read("overdue", self.below.overdue(lease, until, after, limit)))
    }

    fn leased(&self, lease: HostLease) -> Answer<'_, Vec<TaskRef>> {
        Box::pin(self.read("leased", self.below.leased(lease)))
    }

    fn finished(&self, ids: Vec<InstanceId>) -> Answer<'_, Vec<InstanceId>> {
        Box::pin(self.read("finished", self.below.finished(ids)))
    }

    fn pointless(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, Vec<TaskRef>> {
        Box::pin(self.read("pointless", self.below.pointless(lease, tasks)))
    }

    /// May get lost, and is no error then.
    fn announce(&self, news: News) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            self.fails(|faults| faults.unreadable)?;
            let unheard = self.fails(|faults| faults.unheard).is_err();
            self.world.happened("announce", self.host, || format!("{news:?}, unheard: {unheard}"));
            if unheard { Ok(()) } else { self.below.announce(news).await }
        })
    }

    /// Each of them on its way as long as a call is.
    fn news(&self) -> BoxStream<'static, News> {
        let chaos = Self { world: self.world.clone(), host: self.host, below: self.below.clone() };
        Box::pin(stream::unfold((chaos, self.below.news()), async |(chaos, mut below)| {
            let news = below.next().await?;
            chaos.travel().await;
            Some((news, (chaos, below)))
        }))
    }

    fn renew(&self, lease: HostLease) -> Answer<'_, ()> {
        Box::pin(self.read("renew", self.below.renew(lease)))
    }

    fn deregister(&self, lease: HostLease) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            self.fails(|faults| faults.unreleased)?;
            self.below.deregister(lease).await?;
            self.world.audit(|audit| audit.deregistered(lease));
            self.world.happened("deregister", self.host, || lease.to_string());
            self.travel().await;
            Ok(())
        })
    }

    fn take_over(&self, lease: HostLease) -> Answer<'_, u32> {
        Box::pin(async move {
            self.travel().await;
            self.fails(|faults| faults.unclaimed)?;
            let found = self.below.take_over(lease).await?;
            if found > 0 {
                self.world.audit(crate::audit::Audit::took_over);
                self.world.happened("take over", self.host, || format!("{found} dead"));
            }
            self.travel().await;
            Ok(found)
        })
    }
}

/// A commit that has not reached the store. When its host dies now, it may be lost, or arrive when everybody believes
/// its host dead.
struct Flight<'a> {
    chaos: &'a Chaos,
    batch: Option<Arc<Batch>>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let Chaos { world, below, .. } = self.chaos;
        let now = world.clock.since_beginning();
        world.with(|state| {
            if state.random.chance(700) {
                let longest = if state.random.chance(500) { 5 } else { 10_000 };
                let due = now + state.random.millis(0..longest);
                state.limbo.push(Limbo { due, store: below.clone(), batch });
            }
        });
    }
}
