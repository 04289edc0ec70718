//! A store that is far away and unreliable: calls take their time, fail before or after they were carried out, and are
//! cut off in the middle when their host dies. Tells the auditor what was really done.

use std::{fmt::Debug, ops::Range, sync::Arc};

use durable_core::{
    model::{HostLease, InstanceKey, Loaded, MessageId, TaskRef, TimerRow},
    store::{
        Batch, ClaimRequest, Claimed, ClientReply, CommitOutcome, FinishedQuery, FoundInstance, News,
        RemovedEntities, Scheduled, Store, StoreError, StoredStatus, TimerCursor,
    },
    suspicion::Work,
};
use fnhost_protocol::{history::HistoryEvent, ids::InstanceId, time::Timestamp};
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, stream};

use super::{
    Answer, Layer,
    describe::{describe, short},
    fate::{Fate, Fortune},
    flight::{Flight, settle},
};
use crate::{plan::Faults, world::World};

/// The way to the store from one host.
pub(crate) struct Chaos {
    pub(crate) world: Arc<World>,
    pub(crate) host: usize,
    pub(crate) below: Arc<dyn Store>,
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

    fn chance(&self, often: impl FnOnce(&Faults) -> u32) -> bool {
        self.world.with(|state| {
            let often = often(&state.faults);
            state.random.chance(often)
        })
    }

    /// Whether a call fails before it is carried out, which does so many times in a thousand.
    fn fails(&self, what: &'static str, often: impl FnOnce(&Faults) -> u32) -> Result<(), StoreError> {
        if !self.chance(often) {
            return Ok(());
        }
        self.world.happened(what, self.host, || "fails".to_owned());
        Err(StoreError::Retry("as the seed wants".to_owned()))
    }

    /// The answer comes back, or gets lost on its way.
    async fn answered<T: Debug>(&self, what: &'static str, answer: T) -> Result<T, StoreError> {
        self.world.said(&answer);
        self.travel().await;
        if !self.chance(|faults| faults.unanswered) {
            return Ok(answer);
        }
        self.world.happened(what, self.host, || "the answer is lost".to_owned());
        Err(StoreError::UnknownOutcome("as the seed wants".to_owned()))
    }

    /// A claim may be carried out when its host has given it up.
    fn may_be_late(&self, lease: HostLease, request: ClaimRequest) -> Result<(), StoreError> {
        if self.world.plan.lease.is_none() || !self.chance(|faults| faults.unanswered / 2) {
            return Ok(());
        }
        let takes = self.world.with(|state| state.random.millis(0..5_000));
        self.world.happened("claim", self.host, || format!("is late by {takes:?}"));
        self.claim_late(lease, request, takes);
        Err(StoreError::UnknownOutcome("as the seed wants".to_owned()))
    }

    async fn read<T: Debug>(&self, what: &'static str, answer: Answer<'_, T>) -> Result<T, StoreError> {
        self.travel().await;
        self.fails(what, |faults| faults.unreadable)?;
        let answer = answer.await;
        self.world.happened(what, self.host, || if answer.is_ok() { "" } else { "refused" }.to_owned());
        self.world.said(&answer);
        self.travel().await;
        answer
    }

    async fn commit_on_the_way(&self, batch: Arc<Batch>) -> Result<Vec<CommitOutcome>, StoreError> {
        self.world.said(&batch);
        let mut flight = Flight::of(self, &batch);
        self.travel().await;
        flight.arrives();
        settle(&self.world, batch.lease);
        let fate = self.fate(&batch);
        let answer = match fate {
            Fate::Written => self.land(&batch),
            Fate::Failed(error) => {
                self.world.happened("refused", self.host, || format!("{error}: {}", describe(&batch)));
                Err(error)
            }
            Fate::Unknown(fortune) => {
                match fortune {
                    Fortune::Written => drop(self.land(&batch)),
                    Fortune::NotWritten => {}
                    Fortune::Late(takes) => flight.goes_on(&batch, takes),
                }
                self.world.audit(|audit| audit.lost(self.host, &batch));
                self.world.happened("unknown", self.host, || format!("{fortune:?}, {}", describe(&batch)));
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
    world.said(&answer);
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
            self.fails("register", |faults| faults.unreadable)?;
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
            self.fails("claim", |faults| faults.unclaimed)?;
            self.may_be_late(lease, request)?;
            let claimed = self.below.claim(lease, request).await?;
            self.world.audit(|audit| audit.claimed(lease, &claimed));
            self.world.happened("claim", self.host, || {
                let tasks = claimed.tasks.iter().map(|task| (&task.task, task.attempt)).collect::<Vec<_>>();
                format!("{request:?} -> {:?} {tasks:?}", claimed.instances)
            });
            self.answered("claim", claimed).await
        })
    }

