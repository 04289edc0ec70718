//! What became of what was written: the next state, hand-over of new work, answers to clients.

use std::collections::HashMap;

use fnhost_protocol::{
    history::{EventKind, ExecutionRef, HistoryEvent, TaskId},
    ids::InstanceId,
    status::InstanceStatus,
};

use durable_core::{
    message::Message,
    model::{Instance, InstanceKey, LeasedTask, TaskRef, TimerRow},
    state::Incoming,
    store::{
        Commit, CommitOutcome, Completion, DeliveredTo, Delivery, Execution, TaskResultCommit, TurnCommit,
        TurnDone, TurnOrigin,
    },
    suspicion::Suspicion,
};

use super::{Effect, Machine, Reply, ReplyId, Ticket, slot::Phase};

impl Machine {
    pub(super) fn committed(&mut self, items: Vec<(Ticket, Commit)>, outcomes: Vec<CommitOutcome>) {
        for ((ticket, commit), outcome) in items.into_iter().zip(outcomes) {
            self.commits_in_flight -= 1;
            match (ticket, commit) {
                (Ticket::Turn(reply), Commit::Turn(turn)) => self.turn_committed(*turn, reply, outcome),
                (Ticket::TaskResult, Commit::TaskResult(result)) => {
                    let was_lost = self.lost_results.remove(&result.task);
                    if let CommitOutcome::TaskResult(delivery) = outcome {
                        self.delivered(delivery, result.message);
                    } else if was_lost {
                        // It was written the first time: the message is in an inbox that nobody looks into.
                        self.take_unread(result.task.instance);
                    }
                }
                (Ticket::Client(reply), commit) => self.answer(reply, commit, outcome),
                (ticket, commit) => unreachable!("a ticket {ticket:?} for {commit:?}"),
            }
        }
    }

    fn answer(&mut self, reply: ReplyId, commit: Commit, outcome: CommitOutcome) {
        let answer = match outcome {
            CommitOutcome::Started(_)
            | CommitOutcome::Sent(_)
            | CommitOutcome::Scheduled
            | CommitOutcome::Purged => Reply::Done,
            CommitOutcome::Taken(status) => Reply::Taken(status),
            CommitOutcome::Refused(found) => Reply::Refused(found),
            CommitOutcome::Turn(_) | CommitOutcome::TaskResult(_) | CommitOutcome::Fenced => {
                Reply::Unknown("the store answered something else than was asked".to_owned())
            }
        };
        match commit {
            Commit::Start(start) => {
                self.answer_start(reply, &start.instance.id, answer);
                if let CommitOutcome::Started(delivery) = outcome {
                    self.delivered(delivery, start.message);
                }
            }
            Commit::Send(send) => {
                if let CommitOutcome::Sent(delivery) = outcome {
                    self.delivered(delivery, send.message);
                }
                self.emit(Effect::Reply(reply, answer));
            }
            _ => self.emit(Effect::Reply(reply, answer)),
        }
    }

    fn turn_committed(&mut self, turn: TurnCommit, reply: Option<ReplyId>, outcome: CommitOutcome) {
        let answer = match &outcome {
            CommitOutcome::Turn(_) => Reply::Done,
            CommitOutcome::Taken(status) => Reply::Taken(*status),
            _ => Reply::Unknown("the store answered something else than was asked".to_owned()),
        };
        if let (Some(reply), TurnOrigin::New { instance, .. }) = (reply, &turn.origin) {
            self.answer_start(reply, &instance.id, answer);
        }
        match outcome {
            CommitOutcome::Turn(done) => self.turn_done(turn, done),
            CommitOutcome::Taken(_) => {
                self.give_back_leases(&turn);
                self.remove(turn.key);
            }
            _ => {
                // Somebody else has written this instance: what is in memory is stale.
                self.give_back_leases(&turn);
                self.forget(turn.key, turn_results(&turn));
            }
        }
    }

