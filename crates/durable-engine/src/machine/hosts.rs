//! Living with other hosts on one store: what they are told and what their words lead to, and the end of this host's
//! lease.
//!
//! ```text
//! news       leads to
//! MESSAGES   a claim of instances; a look for messages of instances that this host owns
//! TASKS      a claim of activities
//! REPLIES    a look for answers to clients that wait here
//! FINISHED   a look for instances that clients wait for here; a look for activities that nobody waits for
//! WORK       both claims, and the look for messages
//! ALL        a sweep: something may have been missed
//! ```
//!
//! On a store that serves one host alone nothing of this happens, but for the look for messages after a claim whose
//! answer was lost.

use std::collections::{HashSet, VecDeque};

use fnhost_protocol::ids::InstanceId;

use durable_core::{
    model::MessageId,
    store::{News, TimerCursor},
};

use super::{Effect, Machine, asking::Asking};

/// Ids that are asked for at once.
const CHUNK: usize = 500;

/// What a machine keeps because of other hosts.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Whether there may be any.
    pub(super) shared: bool,
    /// Whether this host has no lease: nothing begins until it has a new one.
    pub(super) without_lease: bool,
    /// What they are to be told.
    pub(super) news: News,
    /// Whether others have sent messages to instances of this host.
    pub(super) unread: Asking,
    /// Messages that were consumed while that is answered: the answer may still show them.
    pub(super) consumed: HashSet<MessageId>,
    /// Timers that nobody has fired.
    pub(super) overdue: Asking,
    /// Where the next page of them begins.
    pub(super) overdue_after: Option<TimerCursor>,
    /// Which of the instances waited for here have finished elsewhere.
    finished: Asking,
    /// Those that are still to be asked for in this round.
    asked_for: VecDeque<InstanceId>,
    /// Which of the activities that run here nobody waits for.
    pub(super) pointless: Asking,
    /// Answers that others have given to clients of this host.
    pub(super) replies: Asking,
}

impl Machine {
    /// A machine that is not alone on its store.
    #[must_use]
    pub fn among_others(mut self) -> Self {
        self.others.shared = true;
        self
    }

    /// Has the other hosts told, if there may be any.
    pub(super) fn note(&mut self, news: News) {
        if self.others.shared {
            self.others.news = self.others.news | news;
        }
    }

    /// What a host was told, perhaps its own words.
    pub(super) fn heard(&mut self, news: News) {
        if news.has(News::FINISHED) {
            self.look_elsewhere();
        }
        if news.has(News::REPLIES) {
            self.look_for_replies();
        }
        if self.others.without_lease || self.draining {
            return;
        }
        if news.has(News::ALL) {
            self.sweep();
            return;
        }
        let work = news.has(News::WORK);
        self.task_backlog |= work || news.has(News::TASKS);
        if work || news.has(News::MESSAGES) {
            self.instance_backlog = true;
            self.others.unread.want();
        }
    }

    /// The part of a sweep that is about other hosts.
    pub(super) fn sweep_others(&mut self) {
        self.others.unread.want();
        self.others.overdue.want();
        self.look_for_replies();
        self.look_elsewhere();
    }

    fn look_elsewhere(&mut self) {
        if !self.waiters.is_empty() {
            self.others.finished.want();
        }
        if !self.running.is_empty() {
            self.others.pointless.want();
        }
    }

    /// Asks the store what was to be asked, and tells others what they are to be told.
    pub(super) fn pump_others(&mut self) {
        if self.others.without_lease {
            return;
        }
        if self.others.unread.begin() {
            self.others.consumed.clear();
            self.emit(Effect::FindUnread);
        }
        if !self.others.shared {
            return;
        }
        if self.others.overdue.begin() {
            let until = self.now.saturating_sub(super::timers::GRACE);
            self.emit(Effect::ReadOverdue { until, after: self.others.overdue_after });
        }
        self.ask_who_finished();
        if self.others.pointless.begin() {
            let calls = self.running_elsewhere();
            if calls.is_empty() {
                self.others.pointless.answered();
            } else {
                self.emit(Effect::FindPointless(calls));
            }
        }
        if self.others.replies.begin() {
            self.emit(Effect::TakeReplies);
        }
        let news = std::mem::take(&mut self.others.news);
        if !news.is_empty() {
            self.emit(Effect::Announce(news));
        }
    }

    /// Asks for the instances that clients wait for and that do not run here, chunk by chunk.
    fn ask_who_finished(&mut self) {
        if self.others.finished.is_under_way() {
            return;
        }
        if !self.others.asked_for.is_empty() {
            self.others.finished.go_on();
        } else if self.others.finished.begin() {
            self.others.asked_for = self.waited_for_elsewhere();
        }
        let chunk = self.others.asked_for.len().min(CHUNK);
        if chunk > 0 {
            let ids = self.others.asked_for.drain(..chunk).collect();
            self.emit(Effect::FindFinished(ids));
        } else {
            self.others.finished.answered();
        }
    }

    fn waited_for_elsewhere(&self) -> VecDeque<InstanceId> {
        // A host that stops ends nothing itself.
        let stops = self.hands_back();
        let busy = self.slots.values().filter(|slot| !stops && slot.idle.is_none());
        let here: HashSet<&InstanceId> = busy.filter_map(|slot| Some(slot.state.as_ref()?.id())).collect();
        let mut elsewhere: Vec<_> = self.waiters.keys().filter(|id| !here.contains(id)).cloned().collect();
        elsewhere.sort_unstable();
        elsewhere.into()
    }

    /// These have finished, here or elsewhere, or there are no such.
    pub(super) fn finished_found(&mut self, ids: &[InstanceId]) {
        self.others.finished.answered();
        for id in ids {
            self.tell_waiters(id, None);
        }
    }

    pub(super) fn is_asking(&self) -> bool {
        let Others { unread, overdue, finished, pointless, replies, asked_for, .. } = &self.others;
        ![unread, overdue, finished, pointless, replies].iter().all(|asking| asking.is_idle())
            || !asked_for.is_empty()
    }
}
