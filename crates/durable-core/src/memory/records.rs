//! Occurrences of one task hub in memory: what is on record, and what is not finished.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use fnhost_protocol::{json::JsonText, time::Timestamp};

use crate::store::{
    Added, ClaimOccurrences, ClaimedOccurrences, Finish, FinishedOccurrence, Holder, LeasedOccurrence,
    Occurrence, OccurrenceId, Poisoned, PoisonedQuery, Prune, Receipt, ReceiptQuery, StoreError,
};

/// All that a task hub knows of occurrences. Not part of [`Hub`](super::hub::Hub), which every commit copies.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Lives that are not over, and until when they last; `None` where the database has no clock.
    lives: BTreeMap<Holder, Option<Timestamp>>,
    sources: BTreeMap<String, Source>,
    /// What is not finished.
    runs: BTreeMap<OccurrenceId, Run>,
    last_life: i64,
    last_run: i64,
}

#[derive(Debug, Default)]
struct Source {
    state: Option<JsonText>,
    /// By key and version: since when listings miss it.
    receipts: BTreeMap<(String, String), Option<Timestamp>>,
}

#[derive(Debug)]
struct Run {
    occurrence: Occurrence,
    attempt: u32,
    holder: Option<Holder>,
    /// Why it failed for good, and when.
    poison: Option<(String, Timestamp)>,
}

impl Run {
    fn waits(&self) -> bool {
        self.holder.is_none() && self.poison.is_none()
    }

    fn leased(&self, id: OccurrenceId) -> LeasedOccurrence {
        LeasedOccurrence { id, occurrence: self.occurrence.clone(), attempt: self.attempt }
    }

    fn name(&self) -> (String, String) {
        name(&self.occurrence)
    }
}

fn name(occurrence: &Occurrence) -> (String, String) {
    (occurrence.key.clone(), occurrence.version.clone())
}

impl Records {
    pub(super) fn enter(&mut self, until: Option<Timestamp>) -> Holder {
        self.last_life += 1;
        let holder = Holder(self.last_life);
        self.lives.insert(holder, until);
        holder
    }

    pub(super) fn hold(&mut self, holder: Holder, until: Option<Timestamp>) -> Result<(), StoreError> {
        self.check(holder)?;
        self.lives.insert(holder, until);
        Ok(())
    }

    pub(super) fn end(&mut self, holder: Holder) {
        self.lives.remove(&holder);
        for run in self.runs.values_mut().filter(|run| run.holder == Some(holder)) {
            run.holder = None;
        }
    }

    pub(super) fn let_run_out(&mut self, holder: Holder) {
        if let Some(until) = self.lives.get_mut(&holder) {
            *until = Some(Timestamp::EPOCH);
        }
    }

    pub(super) fn check(&self, holder: Holder) -> Result<(), StoreError> {
        if self.lives.contains_key(&holder) {
            Ok(())
        } else {
            Err(StoreError::LeaseLost(format!("life {}", holder.0)))
        }
    }

    pub(super) fn add(
        &mut self,
        holder: Holder,
        now: Timestamp,
        new: Vec<Occurrence>,
        take: u32,
    ) -> Vec<Added> {
        // All are on record before one is leased: what is serial looks at the others.
        let ids: Vec<_> = new.into_iter().map(|occurrence| self.insert(occurrence)).collect();
        let (mut added, mut left) = (Vec::new(), take);
        for id in ids {
            let Some(id) = id else {
                added.push(Added::Known);
                continue;
            };
            let leased = if left > 0 && self.may_run(id, now) { self.lease(id, holder) } else { None };
            left -= u32::from(leased.is_some());
            added.push(leased.map_or(Added::Waiting(id), Added::Leased));
        }
        added
    }

    fn insert(&mut self, occurrence: Occurrence) -> Option<OccurrenceId> {
        let source = self.sources.entry(occurrence.source.clone()).or_default();
        let name = name(&occurrence);
        if source.receipts.contains_key(&name) {
            return None;
        }
        source.receipts.insert(name, None);
        self.last_run += 1;
        let id = OccurrenceId(self.last_run);
        self.runs.insert(id, Run { occurrence, attempt: 0, holder: None, poison: None });
        Some(id)
    }

    /// Whether it waits, is due, and no other of its source is in the way.
    fn may_run(&self, id: OccurrenceId, now: Timestamp) -> bool {
        let Some(run) = self.runs.get(&id) else { return false };
        if !run.waits() || run.occurrence.due > now {
            return false;
        }
        !run.occurrence.serial
            || !self.runs.iter().any(|(other, found)| {
                let comes_first = (found.occurrence.due, *other) < (run.occurrence.due, id);
                *other != id
                    && found.occurrence.source == run.occurrence.source
                    && (found.holder.is_some() || (found.waits() && comes_first))
            })
    }

    fn lease(&mut self, id: OccurrenceId, holder: Holder) -> Option<LeasedOccurrence> {
        let run = self.runs.get_mut(&id)?;
        run.holder = Some(holder);
        run.attempt += 1;
        Some(run.leased(id))
    }

