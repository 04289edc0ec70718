//! What a store keeps for entities besides their rows: messages that wait for their time, and answers to clients
//! that wait on another host.

use futures_core::future::BoxFuture;
use serde::{Deserialize, Serialize};

use fnhost_protocol::{failure::Failure, ids::InstanceId, json::JsonText, time::Timestamp};

use crate::{
    message::{Message, ReplyTo},
    model::{HostLease, NewInstance},
    store::StoreError,
};

/// Scheduled messages, answers to clients, and what empty entities leave behind.
///
/// A scheduled message is no message yet: it stands in no inbox, no claim finds it, and the purge of its target
/// leaves it alone. Any host may deliver it, and only the first does.
pub trait Entities: Send + Sync + 'static {
    /// The scheduled messages that are due at `until`, in the order of (time, key), at most so many; and what comes
    /// after them.
    fn scheduled(&self, until: Timestamp, limit: u32) -> BoxFuture<'_, Result<Scheduled, StoreError>>;

    /// Takes the answers that other hosts have left for clients of this one: each is answered once and then gone.
    /// All of them go when the epoch ends. Under an epoch that is over: [`StoreError::LeaseLost`].
    ///
    /// A store that serves a single host has none: the only host answers its clients itself.
    fn take_replies(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<ClientReply>, StoreError>>;

    /// Removes entities that are nothing but a row, whoever owns it: no state, no message in the inbox, not locked.
    /// At most `limit` of them, in the order of the bytes of their ids, after `after`. One that gets a message at the
    /// same time either stays or is created anew by it. Under an epoch that is over: [`StoreError::LeaseLost`].
    fn remove_empty_entities(
        &self,
        lease: HostLease,
        after: Option<InstanceId>,
        limit: u32,
    ) -> BoxFuture<'_, Result<RemovedEntities, StoreError>>;
}

/// A page of scheduled messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scheduled {
    /// Those that are due.
    pub due: Vec<ScheduledMessage>,
    /// When the first one is due that is not among them; `None` when there is none.
    pub next: Option<Timestamp>,
}

/// A message to an entity that waits for its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledMessage {
    /// Not before this time.
    pub due: Timestamp,
    /// The entity. Its reserved key tells this message from others of the same time.
    pub entity: NewInstance,
    /// What.
    pub message: Message,
}

/// An answer of an entity to a client that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientReply {
    /// Who waits.
    pub to: ReplyTo,
    /// What the operation returned, or why it failed.
    pub answer: Result<JsonText, Failure>,
}

/// What a clean-up has done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemovedEntities {
    /// How many entities were removed.
    pub removed: u32,
    /// Where to go on; `None` when there are no more.
    pub continuation: Option<InstanceId>,
}
