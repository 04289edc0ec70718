//! Executions kept alive between turns, so that a turn need not replay its history. A cache, nothing more: what is
//! not here is replayed, and the actions are the same.
//!
//! ```text
//! turn ── take (session, generation, base) ──▶ hit: advance ──▶ put back under base + 1
//!                    └── anything else ──▶ what was kept is stale and dropped
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
pub(super) struct Point {
    session: u64,
    generation: u32,
    base: u64,
}

impl Point {
    /// Where an execution must stand to run this turn.
    pub(super) fn before(turn: &Turn) -> Self {
        Self { session: turn.session, generation: turn.generation, base: turn.base }
    }

    /// Where it stands afterwards.
    pub(super) fn next(self) -> Self {
        Self { base: self.base + 1, ..self }
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
    /// Turns that could not.
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

    /// Takes the execution of this instance out, if it stands exactly there. One that stands elsewhere is stale:
    /// it is dropped.
    pub(super) fn take(&self, instance: &InstanceId, point: Point) -> Option<Execution> {
        let taken = {
            let mut kept = self.kept();
            let taken = kept.remove(instance);
            let is_hit = taken.as_ref().is_some_and(|entry| entry.point == point);
            *(if is_hit { &mut kept.stats.hits } else { &mut kept.stats.misses }) += 1;
            taken
        };
        match taken {
            Some(entry) if entry.point == point => Some(entry.execution),
            stale => {
                discard(stale);
                None
            }
        }
    }

    /// Keeps an execution; others are dropped if it does not fit.
    pub(super) fn put(&self, instance: InstanceId, point: Point, execution: Execution) {
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