    fn turn_done(&mut self, turn: TurnCommit, done: TurnDone) {
        let key = turn.key;
        let TurnCommit { execution, update, tasks, timers, messages, timers_done, .. } = turn;
        let (mut instance_id, mut shows) = (None, true);
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.shows |= update.custom_status.is_some();
            shows = slot.shows;
            if let Phase::Committing { next, ran_code, .. } = std::mem::replace(&mut slot.phase, Phase::Idle)
            {
                slot.warm = ran_code && execution == Execution::Continues;
                instance_id = Some(next.instance.id.clone());
                slot.state = Some(*next);
            }
            slot.running_tasks += tasks.iter().filter(|task| task.lease).count();
        }
        self.disarm(&timers_done);
        if let Some(id) = instance_id {
            let mut given_back = Vec::new();
            for task in tasks {
                if !task.lease {
                    self.task_backlog = true;
                    continue;
                }
                let call = TaskRef { instance: key, generation: update.generation, task: task.task };
                if self.draining {
                    self.leased_tasks -= 1;
                    given_back.push(call);
                    continue;
                }
                self.run_task(LeasedTask {
                    task: call,
                    instance_id: id.clone(),
                    name: task.name,
                    input: task.input,
                    attempt: 1,
                    policy_attempt: task.policy_attempt,
                    suspicion: Suspicion::NONE,
                });
            }
            if !given_back.is_empty() {
                self.emit(Effect::ReleaseTasks(given_back));
            }
            if let Execution::Finished(completion) = &execution {
                let row = self.slots.get(&key).and_then(|slot| slot.state.as_ref());
                let waits = self.waiters.contains_key(&id);
                let status = row.filter(|_| waits && !shows).map(|state| ended(&state.instance, completion));
                self.stop_tasks_before(key, u32::MAX);
                self.remove(key);
                self.tell_waiters(&id, status);
            }
        }
        let generation = update.generation;
        if matches!(execution, Execution::ContinuedAsNew { .. }) {
            self.disarm_before(key, generation);
            self.stop_tasks_before(key, generation);
        }
        self.arm(timers.into_iter().map(|timer| TimerRow {
            fire_at: timer.fire_at,
            timer: TaskRef { instance: key, generation, task: timer.task },
        }));
        if let (Execution::ContinuedAsNew { message, .. }, Some(id)) = (execution, done.continued) {
            self.push_pending(key, Incoming::Message(id, message), true);
        }
        for (id, refusal) in done.refusals {
            self.push_pending(key, Incoming::Message(id, refusal), false);
        }
        for (message, delivery) in messages.into_iter().zip(done.deliveries) {
            if let Some(delivery) = delivery {
                self.delivered(delivery, message.message);
            }
        }
        self.settle(key);
    }

    /// Tells those who wait for an instance that it has finished, with its status where it is known.
    pub(super) fn tell_waiters(&mut self, id: &InstanceId, status: Option<InstanceStatus>) {
        for waiter in self.waiters.remove(id).unwrap_or_default() {
            let status = status.clone().map(Box::new);
            self.emit(Effect::Reply(waiter, Reply::Finished(status)));
        }
    }

    fn push_pending(&mut self, key: InstanceKey, one: Incoming, first: bool) {
        if let Some(slot) = self.slots.get_mut(&key) {
            if first { slot.pending.push_front(one) } else { slot.take(one) }
        }
    }

    /// A message is in an inbox: run the instance if this host may.
    fn delivered(&mut self, delivery: Delivery, message: Message) {
        match delivery.to {
            DeliveredTo::Here => self.deliver(delivery.key, Incoming::Message(delivery.message, message)),
            DeliveredTo::Elsewhere => {}
        }
    }

    /// It is not known whether these were written: everything concerned is read anew, and so is every instance with
    /// work here, because they may have sent it something.
    pub(super) fn commit_lost(&mut self, items: Vec<(Ticket, Commit)>, why: &str) {
        if items.iter().any(|(_, commit)| matches!(commit, Commit::Turn(turn) if !turn.timers.is_empty())) {
            // If they were written, nobody has armed them.
            self.read_timers();
        }
        for (ticket, commit) in items {
            self.commits_in_flight -= 1;
            if let Ticket::Client(reply) | Ticket::Turn(Some(reply)) = ticket {
                self.future_waiters.remove(&reply);
                self.emit(Effect::Reply(reply, Reply::Unknown(why.to_owned())));
            }
            match commit {
                Commit::Turn(turn) => {
                    self.give_back_leases(&turn);
                    self.release_tasks_of(&turn);
                    self.forget(turn.key, turn_results(&turn));
                }
                // Repeating it is harmless: a result that was recorded has no leased row any more.
                Commit::TaskResult(result) => {
                    self.lost_results.insert(result.task);
                    self.emit(Effect::Commit(Ticket::TaskResult, Commit::TaskResult(result)));
                }
                Commit::Start(_) | Commit::Send(_) | Commit::Deliver(_) | Commit::Purge(_) => {}
            }
        }
        self.instance_backlog = true;
        self.task_backlog = true;
        // Idle ones belong to nobody: claims find them.
        for key in self.keys_where(|slot| slot.idle.is_none()) {
            self.read_again(key);
        }
    }

    /// Activities that this host has leased, if the turn was written: nobody would run them.
    fn release_tasks_of(&mut self, turn: &TurnCommit) {
        let (instance, generation) = (turn.key, turn.update.generation);
        let leased = turn.tasks.iter().filter(|task| task.lease);
        let leased: Vec<_> = leased.map(|task| TaskRef { instance, generation, task: task.task }).collect();
        if !leased.is_empty() {
            self.emit(Effect::ReleaseTasks(leased));
        }
    }

    pub(super) fn commit_refused(&mut self, ticket: Ticket, commit: &Commit, why: String) {
        self.commits_in_flight -= 1;
        if let Commit::Turn(turn) = commit {
            self.give_back_leases(turn);
            self.remove(turn.key);
        }
        if let Ticket::Client(reply) | Ticket::Turn(Some(reply)) = ticket {
            self.future_waiters.remove(&reply);
            self.emit(Effect::Reply(reply, Reply::Failed(why)));
        }
    }

    /// Drops what is in memory of an instance and reads it again. Messages are still in the store; activity
    /// results go there on their own; fired timers stay pending.
    pub(super) fn forget(&mut self, key: InstanceKey, taken: Vec<Incoming>) {
        self.leave_idle(key);
        let Some(slot) = self.slots.get_mut(&key) else { return };
        let hidden = match std::mem::replace(&mut slot.phase, Phase::Cold) {
            Phase::Committing { taken, .. } => taken,
            _ => Vec::new(),
        };
        slot.state = None;
        slot.warm = false;
        slot.birth = None;
        let all: Vec<Incoming> = taken.into_iter().chain(hidden).chain(slot.pending.drain(..)).collect();
        let (results, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| matches!(one, Incoming::TaskResult { .. }));
        slot.pending = rest.into_iter().filter(|one| matches!(one, Incoming::TimerFired { .. })).collect();
        if !std::mem::replace(&mut slot.queued, true) {
            self.unloaded.push_back(key);
        }
        for result in results {
            self.record_result(result);
        }
    }

    /// Records a result whose instance is not in memory, or not to be run here.
    pub(super) fn record_result(&mut self, one: Incoming) {
        if let Incoming::TaskResult { task, at, event } = one {
            let execution = ExecutionRef { key: task.instance.0, generation: task.generation };
            let message = Message::Event { execution: Some(execution), at, event };
            let commit = Commit::TaskResult(TaskResultCommit { task, message });
            self.emit(Effect::Commit(Ticket::TaskResult, commit));
        }
    }

    fn give_back_leases(&mut self, turn: &TurnCommit) {
        let leased = turn.tasks.iter().filter(|task| task.lease).count();
        self.leased_tasks -= leased;
    }
}