    pub(super) fn claim(
        &mut self,
        holder: Holder,
        claim: &ClaimOccurrences,
        clock: Option<Timestamp>,
    ) -> ClaimedOccurrences {
        // Where there is no clock, only what was made to run out is past.
        let clock = clock.unwrap_or(Timestamp::from_micros(1));
        let over = |until: &Option<Timestamp>| until.is_some_and(|until| until < clock);
        let dead: Vec<_> = self
            .lives
            .iter()
            .filter(|(other, until)| **other != holder && over(until))
            .map(|(other, _)| *other)
            .collect();
        for dead in dead {
            self.end(dead);
        }
        let sources: BTreeSet<_> = claim.sources.iter().collect();
        let mut waiting: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| run.waits() && sources.contains(&run.occurrence.source))
            .map(|(id, run)| (run.occurrence.due, *id))
            .collect();
        waiting.sort_unstable();
        let next = waiting.iter().map(|(due, _)| *due).find(|due| *due > claim.now);
        let mut leased = Vec::new();
        for (_, id) in waiting {
            if leased.len() < claim.limit as usize && self.may_run(id, claim.now) {
                leased.extend(self.lease(id, holder));
            }
        }
        ClaimedOccurrences { leased, next }
    }

    pub(super) fn finish(
        &mut self,
        holder: Holder,
        ended: Vec<FinishedOccurrence>,
        now: Timestamp,
    ) -> Vec<bool> {
        ended.into_iter().map(|ended| self.finish_one(holder, ended, now)).collect()
    }

    fn finish_one(&mut self, holder: Holder, ended: FinishedOccurrence, now: Timestamp) -> bool {
        let run = self.runs.get_mut(&ended.id);
        let Some(run) = run.filter(|run| run.holder == Some(holder) && run.attempt == ended.attempt) else {
            return false;
        };
        run.holder = None;
        match ended.finish {
            Finish::Done => {
                self.runs.remove(&ended.id);
            }
            Finish::Again { due } => run.occurrence.due = due,
            Finish::Poison { reason } => run.poison = Some((reason, now)),
            Finish::GivenBack => run.attempt -= 1,
        }
        true
    }

    pub(super) fn leased(&self, holder: Holder) -> Vec<LeasedOccurrence> {
        let mine = self.runs.iter().filter(|(_, run)| run.holder == Some(holder));
        mine.map(|(id, run)| run.leased(*id)).collect()
    }

    pub(super) fn remember(&mut self, source: String, keys: Vec<(String, String)>) {
        let receipts = &mut self.sources.entry(source).or_default().receipts;
        for name in keys {
            receipts.entry(name).or_default();
        }
    }

    pub(super) fn known(&self, source: &str, keys: &[(String, String)]) -> Vec<bool> {
        let source = self.sources.get(source);
        keys.iter().map(|name| source.is_some_and(|source| source.receipts.contains_key(name))).collect()
    }

    pub(super) fn receipts(&self, query: &ReceiptQuery) -> Vec<Receipt> {
        let Some(source) = self.sources.get(&query.source) else { return Vec::new() };
        let after = query.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let found = source.receipts.range((after, Bound::Unbounded));
        found
            .take(query.limit as usize)
            .map(|((key, version), missing_since)| Receipt {
                key: key.clone(),
                version: version.clone(),
                missing_since: *missing_since,
            })
            .collect()
    }

    pub(super) fn set_missing(
        &mut self,
        source: &str,
        keys: Vec<(String, String)>,
        since: Option<Timestamp>,
    ) {
        let Some(source) = self.sources.get_mut(source) else { return };
        for name in keys {
            if let Some(missing) = source.receipts.get_mut(&name) {
                *missing = since;
            }
        }
    }

    pub(super) fn prune(&mut self, source: &str, what: &Prune, limit: u32) -> u32 {
        let unfinished: BTreeSet<_> =
            self.runs.values().filter(|run| run.occurrence.source == source).map(Run::name).collect();
        let Some(source) = self.sources.get_mut(source) else { return 0 };
        let gone: Vec<_> = source
            .receipts
            .iter()
            .filter(|(name, missing)| match what {
                Prune::KeysBefore(key) => name.0 < *key,
                Prune::MissingSince(time) => missing.is_some_and(|since| since <= *time),
            })
            .map(|(name, _)| name.clone())
            .filter(|name| !unfinished.contains(name))
            .take(limit as usize)
            .collect();
        for name in &gone {
            source.receipts.remove(name);
        }
        u32::try_from(gone.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn poisoned(&self, query: &PoisonedQuery) -> Vec<Poisoned> {
        let after = query.after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.runs.range((after, Bound::Unbounded)).filter_map(|(id, run)| {
            let (reason, since) = run.poison.clone()?;
            let occurrence = run.occurrence.clone();
            Some(Poisoned { id: *id, occurrence, attempts: run.attempt, reason, since })
        });
        found
            .filter(|found| query.source.as_ref().is_none_or(|source| *source == found.occurrence.source))
            .take(query.limit as usize)
            .collect()
    }

    pub(super) fn redrive(&mut self, ids: Vec<OccurrenceId>, due: Timestamp) -> Vec<OccurrenceId> {
        let mut redrive = |id: &OccurrenceId| {
            let run = self.runs.get_mut(id).filter(|run| run.poison.is_some());
            run.map(|run| (run.poison, run.attempt, run.occurrence.due) = (None, 0, due)).is_some()
        };
        ids.into_iter().filter(&mut redrive).collect()
    }

    pub(super) fn discard(&mut self, ids: Vec<OccurrenceId>) -> Vec<OccurrenceId> {
        let mut discard = |id: &OccurrenceId| {
            let is_poisoned = self.runs.get(id).is_some_and(|run| run.poison.is_some());
            is_poisoned && self.runs.remove(id).is_some()
        };
        ids.into_iter().filter(&mut discard).collect()
    }

    pub(super) fn source_states(&self, sources: Vec<String>) -> Vec<(String, JsonText)> {
        let state = |source: &String| self.sources.get(source).and_then(|found| found.state.clone());
        sources.into_iter().filter_map(|source| state(&source).map(|state| (source, state))).collect()
    }

    pub(super) fn set_source_states(&mut self, states: Vec<(String, JsonText)>) {
        for (source, state) in states {
            self.sources.entry(source).or_default().state = Some(state);
        }
    }
}
