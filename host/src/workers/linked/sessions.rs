//! Executions kept alive between turns, so that a turn need not replay its history. A cache, nothing more: what is
//! not here is replayed, and the actions are the same.
//!
//! ```text
//! turn ── take: same session, generation, base? ──▶ advance ──▶ put back under base + 1
//!                    └── no, or it brings its history ──▶ what was kept is stale and dropped
//! ```

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use fnhost_protocol::{ids::InstanceId, turn::Turn};
use fnhost_sdk::host::Execution;

use crate::workers::user_runtime::discard;

/// What an entry takes beside its execution: keys, places in two maps.
const ENTRY_BYTES: usize = 256;

/// Which point of which life of an instance a kept execution stands at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Point {
    session: u64,
    generation: u32,
    base: u64,
}

impl Point {
    /// Where an execution must stand to run this turn.
    fn before(turn: &Turn) -> Self {
        Self { session: turn.session, generation: turn.generation, base: turn.base }
    }

    /// Where it stands afterwards.
    fn after(turn: &Turn) -> Self {
        Self { base: turn.base + 1, ..Self::before(turn) }
    }
}

/// How the cache does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionStats {
    /// Executions kept now.
    pub kept: usize,
    /// About how many bytes they take.
    pub bytes: usize,
    /// Turns that went on with a kept execution.
    pub hits: u64,
    /// Turns after the first that could not.
    pub misses: u64,
    /// Executions dropped because the budget was spent.
    pub evicted: u64,
}

/// Kept executions, least recently used ones dropped first.
#[derive(Debug)]
pub(super) struct Sessions {
    budget: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_instance: HashMap<InstanceId, Entry>,
    /// Instances in the order of their last use.
    by_use: BTreeMap<u64, InstanceId>,
    uses: u64,
    stats: SessionStats,
}

struct Entry {
    point: Point,
    execution: Execution,
    bytes: usize,
    last_use: u64,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry")
            .field("point", &self.point)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Sessions {
    pub(super) fn new(budget: usize) -> Self {
        Self { budget, kept: Mutex::default() }
    }

    /// Takes the execution out that can go on with this turn. One that stands elsewhere is stale, and a turn that
    /// brings its history says itself what holds: what was kept is then dropped.
    pub(super) fn take(&self, turn: &Turn) -> Option<Execution> {
        let is_fit = |entry: &Entry| turn.history.is_none() && entry.point == Point::before(turn);
        let taken = {
            let mut kept = self.kept();
            let taken = kept.remove(&turn.instance);
            match &taken {
                Some(entry) if is_fit(entry) => kept.stats.hits += 1,
                // Before the first turn there is nothing to keep.
                _ if turn.base == 0 => {}
                _ => kept.stats.misses += 1,
            }
            taken
        };
        match taken {
            Some(entry) if is_fit(&entry) => Some(entry.execution),
            stale => {
                discard(stale);
                None
            }
        }
    }

    /// Keeps an execution that has run this turn; others are dropped if it does not fit.
    pub(super) fn put(&self, turn: &Turn, execution: Execution) {
        let (instance, point) = (turn.instance.clone(), Point::after(turn));
        let bytes = execution.weight() + instance.as_str().len() + ENTRY_BYTES;
        if bytes > self.budget {
            discard(execution);
            self.kept().stats.evicted += 1;
            return;
        }
        let dropped = {
            let mut kept = self.kept();
            let mut dropped: Vec<_> = kept.remove(&instance).into_iter().collect();
            while kept.stats.bytes + bytes > self.budget {
                let Some(entry) = kept.remove_oldest() else { break };
                kept.stats.evicted += 1;
                dropped.push(entry);
            }
            kept.insert(instance, Entry { point, execution, bytes, last_use: 0 });
            dropped
        };
        // Outside of the lock: destructors are user code.
        dropped.into_iter().for_each(discard);
    }

    /// Drops what is kept of this instance.
    pub(super) fn forget(&self, instance: &InstanceId) {
        let taken = self.kept().remove(instance);
        discard(taken);
    }

    pub(super) fn stats(&self) -> SessionStats {
        self.kept().stats
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // No user code runs while the lock is held.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn insert(&mut self, instance: InstanceId, mut entry: Entry) {
        self.uses += 1;
        entry.last_use = self.uses;
        self.stats.kept += 1;
        self.stats.bytes += entry.bytes;
        self.by_use.insert(entry.last_use, instance.clone());
        self.by_instance.insert(instance, entry);
    }

    fn remove(&mut self, instance: &InstanceId) -> Option<Entry> {
        let entry = self.by_instance.remove(instance)?;
        self.by_use.remove(&entry.last_use);
        self.stats.kept -= 1;
        self.stats.bytes -= entry.bytes;
        Some(entry)
    }

    fn remove_oldest(&mut self) -> Option<Entry> {
        let (_, instance) = self.by_use.first_key_value()?;
        let instance = instance.clone();
        self.remove(&instance)
    }
}
