//! One of the two stores, and what can be seen of it.

use std::sync::Arc;

use durable_core::{
    model::{HostLease, InstanceKey, MessageId},
    store::{
        Batch, ClaimRequest, Claimed, Commit, CommitOutcome, Delivery, FinishedQuery, Store, StoreError,
    },
    suspicion::Suspicion,
};
use fnhost_protocol::{
    status::{EntityQuery, InstanceQuery, RuntimeStatus},
    time::Timestamp,
};

/// One store under test, with its lease.
pub(crate) struct Side {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) lease: HostLease,
}

impl Side {
    pub(crate) async fn new(store: Arc<dyn Store>) -> Self {
        let lease = store.register("differential".to_owned()).await.expect("registers");
        Self { store, lease }
    }

    /// Ids of the messages in an inbox, which the two stores number differently.
    pub(crate) async fn messages(&self, key: InstanceKey) -> Vec<MessageId> {
        let loaded = self.store.load(key).await.expect("loads");
        loaded.into_iter().flat_map(|loaded| loaded.inbox).map(|(id, _)| id).collect()
    }

    /// A batch for this store: the places of consumed messages become their ids here.
    pub(crate) async fn batch(&self, now: Timestamp, mut commits: Vec<Commit>) -> Arc<Batch> {
        for commit in &mut commits {
            if let Commit::Turn(turn) = commit {
                let ids = self.messages(turn.key).await;
                let place = |place: &MessageId| ids.get(place.0 as usize).copied();
                turn.consumed = turn.consumed.iter().filter_map(place).collect();
            }
        }
        Arc::new(Batch { lease: self.lease, now, commits })
    }

    /// Takes work; times of deaths, which are each store's own, left out.
    pub(crate) async fn claim(&self, request: ClaimRequest) -> Claimed {
        let mut claimed = self.store.claim(self.lease, request).await.expect("claims");
        claimed.tasks.iter_mut().for_each(|task| task.suspicion = timeless(task.suspicion));
        claimed
    }

    /// Everything that can be seen of the store, message ids left out.
    pub(crate) async fn picture(&self, keys: i64) -> String {
        let store = &self.store;
        let mut lines = Vec::new();
        for key in (0..keys).map(InstanceKey) {
            if let Some(loaded) = store.load(key).await.expect("loads") {
                let inbox: Vec<_> = loaded.inbox.iter().map(|(_, message)| message).collect();
                let instance = loaded.instance;
                // Of one that is finished nobody asks.
                let suspicion = (!instance.status.is_terminal()).then(|| timeless(loaded.suspicion));
                lines.push(format!("{instance:?} {:?} {suspicion:?} {inbox:?}", loaded.entity_state));
            }
            for generation in 0..4 {
                let history = store.history(key, generation).await.expect("reads");
                lines.extend(history.iter().map(|event| format!("{} {generation} {event:?}", key.0)));
            }
        }
        lines.push(format!("{:?}", store.timers(Timestamp::MAX, None, 1_000).await.expect("reads")));
        lines.push(format!("{:?}", store.scheduled(Timestamp::MAX, 1_000).await.expect("reads")));
        let all = InstanceQuery { show_input: true, ..InstanceQuery::default() };
        lines.push(format!("{:#?}", store.query(all).await.expect("reads").items));
        let all = EntityQuery { fetch_state: true, ..EntityQuery::default() };
        lines.push(format!("{:#?}", store.query_entities(all).await.expect("reads").items));
        for status in [RuntimeStatus::Completed, RuntimeStatus::Running] {
            let (created_from, created_to, after) = (None, None, None);
            let all = FinishedQuery {
                status,
                before: Timestamp::MAX,
                created_from,
                created_to,
                after,
                limit: 1_000,
            };
            lines.push(format!("{:#?}", store.find_finished(all).await.expect("reads")));
        }
        lines.join("\n")
    }
}

fn timeless(suspicion: Suspicion) -> Suspicion {
    Suspicion { died_at: Timestamp::EPOCH, ..suspicion }
}

/// Outcomes without message ids.
pub(crate) fn comparable(
    outcomes: Result<Vec<CommitOutcome>, StoreError>,
) -> Result<Vec<CommitOutcome>, &'static str> {
    let forget = |delivery: &mut Delivery| delivery.message = MessageId(0);
    let mut outcomes = outcomes.map_err(|error| match error {
        StoreError::Permanent(_) => "permanent",
        StoreError::LeaseLost(_) => "lease lost",
        _ => panic!("{error}"),
    })?;
    for outcome in &mut outcomes {
        match outcome {
            CommitOutcome::Turn(done) => {
                done.deliveries.iter_mut().flatten().for_each(forget);
                done.refusals.iter_mut().for_each(|(id, _)| *id = MessageId(0));
                done.continued = done.continued.map(|_| MessageId(0));
            }
            CommitOutcome::TaskResult(delivery)
            | CommitOutcome::Started(delivery)
            | CommitOutcome::Sent(delivery) => forget(delivery),
            _ => {}
        }
    }
    Ok(outcomes)
}
