//! Everything that a seed decides beforehand: how the hosts are set up, what goes wrong how often, what is run.

use std::{ops::Range, time::Duration};

use durable_core::limits::Limits;
use durable_engine::{Options, Retention};
use fnhost_protocol::client::Reach;

use crate::{
    killers,
    program::{Program, programs},
    random::Random,
};

/// One simulation.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) hosts: usize,
    /// How long leases last; hosts that are alone have none.
    pub(crate) lease: Option<Duration>,
    pub(crate) options: Options,
    pub(crate) faults: Faults,
    /// When everything works again.
    pub(crate) calm_at: Duration,
    pub(crate) programs: Vec<Program>,
    pub(crate) roots: Vec<Root>,
    pub(crate) adders: Vec<Adder>,
    /// Whether somebody removes finished orchestrations and empty entities all the time.
    pub(crate) cleaned: bool,
}

/// How often what goes wrong, in a thousand calls of its kind, or in a thousand seconds of a host's life.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    /// Calls of the store that take up to half a second.
    pub(crate) slow: u32,
    /// Commits that the store is too busy for.
    pub(crate) busy: u32,
    /// Batches with an item that the database refuses for a while.
    pub(crate) refused: u32,
    /// Turns that are fenced although they are right.
    pub(crate) fenced: u32,
    /// Commits whose outcome nobody learns: written, not written, or written later.
    pub(crate) unknown: u32,
    /// Reads that fail.
    pub(crate) unreadable: u32,
    /// Claims that fail.
    pub(crate) unclaimed: u32,
    /// Activities that cannot be given back.
    pub(crate) unreleased: u32,
    /// Claims and releases that are done, and whose answer gets lost.
    pub(crate) unanswered: u32,
    /// Turns before which the worker forgets its session.
    pub(crate) forgotten: u32,
    /// Seconds in which a host is killed.
    pub(crate) deaths: u32,
    /// Seconds in which a host stops to run for a while, without knowing it.
    pub(crate) pauses: u32,
    /// Announcements of hosts that nobody hears.
    pub(crate) unheard: u32,
    /// Seconds in which a host is told to stop.
    pub(crate) stops: u32,
}

/// An orchestration that a client starts.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) id: String,
    pub(crate) program: usize,
    pub(crate) begins: Duration,
    /// How long after its start somebody terminates it, and how far that reaches.
    pub(crate) terminated: Option<(Duration, Reach)>,
    /// How long after its start somebody suspends it, and for how long.
    pub(crate) suspended: Option<(Duration, Duration)>,
    pub(crate) afterwards: Afterwards,
}

/// What becomes of an orchestration when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    Stays,
    Purged(Reach),
    /// Purged, and its id is used again.
    StartedAgain(Reach),
}

impl Afterwards {
    fn reaches_one(&mut self) {
        match self {
            Self::Stays => {}
            Self::Purged(reach) | Self::StartedAgain(reach) => *reach = Reach::Instance,
        }
    }
}

/// A client that adds at entities, one after another.
#[derive(Debug, Clone)]
pub(crate) struct Adder {
    pub(crate) begins: Duration,
    /// The longest pause between two wishes, in milliseconds.
    pub(crate) pause: u64,
    pub(crate) wishes: Vec<Wish>,
}

/// What it wants.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// At which entity.
    pub(crate) key: u64,
    pub(crate) add: u64,
    pub(crate) how: How,
}

/// How it asks for it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    Signal,
    /// A signal that arrives no earlier than after so long.
    Later(Duration),
    /// A call that is answered.
    Call,
}

impl Plan {
    /// The plan of a seed.
    pub(crate) fn of(random: &mut Random) -> Self {
        let shared = random.chance(650);
        let calm_at = random.millis(3_000..20_000);
        let programs = programs(random);
        let options = options(random);
        // What is removed for its age is told from what somebody removes: not both in one simulation.
        let is_aged = options.retention != Retention::default();
        let mut roots: Vec<Root> =
            (0..random.number(2..8)).map(|number| root(random, number, programs.len(), calm_at)).collect();
        for root in roots.iter_mut().filter(|_| is_aged) {
            root.afterwards.reaches_one();
        }
        let adders = (0..random.number(0..3)).map(|_| adder(random, calm_at)).collect();
        let mut plan = Self {
            hosts: if shared { random.index(3) + 1 } else { 1 },
            lease: shared.then(|| random.millis(2_000..8_000)),
            options,
            cleaned: !is_aged && random.chance(250),
            faults: Faults::drawn(random),
            calm_at,
            programs,
            roots,
            adders,
        };
        killers::add_to(&mut plan, random);
        plan
    }
}

