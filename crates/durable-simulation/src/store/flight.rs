//! Commits on their way to the store: what becomes of one whose host dies, and when one arrives that nobody waits for.
//!
//! A late commit does not arrive at any time. One host has one commit on its way at a time, and the store settles what
//! became of it before it looks at the next of that host: SQLite because there is one connection that writes, Postgres
//! because a host's commits are numbered. So it arrives before the next one or never, and whatever is written again
//! (a turn, a start under its key) can rely on that. Claims have no such order: one may arrive at any time.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use durable_core::{
    model::HostLease,
    store::{Batch, ClaimRequest, Store},
};
use futures_util::FutureExt;

use super::{Chaos, describe::describe, land};
use crate::world::{OUTSIDE, World};

/// Something that may still reach the store.
pub(crate) struct Limbo {
    store: Arc<dyn Store>,
    call: Call,
}

enum Call {
    Commit {
        batch: Arc<Batch>,
        /// Whether it arrives as well when a later commit of its host is there before its time.
        comes_first: bool,
    },
    Claim(HostLease, ClaimRequest),
}

/// All of them, by the time at which they arrive and the order in which they left: the tasks of a host that dies are
/// dropped in an order that no seed fixes.
#[derive(Default)]
pub(crate) struct Late {
    waiting: BTreeMap<(Duration, u64), Limbo>,
    /// How many have left for the store.
    left: u64,
}

impl Late {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes out those that are due.
    fn due(&mut self, now: Duration) -> Vec<Limbo> {
        let later = self.waiting.split_off(&(now + Duration::from_nanos(1), 0));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }

    /// Takes out the commits that this lease has left behind.
    fn of(&mut self, lease: HostLease) -> Vec<Limbo> {
        let is_its = |limbo: &Limbo| match &limbo.call {
            Call::Commit { batch, .. } => batch.lease == lease,
            Call::Claim(..) => false,
        };
        self.waiting.extract_if(.., |_, limbo| is_its(limbo)).map(|(_, limbo)| limbo).collect()
    }
}

/// Lets those calls arrive whose time has come.
pub(crate) fn bring_home(world: &World) {
    let now = world.clock.since_beginning();
    for limbo in world.with(|state| state.late.due(now)) {
        limbo.arrive(world);
    }
}

/// Before a commit of this host is looked at, it is settled what became of those before it.
pub(super) fn settle(world: &World, lease: HostLease) {
    for limbo in world.with(|state| state.late.of(lease)) {
        match &limbo.call {
            Call::Commit { batch, comes_first: false } => {
                world.happened("refused", OUTSIDE, || format!("too late: {}", describe(batch)));
            }
            _ => limbo.arrive(world),
        }
    }
}

impl Limbo {
    /// Nobody is left to hear the answer, nor to remember what it showed.
    fn arrive(&self, world: &World) {
        match &self.call {
            Call::Commit { batch, .. } => drop(land(world, OUTSIDE, &*self.store, batch)),
            Call::Claim(lease, request) => {
                let claimed = self.store.claim(*lease, *request).now_or_never();
                let claimed = claimed.expect("nothing below waits");
                if let Ok(claimed) = &claimed {
                    world.audit(|audit| audit.claimed(*lease, claimed));
                }
                world.happened("claim", OUTSIDE, || format!("{lease}: {request:?} -> {claimed:?}"));
            }
        }
    }
}

impl Chaos {
    /// A claim that nobody waits for any more arrives after so long.
    pub(super) fn claim_late(&self, lease: HostLease, request: ClaimRequest, takes: Duration) {
        let due = self.world.clock.since_beginning() + takes;
        let limbo = Limbo { store: self.below.clone(), call: Call::Claim(lease, request) };
        self.world.with(|state| {
            state.late.left += 1;
            let number = state.late.left;
            state.late.waiting.insert((due, number), limbo);
        });
    }
}

/// A commit that has not reached the store. When its host dies now, it may be lost, or arrive when everybody believes
/// its host dead.
pub(super) struct Flight<'a> {
    chaos: &'a Chaos,
    batch: Option<Arc<Batch>>,
    number: u64,
    /// How long it takes if its host dies; nothing when it is lost then. Drawn when it leaves.
    takes: Option<Duration>,
    comes_first: bool,
}

impl<'a> Flight<'a> {
    pub(super) fn of(chaos: &'a Chaos, batch: &Arc<Batch>) -> Self {
        let (number, takes, comes_first) = chaos.world.with(|state| {
            state.late.left += 1;
            let takes = match state.random.number(0..4) {
                0 => None,
                1 => Some(state.random.millis(0..5)),
                _ => Some(state.random.millis(0..10_000)),
            };
            (state.late.left, takes, state.random.chance(500))
        });
        Self { chaos, batch: Some(batch.clone()), number, takes, comes_first }
    }

    /// It is there.
    pub(super) fn arrives(&mut self) {
        self.batch = None;
    }

    /// Nobody waits for it any more; it arrives after so long.
    pub(super) fn goes_on(&self, batch: &Arc<Batch>, takes: Duration) {
        let Chaos { world, below, .. } = self.chaos;
        let due = world.clock.since_beginning() + takes;
        let call = Call::Commit { batch: batch.clone(), comes_first: self.comes_first };
        let limbo = Limbo { store: below.clone(), call };
        world.with(|state| state.late.waiting.insert((due, self.number), limbo));
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let (Some(batch), Some(takes)) = (self.batch.take(), self.takes) {
            self.goes_on(&batch, takes);
        }
    }
}
