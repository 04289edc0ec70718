//! From pending work to a commit: begin, run, apply.

use std::sync::Arc;

use fnhost_protocol::{
    action::Action,
    entity::{EntityBatch, EntityOutcome},
    failure::{Failure, kind},
    history::HistoryEvent,
    ids::EntityId,
    turn::{Turn, TurnOutcome},
};

use durable_core::{
    model::{InstanceKey, InstanceKind},
    state::{self, Applied, Begun, BegunBatch, Drive, Incoming, State},
    store::{Commit, News, Ownership},
    suspicion::Work,
};

use super::{
    Effect, Machine, Ticket,
    forget::taken,
    keys::MachineSupply,
    slot::{Phase, Slot},
};

impl Machine {
    /// Puts something into an instance's queue, taking the instance into memory when need be.
    pub(super) fn deliver(&mut self, key: InstanceKey, one: Incoming) {
        if !self.slots.contains_key(&key) {
            if matches!(one, Incoming::Message(..)) && !self.has_room() {
                // It is safe in the store; a claim brings it back when there is room, or a sweep, because no claim
                // finds what this host owns.
                self.instance_backlog = true;
                if self.others.shared {
                    self.note(News::MESSAGES);
                } else {
                    self.overflow.insert(key);
                }
                return;
            }
            self.slots.insert(key, Slot::cold());
        }
        let slot = self.slots.get_mut(&key).expect("inserted above");
        slot.wake_for(&one);
        slot.take(one);
        self.wake(key);
    }