/// The status of an instance that has just finished and never showed a custom status.
fn ended(instance: &Instance, completion: &Completion) -> InstanceStatus {
    InstanceStatus {
        instance: instance.id.clone(),
        name: instance.name.clone(),
        status: instance.status,
        input: None,
        output: completion.output.clone(),
        failure: completion.failure.clone(),
        custom_status: None,
        created_at: instance.created_at,
        updated_at: instance.updated_at,
        history: None,
    }
}

fn turn_results(turn: &TurnCommit) -> Vec<Incoming> {
    taken(&turn.tasks_done, &turn.timers_done, &turn.history)
}

/// The activity results and fired timers among a turn's events, as they came in.
pub(super) fn taken(tasks: &[TaskRef], timers: &[TaskRef], events: &[HistoryEvent]) -> Vec<Incoming> {
    let (tasks, timers) = (by_number(tasks), by_number(timers));
    let taken = events.iter().filter_map(|event| {
        let (at, id) = (event.at, event.kind.completed_task()?);
        if matches!(event.kind, EventKind::TimerFired { .. }) {
            return timers.get(&id).map(|timer| Incoming::TimerFired { timer: *timer, at });
        }
        tasks.get(&id).map(|task| Incoming::TaskResult { task: *task, at, event: event.kind.clone() })
    });
    taken.collect()
}

/// Of calls with the same number, the one of the latest execution: only that one has an event.
fn by_number(calls: &[TaskRef]) -> HashMap<TaskId, TaskRef> {
    let mut calls = calls.to_vec();
    calls.sort_unstable();
    calls.into_iter().map(|call| (call.task, call)).collect()
}
