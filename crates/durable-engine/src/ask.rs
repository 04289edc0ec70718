//! Questions to the store, and how their answers become inputs. None of them may stay without an answer, or the machine
//! waits for it for ever; only the end of this host's life ends that.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use durable_core::{
    lock::SectionRef,
    model::{HostLease, InstanceKey, TaskRef},
    store::{ClaimRequest, FinishedQuery, Store, StoreError, TimerCursor},
};
use fnhost_protocol::{history::Parent, ids::InstanceId, time::Timestamp};
use futures_util::future::BoxFuture;

use crate::{
    driver::Driver,
    machine::{Input, ReplyId},
    perform::{Performer, tell},
};

/// Timers read from the store at once.
const TIMER_PAGE: u32 = 5_000;
/// Messages of others that are listed at once.
const UNREAD: u32 = 4_096;
/// Scheduled messages that are delivered at once.
const SCHEDULED: u32 = 256;
/// Pause before a question is asked again that must be answered.
const AGAIN: Duration = Duration::from_millis(250);

impl Performer {
    pub(crate) fn load(&self, key: InstanceKey) {
        self.ask(
            "an instance could not be read",
            async move |store, _| store.load(key).await,
            move |loaded| match loaded {
                Ok(loaded) => Input::Loaded { key, loaded: loaded.map(Box::new) },
                Err(_) => Input::LoadFailed { key },
            },
        );
    }

    pub(crate) fn read_history(&self, key: InstanceKey, generation: u32) {
        self.ask(
            "a history could not be read",
            async move |store, _| store.history(key, generation).await,
            move |history| match history {
                Ok(history) => Input::HistoryRead { key, history: history.into() },
                Err(_) => Input::LoadFailed { key },
            },
        );
    }

    pub(crate) fn read_inbox(&self, key: InstanceKey) {
        self.ask(
            "an inbox could not be read",
            async move |store, _| store.load(key).await,
            move |loaded| Input::InboxRead { key, loaded: loaded.ok().flatten().map(Box::new) },
        );
    }

    pub(crate) fn claim(&self, request: ClaimRequest) {
        self.ask(
            "work could not be claimed; the next sweep tries again",
            async move |store, lease| store.claim(lease, request).await,
            move |claimed| match claimed {
                Ok(claimed) => Input::Claimed { claimed, request },
                Err(error) => Input::ClaimFailed { request, unknown: error.is_unknown() },
            },
        );
    }

    pub(crate) fn release(&self, calls: Vec<TaskRef>) {
        let released = calls.clone();
        self.ask(
            "activities could not be given back; the next sweep tries again",
            async move |store, lease| store.release(lease, released).await,
            move |result| Input::Released { calls, done: result.is_ok() },
        );
    }

    pub(crate) fn find_unread(&self) {
        self.ask(
            "messages of other hosts could not be listed",
            async move |store, lease| until_answered(|| store.unread(lease, UNREAD)).await,
            |found| Input::UnreadFound(found.unwrap_or_default()),
        );
    }

    pub(crate) fn read_overdue(&self, until: Timestamp, after: Option<TimerCursor>) {
        self.ask(
            "overdue timers could not be read; the next sweep tries again",
            async move |store, lease| store.overdue(lease, until, after, TIMER_PAGE).await,
            |rows| {
                let rows = rows.unwrap_or_default();
                let more = rows.len() as u64 >= u64::from(TIMER_PAGE);
                Input::OverdueRead { rows, more }
            },
        );
    }

    pub(crate) fn find_finished(&self, ids: Vec<InstanceId>) {
        self.ask(
            "finished instances could not be listed; the next sweep tries again",
            async move |store, _| store.finished(ids).await,
            |ids| Input::FinishedFound(ids.unwrap_or_default()),
        );
    }

    pub(crate) fn find_expired(&self, query: FinishedQuery) {
        self.ask(
            "instances that are finished for long could not be listed; a later round tries again",
            async move |store, _| store.find_finished(query).await,
            |found| Input::ExpiredFound(found.ok()),
        );
    }

    pub(crate) fn find_pointless(&self, calls: Vec<TaskRef>) {
        self.ask(
            "pointless activities could not be listed; the next sweep tries again",
            async move |store, lease| store.pointless(lease, calls).await,
            |calls| Input::TasksPointless(calls.unwrap_or_default()),
        );
    }

    pub(crate) fn find_start(&self, reply: ReplyId, id: InstanceId, key: InstanceKey) {
        let asked = id.clone();
        self.ask(
            "it could not be read whose an id is",
            async move |store, _| store.status(asked, false).await,
            move |found| Input::StartFound {
                reply,
                id,
                key,
                found: found
                    .map(|found| found.map(|found| (found.key, found.status.status)))
                    .map_err(|error| error.to_string()),
            },
        );
    }

