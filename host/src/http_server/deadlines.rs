//! When a connection has taken too long at what it is doing.
//!
//! The parts of a connection only note moments in [`Moments`] (a store each, no timer); [`due`] turns them into the
//! one deadline that counts now. [`connection`](super::connection) keeps one alarm at or before it and asks again
//! when it rings, so deadlines that move away cost nothing.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limits;

/// Milliseconds since the server was made; never 0, so that 0 can stand for "not".
pub(super) type Tick = u64;

/// Turns instants into numbers that fit an atomic.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    /// One millisecond before the first tick.
    base: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { base: Instant::now() }
    }

    pub(super) fn now(&self) -> Tick {
        millis(self.base.elapsed()).saturating_add(1)
    }

    pub(super) fn instant(&self, tick: Tick) -> Instant {
        self.base + Duration::from_millis(tick)
    }
}

/// A duration in whole milliseconds, for those that deadlines are made of.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A moment that several tasks may note: an HTTP/2 connection and its streams.
#[derive(Debug, Default)]
pub(super) struct Moment(AtomicU64);

impl Moment {
    // Relaxed throughout: a moment stands for itself, nothing else is published with it, and the alarm looks again.
    pub(super) fn set(&self, tick: Tick) {
        self.0.store(tick, Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        self.set(0);
    }

    /// The tick, or 0 when there is none.
    pub(super) fn get(&self) -> Tick {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn is_set(&self) -> bool {
        self.get() != 0
    }
}

/// What a connection is waiting for, and since when.
#[derive(Debug, Default)]
pub(super) struct Moments {
    /// The first byte came in.
    pub(super) received: Moment,
    /// A request's head has begun and is not complete (HTTP/1).
    pub(super) head: Moment,
    /// Nobody waits for an answer: since the accept, or since the last answer was complete.
    pub(super) idle: Moment,
    /// The socket takes no more of what we have to send.
    pub(super) blocked: Moment,
    /// The peer closed its sending side while an answer was being made (HTTP/1).
    pub(super) hangup: Moment,
    /// The connection is coming to its end: the peer was asked to leave, or what it still sends is thrown away.
    pub(super) linger: Moment,
    /// Requests that are being answered.
    pub(super) in_flight: AtomicU32,
}

/// The limits that are times, as ticks.
#[derive(Debug)]
pub(super) struct Waits {
    first_byte: Tick,
    head: Tick,
    pub(super) idle: Tick,
    pub(super) write_stall: Tick,
    half_close: Tick,
    pub(super) linger: Tick,
}

impl From<&Limits> for Waits {
    fn from(limits: &Limits) -> Self {
        Self {
            first_byte: millis(limits.first_byte),
            head: millis(limits.head),
            idle: millis(limits.idle),
            write_stall: millis(limits.write_stall),
            half_close: millis(limits.half_close),
            linger: millis(limits.linger),
        }
    }
}

/// What a peer failed to do in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overdue {
    FirstByte,
    Head,
    Idle,
    WriteStall,
    HalfClose,
    Linger,
}

/// The next deadline, and what it is about. `None` while the connection waits for our own answer only.
pub(super) fn due(moments: &Moments, waits: &Waits) -> Option<(Tick, Overdue)> {
    let mut due = None;
    let mut consider = |since: Tick, wait: Tick, what: Overdue| {
        let at = since.saturating_add(wait);
        if since != 0 && due.is_none_or(|(nearest, _)| at < nearest) {
            due = Some((at, what));
        }
    };
    consider(moments.blocked.get(), waits.write_stall, Overdue::WriteStall);
    consider(moments.hangup.get(), waits.half_close, Overdue::HalfClose);
    // Acquire, before `idle` is read: a request that is done has noted when.
    if moments.in_flight.load(Ordering::Acquire) == 0 {
        let (head, idle, linger) = (moments.head.get(), moments.idle.get(), moments.linger.get());
        // Heads and farewells may begin before the answer in flight is done; their time starts when it is.
        if head != 0 {
            consider(head.max(idle), waits.head, Overdue::Head);
        } else if linger != 0 {
            consider(linger.max(idle), waits.linger, Overdue::Linger);
        } else if moments.received.is_set() {
            consider(idle, waits.idle, Overdue::Idle);
        } else {
            consider(idle, waits.first_byte, Overdue::FirstByte);
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: Waits =
        Waits { first_byte: 10, head: 20, idle: 100, write_stall: 30, half_close: 5, linger: 7 };

    fn at(set: impl FnOnce(&Moments)) -> Option<(Tick, Overdue)> {
        let moments = Moments::default();
        moments.idle.set(1000);
        set(&moments);
        due(&moments, &WAITS)
    }

    #[test]
    fn each_wait_has_its_own_deadline() {
        assert_eq!(at(|_| ()), Some((1010, Overdue::FirstByte)));
        assert_eq!(at(|m| m.received.set(1003)), Some((1100, Overdue::Idle)));
        let in_head = |m: &Moments| {
            m.received.set(1003);
            m.head.set(1004);
        };
        assert_eq!(at(in_head), Some((1024, Overdue::Head)));
        assert_eq!(at(|m| m.in_flight.store(1, Ordering::Relaxed)), None);
    }

    #[test]
    fn a_head_that_came_early_has_its_full_time_after_the_answer_before_it() {
        assert_eq!(at(|m| m.head.set(500)), Some((1020, Overdue::Head)));
        let busy = |m: &Moments| {
            m.head.set(500);
            m.in_flight.store(1, Ordering::Relaxed);
        };
        assert_eq!(at(busy), None);
    }

    #[test]
    fn the_nearest_deadline_counts() {
        let stalled = |m: &Moments| {
            m.in_flight.store(1, Ordering::Relaxed);
            m.blocked.set(2000);
        };
        assert_eq!(at(stalled), Some((2030, Overdue::WriteStall)));
        let hung_up = |m: &Moments| {
            stalled(m);
            m.hangup.set(2001);
        };
        assert_eq!(at(hung_up), Some((2006, Overdue::HalfClose)));
    }

    #[test]
    fn a_connection_asked_to_leave_lingers_after_its_last_answer() {
        assert_eq!(at(|m| m.linger.set(1001)), Some((1008, Overdue::Linger)));
        assert_eq!(at(|m| m.linger.set(900)), Some((1007, Overdue::Linger)));
        let busy = |m: &Moments| {
            m.linger.set(1001);
            m.in_flight.store(1, Ordering::Relaxed);
        };
        assert_eq!(at(busy), None);
    }

    #[test]
    fn ticks_are_never_zero_and_turn_back_into_instants() {
        let clock = Clock::start();
        let tick = clock.now();
        assert!(tick > 0);
        assert!(clock.instant(tick) >= clock.base);
    }
}