    /// Queues an instance that has something pending and nothing under way.
    pub(super) fn wake(&mut self, key: InstanceKey) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        if slot.queued || slot.pending.is_empty() {
            return;
        }
        let is_read = match slot.phase {
            Phase::Idle if slot.blocked => return,
            Phase::Idle => true,
            Phase::Cold => false,
            _ => return,
        };
        slot.queued = true;
        self.leave_idle(key);
        if is_read {
            self.queue_turn(key);
        } else {
            self.unloaded.push_back(key);
        }
    }

    /// After something ended: run what is pending, or become idle; also when all that is pending has to wait.
    pub(super) fn settle(&mut self, key: InstanceKey) {
        let hands_back = self.hands_back();
        let Some(slot) = self.slots.get_mut(&key) else { return };
        // A claim may have brought it while its turn was being written, and after that.
        slot.owned |= hands_back && slot.stale;
        if hands_back && slot.can_go() {
            self.let_go(key);
        } else if slot.stale {
            self.read_again(key);
        } else if slot.pending.is_empty() {
            self.unblock(key);
            self.enter_idle(key);
        } else if !self.rest_if_blocked(key) {
            self.wake(key);
        }
    }

    /// Begins the next turn of an idle instance.
    pub(super) fn begin(&mut self, key: InstanceKey) {
        if self.evict_by_chance(key) {
            return;
        }
        let limits = self.options.limits;
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.queued = false;
        let Some(state) = slot.state.as_ref() else { return };
        let kind = state.instance.kind;
        if slot.knows_a_later_execution(state.instance.generation) {
            self.read_again(key);
            return;
        }
        if self.others.shared {
            slot.put_in_order();
        }
        if kind == InstanceKind::Entity {
            // It chooses itself: what has to wait for a lock stays pending.
            self.take_turn(key, Vec::new());
            return;
        }
        let take = slot.pending.len().min(limits.messages_per_turn);
        let mut incoming: Vec<Incoming> = slot.pending.drain(..take).collect();
        // The row of a timer may have gone after it was due.
        let armed = &self.armed;
        incoming.retain(|one| !matches!(one, Incoming::TimerFired { timer, .. } if !armed.contains(timer)));
        if incoming.is_empty() {
            self.settle(key);
        } else {
            self.take_turn(key, incoming);
        }
    }

    /// Begins a turn: of an orchestration over what has come in, of an entity over what is pending and may run.
    pub(super) fn take_turn(&mut self, key: InstanceKey, incoming: Vec<Incoming>) {
        let (now, shared) = (self.now, self.others.shared);
        let Some(slot) = self.slots.get_mut(&key) else { return };
        if shared {
            slot.note_known(&incoming);
        }
        let Some(state) = slot.state.as_ref() else { return };
        self.running_turns += 1;
        match state.instance.kind {
            InstanceKind::Orchestration => {
                let begun = state::begin(state, incoming, now);
                if shared {
                    slot.in_turn.clone_from(&begun.consumed);
                }
                if begun.drive == Drive::RunCode {
                    match self.condemn(key) {
                        Some(failure) => self.apply(key, begun, vec![Action::Fail { failure }], false),
                        None => self.run_code(key, begun),
                    }
                } else if begun.wants_children() && state.instance.events > 0 {
                    let generation = state.instance.generation;
                    slot.phase = Phase::ReadingHistory(begun);
                    self.emit(Effect::ReadHistory(key, generation));
                } else {
                    slot.warm = false;
                    self.apply(key, begun, Vec::new(), false);
                }
            }
            InstanceKind::Entity => {
                let most = slot.most_messages(self.options.limits.operations_per_batch);
                let batch = state::begin_entity(state, &mut slot.pending, most, now);
                slot.suspected_messages = slot.suspected_messages.saturating_sub(batch.consumed.len());
                if shared {
                    slot.in_turn.clone_from(&batch.consumed);
                }
                self.run_operations(key, batch);
            }
        }
    }

    fn run_code(&mut self, key: InstanceKey, begun: Begun) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let Some(state) = slot.state.as_ref() else { return };
        if !slot.warm && state.instance.events > 0 {
            let generation = state.instance.generation;
            slot.phase = Phase::ReadingHistory(begun);
            self.emit(Effect::ReadHistory(key, generation));
            return;
        }
        let history = (!slot.warm).then(|| Arc::from([]));
        self.ask_worker(key, begun, history);
    }

    pub(super) fn history_read(&mut self, key: InstanceKey, history: Arc<[HistoryEvent]>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        match std::mem::replace(&mut slot.phase, Phase::Idle) {
            Phase::ReadingHistory(mut begun) => {
                slot.warm = false;
                if begun.drive == Drive::RunCode {
                    self.ask_worker(key, begun, Some(history));
                } else {
                    begun.find_children(&history);
                    self.apply(key, begun, Vec::new(), false);
                }
            }
            other => slot.phase = other,
        }
    }

    fn ask_worker(&mut self, key: InstanceKey, begun: Begun, history: Option<Arc<[HistoryEvent]>>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let Some(state) = slot.state.as_ref() else { return };
        let row = &state.instance;
        let turn = Turn {
            instance: row.id.clone(),
            function: row.name.clone(),
            generation: row.generation,
            session: slot.session,
            base: row.turn,
            history,
            new_events: begun.events.as_slice().into(),
        };
        slot.phase = Phase::Running(begun);
        self.emit(Effect::RunTurn(key, turn));
    }

    pub(super) fn turn_ran(&mut self, key: InstanceKey, outcome: Result<TurnOutcome, Failure>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let begun = match std::mem::replace(&mut slot.phase, Phase::Idle) {
            Phase::Running(begun) => begun,
            other => {
                slot.phase = other;
                return;
            }
        };
        let has_run = slot.state.as_ref().is_some_and(|state| state.instance.turn > 0);
        match outcome {
            Ok(TurnOutcome::Actions(actions)) => self.apply(key, begun, actions, true),
            Ok(TurnOutcome::NeedHistory) if slot.warm => {
                slot.warm = false;
                self.run_code(key, begun);
            }
            Ok(TurnOutcome::NeedHistory) => {
                let failure = Failure::new("Worker", "the worker asks for a history that it was given");
                self.apply(key, begun, vec![Action::Fail { failure }], true);
            }
            Ok(TurnOutcome::Diverged(failure)) => {
                self.apply(key, begun.held_back(failure), Vec::new(), false)
            }
            // Code that was there before will be there again; what never ran is told that its name is unknown.
            Err(failure) if failure.kind == kind::UNKNOWN_FUNCTION && has_run => {
                self.apply(key, begun.held_back(failure), Vec::new(), false);
            }
            Err(failure) => self.apply(key, begun, vec![Action::Fail { failure }], true),
        }
    }

    fn run_operations(&mut self, key: InstanceKey, batch: BegunBatch) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let Some(state) = slot.state.as_ref() else { return };
        let entity = EntityId::parse(state.id().as_str());
        if batch.operations.is_empty() {
            let outcome =
                EntityOutcome { state: state.entity_state.clone(), results: Vec::new(), actions: Vec::new() };
            self.apply_batch(key, batch, Ok(outcome));
            return;
        }
        let Ok(entity) = entity else {
            let failure =
                Failure::new("Store", format!("`{}` is stored as an entity and is none", state.id()));
            self.apply_batch(key, batch, Err(failure));
            return;
        };
        if let Some(failure) = self.condemn(key) {
            self.apply_batch(key, batch, Err(failure));
            return;
        }
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let Some(state) = slot.state.as_ref() else { return };
        let request = EntityBatch {
            entity,
            function: state.instance.name.clone(),
            now: batch.now,
            state: state.entity_state.clone(),
            operations: batch.operations.clone(),
        };
        slot.phase = Phase::RunningBatch(batch);
        self.emit(Effect::RunBatch(key, request));
    }

    pub(super) fn batch_ran(&mut self, key: InstanceKey, outcome: Result<EntityOutcome, Failure>) {
        let Some(slot) = self.slots.get_mut(&key) else { return };
        match std::mem::replace(&mut slot.phase, Phase::Idle) {
            Phase::RunningBatch(batch) => self.apply_batch(key, batch, outcome),
            other => slot.phase = other,
        }
    }

    fn apply(&mut self, key: InstanceKey, begun: Begun, actions: Vec<Action>, ran_code: bool) {
        let Some(state) = self.slots.get_mut(&key).and_then(|slot| slot.state.take()) else { return };
        let limits = self.options.limits;
        // The commit of a continue-as-new has no history to find them in.
        let taken = match actions.last() {
            Some(Action::ContinueAsNew { .. }) => taken(&begun.tasks_done, &begun.timers_done, &begun.events),
            _ => Vec::new(),
        };
        let applied = state::apply(&state, begun, actions, &limits, &mut MachineSupply(self));
        self.write(key, state, applied, ran_code, taken);
    }

    fn apply_batch(&mut self, key: InstanceKey, batch: BegunBatch, outcome: Result<EntityOutcome, Failure>) {
        let Some(state) = self.slots.get_mut(&key).and_then(|slot| slot.state.take()) else { return };
        let limits = self.options.limits;
        let applied = state::apply_entity(&state, batch, outcome, &limits, &mut MachineSupply(self));
        self.write(key, state, applied, true, Vec::new());
    }

    fn write(
        &mut self,
        key: InstanceKey,
        before: State,
        mut applied: Applied,
        ran_code: bool,
        taken: Vec<Incoming>,
    ) {
        self.running_turns -= 1;
        let replace = self.options.replace_live;
        let hands_back = self.hands_back();
        self.lease_with(&mut applied.commit);
        self.code_ended(Work::Turn { instance: key, turn: before.instance.turn });
        let slot = self.slots.get_mut(&key).expect("a slot is not removed while its turn runs");
        slot.state = Some(before);
        let reply = slot.birth.take().map(|birth| {
            applied.creating(birth.instance, replace);
            birth.reply
        });
        let leases = applied.commit.tasks.iter().any(|task| task.lease);
        // A host that stops does not run what is pending, nor what the activities that run here lead to.
        let is_busy = !hands_back && (slot.running_tasks > 0 || !slot.pending.is_empty());
        if applied.commit.update.ownership == Ownership::Keep && !leases && !is_busy {
            applied.commit.update.ownership = Ownership::Release;
        }
        applied.commit.inbox = slot.known_inbox();
        slot.phase = Phase::Committing { next: Box::new(applied.next), ran_code, taken };
        self.emit(Effect::Commit(Ticket::Turn(reply), Commit::Turn(Box::new(applied.commit))));
    }
}
