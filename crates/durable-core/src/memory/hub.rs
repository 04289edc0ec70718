//! The rows of one task hub, and what is done to them from more than one place.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use fnhost_protocol::{ids::InstanceId, status::RuntimeStatus, time::Timestamp};

use crate::{
    memory::{news::Listeners, row::Row},
    message::Message,
    model::{HostLease, InstanceKey, MessageId, NewInstance},
    store::{ClientReply, DeliveredTo, Delivery, Found, ScheduledMessage, StoreError, StoredKey},
};

/// One task hub. A commit works on a clone of it; instances are shared between the two until they are changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Hub {
    rows: BTreeMap<InstanceKey, Arc<Row>>,
    /// Which row has an id. Always says the same as `rows`.
    ids: BTreeMap<InstanceId, InstanceKey>,
    last_message: i64,
    last_place: i64,
    /// Messages that wait for their time, by time and reserved key.
    pub(super) scheduled: BTreeMap<(Timestamp, InstanceKey), Arc<ScheduledMessage>>,
    /// Answers that wait to be taken by other hosts.
    pub(super) replies: Vec<ClientReply>,
    pub(super) access_keys: Vec<StoredKey>,
    pub(super) secrets: BTreeMap<String, [u8; 32]>,
    pub(super) listeners: Listeners,
    /// The latest time of a batch: what stands for a clock where hosts do not share one.
    pub(super) latest: Option<Timestamp>,
    /// When a host of this hub last died.
    pub(super) last_death: Option<Timestamp>,
    /// When the last ones died without a trial.
    pub(super) loose_deaths: VecDeque<Timestamp>,
}

/// What became of an instance that was to be created.
pub(super) enum Creation {
    Created,
    /// An instance of that status has the id.
    Taken(RuntimeStatus),
}

impl Hub {
    /// All instances by key.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(Arc::as_ref)
    }

    /// All instances by id.
    pub(super) fn rows_by_id(&self) -> impl Iterator<Item = &Row> {
        self.ids.values().filter_map(|key| self.row(*key))
    }

    pub(super) fn row(&self, key: InstanceKey) -> Option<&Row> {
        self.rows.get(&key).map(Arc::as_ref)
    }

    pub(super) fn row_mut(&mut self, key: InstanceKey) -> Option<&mut Row> {
        self.rows.get_mut(&key).map(Arc::make_mut)
    }

    pub(super) fn by_id(&self, id: &InstanceId) -> Option<&Row> {
        self.row(*self.ids.get(id)?)
    }

    /// Removes an instance with everything that belongs to it.
    pub(super) fn remove(&mut self, id: &InstanceId) {
        if let Some(key) = self.ids.remove(id) {
            self.rows.remove(&key);
        }
    }

    /// Creates an instance, in the place of a finished one of the same id, or of any when `replace`.
    pub(super) fn create(
        &mut self,
        new: &NewInstance,
        replace: bool,
        now: Timestamp,
    ) -> Result<Creation, StoreError> {
        if let Some(row) = self.by_id(&new.id) {
            // A start that is written again finds its own row: whatever became of it, it has been written.
            if row.instance.key == new.key || (!row.is_finished() && !replace) {
                return Ok(Creation::Taken(row.instance.status));
            }
            self.remove(&new.id);
        }
        if self.rows.contains_key(&new.key) {
            return Err(StoreError::Permanent(format!("instance key {} is in use", new.key.0)));
        }
        self.rows.insert(new.key, Arc::new(Row::new(new, now)?));
        self.ids.insert(new.id.clone(), new.key);
        Ok(Creation::Created)
    }

    /// Puts a message into the inbox of a living instance.
    pub(super) fn deliver(
        &mut self,
        key: InstanceKey,
        message: &Message,
        sender: HostLease,
    ) -> Result<Delivery, Found> {
        let id = MessageId(self.last_message + 1);
        let row = self.row_mut(key).ok_or(Found::Nothing)?;
        if row.is_finished() {
            return Err(Found::Status(row.instance.status));
        }
        row.inbox.insert(id, Arc::new(message.clone()));
        let to = match row.owner {
            Some(owner) if owner != sender => DeliveredTo::Elsewhere,
            _ => DeliveredTo::Here,
        };
        self.last_message = id.0;
        Ok(Delivery { key, message: id, to })
    }

    /// The next place in the queue of activities.
    pub(super) fn next_place(&mut self) -> i64 {
        self.last_place += 1;
        self.last_place
    }

    /// Makes the leases that `is_void` names nobody's.
    pub(super) fn void_leases(&mut self, is_void: impl Fn(HostLease) -> bool) {
        self.each_row(|row| row.void_leases(&is_void));
        self.replies.retain(|reply| !is_void(reply.to.host));
    }

    /// Does something to every instance.
    pub(super) fn each_row(&mut self, act: impl Fn(&mut Row)) {
        for row in self.rows.values_mut() {
            act(Arc::make_mut(row));
        }
    }
}
