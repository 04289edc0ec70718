//! Clients that call an entity and wait: the operation goes to the inbox like any other, and names the client as the
//! one to answer.
//!
//! ```text
//! client ─▶ call_entity ── Send, committed ──▶ entity ── turn, committed ──▶ answer, if this host ran it
//!              ▲                                  └── on another host ──▶ a reply in the store ──▶ take_replies ─┐
//!              └──────────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Nothing is answered before the turn that ran the operation is committed.

use durable_core::{
    message::{Message, ReplyTo},
    store::{ClientReply, Commit, CommitOutcome, News, SendCommit, Target, TurnCommit},
};
use fnhost_protocol::{ids::EntityId, json::JsonText};

use super::{Effect, Machine, Reply, ReplyId, Ticket};

impl Machine {
    pub(super) fn call_entity(&mut self, entity: &EntityId, name: String, input: JsonText, reply: ReplyId) {
        let Some(host) = self.lease else {
            let why = "this host has no lease on the store now".to_owned();
            self.emit(Effect::Reply(reply, Reply::Failed(why)));
            return;
        };
        let target = Target::Entity(self.new_entity(entity));
        let to = ReplyTo { host, call: reply.0 };
        let message = Message::Operation { name, input, caller: None, reply: Some(to), section: None };
        self.calls.insert(reply);
        self.emit(Effect::Commit(Ticket::Call(reply), Commit::Send(SendCommit { target, message })));
    }

    /// The operation is in the inbox.
    pub(super) fn call_committed(&mut self, reply: ReplyId, commit: Commit, outcome: CommitOutcome) {
        match (commit, outcome) {
            (Commit::Send(send), CommitOutcome::Sent(delivery)) => self.delivered(delivery, send.message),
            (_, CommitOutcome::Refused(found)) => self.end_call(reply, Reply::Refused(found)),
            _ => {
                let why = "the store answered something else than was asked".to_owned();
                self.end_call(reply, Reply::Unknown(why));
            }
        }
    }

    /// Answers a client that waits, once.
    pub(super) fn end_call(&mut self, reply: ReplyId, answer: Reply) {
        if self.calls.remove(&reply) {
            self.emit(Effect::Reply(reply, answer));
        }
    }

    /// An entity's turn is committed: its answers to clients of this host.
    pub(super) fn answer_calls(&mut self, replies: Vec<ClientReply>) {
        for ClientReply { to, answer } in replies {
            if Some(to.host) == self.lease {
                self.end_call(ReplyId(to.call), Reply::Answered(answer));
            } else {
                self.note(News::REPLIES);
            }
        }
    }

    /// It is not known whether an entity's turn was committed. If it was, nobody will answer any more; if it was not,
    /// the operation runs again.
    pub(super) fn calls_lost(&mut self, turn: &TurnCommit, why: &str) {
        for reply in &turn.replies {
            if Some(reply.to.host) == self.lease {
                self.end_call(ReplyId(reply.to.call), Reply::Unknown(why.to_owned()));
            }
        }
    }

    /// Looks for answers that other hosts have given.
    pub(super) fn look_for_replies(&mut self) {
        if !self.calls.is_empty() {
            self.others.replies.want();
        }
    }

    pub(super) fn replies_taken(&mut self, replies: Vec<ClientReply>) {
        self.others.replies.answered();
        self.answer_calls(replies);
    }
}
