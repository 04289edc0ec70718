//! What became of what was written: the next state, hand-over of new work, answers to clients.

use fnhost_protocol::history::HistoryEvent;

use durable_core::{
    message::Message,
    model::{InstanceKey, LeasedTask, TaskRef, TimerRow},
    state::Incoming,
    store::{
        Commit, CommitOutcome, DeliveredTo, Delivery, Execution, TaskResultCommit, TurnCommit, TurnDone,
    },
};

use super::{Effect, Machine, Reply, ReplyId, Ticket, slot::Phase};

impl Machine {
    pub(super) fn committed(&mut self, items: Vec<(Ticket, Commit)>, outcomes: Vec<CommitOutcome>) {
        for ((ticket, commit), outcome) in items.into_iter().zip(outcomes) {
            self.commits_in_flight -= 1;
            match (ticket, commit) {
                (Ticket::Turn(reply), Commit::Turn(turn)) => self.turn_committed(*turn, reply, outcome),
                (Ticket::TaskResult, Commit::TaskResult(result)) => {
                    if let CommitOutcome::TaskResult(delivery) = outcome {
                        self.delivered(delivery, result.message);
                    }
                }
                (Ticket::Client(reply), commit) => self.answer(reply, commit, outcome),
                (ticket, commit) => unreachable!("a ticket {ticket:?} for {commit:?}"),
            }
        }
    }

    fn answer(&mut self, reply: ReplyId, commit: Commit, outcome: CommitOutcome) {
        let answer = match outcome {
            CommitOutcome::Started(delivery) | CommitOutcome::Sent(delivery) => {
                match commit {
                    Commit::Start(start) => self.delivered(delivery, start.message),
                    Commit::Send(send) => self.delivered(delivery, send.message),
                    _ => {}
                }
                Reply::Done
            }
            CommitOutcome::Purged => Reply::Done,
            CommitOutcome::Taken(status) => Reply::Taken(status),
            CommitOutcome::Refused(found) => Reply::Refused(found),
            CommitOutcome::Turn(_) | CommitOutcome::TaskResult(_) | CommitOutcome::Fenced => {
                Reply::Unknown("the store answered something else than was asked".to_owned())
            }
        };
        self.emit(Effect::Reply(reply, answer));
    }

    fn turn_committed(&mut self, turn: TurnCommit, reply: Option<ReplyId>, outcome: CommitOutcome) {
        match outcome {
            CommitOutcome::Turn(done) => {
                if let Some(reply) = reply {
                    self.emit(Effect::Reply(reply, Reply::Done));
                }
                self.turn_done(turn, done);
            }
            CommitOutcome::Taken(status) => {
                self.give_back_leases(&turn);
                self.remove(turn.key);
                if let Some(reply) = reply {
                    self.emit(Effect::Reply(reply, Reply::Taken(status)));
                }
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
        let mut instance_id = None;
        if let Some(slot) = self.slots.get_mut(&key) {
            if let Phase::Committing { next, ran_code } = std::mem::replace(&mut slot.phase, Phase::Idle) {
                slot.warm = ran_code && execution == Execution::Continues;
                instance_id = Some(next.instance.id.clone());
                slot.state = Some(*next);
            }
            slot.running_tasks += tasks.iter().filter(|task| task.lease).count();
        }
        for timer in timers_done {
            self.armed.remove(&timer);
        }
        if let Some(id) = instance_id {
            for task in tasks {
                if !task.lease {
                    self.task_backlog = true;
                    continue;
                }
                let call = TaskRef { instance: key, generation: update.generation, task: task.task };
                if self.draining {
                    self.leased_tasks -= 1;
                    self.emit(Effect::ReleaseTasks(vec![call]));
                    continue;
                }
                self.emit(Effect::RunTask(LeasedTask {
                    task: call,
                    instance_id: id.clone(),
                    name: task.name,
                    input: task.input,
                    attempt: 1,
                }));
            }
            if matches!(execution, Execution::Finished(_)) {
                self.remove(key);
                for waiter in self.waiters.remove(&id).unwrap_or_default() {
                    self.emit(Effect::Reply(waiter, Reply::Finished));
                }
            }
        }
        let generation = update.generation;
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

    /// It is not known whether these were written: everything concerned is read anew.
    pub(super) fn commit_lost(&mut self, items: Vec<(Ticket, Commit)>, why: &str) {
        for (ticket, commit) in items {
            self.commits_in_flight -= 1;
            if let Ticket::Client(reply) | Ticket::Turn(Some(reply)) = ticket {
                self.emit(Effect::Reply(reply, Reply::Unknown(why.to_owned())));
            }
            match commit {
                Commit::Turn(turn) => {
                    self.give_back_leases(&turn);
                    self.forget(turn.key, turn_results(&turn));
                }
                // Repeating it is harmless: a result that was recorded has no leased row any more.
                Commit::TaskResult(result) => {
                    self.emit(Effect::Commit(Ticket::TaskResult, Commit::TaskResult(result)));
                }
                Commit::Start(_) | Commit::Send(_) | Commit::Purge(_) => self.instance_backlog = true,
            }
        }
    }

    pub(super) fn commit_refused(&mut self, ticket: Ticket, commit: &Commit, why: String) {
        self.commits_in_flight -= 1;
        if let Commit::Turn(turn) = commit {
            self.give_back_leases(turn);
            self.remove(turn.key);
        }
        if let Ticket::Client(reply) | Ticket::Turn(Some(reply)) = ticket {
            self.emit(Effect::Reply(reply, Reply::Failed(why)));
        }
    }

    /// Drops what is in memory of an instance and reads it again. Messages are still in the store; activity
    /// results go there on their own; fired timers stay pending.
    pub(super) fn forget(&mut self, key: InstanceKey, taken: Vec<Incoming>) {
        self.leave_idle(key);
        let Some(slot) = self.slots.get_mut(&key) else { return };
        slot.phase = Phase::Cold;
        slot.state = None;
        slot.warm = false;
        slot.birth = None;
        let all: Vec<Incoming> = taken.into_iter().chain(slot.pending.drain(..)).collect();
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
            let message = Message::Event { generation: Some(task.generation), at, event };
            let commit = Commit::TaskResult(TaskResultCommit { task, message });
            self.emit(Effect::Commit(Ticket::TaskResult, commit));
        }
    }

    fn give_back_leases(&mut self, turn: &TurnCommit) {
        let leased = turn.tasks.iter().filter(|task| task.lease).count();
        self.leased_tasks -= leased;
    }
}

fn turn_results(turn: &TurnCommit) -> Vec<Incoming> {
    taken(&turn.tasks_done, &turn.timers_done, &turn.history)
}

/// The activity results and fired timers among a turn's events, as they came in.
pub(super) fn taken(tasks: &[TaskRef], timers: &[TaskRef], events: &[HistoryEvent]) -> Vec<Incoming> {
    let find = |task: &TaskRef| events.iter().find(|event| event.kind.completed_task() == Some(task.task));
    let results = tasks.iter().filter_map(|task| {
        find(task).map(|event| Incoming::TaskResult { task: *task, at: event.at, event: event.kind.clone() })
    });
    let timers = timers
        .iter()
        .filter_map(|timer| find(timer).map(|event| Incoming::TimerFired { timer: *timer, at: event.at }));
    results.chain(timers).collect()
}