    pub(crate) fn find_leases(&self) {
        self.ask(
            "leases could not be listed",
            async move |store, lease| until_answered(|| store.leased(lease)).await,
            |calls| Input::LeasesFound(calls.unwrap_or_default()),
        );
    }

    pub(crate) fn reserve_keys(&self, count: u32) {
        let (driver, life, store) = (self.driver(), self.life.number, self.parts().store.clone());
        self.parts().spawned.spawn(async move {
            if let Ok(range) = until_answered(|| store.reserve_keys(count)).await {
                tell(&driver, life, Input::KeysReserved(range));
            }
        });
    }

    /// Reads all waiting timers, page by page, while the engine works already.
    pub(crate) fn read_timers(&self) {
        let (driver, life, store) = (self.driver(), self.life.number, self.parts().store.clone());
        self.parts().spawned.spawn(async move {
            let mut after = None;
            while let Ok(rows) = until_answered(|| store.timers(Timestamp::MAX, after, TIMER_PAGE)).await {
                let last = rows.last().copied();
                if !tell(&driver, life, Input::TimersRead(rows)) || last.is_none() {
                    return;
                }
                after = last;
            }
        });
    }

    pub(crate) fn read_scheduled(&self, until: Timestamp) {
        self.ask(
            "scheduled signals could not be read",
            async move |store, _| until_answered(|| store.scheduled(until, SCHEDULED)).await,
            |page| Input::ScheduledRead(page.unwrap_or_default()),
        );
    }

    pub(crate) fn find_holders(&self, holders: Vec<(InstanceKey, Parent)>) {
        self.ask(
            "it could not be read who holds locks; the next sweep asks again",
            async move |store, _| holders_gone(&*store, holders).await,
            |gone| Input::HoldersGone(gone.unwrap_or_default()),
        );
    }

    pub(crate) fn take_replies(&self) {
        self.ask(
            "answers of entities on other hosts could not be taken; the next sweep tries again",
            async move |store, lease| store.take_replies(lease).await,
            |replies| Input::RepliesTaken(replies.unwrap_or_default()),
        );
    }

    pub(crate) fn remove_empty_entities(&self, after: Option<InstanceId>, limit: u32, reply: ReplyId) {
        self.ask(
            "empty entities could not be removed",
            async move |store, lease| store.remove_empty_entities(lease, after, limit).await,
            move |removed| {
                let removed = removed.map_err(|error| error.to_string());
                Input::EmptyEntitiesRemoved { removed, reply }
            },
        );
    }

    /// Asks once. That the lease is over is told to the driver; the machine has no use for any answer then.
    pub(crate) fn ask<T: Send + 'static, F: Future<Output = Result<T, StoreError>> + Send>(
        &self,
        failure: &'static str,
        question: impl FnOnce(Arc<dyn Store>, HostLease) -> F + Send + 'static,
        answer: impl FnOnce(Result<T, StoreError>) -> Input + Send + 'static,
    ) {
        let (driver, life) = (self.driver(), self.life.number);
        let (store, lease) = (self.parts().store.clone(), self.life.lease);
        self.parts().spawned.spawn(async move {
            let result = question(store, lease).await;
            if let Err(error) = &result {
                if let StoreError::LeaseLost(_) = error {
                    return lease_over(&driver, life, error);
                }
                tracing::warn!(%error, "{failure}");
            }
            tell(&driver, life, answer(result));
        });
    }
}

fn lease_over(driver: &Weak<Driver>, life: u64, error: &StoreError) {
    if let Some(driver) = driver.upgrade() {
        driver.lease_over(life, &error.to_string());
    }
}

/// Those of these entities whose holder is finished, replaced or gone.
async fn holders_gone(
    store: &dyn Store,
    holders: Vec<(InstanceKey, Parent)>,
) -> Result<Vec<(InstanceKey, SectionRef)>, StoreError> {
    let mut gone = Vec::new();
    for (entity, holder) in holders {
        let found = store.status(holder.instance.clone(), false).await?;
        let holds = found.is_some_and(|found| {
            (found.key.0, found.generation) == (holder.execution.key, holder.execution.generation)
                && !found.status.status.is_terminal()
        });
        if !holds {
            tracing::warn!(
                holder = %holder.instance,
                "an entity is locked for an orchestration that is gone; it is unlocked"
            );
            gone.push((entity, SectionRef::of(&holder)));
        }
    }
    Ok(gone)
}

/// Asks until the store can answer; an error only when the lease is over.
pub(crate) async fn until_answered<'a, T>(
    ask: impl Fn() -> BoxFuture<'a, Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut failing = false;
    loop {
        match ask().await {
            Err(error) if !matches!(error, StoreError::LeaseLost(_)) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, "the store gives no answer; asking again until it does");
                }
                tokio::time::sleep(AGAIN).await;
            }
            answered => return answered,
        }
    }
}
