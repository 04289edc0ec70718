//! The engine's decisions, pure: [`Machine::handle`] takes one [`Input`] and the time, and leaves [`Effect`]s.
//!
//! ```text
//! slot of one instance          pending: messages, results, fired timers, in order
//!
//!   Cold ──load──▶ Loading ──▶ Idle ──pending──▶ Running ──▶ Committing ──▶ Idle, or gone when finished
//!                                   └▶ ReadingHistory ┘           │
//!   Cold ◀──────────── fenced, or outcome unknown ◀───────────────┘
//! ```
//!
//! The same inputs at the same times give the same effects in the same order.
//!
//! One file per subject: requests of clients, turns, commits, tasks, timers, memory, trials of suspects; and what there
//! is because other hosts share the store: their news, their messages, leases, and the lives of this host.

mod alphabet;
mod asking;
mod calls;
mod commits;
mod forget;
mod hosts;
mod inbox;
mod keys;
mod leases;
mod lives;
mod loads;
mod locks;
mod lost;
mod memory;
mod requests;
mod scheduled;
mod retention;
mod slot;
mod stops;
mod suspects;
mod tasks;
mod timers;
mod trials;
mod turns;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque};

use fnhost_protocol::{ids::InstanceId, time::Timestamp};

use durable_core::model::{HostLease, InstanceKey, TaskRef, TimerRow};

pub use alphabet::{Effect, Input, Recipient, Reply, ReplyId, StartInput, Ticket};
use asking::Asking;
use hosts::Others;
use keys::KeyBlock;
use locks::Blocked;
use retention::Expiry;
use scheduled::Schedule;
use slot::Slot;
pub use suspects::Suspect;
use suspects::Suspects;

use crate::options::Options;

/// The state of one engine.
#[derive(Debug)]
pub struct Machine {
    options: Options,
    now: Timestamp,
    slots: HashMap<InstanceKey, Slot>,
    /// Idle instances with something pending, in the order in which it came.
    runnable: VecDeque<InstanceKey>,
    /// Cold instances with something pending.
    unloaded: VecDeque<InstanceKey>,
    /// Idle instances without anything pending, least recently used first; see `memory`.
    idle: BTreeMap<u64, InstanceKey>,
    idle_bytes: usize,
    use_counter: u64,
    session_counter: u64,
    loading: usize,
    running_turns: usize,
    commits_in_flight: usize,
    /// Commits that were ever asked for.
    commits_asked: u64,
    /// Activities that run here or are leased by a commit under way.
    leased_tasks: usize,
    /// Activities that run here.
    running: BTreeSet<TaskRef>,
    /// Queued activities may wait in the store.
    task_backlog: bool,
    /// Instances with messages may wait in the store.
    instance_backlog: bool,
    /// Activities that the claim under way may bring.
    claiming_tasks: usize,
    claim_in_flight: bool,
    timers: BinaryHeap<Reverse<TimerRow>>,
    /// Timers whose row is known to exist: in the heap, or fired into a turn that is not committed yet.
    armed: BTreeSet<TaskRef>,
    /// Reads of all waiting timers that are under way.
    reading_timers: usize,
    /// Timers whose rows went while timers are read: a page may still show them.
    gone: HashSet<TaskRef>,
    /// What there is because of other hosts.
    others: Others,
    /// Activities that this host has leased, each as often as it has asked for it; see `leases`.
    leases: BTreeMap<TaskRef, u32>,
    /// Whether a claim may have brought activities that are not known here.
    looking_for_leases: Asking,
    /// Sweeps that look for such.
    doubtful_sweeps: u8,
    /// Activities that could not be given back.
    unreleased: Vec<TaskRef>,
    /// Activities that are to be given back.
    to_release: BTreeSet<TaskRef>,
    /// Activities that are being given back.
    releasing: BTreeSet<TaskRef>,
    /// Starts that are written again because it is not known whether they were, and how often they were tried.
    lost_starts: HashMap<ReplyId, u32>,
    /// Results of activities that are written again because it is not known whether they were.
    lost_results: HashSet<TaskRef>,
    /// Instances with messages for which there was no room.
    overflow: BTreeSet<InstanceKey>,
    /// Instances that could not be read; the next sweep tries again.
    failed_loads: Vec<InstanceKey>,
    keys: KeyBlock,
    /// Inputs that wait for keys to be reserved.
    parked: VecDeque<Input>,
    waiters: HashMap<InstanceId, Vec<ReplyId>>,
    /// Who will wait for an instance as soon as its start has been answered, by the start's reply.
    future_waiters: HashMap<ReplyId, ReplyId>,
    /// Under which clients of this host are answered.
    lease: Option<HostLease>,
    /// Clients that wait for the answer of an entity.
    calls: BTreeSet<ReplyId>,
    blocked: Blocked,
    schedule: Schedule,
    draining: bool,
    /// Removal of instances that are finished for long.
    expiry: Expiry,
    suspects: Suspects,
    /// State of the test-only random eviction.
    evict: Option<u64>,
    effects: Vec<Effect>,
}

