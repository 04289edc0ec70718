//! How futures of the context wait, and how awaiting anything else is noticed.
//!
//! A future of the context that is not ready *parks* here. If the orchestrator's future is pending although
//! nothing parked while it was polled, it waits for something that the context did not make: no event of its
//! history will ever wake it. One case looks the same and is sound: a combinator of another library that polls
//! only the children that were woken. It is known by its own wakers, so futures parked with a waker that is
//! neither the root's nor one of ours are counted.

use std::{
    task::Waker,
    thread::{self, ThreadId},
};

/// The waker of one waiting future.
#[derive(Debug)]
pub(super) struct Parked {
    waker: Waker,
    foreign: bool,
}

/// Who polls right now, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Parking {
    /// The thread that polls the orchestrator, while it does.
    thread: Option<ThreadId>,
    /// Address of the waker with which our own code polls right now; 0 below another library's combinator.
    scope: usize,
    /// How often a future of the context has said that it is not ready.
    pended: u64,
    /// How many futures wait with a waker that is not ours.
    foreign: usize,
    /// A future of the context was polled elsewhere, or one of our combinators found a child that awaits
    /// something else.
    strayed: bool,
}

impl Parking {
    pub(super) fn begin_poll(&mut self, root: &Waker) {
        self.thread = Some(thread::current().id());
        self.scope = address(root);
    }

    pub(super) fn end_poll(&mut self) {
        self.thread = None;
        self.scope = 0;
    }

    /// Remembers the waker of a future that is not ready.
    pub(super) fn park(&mut self, place: &mut Option<Parked>, waker: &Waker) {
        self.pended += 1;
        if self.thread != Some(thread::current().id()) {
            self.strayed = true;
        }
        let foreign = !self.is_ours(waker);
        if let Some(parked) = place
            && parked.foreign == foreign
            && parked.waker.will_wake(waker)
        {
            return;
        }
        self.unpark(place);
        self.foreign += usize::from(foreign);
        *place = Some(Parked { waker: waker.clone(), foreign });
    }

    /// Takes the waker of a future that is ready or given up.
    pub(super) fn unpark(&mut self, place: &mut Option<Parked>) -> Option<Waker> {
        let parked = place.take()?;
        self.foreign -= usize::from(parked.foreign);
        Some(parked.waker)
    }

    pub(super) fn is_ours(&self, waker: &Waker) -> bool {
        self.scope != 0 && self.scope == address(waker)
    }

    /// Says that our code now polls with this waker; returns what to restore afterwards.
    pub(super) fn enter(&mut self, scope: Option<&Waker>) -> usize {
        std::mem::replace(&mut self.scope, scope.map_or(0, address))
    }

    pub(super) fn leave(&mut self, before: usize) {
        self.scope = before;
    }

    /// How often futures of the context have parked; compare before and after a poll.
    pub(super) fn pended(&self) -> u64 {
        self.pended
    }

    /// One of our combinators is pending and has seen that its children are soundly so.
    pub(super) fn vouch(&mut self) {
        self.pended += 1;
    }

    /// One of our combinators is ready: what was found pending below it does not count any more.
    pub(super) fn retract(&mut self, pended_before: u64) {
        self.pended = pended_before;
    }

    /// Whether something that was pending after a poll awaits futures of the context.
    pub(super) fn is_sound(&self, pended_before: u64) -> bool {
        self.pended > pended_before || self.foreign > 0
    }

    pub(super) fn set_strayed(&mut self) {
        self.strayed = true;
    }

    pub(super) fn strayed(&self) -> bool {
        self.strayed
    }
}

fn address(waker: &Waker) -> usize {
    waker.data().addr()
}
