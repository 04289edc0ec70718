//! Hosts that share a database: who is alive, what the dead leave behind, and what hosts tell each other.

use std::{ops::BitOr, time::Duration};

use futures_core::{future::BoxFuture, stream::BoxStream};

use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use crate::{
    model::{HostLease, InstanceKey, MessageId, TaskRef, TimerRow},
    store::{StoreError, TimerCursor},
    suspicion::Work,
};

/// How hosts live together on one store.
///
/// A host's lease covers everything that it owns. It lasts for [`Sharing::lease`] since it was last
/// [renewed](Hosts::renew), by the database's clock; what is past it may be taken over by anybody, and from then on
/// every write under the old epoch is refused. Until somebody does, the host may renew it late.
///
/// A store that serves a single host answers `None` to [`sharing`](Hosts::sharing), finds nothing to take over and
/// has no news. It answers [`unread`](Hosts::unread) and [`leased`](Hosts::leased) like any other: they are asked after a
/// claim whose outcome is unknown.
pub trait Hosts: Send + Sync + 'static {
    /// How long leases last; `None` when the store belongs to this process alone.
    fn sharing(&self) -> Option<Sharing>;

    /// Renews the lease. Under an epoch that is over: [`StoreError::LeaseLost`].
    fn renew(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Ends the epochs of hosts whose lease has run out, and only then makes what they owned nobody's, counting the
    /// attempts of leased activities as they stand, and the death against what was in flight, as
    /// [`set_trial`](Hosts::set_trial) says. Answers how many hosts were found dead.
    ///
    /// Safe against hosts that do the same at the same time; what a host that died in the middle of it has left
    /// half done, the next call finishes.
    fn take_over(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>>;

    /// Gives everything back and ends the epoch: the last call of a host that stops as it should. Instances and
    /// activities become nobody's at once, and nothing is counted against them. An epoch that is over already is
    /// no error.
    fn deregister(&self, lease: HostLease) -> BoxFuture<'_, Result<(), StoreError>>;

    /// How many other hosts of this task hub have a lease that has not run out: to them work can be left. Under an epoch
    /// that is over: [`StoreError::LeaseLost`].
    fn others(&self, lease: HostLease) -> BoxFuture<'_, Result<u32, StoreError>>;

    /// Records what this host puts on trial, in the place of what was recorded before; nothing ends the trial. When the
    /// host dies, the death is counted against those on trial that have left no trace (a turn not committed, a call
    /// without a recorded result), and against nobody else. Without a trial it is counted against everything that the
    /// host had leased or owned. What is on trial no longer has survived: its [deaths alone](crate::suspicion::Suspicion::alone) are
    /// forgotten, because only those in a row count.
    ///
    /// Instances on trial become this host's, unless another host owns them. What is gone or has gone on is passed
    /// over; what is named twice counts once. Under an epoch that is over: [`StoreError::LeaseLost`].
    fn set_trial(&self, lease: HostLease, trial: Vec<Work>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Tells the other hosts of this task hub, outside of any commit. May get lost: a sweep finds what nobody heard of.
    fn announce(&self, news: News) -> BoxFuture<'_, Result<(), StoreError>>;

    /// What other hosts announce, and perhaps this one's own words. Begins with [`News::ALL`], and so does every stretch
    /// after a gap in which something may have been missed. Goes on until it is dropped.
    fn news(&self) -> BoxStream<'static, News>;

    /// Which of these orchestrations are finished or gone: for clients that wait on another host than the one that
    /// runs the instance.
    fn finished(&self, ids: Vec<InstanceId>) -> BoxFuture<'_, Result<Vec<InstanceId>, StoreError>>;

    /// Messages that wait for instances of this host, oldest first, at most so many: others may have sent them. Under
    /// an epoch that is over: [`StoreError::LeaseLost`].
    fn unread(
        &self,
        lease: HostLease,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<(InstanceKey, MessageId)>, StoreError>>;

    /// Timers that fire no later than `until` in instances that are this host's or nobody's; otherwise as
    /// [`Store::timers`](crate::store::Store::timers). Under an epoch that is over: [`StoreError::LeaseLost`].
    fn overdue(
        &self,
        lease: HostLease,
        until: Timestamp,
        after: Option<TimerCursor>,
        limit: u32,
    ) -> BoxFuture<'_, Result<Vec<TimerRow>, StoreError>>;

    /// All activities that are leased to this host: after a claim whose outcome is unknown. Under an epoch that is
    /// over: [`StoreError::LeaseLost`].
    fn leased(&self, lease: HostLease) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>>;

    /// Which of these activities, leased to this host, nobody waits for any more: their row is gone, because their
    /// execution is over.
    fn pointless(
        &self,
        lease: HostLease,
        tasks: Vec<TaskRef>,
    ) -> BoxFuture<'_, Result<Vec<TaskRef>, StoreError>>;
}

/// The terms on which hosts share a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sharing {
    /// How long a host that is silent keeps what it owns.
    pub lease: Duration,
}

/// What hosts tell each other: kinds only, so that any number of them becomes one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct News(u8);

impl News {
    /// Nothing.
    pub const NOTHING: Self = Self(0);
    /// An instance that the announcer does not run has got a message.
    pub const MESSAGES: Self = Self(1);
    /// Activities wait in the queue.
    pub const TASKS: Self = Self(1 << 1);
    /// Orchestrations have finished: somebody may wait for them elsewhere, and activities of theirs may run elsewhere.
    pub const FINISHED: Self = Self(1 << 2);
    /// A host has given its work back or was found dead.
    pub const WORK: Self = Self(1 << 3);
    /// An entity has answered a client of another host.
    pub const REPLIES: Self = Self(1 << 4);
    /// All of them.
    pub const ALL: Self = Self(0b1_1111);

    /// Whether all of `other` is part of this.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(self) -> bool {
        self == Self::NOTHING
    }

    /// As a number, for the wire.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// From a number off the wire; kinds that this build does not know are left out.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }
}

impl BitOr for News {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
