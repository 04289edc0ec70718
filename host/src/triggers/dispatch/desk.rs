//! What is decided in one lane: how much to take, what to start, what to tell the store, when to look again. No clock, no
//! waiting.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    mem,
};

use durable_core::store::{
    Added, ClaimedOccurrences, Finish, FinishedOccurrence, Holder, LeasedOccurrence, OccurrenceId,
};
use fnhost_protocol::time::Timestamp;

use super::runner::Verdict;

/// One lane's book.
#[derive(Debug)]
pub(super) struct Desk {
    /// So many run at once.
    width: usize,
    /// The life under which everything here is leased; `None` while there is none.
    life: Option<Holder>,
    /// Leased and not begun.
    ready: VecDeque<LeasedOccurrence>,
    /// What runs: its attempt, and whether it holds up others of its source.
    running: HashMap<OccurrenceId, Running>,
    /// Room that calls to the store which are under way may fill.
    reserved: usize,
    /// Ends that are not written yet, and how many are being written.
    ended: Vec<FinishedOccurrence>,
    writing: usize,
    /// Sources in which something may run once these ends are written: the next one that is serial.
    unblocks: Vec<String>,
    being_unblocked: Vec<String>,
    /// What there may be in the store.
    look: Look,
    claiming: bool,
    /// Whether something may be leased to this life that is not in this book: an answer got lost.
    uncertain: bool,
    /// Whether to ask once more, with the next sweep: a call that nobody hears any more may have been slower than the
    /// first question.
    again: bool,
    asking: bool,
    /// When the next one is due that waits in the store, as far as is known.
    due: Option<Timestamp>,
    /// For which time somebody sleeps: a clock that is turned stops only there.
    armed: Option<Timestamp>,
    /// Whether anything new is begun.
    open: bool,
}

#[derive(Debug)]
struct Running {
    attempt: u32,
    source: String,
    serial: bool,
}

/// Where to look for work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Look {
    /// Nowhere: nothing waits.
    Nowhere,
    /// In these sources.
    In(BTreeSet<String>),
    /// In all sources.
    Everywhere,
}

impl Look {
    fn also(&mut self, source: String) {
        match self {
            Self::Nowhere => *self = Self::In(BTreeSet::from([source])),
            Self::In(sources) => _ = sources.insert(source),
            Self::Everywhere => {}
        }
    }
}

/// A claim to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) holder: Holder,
    pub(super) limit: u32,
    /// `None` for all sources.
    pub(super) sources: Option<Vec<String>>,
}

