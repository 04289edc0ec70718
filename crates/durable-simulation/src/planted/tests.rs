//! Each planted defect is found, within a bounded number of seeds, and by an invariant that is about it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use super::Bug;
use crate::{
    audit::Invariant,
    plan::MANY_HOSTS,
    simulation::{Broken, simulate_with},
};

/// What may find a defect first, and how many seeds that takes at most.
fn expected(bug: Bug) -> (&'static [Invariant], u64) {
    use Invariant::{
        Acknowledged, Attempts, Epoch, Inbox, Owner, Result, Shown, Slots, Store, Stuck, Sums, TurnNumber,
    };
    match bug {
        Bug::NoEpochCheck => (&[Epoch], 1_000),
        Bug::NoOwnerCheck => (&[Owner], 200),
        Bug::NoTurnCheck => (&[TurnNumber, Store, Inbox], 200),
        Bug::AcknowledgedBeforeCommit => (&[Acknowledged], 20),
        Bug::CursorBySequence => (&[Inbox], 200),
        Bug::LostNotifyWithoutSweep => (&[Stuck], 200),
        Bug::HandOverBeyondSlots => (&[Slots], 20),
        Bug::ResultDroppedWhenTurnPanics => (&[Shown], 200),
        Bug::LeaseKeptAfterRelease => (&[Stuck, Owner, Store], 200),
        Bug::PoisonChargedToInnocents => (&[Attempts, Result, Sums], 200),
    }
}

/// The lowest seed below `seeds` in which the defect breaks something.
fn find(bug: Bug, seeds: u64) -> Option<Broken> {
    let next = AtomicU64::new(0);
    let runners = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let look = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return None;
                }
                if let Err(broken) = simulate_with(bug, seed) {
                    next.store(seeds, Ordering::Relaxed);
                    return Some(broken);
                }
            }
        };
        let runners: Vec<_> = (0..runners).map(|_| scope.spawn(look)).collect();
        let broken =
            runners.into_iter().filter_map(|runner| runner.join().expect("a simulation does not panic"));
        broken.min_by_key(|broken| broken.seed)
    })
}

#[test]
fn every_planted_bug_is_found() {
    let mut missed = Vec::new();
    for bug in Bug::ALL {
        if !MANY_HOSTS && bug.takes_many_hosts() {
            continue;
        }
        let (invariants, seeds) = expected(bug);
        match find(bug, seeds) {
            Some(Broken { seed, violation }) => {
                println!("{bug:?}: seed {seed}, {violation}");
                if !invariants.contains(&violation.invariant) {
                    missed.push(format!("{bug:?} was to break one of {invariants:?} and broke {violation}"));
                }
            }
            None => missed.push(format!("{bug:?} broke nothing in {seeds} seeds")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
