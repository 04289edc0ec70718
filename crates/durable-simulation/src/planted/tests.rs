//! Each planted defect is found, within a bounded number of seeds, and by an invariant that is about it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use super::Bug;
use crate::{
    audit::Invariant,
    simulation::{Broken, simulate_with},
};

/// Within so many seeds each of them is found; most are in the first few.
const SEEDS: u64 = 1_000;

/// Which invariants a defect is about: one of them is the first to break.
fn expected(bug: Bug) -> &'static [Invariant] {
    use Invariant::{
        Acknowledged, Attempts, Epoch, Inbox, Lock, Owner, Result, Retention, Scheduled, Shown, Slots, Stuck,
        Sums, Tree, TurnNumber,
    };
    match bug {
        Bug::NoEpochCheck => &[Epoch],
        Bug::NoOwnerCheck => &[Owner],
        Bug::NoTurnCheck => &[TurnNumber],
        Bug::AcknowledgedBeforeCommit => &[Acknowledged],
        Bug::CursorBySequence => &[Inbox],
        Bug::LostNotifyWithoutSweep => &[Stuck],
        Bug::HandOverBeyondSlots => &[Slots],
        Bug::ResultDroppedWhenTurnPanics => &[Shown],
        Bug::LeaseKeptAfterRelease => &[Owner, Stuck],
        Bug::PoisonChargedToInnocents => &[Result],
        Bug::TriesNotCounted => &[Attempts],
        Bug::NoInboxCheck => &[Inbox, Sums],
        Bug::LostClaimsForgotten => &[Stuck],
        Bug::LocksForgotten => &[Lock],
        Bug::ScheduledTooEarly => &[Scheduled],
        Bug::TreesOutliveTheirRoot => &[Tree],
        Bug::RemovedTooEarly => &[Retention],
    }
}

/// A seed in which the defect breaks something, one of the lowest.
fn find(bug: Bug) -> Option<Broken> {
    let next = AtomicU64::new(0);
    let runners = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let look = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= SEEDS {
                    return None;
                }
                if let Err(broken) = simulate_with(bug, seed) {
                    next.store(SEEDS, Ordering::Relaxed);
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
        let invariants = expected(bug);
        match find(bug) {
            Some(Broken { seed, violation }) => {
                println!("{bug:?}: seed {seed}, {violation}");
                if !invariants.contains(&violation.invariant) {
                    missed.push(format!("{bug:?} was to break one of {invariants:?} and broke {violation}"));
                }
            }
            None => missed.push(format!("{bug:?} broke nothing in {SEEDS} seeds")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