impl Desk {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width: width.max(1),
            life: None,
            ready: VecDeque::new(),
            running: HashMap::new(),
            reserved: 0,
            ended: Vec::new(),
            writing: 0,
            unblocks: Vec::new(),
            being_unblocked: Vec::new(),
            look: Look::Everywhere,
            claiming: false,
            uncertain: false,
            again: false,
            asking: false,
            due: None,
            armed: None,
            open: true,
        }
    }

    /// A new life: everything is looked for.
    pub(super) fn begin_life(&mut self, holder: Holder) {
        self.end_life();
        self.life = Some(holder);
        self.look = Look::Everywhere;
    }

    /// The life that has begun here.
    pub(super) fn life(&self) -> Option<Holder> {
        self.life
    }

    /// What was leased is so no more, and ends of it are nobody's business.
    pub(super) fn end_life(&mut self) {
        self.life = None;
        self.ready.clear();
        self.running.clear();
        self.ended.clear();
        self.unblocks.clear();
        self.uncertain = false;
        self.again = false;
    }

    /// Nothing new is begun; what was not begun is given back.
    pub(super) fn close(&mut self) {
        self.open = false;
        let back = self.ready.drain(..).map(|leased| FinishedOccurrence {
            id: leased.id,
            attempt: leased.attempt,
            finish: Finish::GivenBack,
        });
        self.ended.extend(back);
    }

    /// Runs that go on or whose ends are not written: what a crash repeats. When the store is away, nothing new begins.
    fn unrecorded(&self) -> usize {
        self.running.len() + self.ended.len() + self.writing
    }

    /// How many more may be leased: as many as may run, and as many again that are ready when those end.
    fn room(&self) -> usize {
        // While the store is asked what is leased, nothing more is: the answer would be of yesterday.
        if !self.open || self.asking || self.unrecorded() >= 2 * self.width {
            return 0;
        }
        (2 * self.width).saturating_sub(self.running.len() + self.ready.len() + self.reserved)
    }

    /// Keeps room for so many that are offered; how many may be leased at once.
    pub(super) fn reserve(&mut self, offered: usize) -> usize {
        let taken = self.room().min(offered);
        self.reserved += taken;
        taken
    }

    /// The answer to an offer, or `None` when nobody knows what became of it.
    pub(super) fn added(
        &mut self,
        holder: Holder,
        reserved: usize,
        now: Timestamp,
        added: Option<Vec<(Added, Timestamp, String)>>,
    ) {
        self.reserved -= reserved;
        let Some(added) = added else { return self.lost_an_answer(holder) };
        for (added, due, source) in added {
            match added {
                Added::Leased(leased) => self.take(holder, leased),
                Added::Waiting(_) if due > now => self.note_due(due),
                Added::Waiting(_) => self.look.also(source),
                Added::Known => {}
            }
        }
    }

    fn lost_an_answer(&mut self, holder: Holder) {
        self.look = Look::Everywhere;
        self.uncertain |= self.life == Some(holder);
        self.again |= self.uncertain;
    }

    /// Something that is leased is to run, unless the life is another by now.
    fn take(&mut self, holder: Holder, leased: LeasedOccurrence) {
        let is_here = self.running.contains_key(&leased.id)
            || self.ready.iter().any(|other| other.id == leased.id)
            || self.ended.iter().any(|other| other.id == leased.id);
        if self.life != Some(holder) || is_here {
            return;
        }
        if self.open {
            self.ready.push_back(leased);
        } else {
            let (id, attempt) = (leased.id, leased.attempt);
            self.ended.push(FinishedOccurrence { id, attempt, finish: Finish::GivenBack });
        }
    }

    fn note_due(&mut self, due: Timestamp) {
        self.due = Some(self.due.map_or(due, |known| known.min(due)));
    }

    /// What may begin now.
    pub(super) fn start(&mut self) -> Option<LeasedOccurrence> {
        if self.running.len() >= self.width || self.unrecorded() >= 2 * self.width {
            return None;
        }
        let leased = self.ready.pop_front()?;
        let running = Running {
            attempt: leased.attempt,
            source: leased.occurrence.source.clone(),
            serial: leased.occurrence.serial,
        };
        self.running.insert(leased.id, running);
        Some(leased)
    }

    /// A run is over. One that is not in the book is of an earlier life.
    pub(super) fn ended(&mut self, id: OccurrenceId, verdict: Verdict, now: Timestamp) {
        let Some(running) = self.running.remove(&id) else { return };
        let finish = match verdict {
            Verdict::Done | Verdict::Drop => Finish::Done,
            Verdict::Poison { reason } => Finish::Poison { reason },
            Verdict::Retry { after } => {
                let due = now.saturating_add(after);
                self.note_due(due);
                Finish::Again { due }
            }
        };
        self.ended.push(FinishedOccurrence { id, attempt: running.attempt, finish });
        if running.serial {
            self.unblocks.push(running.source);
        }
    }

    /// Ends to write now, one group at a time.
    pub(super) fn unwritten(&mut self) -> Option<(Holder, Vec<FinishedOccurrence>)> {
        let holder = self.life?;
        if self.writing > 0 || self.asking || self.ended.is_empty() {
            return None;
        }
        self.writing = self.ended.len();
        self.being_unblocked.append(&mut self.unblocks);
        Some((holder, mem::take(&mut self.ended)))
    }

    /// They are written, or not: then they are written again, unless their life is over.
    pub(super) fn written(&mut self, holder: Holder, failed: Option<Vec<FinishedOccurrence>>) {
        self.writing = 0;
        match failed {
            None => {
                mem::take(&mut self.being_unblocked).into_iter().for_each(|source| self.look.also(source))
            }
            Some(mut failed) if self.life == Some(holder) => {
                failed.append(&mut self.ended);
                self.ended = failed;
            }
            Some(_) => self.being_unblocked.clear(),
        }
    }

    /// It is time to look for what has become due, or for what others have left.
    pub(super) fn look_everywhere(&mut self) {
        self.look = Look::Everywhere;
    }

    /// Time has gone by.
    pub(super) fn sweep(&mut self) {
        self.look_everywhere();
        self.uncertain |= mem::take(&mut self.again) && self.life.is_some();
    }

    /// A time has come: what was known to be due then is to be looked for.
    pub(super) fn time_has_come(&mut self, now: Timestamp) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
            self.look = Look::Everywhere;
        }
    }

    /// Whether the store is to be asked now what is leased to this life. Only while no call is under way that changes
    /// it, so that the answer and this book can be compared.
    pub(super) fn ask(&mut self) -> Option<Holder> {
        let holder = self.life?;
        if !self.uncertain || self.asking || self.reserved > 0 || self.is_writing() {
            return None;
        }
        self.asking = true;
        Some(holder)
    }

    /// What is leased to a life according to the store; `None` when it did not answer.
    pub(super) fn asked(&mut self, holder: Holder, leased: Option<Vec<LeasedOccurrence>>) {
        self.asking = false;
        let Some(leased) = leased else { return };
        self.uncertain = false;
        for leased in leased {
            self.take(holder, leased);
        }
    }

    /// The claim to make now.
    pub(super) fn claim(&mut self) -> Option<Claim> {
        let holder = self.life?;
        if self.claiming || self.uncertain || self.look == Look::Nowhere {
            return None;
        }
        // Few slots at a time would be many claims; half of them is what ends meanwhile.
        let room = self.room();
        if room == 0 || room < self.width.div_ceil(2) && !self.ready.is_empty() {
            return None;
        }
        self.reserved += room;
        self.claiming = true;
        let sources = match mem::replace(&mut self.look, Look::Nowhere) {
            Look::In(sources) => Some(sources.into_iter().collect()),
            Look::Everywhere | Look::Nowhere => None,
        };
        if sources.is_none() {
            self.due = None;
        }
        Some(Claim { holder, limit: u32::try_from(room).unwrap_or(u32::MAX), sources })
    }

    fn is_writing(&self) -> bool {
        self.writing > 0 || !self.ended.is_empty()
    }

    /// The answer to a claim; `None` when it failed.
    pub(super) fn claimed(&mut self, claim: Claim, claimed: Option<ClaimedOccurrences>) {
        self.reserved -= claim.limit as usize;
        self.claiming = false;
        let Some(claimed) = claimed else { return self.lost_an_answer(claim.holder) };
        if claimed.leased.len() >= claim.limit as usize {
            match claim.sources {
                Some(sources) => sources.into_iter().for_each(|source| self.look.also(source)),
                None => self.look = Look::Everywhere,
            }
        }
        if let Some(next) = claimed.next {
            self.note_due(next);
        }
        for leased in claimed.leased {
            self.take(claim.holder, leased);
        }
    }

    /// When something becomes due, as far as is known, if nobody sleeps until then yet.
    pub(super) fn unarmed(&self) -> Option<Option<Timestamp>> {
        (self.due != self.armed).then_some(self.due)
    }

    /// Somebody sleeps until then.
    pub(super) fn arm(&mut self, due: Option<Timestamp>) {
        self.armed = due;
    }

    /// Whether no run goes on and none is about to begin.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty() && self.ready.is_empty()
    }

    /// Whether nothing runs, is to be written, or may be leased by a call that is under way.
    pub(super) fn is_over(&self) -> bool {
        self.is_idle() && self.reserved == 0 && !self.is_writing()
    }

    /// Whether only something new or time can make anything happen.
    pub(super) fn is_settled(&self, now: Timestamp) -> bool {
        let looks = self.life.is_none()
            || self.claiming
            || self.uncertain
            || self.look != Look::Nowhere
            || self.due != self.armed
            || self.due.is_some_and(|due| due <= now);
        self.is_over() && !(looks && self.open)
    }
}