impl Plan {
    /// How long finished orchestrations are kept, if somebody removes them when their time has come.
    pub(crate) fn retention(&self) -> Option<Retention> {
        let retention = self.options.retention;
        (retention != Retention::default()).then_some(retention)
    }

    /// Whether anything is ever removed.
    pub(crate) fn removes(&self) -> bool {
        let is_removed = |root: &Root| root.afterwards != Afterwards::Stays;
        self.cleaned || self.retention().is_some() || self.roots.iter().any(is_removed)
    }
}

impl Faults {
    /// Each kind is switched off in half of all simulations: what hides behind a frequent fault shows in others.
    fn drawn(random: &mut Random) -> Self {
        let mut some = |range: Range<u64>| {
            let often = u32::try_from(random.number(range)).expect("below a thousand");
            if random.chance(500) { often } else { 0 }
        };
        Self {
            slow: some(10..200),
            busy: some(10..200),
            refused: some(5..100),
            fenced: some(5..100),
            unknown: some(5..150),
            unreadable: some(10..200),
            unclaimed: some(10..200),
            unreleased: some(10..300),
            unanswered: some(5..150),
            forgotten: some(10..500),
            deaths: some(20..400),
            pauses: some(20..300),
            unheard: some(50..1_001),
            stops: some(20..200),
        }
    }
}

fn options(random: &mut Random) -> Options {
    let max_tasks = random.index(6) + 1;
    let seed = random.next();
    let mut options = Options {
        max_turns: random.index(8) + 1,
        max_tasks,
        claim_share: random.index(max_tasks.min(3)),
        idle_bytes: random.index(8_000),
        max_slots: random.index(40) + 2,
        max_loads: random.index(4) + 1,
        limits: Limits {
            messages_per_turn: random.index(10) + 1,
            operations_per_batch: random.index(10) + 1,
            ..Limits::default()
        },
        retention: if random.chance(200) { retention(random) } else { Retention::default() },
        evict_seed: random.chance(300).then_some(seed | 1),
        ..Options::default()
    };
    options.batch.items = random.index(16) + 1;
    options.batch.bytes = random.index(20_000) + 500;
    options
}

/// Some finished orchestrations are not kept for long.
fn retention(random: &mut Random) -> Retention {
    let mut age = || random.chance(700).then(|| random.millis(0..5_000));
    Retention { completed: age(), failed: age(), terminated: age() }
}

fn reach(random: &mut Random) -> Reach {
    Reach::recursive(random.chance(500))
}

fn root(random: &mut Random, number: u64, programs: usize, calm_at: Duration) -> Root {
    let afterwards = match random.number(0..10) {
        0 => Afterwards::Purged(reach(random)),
        1 => Afterwards::StartedAgain(reach(random)),
        _ => Afterwards::Stays,
    };
    Root {
        id: format!("r{number}"),
        program: random.index(programs),
        begins: within(random, calm_at),
        terminated: random.chance(200).then(|| (random.millis(0..3_000), reach(random))),
        suspended: random.chance(200).then(|| (random.millis(0..2_000), random.millis(1..3_000))),
        afterwards,
    }
}

/// Some are in a hurry and want everything of one entity: each wish comes in through another host.
fn adder(random: &mut Random, calm_at: Duration) -> Adder {
    let begins = within(random, calm_at);
    let key = random.number(0..4);
    let hurries = random.chance(500);
    let (keys, most, pause) = if hurries { (key..key + 1, 25, 10) } else { (0..4, 12, 300) };
    let wishes = (0..random.number(1..most)).map(|_| wish(random, keys.clone())).collect();
    Adder { begins, pause, wishes }
}

fn wish(random: &mut Random, keys: Range<u64>) -> Wish {
    let how = match random.number(0..10) {
        0..5 => How::Signal,
        5..7 => How::Later(random.millis(0..4_000)),
        _ => How::Call,
    };
    Wish { key: random.number(keys), add: random.number(1..100), how }
}

fn within(random: &mut Random, time: Duration) -> Duration {
    let millis = u64::try_from(time.as_millis()).expect("simulations are short");
    random.millis(0..millis)
}
