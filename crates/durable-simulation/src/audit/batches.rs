//! What a batch changed, stage by stage as the contract draws them; only what the store says it accepted.

use std::collections::BTreeSet;

use durable_core::{
    model::{HostLease, InstanceKey, NewInstance, TaskRef},
    store::{
        Batch, Commit, CommitOutcome, EntityStateChange, Execution, Ownership, StartCommit, Target,
        TaskResultCommit, TurnCommit, TurnDone, TurnOrigin,
    },
};
use fnhost_protocol::{ids::InstanceId, time::Timestamp};
use futures_util::FutureExt;

use super::{
    Audit, Invariant, Shown, history,
    instances::{Call, Instance, Note},
};
use crate::program::Addition;

/// An accepted item, with what the store answered.
type Accepted<'a> = (&'a Commit, &'a CommitOutcome);

impl Audit {
    /// A batch was written that came from a host.
    pub(crate) fn committed(&mut self, host: usize, batch: &Batch, outcomes: &[CommitOutcome]) {
        self.commits += 1;
        let accepted: Vec<Accepted<'_>> =
            batch.commits.iter().zip(outcomes).filter(|(_, o)| is_done(o)).collect();
        let lease = batch.lease;
        self.holds(Invariant::Epoch, accepted.is_empty() || self.is_current(lease), || {
            format!("{lease} wrote although its epoch is over")
        });
        let mut touched = BTreeSet::new();
        self.purges(&accepted, batch.now, &mut touched);
        self.turns(host, lease, &accepted, &mut touched);
        self.creations(host, lease, &accepted, &mut touched);
        self.children(lease, &accepted);
        self.deliveries(batch, &accepted, &mut touched);
        for key in touched {
            self.compare(key);
        }
        for (commit, _) in batch.commits.iter().zip(outcomes).filter(|(_, outcome)| !is_done(outcome)) {
            self.not_written(host, commit);
        }
    }

    /// A batch was not written, or its host will not hear that it was: what it showed before is not what it shows next.
    pub(crate) fn lost(&mut self, host: usize, batch: &Batch) {
        for commit in &batch.commits {
            self.not_written(host, commit);
        }
    }

    fn not_written(&mut self, host: usize, commit: &Commit) {
        let Commit::Turn(turn) = commit else { return };
        let id = match &turn.origin {
            TurnOrigin::New { instance, .. } => Some(instance.id.clone()),
            TurnOrigin::Existing { .. } => self.instances.get(&turn.key).map(|instance| instance.id.clone()),
        };
        if let Some(id) = id {
            self.shown.remove(&(host, id));
        }
    }

    /// Takes the instance of an id off the books.
    pub(super) fn forget(&mut self, id: &InstanceId, touched: &mut BTreeSet<InstanceKey>) {
        if let Some(key) = self.ids.remove(id) {
            self.instances.remove(&key);
            self.shown.retain(|(_, other), _| other != id);
            self.used_before.insert(id.clone());
            touched.insert(key);
        }
    }