impl Machine {
    /// An engine that knows nothing yet.
    pub fn new(options: Options) -> Self {
        Self {
            evict: options.evict_seed,
            options,
            now: Timestamp::EPOCH,
            slots: HashMap::new(),
            runnable: VecDeque::new(),
            unloaded: VecDeque::new(),
            idle: BTreeMap::new(),
            idle_bytes: 0,
            use_counter: 0,
            session_counter: 0,
            loading: 0,
            running_turns: 0,
            commits_in_flight: 0,
            commits_asked: 0,
            leased_tasks: 0,
            running: BTreeSet::new(),
            task_backlog: false,
            instance_backlog: false,
            claiming_tasks: 0,
            claim_in_flight: false,
            timers: BinaryHeap::new(),
            armed: BTreeSet::new(),
            reading_timers: 0,
            gone: HashSet::new(),
            others: Others::default(),
            leases: BTreeMap::new(),
            looking_for_leases: Asking::default(),
            doubtful_sweeps: 0,
            unreleased: Vec::new(),
            to_release: BTreeSet::new(),
            releasing: BTreeSet::new(),
            lost_starts: HashMap::new(),
            lost_results: HashSet::new(),
            overflow: BTreeSet::new(),
            failed_loads: Vec::new(),
            keys: KeyBlock::default(),
            parked: VecDeque::new(),
            waiters: HashMap::new(),
            future_waiters: HashMap::new(),
            lease: None,
            calls: BTreeSet::new(),
            blocked: Blocked::default(),
            schedule: Schedule::default(),
            draining: false,
            expiry: Expiry::default(),
            suspects: Suspects::default(),
            effects: Vec::new(),
        }
    }

    /// Takes one input at a time that never goes back. What is to be done follows from [`Machine::take_effects`].
    pub fn handle(&mut self, input: Input, now: Timestamp) {
        self.now = self.now.max(now);
        let needed = self.keys_needed(&input);
        if self.others.without_lease && input.is_a_write() {
            self.parked.push_back(input);
        } else if needed > 0 && (!self.parked.is_empty() || !self.keys.holds(needed)) {
            self.parked.push_back(input);
            self.reserve_keys(needed);
        } else {
            self.dispatch(input);
        }
        self.pump();
    }

    /// Fires the timers that are due and starts what became possible.
    pub fn tick(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        self.fire_due_timers();
        self.pump();
    }

    /// What is to be done, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Whether nothing is under way: only new input or time can make anything happen.
    pub fn is_quiet(&self) -> bool {
        self.runnable.is_empty()
            && self.unloaded.is_empty()
            && self.parked.is_empty()
            && self.loading == 0
            && self.reading_timers == 0
            && self.schedule.is_quiet()
            && !self.blocked.is_asking()
            && self.running_turns == 0
            && self.commits_in_flight == 0
            && self.leased_tasks == 0
            && !self.claim_in_flight
            && self.releasing.is_empty()
            && !self.wants_claim()
            && self.looking_for_leases.is_idle()
            && !self.is_asking()
            && !self.expiry.is_busy()
            && self.suspects.trials.is_quiet()
    }

    /// What must come to its end before the host stops: activities, turns, commits, a claim; and instances that are
    /// read in order to be let go.
    pub fn in_flight(&self) -> usize {
        let reads = if self.hands_back() { self.unloaded.len() + self.loading } else { 0 };
        self.running_turns
            + self.leased_tasks
            + self.commits_in_flight
            + usize::from(self.claim_in_flight)
            + reads
    }

