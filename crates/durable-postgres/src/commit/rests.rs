//! What a decision rests on, so that the statement that writes can check it under its locks.

use std::collections::{HashMap, HashSet};

use durable_core::{
    decision::{Facts, Rows, Seen, is_generated},
    model::InstanceKey,
    store::{Batch, Commit, TurnOrigin},
};
use fnhost_protocol::ids::InstanceId;

/// Where the facts of a decision come from.
#[derive(Debug)]
pub(super) enum Rests<'b> {
    /// From the batch alone: what the engine expects. Instances whose ids have not been looked up stand in it under
    /// keys from −1 downwards.
    Assumed {
        /// Ids of those instances; the first is −1.
        targets: Vec<&'b InstanceId>,
    },
    /// From the database, a moment ago.
    Read {
        /// Ids that nobody had.
        free: Vec<&'b InstanceId>,
        /// Who was there.
        seen: HashMap<InstanceKey, Seen>,
        /// Of them, those that are only to be removed as they were.
        exact: HashSet<InstanceKey>,
    },
}

/// An instance that must be as expected, and stay so until the batch is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Touched {
    /// Has had so many turns.
    pub(super) turn: Option<u64>,
    /// Is this host's or nobody's.
    pub(super) own: bool,
    /// Its row is written.
    pub(super) writes: bool,
    /// It is finished or gone afterwards, so that nobody may send to it in this batch unseen.
    pub(super) ends: bool,
    /// Is finished before.
    pub(super) is_final: Option<bool>,
}

impl<'b> Rests<'b> {
    /// Facts that were just read for a batch that names these ids.
    pub(super) fn on_read(
        batch: &'b Batch,
        facts: &Facts,
        ids: impl Iterator<Item = &'b InstanceId>,
    ) -> Self {
        let purged = batch.commits.iter().filter_map(|commit| match commit {
            Commit::Purge(purge) => Some(purge.only?.key),
            _ => None,
        });
        Self::Read {
            free: ids.filter(|id| !facts.ids.contains_key(*id)).collect(),
            seen: facts.instances.clone(),
            exact: purged.collect(),
        }
    }

    /// Whether nobody has looked.
    pub(super) fn is_assumed(&self) -> bool {
        matches!(self, Self::Assumed { .. })
    }

    /// Ids that must be nobody's before. Those that the engine has drawn are only checked by the unique index.
    pub(super) fn free<'a>(&'a self, rows: &Rows<'a>) -> Vec<&'a str> {
        match self {
            Self::Read { free, .. } => free.iter().map(|id| id.as_str()).collect(),
            Self::Assumed { .. } => {
                let created = rows.created.iter().map(|created| &created.new.id);
                created.filter(|id| !is_generated(id)).map(InstanceId::as_str).collect()
            }
        }
    }

    /// Ids of instances that must be alive.
    pub(super) fn targets(&self) -> Vec<&str> {
        match self {
            Self::Assumed { targets } => targets.iter().map(|id| id.as_str()).collect(),
            Self::Read { .. } => Vec::new(),
        }
    }

    /// Instances to be locked and looked at before anything is written; none where writing them is look enough.
    pub(super) fn touched(&self, rows: &Rows<'_>) -> HashMap<InstanceKey, Touched> {
        let created: HashSet<InstanceKey> = rows.created.iter().map(|created| created.new.key).collect();
        let mut touched = HashMap::new();
        if let Self::Read { seen, exact, .. } = self {
            touched.extend(seen.iter().map(|(key, seen)| {
                let turn = exact.contains(key).then_some(seen.turn);
                (*key, Touched { turn, is_final: Some(seen.status.is_terminal()), ..Touched::default() })
            }));
        }
        for key in rows.removed.iter().filter(|key| !created.contains(key)) {
            let entry: &mut Touched = touched.entry(*key).or_default();
            (entry.writes, entry.ends) = (true, true);
        }
        let turned: HashSet<InstanceKey> = rows.turns.iter().map(|turn| turn.key).collect();
        for (_, key, _) in &rows.inbox {
            if key.0 > 0 && !created.contains(key) && !turned.contains(key) {
                touched.entry(*key).or_default().is_final.get_or_insert(false);
            }
        }
        if touched.is_empty() && self.targets().is_empty() {
            return touched;
        }
        // With others to be locked, all are, in one order.
        for turn in &rows.turns {
            let entry = touched.entry(turn.key).or_default();
            if let TurnOrigin::Existing { turn: before } = turn.origin {
                (entry.turn, entry.own, entry.writes) = (Some(before), true, true);
                entry.ends |= turn.update.status.is_terminal();
            }
        }
        touched
    }
}
