//! Commits of which it is not known whether they were written. What they may have left is told apart by reading, and
//! what can be written again without harm is written again.

use fnhost_protocol::{ids::InstanceId, json::JsonText, status::RuntimeStatus};

use durable_core::{
    message::Message,
    model::InstanceKey,
    store::{Commit, SendCommit, StartCommit, Target, TurnCommit, TurnOrigin},
};

use super::{
    Effect, Machine, Reply, ReplyId, Ticket,
    forget::turn_results,
    leases::leased_by,
    slot::{LostTurn, Slot},
};

/// How often a start is written before its client is told that nobody knows.
const START_TRIES: u32 = 3;

impl Machine {
    /// It is not known whether these were written: everything concerned is read anew, and so is every instance with
    /// work here, because they may have sent it something.
    pub(super) fn commit_lost(&mut self, items: Vec<(Ticket, Commit)>, why: &str) {
        self.instance_backlog = true;
        self.task_backlog = true;
        if self.others.shared {
            self.others.unread.want();
            self.doubt_leases();
        } else {
            self.read_busy_again();
        }
        for (ticket, commit) in items {
            self.commits_in_flight -= 1;
            match (ticket, commit) {
                (Ticket::Turn(reply), Commit::Turn(turn)) => self.turn_lost(*turn, reply, why),
                (Ticket::Delivery, Commit::Deliver(message)) => self.delivery_lost(&message),
                (Ticket::Call(reply), _) => self.end_call(reply, Reply::Unknown(why.to_owned())),
                // Repeating it is harmless: a result that was recorded has no leased row any more.
                (ticket, Commit::TaskResult(result)) => {
                    self.lost_results.insert(result.task);
                    self.emit(Effect::Commit(ticket, Commit::TaskResult(result)));
                }
                // Likewise: its key tells whether it was written before.
                (Ticket::Client(reply), Commit::Start(start)) => self.start_again(start, reply, why),
                (Ticket::Client(reply) | Ticket::Turn(Some(reply)), commit) => {
                    if let Commit::Send(SendCommit { target: Target::Scheduled { due, .. }, .. }) = commit {
                        self.scheduled(due);
                    }
                    self.future_waiters.remove(&reply);
                    self.emit(Effect::Reply(reply, Reply::Unknown(why.to_owned())));
                }
                (Ticket::Retention, _) => self.expired_answered(),
                (Ticket::Turn(None) | Ticket::TaskResult | Ticket::Delivery, _) => {}
            }
        }
    }

    fn read_busy_again(&mut self) {
        // Idle ones belong to nobody: claims find them.
        for key in self.keys_where(|slot| slot.idle.is_none()) {
            self.read_again(key);
        }
        // But not those that rest because they are locked.
        for key in self.blocked.keys() {
            self.take_unread(key);
        }
    }

    fn turn_lost(&mut self, turn: TurnCommit, reply: Option<ReplyId>, why: &str) {
        self.leases_not_written(&turn);
        self.calls_lost(&turn, why);
        self.schedule_again(&turn);
        // Decided by the next read: given back right away, a lease might be one that was granted since.
        let lost = LostTurn { turn: turn.update.turn, leases: leased_by(&turn).collect() };
        if let Some(reply) = reply
            && let TurnOrigin::New { instance, replace } = turn.origin
        {
            // The start is written alone this time. It runs from there, or from where its first turn has brought it.
            self.remove(turn.key);
            self.slots.insert(turn.key, Slot { lost: Some(lost), ..Slot::cold() });
            let input = instance.input.clone().unwrap_or_else(JsonText::null);
            let message = Message::Start { input, parent: instance.parent.clone() };
            self.start_again(StartCommit { instance, replace, message }, reply, why);
            return;
        }
        if let Some(slot) = self.slots.get_mut(&turn.key) {
            slot.lost = Some(lost);
        }
        self.forget(turn.key, turn_results(&turn));
    }

    fn start_again(&mut self, start: StartCommit, reply: ReplyId, why: &str) {
        let tries = self.lost_starts.entry(reply).or_insert(1);
        *tries += 1;
        if *tries <= START_TRIES {
            self.emit(Effect::Commit(Ticket::Client(reply), Commit::Start(start)));
        } else {
            self.give_start_up(reply, &start, why.to_owned());
        }
    }

    /// A start that was tried more than once is not tried again. Nobody knows whether it was written the first time; if it
    /// was, it runs.
    pub(super) fn give_start_up(&mut self, reply: ReplyId, start: &StartCommit, why: String) {
        self.lost_starts.remove(&reply);
        self.answer_start(reply, &start.instance.id, Reply::Unknown(why));
        self.take_unread(start.instance.key);
    }

    /// Whose the id is that a repeated start found taken.
    pub(super) fn start_found(
        &mut self,
        reply: ReplyId,
        (id, key): (&InstanceId, InstanceKey),
        found: Result<Option<(InstanceKey, RuntimeStatus)>, String>,
    ) {
        self.lost_starts.remove(&reply);
        let answer = match found {
            Ok(Some((by, _))) if by == key => Reply::Done,
            Ok(Some((_, status))) => Reply::Taken(status),
            Ok(None) => Reply::Unknown("the instance that had the id is gone".to_owned()),
            Err(why) => Reply::Unknown(why),
        };
        self.answer_start(reply, id, answer);
        // What there is of it runs; if there is nothing, the read says so.
        self.take_unread(key);
    }
}
