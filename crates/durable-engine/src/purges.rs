//! Removing finished instances: one, a tree, or all that fit. Always in small groups, each a few transactions that other
//! commits get in between of; children before their parents, so that what is left after a crash is still found.

use std::time::Duration;

use durable_core::{
    model::InstanceKey,
    store::{FinishedQuery, Found, FoundInstance, InstanceVersion},
};
use fnhost_protocol::{
    client::{ClientError, PurgeFilter, Purged, Reach},
    ids::InstanceId,
    status::RuntimeStatus,
};
use futures_util::future::join_all;

use crate::{
    client::{Client, done, unavailable},
    machine::{Input, Reply},
};

/// Instances looked at and removed at once.
const GROUP: u32 = 200;
/// A group is removed in parts of so many history events: the work of a transaction lies there.
const EVENTS_AT_ONCE: u64 = 10_000;
/// How far clocks of hosts may differ: what another host has finished just now counts as finished.
const CLOCKS_DIFFER: Duration = Duration::from_secs(10);

impl Client {
    /// Removes a finished orchestration with its history; with [`Reach::Tree`] its finished sub-orchestrations as well, and
    /// theirs. A sub-orchestration that still runs stays, with all below it.
    ///
    /// # Errors
    /// An unknown instance, or one that is not finished; or the engine is not available. Then a part of a tree may be
    /// gone; the same call goes on with the rest.
    pub async fn purge(&self, id: InstanceId, reach: Reach) -> Result<Purged, ClientError> {
        let mut instances = 0;
        if reach == Reach::Tree {
            let found = self.store.status(id.clone(), false).await.map_err(unavailable)?;
            let found = found.ok_or_else(|| ClientError::NotFound { id: id.clone() })?;
            if !found.status.status.is_terminal() {
                return Err(ClientError::NotFinished { id, status: found.status.status });
            }
            instances = self.purge_below(found.key).await?;
        }
        match self.remove(id.clone(), None).await? {
            Reply::Refused(Found::Status(status)) if !status.is_terminal() => {
                Err(ClientError::NotFinished { id, status })
            }
            other => done(&id, other).map(|()| Purged { instances: instances + 1, is_complete: true }),
        }
    }

    /// Removes all finished orchestrations that fit, the longest finished first. What finishes while it runs stays.
    ///
    /// # Errors
    /// When the engine is not available. Then a part of them may be gone; the same call goes on with the rest.
    pub async fn purge_all(&self, filter: PurgeFilter) -> Result<Purged, ClientError> {
        let before = self.driver.now().saturating_add(CLOCKS_DIFFER);
        let at_most = filter.at_most.unwrap_or(u64::MAX);
        let mut instances = 0;
        for status in RuntimeStatus::ALL.into_iter().filter(|status| filter.takes(*status)) {
            let (created_from, created_to) = (filter.created_from, filter.created_to);
            let mut query =
                FinishedQuery { status, before, created_from, created_to, after: None, limit: GROUP };
            loop {
                let left = at_most.saturating_sub(instances);
                if left == 0 {
                    return Ok(Purged { instances, is_complete: false });
                }
                query.limit = u32::try_from(left).unwrap_or(u32::MAX).min(GROUP);
                let found = self.store.find_finished(query).await.map_err(unavailable)?;
                let Some(last) = found.last() else { break };
                query.after = Some(last.cursor());
                instances += match filter.reach {
                    Reach::Instance => self.remove_group(found).await?,
                    Reach::Tree => self.purge_trees(found).await?,
                };
            }
        }
        Ok(Purged { instances, is_complete: true })
    }

    /// Removes what is finished below an instance.
    async fn purge_below(&self, root: InstanceKey) -> Result<u64, ClientError> {
        let (mut removed, mut after) = (0, None);
        loop {
            let children = self.children(root, after).await?;
            let Some(last) = children.last() else { return Ok(removed) };
            after = Some(last.version.key);
            removed += self.purge_trees(finished(children).collect()).await?;
        }
    }