    fn purges(&mut self, accepted: &[Accepted<'_>], now: Timestamp, touched: &mut BTreeSet<InstanceKey>) {
        for (commit, _) in accepted {
            if let Commit::Purge(purge) = commit {
                let found = self.by_id(&purge.id).map(Instance::is_live);
                self.holds(Invariant::Store, found == Some(false), || {
                    format!("`{}` was purged although it is {found:?} that it lives", purge.id)
                });
                self.check_removal(purge, now);
                self.forget(&purge.id, touched);
                *self.effects.entry(format!("purge {}", purge.id)).or_default() += 1;
            }
        }
    }

    fn turns(
        &mut self,
        host: usize,
        lease: HostLease,
        accepted: &[Accepted<'_>],
        touched: &mut BTreeSet<InstanceKey>,
    ) {
        for (commit, outcome) in accepted {
            match (commit, outcome) {
                (Commit::Turn(turn), CommitOutcome::Turn(done)) => {
                    if matches!(turn.origin, TurnOrigin::Existing { .. }) {
                        self.turn(host, lease, turn, done);
                        touched.insert(turn.key);
                    }
                }
                (Commit::TaskResult(result), _) => self.result(lease, result),
                _ => {}
            }
        }
    }

    fn result(&mut self, lease: HostLease, result: &TaskResultCommit) {
        let ended = self.end_task(result.task, lease);
        self.holds(Invariant::Owner, ended, || {
            format!("{lease} recorded a result of {:?}, which it has not leased", result.task)
        });
    }

    /// Takes a task off the books, if it is leased to this host.
    fn end_task(&mut self, task: TaskRef, lease: HostLease) -> bool {
        let instance = self.instances.get_mut(&task.instance);
        instance.filter(|instance| instance.generation == task.generation).is_some_and(|instance| {
            instance.tasks.remove(&task.task).and_then(|call| call.leased_to) == Some(lease)
        })
    }

    /// What a turn changes in its own instance, except for children.
    fn turn(&mut self, host: usize, lease: HostLease, turn: &TurnCommit, done: &TurnDone) {
        self.turns += 1;
        for task in &turn.tasks_done {
            let ended = self.end_task(*task, lease);
            self.holds(Invariant::Owner, ended, || {
                format!("{lease} ended {task:?}, which it has not leased")
            });
        }
        let Some(mut instance) = self.instances.remove(&turn.key) else {
            self.broken(
                Invariant::Store,
                format!("a turn of {:?} was accepted, which is not there", turn.key),
            );
            return;
        };
        let id = instance.id.clone();
        if let TurnOrigin::Existing { turn: before } = turn.origin {
            self.holds(Invariant::Owner, instance.owner.is_none_or(|owner| owner == lease), || {
                format!("{lease} wrote `{id}`, which {:?} owns", instance.owner)
            });
            self.holds(Invariant::TurnNumber, before == instance.turn, || {
                format!("a turn after {before} of `{id}` was accepted after {}", instance.turn)
            });
        }
        self.holds(Invariant::TurnNumber, turn.update.turn == instance.turn + 1, || {
            format!("turn {} of `{id}` comes after {}", turn.update.turn, instance.turn)
        });
        let is_told = self.consume(&mut instance, turn);
        self.check_shown(host, &instance, turn);
        for timer in &turn.timers_done {
            if timer.generation == instance.generation {
                instance.timers.remove(&timer.task);
            }
        }
        match &turn.execution {
            Execution::Continues => instance.history.extend(turn.history.iter().cloned()),
            Execution::Finished(_) => {
                instance.history.extend(turn.history.iter().cloned());
                instance.ended = Some((turn.update.status, turn.update.updated_at));
                instance.tasks.clear();
                instance.timers.clear();
                instance.inbox.clear();
            }
            Execution::ContinuedAsNew { message, .. } => {
                instance.history.clear();
                instance.tasks.clear();
                instance.timers.clear();
                self.holds(Invariant::Store, done.continued.is_some(), || {
                    format!("`{id}` continued as new without a message")
                });
                instance.inbox.extend(done.continued.map(|place| (place, Note::of(message))));
            }
        }
        if let Some(fault) = history::fault(&instance.history) {
            self.broken(Invariant::History, format!("the history of `{id}`: {fault}"));
        }
        self.check_grants(&instance, turn);
        self.check_tree(&instance, turn, is_told);
        instance.turn = turn.update.turn;
        instance.generation = turn.update.generation;
        instance.owner = match turn.update.ownership {
            Ownership::Keep => Some(lease),
            Ownership::Release => None,
        };
        self.instances.insert(turn.key, instance);
    }

    /// Messages leave the inbox; additions go to the entity's state, in order. Whether it was told to end with its tree.
    fn consume(&mut self, instance: &mut Instance, turn: &TurnCommit) -> bool {
        let id = &instance.id;
        let mut is_told = false;
        for message in &turn.consumed {
            match instance.inbox.remove(message) {
                Some(Note::Addition(addition)) => instance.additions.push(addition),
                Some(Note::Terminate(parent)) => is_told |= instance.parent.as_ref() == Some(&parent),
                Some(_) => {}
                None => {
                    self.broken(
                        Invariant::Inbox,
                        format!("`{id}` consumed {message:?}, which is not in its inbox"),
                    );
                }
            }
        }
        if let EntityStateChange::Set(state) = &turn.update.entity_state {
            let state = state.as_ref().and_then(|json| json.read::<Vec<Addition>>().ok()).unwrap_or_default();
            self.holds(Invariant::Sums, state == instance.additions, || {
                format!("`{id}` was given {:?} and holds {state:?}", instance.additions)
            });
            self.check_order(id, &state);
            self.check_sections(id, &state);
        }
        is_told
    }

    /// The code's actions follow from the events that it was shown: exactly these are recorded.
    fn check_shown(&mut self, host: usize, instance: &Instance, turn: &TurnCommit) {
        let Some(shown) = self.shown.get_mut(&(host, instance.id.clone())) else { return };
        let (this, others) = std::mem::take(shown).into_iter().partition(|one| one.base == instance.turn);
        *shown = others;
        let mut this: Vec<Shown> = this;
        if self.used_before.contains(&instance.id) {
            // A host may not have heard that the one before it is gone, and show the code of that one something.
            this.retain(|one| one.events.first() == turn.history.first());
        }
        let is_kept = !matches!(turn.execution, Execution::ContinuedAsNew { .. });
        let recorded = this.iter().any(|one| turn.history.starts_with(&one.events));
        self.holds(Invariant::Shown, this.is_empty() || !is_kept || recorded, || {
            let shown: Vec<_> = this.iter().map(|one| &one.events).collect();
            format!(
                "turn {} of `{}` was shown {shown:?} and recorded {:?}",
                instance.turn, instance.id, turn.history
            )
        });
    }

    fn creations(
        &mut self,
        host: usize,
        lease: HostLease,
        accepted: &[Accepted<'_>],
        touched: &mut BTreeSet<InstanceKey>,
    ) {
        for (commit, outcome) in accepted {
            match (commit, outcome) {
                (
                    Commit::Start(StartCommit { instance, replace, message }),
                    CommitOutcome::Started(delivery),
                ) => {
                    self.create(instance, *replace, touched);
                    self.begin(instance.key, delivery.message, message);
                }
                (Commit::Turn(turn), CommitOutcome::Turn(done)) => {
                    if let TurnOrigin::New { instance, replace } = &turn.origin {
                        self.create(instance, *replace, touched);
                        self.note_start(instance);
                        self.turn(host, lease, turn, done);
                    }
                    for (sent, delivery) in turn.messages.iter().zip(&done.deliveries) {
                        match (&sent.target, delivery) {
                            (Target::Create { instance, .. }, Some(delivery)) => {
                                self.create(instance, false, touched);
                                self.begin(instance.key, delivery.message, &sent.message);
                            }
                            (Target::Entity(entity), Some(_)) => self.ensure(entity, touched),
                            _ => {}
                        }
                    }
                }
                (Commit::Deliver(due), CommitOutcome::Sent(_)) => self.ensure(&due.entity, touched),
                (Commit::Send(send), CommitOutcome::Sent(_)) => {
                    if let Target::Entity(entity) = &send.target {
                        self.ensure(entity, touched);
                    }
                }
                _ => {}
            }
        }
    }

    fn ensure(&mut self, entity: &NewInstance, touched: &mut BTreeSet<InstanceKey>) {
        if !self.ids.contains_key(&entity.id) {
            self.create(entity, false, touched);
        }
    }

    fn create(&mut self, new: &NewInstance, replace: bool, touched: &mut BTreeSet<InstanceKey>) {
        if let Some(old) = self.by_id(&new.id) {
            let free = !old.is_live() || replace;
            self.holds(Invariant::Store, free, || format!("`{}` was created while it lives", new.id));
            self.forget(&new.id, touched);
        }
        let used = self.instances.insert(new.key, Instance::new(new)).is_some();
        self.holds(Invariant::Store, !used, || format!("key {:?} was given twice", new.key));
        self.ids.insert(new.id.clone(), new.key);
        touched.insert(new.key);
    }

    fn children(&mut self, lease: HostLease, accepted: &[Accepted<'_>]) {
        for (commit, _) in accepted {
            let Commit::Turn(turn) = commit else { continue };
            let Some(instance) = self.instances.get_mut(&turn.key) else { continue };
            if turn.execution == Execution::Continues {
                instance.tasks.extend(turn.tasks.iter().map(|task| {
                    let leased_to = task.lease.then_some(lease);
                    (task.task, Call { leased_to, attempts: u32::from(task.lease) })
                }));
                instance.timers.extend(turn.timers.iter().map(|timer| timer.task));
            }
        }
    }

    /// Holds the books against what the store has.
    fn compare(&mut self, key: InstanceKey) {
        let now = |what| format!("the store answers at once what it is asked of {what}");
        let found = self.store.load(key).now_or_never().unwrap_or_else(|| panic!("{}", now("an instance")));
        let generation = self.instances.get(&key).map_or(0, |instance| instance.generation);
        let history = self.store.history(key, generation).now_or_never();
        let history = history.unwrap_or_else(|| panic!("{}", now("a history")));
        let (Ok(found), Ok(history)) = (found, history) else {
            return self.broken(Invariant::Store, format!("{key:?} cannot be read"));
        };
        let (Some(noted), Some(found)) = (self.instances.get(&key), &found) else {
            let agree = self.instances.contains_key(&key) == found.is_some();
            return self.holds(Invariant::Store, agree, || format!("whether {key:?} is there"));
        };
        let id = noted.id.clone();
        let inbox: BTreeSet<_> = found.inbox.iter().map(|(id, _)| *id).collect();
        let expected: BTreeSet<_> = noted.inbox.keys().copied().collect();
        let place = (found.instance.turn, found.instance.generation, found.instance.status.is_terminal());
        let noted_place = (noted.turn, noted.generation, noted.is_finished());
        let same_history = history == noted.history;
        self.holds(Invariant::Inbox, inbox == expected, || {
            format!("the inbox of `{id}` should hold {expected:?} and holds {inbox:?}")
        });
        self.holds(Invariant::Store, place == noted_place, || {
            format!("`{id}` should be at {noted_place:?} and is at {place:?}")
        });
        self.holds(Invariant::Store, same_history, || {
            format!("the history of `{id}` is not what was written")
        });
    }
}

fn is_done(outcome: &CommitOutcome) -> bool {
    !matches!(outcome, CommitOutcome::Fenced | CommitOutcome::Taken(_) | CommitOutcome::Refused(_))
}
