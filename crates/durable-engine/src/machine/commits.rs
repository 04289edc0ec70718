//! What became of what was written: the next state, hand-over of new work, answers to clients.

use std::mem;

use fnhost_protocol::{
    failure::Failure,
    history::{EventKind, HistoryEvent},
    ids::InstanceId,
    status::InstanceStatus,
};

use durable_core::{
    message::Message,
    model::{Instance, InstanceKey, LeasedTask, NewInstance, TaskRef, TimerRow},
    state::Incoming,
    store::{
        Commit, CommitOutcome, Completion, DeliveredTo, Delivery, Execution, News, Ownership, Target,
        TurnCommit, TurnDone, TurnOrigin,
    },
    suspicion::Suspicion,
};

use super::{Effect, Machine, Reply, ReplyId, Ticket, forget::turn_results, leases::leased_by, slot::Phase};

impl Machine {
    pub(super) fn committed(&mut self, items: Vec<(Ticket, Commit)>, outcomes: Vec<CommitOutcome>) {
        for ((ticket, commit), outcome) in items.into_iter().zip(outcomes) {
            self.commits_in_flight -= 1;
            match (ticket, commit) {
                (Ticket::Turn(reply), Commit::Turn(turn)) => self.turn_committed(*turn, reply, outcome),
                (Ticket::TaskResult, Commit::TaskResult(result)) => {
                    self.lease_over(&[result.task]);
                    let was_lost = self.lost_results.remove(&result.task);
                    if let CommitOutcome::TaskResult(delivery) = outcome {
                        self.delivered(delivery, result.message);
                    } else if was_lost {
                        // It was written the first time: the message is in an inbox that nobody looks into.
                        self.take_unread(result.task.instance);
                    }
                }
                // Somebody else may have removed or revived it.
                (Ticket::Retention, _) => self.expired_answered(),
                (Ticket::Client(reply), commit) => self.answer(reply, commit, outcome),
                (Ticket::Call(reply), commit) => self.call_committed(reply, commit, outcome),
                (Ticket::Delivery, Commit::Deliver(message)) => self.delivery_committed(*message, outcome),
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
            Commit::Start(start)
                if matches!(answer, Reply::Taken(_)) && self.lost_starts.contains_key(&reply) =>
            {
                // Perhaps by itself.
                let NewInstance { id, key, .. } = start.instance;
                self.emit(Effect::FindStart { reply, id, key });
            }
            Commit::Start(start) => {
                self.lost_starts.remove(&reply);
                self.answer_start(reply, &start.instance.id, answer);
                if let CommitOutcome::Started(delivery) = outcome {
                    self.delivered(delivery, start.message);
                }
            }
            Commit::Send(send) => {
                match (outcome, &send.target) {
                    (CommitOutcome::Sent(delivery), _) => self.delivered(delivery, send.message),
                    (CommitOutcome::Scheduled, Target::Scheduled { due, .. }) => self.scheduled(*due),
                    _ => {}
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
                self.leases_not_written(&turn);
                self.remove(turn.key);
            }
            _ => {
                // Somebody else has written this instance: what is in memory is stale.
                self.leases_not_written(&turn);
                let first =
                    self.slots.get_mut(&turn.key).is_some_and(|slot| !mem::replace(&mut slot.fenced, true));
                if first || !self.others.shared {
                    self.forget(turn.key, turn_results(&turn));
                } else {
                    // It was read anew since: another host owns it.
                    self.leave(turn.key, turn_results(&turn));
                }
            }
        }
    }

    fn turn_done(&mut self, turn: TurnCommit, done: TurnDone) {
        let key = turn.key;
        let diverged = turn.history.iter().find_map(divergence).cloned();
        let TurnCommit {
            execution,
            update,
            tasks,
            timers,
            messages,
            timers_done,
            tasks_done,
            consumed,
            replies,
            ..
        } = turn;
        self.answer_calls(replies);
        let (mut instance_id, mut shows) = (None, true);
        self.lease_over(&tasks_done);
        if self.others.unread.is_under_way() {
            self.others.consumed.extend(&consumed);
        }
        if let Some(slot) = self.slots.get_mut(&key) {
            slot.shows |= update.custom_status.is_some();
            shows = slot.shows;
            if let Phase::Committing { next, ran_code, .. } = mem::replace(&mut slot.phase, Phase::Idle) {
                slot.warm = ran_code && execution == Execution::Continues;
                instance_id = Some(next.instance.id.clone());
                slot.state = Some(*next);
            }
            slot.running_tasks += tasks.iter().filter(|task| task.lease).count();
            slot.owned = update.ownership == Ownership::Keep;
            slot.fenced = false;
            slot.lost = None;
            slot.cleared();
            slot.in_turn.clear();
            if slot.reading_inbox.is_under_way() {
                slot.consumed.extend(consumed);
            }
        }
        self.disarm(&timers_done);
        if let (Some(id), Some(failure)) = (&instance_id, diverged) {
            // Not before: code that ran on what others have overtaken diverges too, and is fenced.
            self.emit(Effect::Suspended(id.clone(), failure));
        }
        if let Some(id) = instance_id {
            let mut given_back = Vec::new();
            for task in tasks {
                if !task.lease {
                    self.task_backlog = true;
                    self.note(News::TASKS);
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
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.running_tasks -= given_back.len();
            }
            self.give_back(given_back);
            if let Execution::Finished(completion) = &execution {
                let row = self.slots.get(&key).and_then(|slot| slot.state.as_ref());
                let waits = self.waiters.contains_key(&id);
                let status = row.filter(|_| waits && !shows).map(|state| ended(&state.instance, completion));
                self.stop_tasks_before(key, u32::MAX);
                self.note(News::FINISHED);
                self.leases_over_before(key, u32::MAX);
                self.remove(key);
                self.tell_waiters(&id, status);
            }
        }
        let generation = update.generation;
        if matches!(execution, Execution::ContinuedAsNew { .. }) {
            self.disarm_before(key, generation);
            self.stop_tasks_before(key, generation);
            self.leases_over_before(key, generation);
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
            } else if let Target::Scheduled { due, .. } = message.target {
                self.scheduled(due);
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
    pub(super) fn delivered(&mut self, delivery: Delivery, message: Message) {
        match delivery.to {
            // This host begins nothing any more.
            DeliveredTo::Here if self.hands_back() => {
                self.note(News::MESSAGES);
                self.settle(delivery.key);
            }
            DeliveredTo::Here if self.may_be_consumed(delivery) => self.read_again(delivery.key),
            DeliveredTo::Here => self.deliver(delivery.key, Incoming::Message(delivery.message, message)),
            DeliveredTo::Elsewhere => self.note(News::MESSAGES),
        }
    }

    pub(super) fn commit_refused(&mut self, ticket: Ticket, commit: &Commit, why: String) {
        self.commits_in_flight -= 1;
        if let Commit::Turn(turn) = commit {
            self.leases_not_written(turn);
            self.remove(turn.key);
        }
        match (ticket, commit) {
            (Ticket::Client(reply), Commit::Start(start)) if self.lost_starts.contains_key(&reply) => {
                self.give_start_up(reply, start, why);
            }
            (Ticket::Client(reply) | Ticket::Turn(Some(reply)), _) => {
                self.future_waiters.remove(&reply);
                self.emit(Effect::Reply(reply, Reply::Failed(why)));
            }
            (Ticket::Call(reply), _) => self.end_call(reply, Reply::Failed(why)),
            (Ticket::Delivery, _) => self.delivery_refused(),
            (Ticket::Retention, _) => self.expired_answered(),
            (Ticket::Turn(None) | Ticket::TaskResult, _) => {}
        }
    }

    /// Takes back what was granted to a turn: the activities do not run.
    pub(super) fn leases_not_written(&mut self, turn: &TurnCommit) {
        let calls: Vec<TaskRef> = leased_by(turn).collect();
        self.leased_tasks -= calls.len();
        self.has_not_leased(&calls);
    }
}

/// Why the host has suspended an instance, if that is what happened.
fn divergence(event: &HistoryEvent) -> Option<&Failure> {
    match &event.kind {
        EventKind::ExecutionSuspended { failure, .. } => failure.as_ref(),
        _ => None,
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