    /// Removes instances with what is finished below them, from the leaves up. However wide and deep the trees are, one
    /// group per level is in memory.
    async fn purge_trees(&self, roots: Vec<FoundInstance>) -> Result<u64, ClientError> {
        let mut removed = 0;
        let mut levels = vec![Level { group: roots, at: 0, after: None }];
        while let Some(level) = levels.last_mut() {
            let mut below = Vec::new();
            while below.len() < GROUP as usize {
                let Some(parent) = level.group.get(level.at) else { break };
                let children = self.children(parent.version.key, level.after).await?;
                level.after = children.last().map(|last| last.version.key);
                if children.len() < GROUP as usize {
                    (level.at, level.after) = (level.at + 1, None);
                }
                below.extend(finished(children));
            }
            if !below.is_empty() {
                levels.push(Level { group: below, at: 0, after: None });
            } else if let Some(done) = levels.pop() {
                removed += self.remove_group(done.group).await?;
            }
        }
        Ok(removed)
    }

    async fn children(
        &self,
        parent: InstanceKey,
        after: Option<InstanceKey>,
    ) -> Result<Vec<FoundInstance>, ClientError> {
        self.store.find_children(parent, after, GROUP).await.map_err(unavailable)
    }

    /// Removes instances as they were found. One that somebody else has removed or revived meanwhile does not count.
    async fn remove_group(&self, mut group: Vec<FoundInstance>) -> Result<u64, ClientError> {
        let mut removed = 0;
        while !group.is_empty() {
            let rest = group.split_off(part(&group));
            let purges = group.into_iter().map(|found| self.remove(found.id, Some(found.version)));
            for reply in join_all(purges).await {
                match reply? {
                    Reply::Refused(_) => {}
                    Reply::Failed(message) | Reply::Unknown(message) => {
                        return Err(ClientError::Unavailable { message });
                    }
                    _ => removed += 1,
                }
            }
            group = rest;
        }
        Ok(removed)
    }

    async fn remove(&self, id: InstanceId, only: Option<InstanceVersion>) -> Result<Reply, ClientError> {
        self.call(|reply| Input::Purge { id, only, reply }).await
    }
}

/// A group of instances on the way down a tree.
struct Level {
    group: Vec<FoundInstance>,
    /// Whose children come next.
    at: usize,
    /// After which child of that one.
    after: Option<InstanceKey>,
}

fn finished(found: Vec<FoundInstance>) -> impl Iterator<Item = FoundInstance> {
    found.into_iter().filter(|found| found.status.is_terminal())
}

/// How many of a group are removed at once: at least one.
pub(crate) fn part(group: &[FoundInstance]) -> usize {
    let mut events = 0;
    let fits = group.iter().take_while(|found| {
        events += found.events;
        events <= EVENTS_AT_ONCE
    });
    fits.count().max(1)
}

#[cfg(test)]
mod tests {
    use fnhost_protocol::time::Timestamp;

    use super::*;

    #[test]
    fn a_part_is_as_large_as_its_histories_allow() {
        let found = |events| FoundInstance {
            version: InstanceVersion { key: InstanceKey(1), turn: 1 },
            id: InstanceId::from_stored("a"),
            status: RuntimeStatus::Completed,
            updated_at: Timestamp::EPOCH,
            events,
        };
        let part_of = |events: &[u64]| part(&events.iter().copied().map(found).collect::<Vec<_>>());
        assert_eq!(part_of(&[1, 1, 1]), 3);
        assert_eq!(part_of(&[EVENTS_AT_ONCE, 1]), 1);
        assert_eq!(part_of(&[EVENTS_AT_ONCE - 1, 1, 1]), 2);
        assert_eq!(part_of(&[25 * EVENTS_AT_ONCE, 1]), 1, "one instance is never parted");
    }
}