    fn release(&self, lease: HostLease, tasks: Vec<TaskRef>) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            self.fails("release", |faults| faults.unreleased)?;
            self.world.happened("release", self.host, || format!("{tasks:?}"));
            self.below.release(lease, tasks.clone()).await?;
            self.world.audit(|audit| audit.released(lease, &tasks));
            self.answered("release", ()).await
        })
    }

    fn load(&self, key: InstanceKey) -> Answer<'_, Option<Loaded>> {
        Box::pin(async move {
            self.travel().await;
            self.fails("load", |faults| faults.unreadable)?;
            let loaded = self.below.load(key).await?;
            self.world.happened("load", self.host, || {
                let seen = loaded
                    .as_ref()
                    .map(|loaded| (&loaded.instance.id, loaded.instance.turn, loaded.inbox.len()));
                format!("{key:?} -> {seen:?}")
            });
            self.world.said(&loaded);
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

    fn scheduled(&self, until: Timestamp, limit: u32) -> Answer<'_, Scheduled> {
        Box::pin(self.read("scheduled", self.below.scheduled(until, limit)))
    }

    fn take_replies(&self, lease: HostLease) -> Answer<'_, Vec<ClientReply>> {
        Box::pin(self.read("take replies", self.below.take_replies(lease)))
    }

    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> Answer<'_, RemovedEntities> {
        Box::pin(async move {
            self.travel().await;
            self.fails("remove empty entities", |faults| faults.unreadable)?;
            let removed = self.below.remove_empty_entities(lease, after, limit).await?;
            self.world.audit(|audit| audit.entities_removed(removed.removed));
            self.world.happened("remove empty entities", self.host, || format!("{removed:?}"));
            self.travel().await;
            Ok(removed)
        })
    }

    fn find_finished(&self, query: FinishedQuery) -> Answer<'_, Vec<FoundInstance>> {
        Box::pin(self.read("find finished", self.below.find_finished(query)))
    }

    fn find_children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
        limit: u32,
    ) -> Answer<'_, Vec<FoundInstance>> {
        Box::pin(self.read("find children", self.below.find_children(parent, after, limit)))
    }

    /// May get lost, and is no error then.
    fn announce(&self, news: News) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            self.fails("announce", |faults| faults.unreadable)?;
            let unheard = self.chance(|faults| faults.unheard);
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
            chaos.world.noted("news", chaos.host, || format!("{news:?}"));
            Some((news, (chaos, below)))
        }))
    }

    fn renew(&self, lease: HostLease) -> Answer<'_, ()> {
        Box::pin(self.read("renew", self.below.renew(lease)))
    }

    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            self.fails("trial", |faults| faults.unreleased)?;
            self.world.happened("trial", self.host, || format!("{trial:?}"));
            self.below.set_trial(lease, trial.clone()).await?;
            self.world.audit(|audit| audit.tried(lease, &trial));
            self.answered("trial", ()).await
        })
    }

    fn deregister(&self, lease: HostLease) -> Answer<'_, ()> {
        Box::pin(async move {
            self.travel().await;
            self.fails("deregister", |faults| faults.unreleased)?;
            self.below.deregister(lease).await?;
            self.world.audit(|audit| audit.deregistered(lease));
            self.world.happened("deregister", self.host, || lease.to_string());
            self.travel().await;
            Ok(())
        })
    }

    fn others(&self, lease: HostLease) -> Answer<'_, u32> {
        Box::pin(self.read("others", self.below.others(lease)))
    }

    fn take_over(&self, lease: HostLease) -> Answer<'_, u32> {
        Box::pin(async move {
            self.travel().await;
            self.fails("take over", |faults| faults.unclaimed)?;
            let found = self.below.take_over(lease).await?;
            if found > 0 {
                self.world.audit(crate::audit::Audit::took_over);
                self.world.happened("take over", self.host, || format!("{found} dead"));
            } else {
                self.world.noted("take over", self.host, || "nobody".to_owned());
            }
            self.travel().await;
            Ok(found)
        })
    }
}