    /// Whether a single commit is all that is under way, so that nothing is about to end that could be written with it.
    pub fn is_one_commit(&self) -> bool {
        self.commits_in_flight == 1 && self.running_turns == 0
    }

    fn dispatch(&mut self, input: Input) {
        match input {
            Input::Start { start, reply, finished } => self.start(start, reply, finished),
            Input::Send { target, message, reply } => self.send(target, message, reply),
            Input::Purge { id, only, reply } => self.purge(id, only, reply),
            Input::Call { entity, operation, input, reply } => {
                self.call_entity(&entity, operation, input, reply);
            }
            Input::RemoveEmptyEntities { after, limit, reply } => {
                self.emit(Effect::RemoveEmptyEntities { after, limit, reply });
            }
            Input::EmptyEntitiesRemoved { removed, reply } => {
                self.emit(Effect::Reply(reply, removed.map_or_else(Reply::Failed, Reply::Removed)));
            }
            Input::Wait { id, reply } => self.waiters.entry(id).or_default().push(reply),
            Input::StopWaiting { id, reply } => self.stop_waiting(&id, reply),
            Input::Loaded { key, loaded } => self.loaded(key, loaded),
            Input::LoadFailed { key } => self.load_failed(key),
            Input::HistoryRead { key, history } => self.history_read(key, history),
            Input::TurnRan { key, outcome } => self.turn_ran(key, outcome),
            Input::BatchRan { key, outcome } => self.batch_ran(key, outcome),
            Input::TaskRan { task, event } => self.task_ran(task, event),
            Input::TasksPointless(tasks) => self.tasks_pointless(tasks),
            Input::Committed { items, outcomes } => self.committed(items, outcomes),
            Input::CommitLost { items, why } => self.commit_lost(items, &why),
            Input::CommitRefused { ticket, commit, why } => self.commit_refused(ticket, &commit, why),
            Input::KeysReserved(range) => self.keys_reserved(range),
            Input::Claimed { claimed, request } => self.claimed(claimed, request),
            Input::ClaimFailed { request, unknown } => self.claim_failed(request, unknown),
            Input::LeasesFound(calls) => self.leases_found(calls),
            Input::Released { calls, done } => self.released(calls, done),
            Input::TimersRead(rows) => self.timers_read(rows),
            Input::ScheduledRead(page) => self.scheduled_read(page),
            Input::HoldersGone(gone) => self.holders_gone(gone),
            Input::RepliesTaken(replies) => self.replies_taken(replies),
            Input::OverdueRead { rows, more } => self.overdue_read(rows, more),
            Input::Heard(news) => self.heard(news),
            Input::UnreadFound(found) => self.unread_found(found),
            Input::InboxRead { key, loaded } => self.inbox_read(key, loaded.map(|loaded| *loaded)),
            Input::FinishedFound(ids) => self.finished_found(&ids),
            Input::StartFound { reply, id, key, found } => self.start_found(reply, (&id, key), found),
            Input::ExpiredFound(found) => self.expired_found(found),
            Input::LeaseLost => self.lease_lost(),
            Input::Registered(lease) => self.registered(lease),
            Input::Recover => self.recover(),
            Input::TrialRecorded => self.trial_recorded(),
            Input::Sweep => {
                self.suspects.trials.sweep();
                self.sweep();
            }
            Input::Drain => self.drain(),
        }
    }

    /// Starts what can be started.
    fn pump(&mut self) {
        if self.others.without_lease {
            return;
        }
        if self.draining {
            self.pump_loads_to_let_go();
            self.pump_leases();
            self.pump_others();
            return;
        }
        self.pump_trials();
        while self.running_turns < self.options.max_turns {
            let Some(key) = self.next_runnable() else { break };
            self.begin(key);
        }
        // Afterwards, because what was forgotten by then is to be read again.
        self.pump_loads();
        self.read_due();
        self.pump_leases();
        self.pump_others();
        self.expire();
        self.shrink();
    }

    fn pump_loads(&mut self) {
        while self.loading < self.options.max_loads {
            let Some(key) = self.unloaded.pop_front() else { break };
            self.load(key);
        }
    }

    fn emit(&mut self, effect: Effect) {
        if matches!(effect, Effect::Commit(..)) {
            self.commits_in_flight += 1;
            self.commits_asked += 1;
        }
        self.effects.push(effect);
    }
}
