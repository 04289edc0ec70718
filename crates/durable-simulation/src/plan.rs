//! Everything that a seed decides beforehand: how the hosts are set up, what goes wrong how often, what is run.

use std::{ops::Range, time::Duration};

use durable_core::limits::Limits;
use durable_engine::Options;

use crate::{
    program::{Ends, Program, Step, Task},
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
    pub(crate) signallers: Vec<Signaller>,
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
    /// How long after its start somebody terminates it.
    pub(crate) terminated: Option<Duration>,
    /// How long after its start somebody suspends it, and for how long.
    pub(crate) suspended: Option<(Duration, Duration)>,
    pub(crate) afterwards: Afterwards,
}

/// What becomes of an orchestration when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    Stays,
    Purged,
    /// Purged, and its id is used again.
    StartedAgain,
}

/// A client that signals entities.
#[derive(Debug, Clone)]
pub(crate) struct Signaller {
    pub(crate) begins: Duration,
    /// To which entity, how much.
    pub(crate) signals: Vec<(u64, u64)>,
}

impl Plan {
    /// The plan of a seed.
    pub(crate) fn of(random: &mut Random) -> Self {
        let shared = random.chance(650);
        let calm_at = random.millis(3_000..20_000);
        let programs = programs(random);
        let roots =
            (0..random.number(2..8)).map(|number| root(random, number, programs.len(), calm_at)).collect();
        let signallers = (0..random.number(0..3)).map(|_| signaller(random, calm_at)).collect();
        Self {
            hosts: if shared { random.index(3) + 1 } else { 1 },
            lease: shared.then(|| random.millis(2_000..8_000)),
            options: options(random),
            faults: Faults::drawn(random),
            calm_at,
            programs,
            roots,
            signallers,
        }
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
        evict_seed: random.chance(300).then_some(seed | 1),
        ..Options::default()
    };
    options.batch.items = random.index(16) + 1;
    options.batch.bytes = random.index(20_000) + 500;
    options
}

fn root(random: &mut Random, number: u64, programs: usize, calm_at: Duration) -> Root {
    let afterwards = match random.number(0..10) {
        0 => Afterwards::Purged,
        1 => Afterwards::StartedAgain,
        _ => Afterwards::Stays,
    };
    Root {
        id: format!("r{number}"),
        program: random.index(programs),
        begins: within(random, calm_at),
        terminated: random.chance(150).then(|| random.millis(0..3_000)),
        suspended: random.chance(200).then(|| (random.millis(0..2_000), random.millis(1..3_000))),
        afterwards,
    }
}

fn signaller(random: &mut Random, calm_at: Duration) -> Signaller {
    let begins = within(random, calm_at);
    let signals = (0..random.number(1..12)).map(|_| (random.number(0..4), random.number(1..100))).collect();
    Signaller { begins, signals }
}

fn within(random: &mut Random, time: Duration) -> Duration {
    let millis = u64::try_from(time.as_millis()).expect("simulations are short");
    random.millis(0..millis)
}

/// Programs without sub-orchestrations first, then such that start some of those before them.
fn programs(random: &mut Random) -> Vec<Program> {
    let mut programs = Vec::new();
    for number in 0..6 {
        let below = if number < 3 { 0 } else { number };
        let steps = (0..random.number(1..6)).map(|_| step(random, below)).collect();
        let rounds = if random.chance(200) { random.number(1..3) } else { 0 };
        programs.push(Program { steps, rounds: u32::try_from(rounds).expect("a few") });
    }
    programs
}

/// One step of a program that may start the programs `below` it.
fn step(random: &mut Random, below: usize) -> Step {
    let entity = |random: &mut Random| (random.number(0..4), random.number(1..100));
    match random.number(0..100) {
        0..35 => Step::Tasks(vec![task(random)]),
        35..45 => Step::Tasks((0..random.number(2..12)).map(|_| task(random)).collect()),
        45..55 => Step::Timer(random.millis(0..4_000)),
        55..60 => Step::Race(random.millis(1..500), random.millis(1..20_000)),
        60..70 => Step::Event(random.number(1..100)),
        70..78 => {
            let (key, add) = entity(random);
            Step::Call { key, add }
        }
        78..86 => {
            let (key, add) = entity(random);
            Step::Signal { key, add }
        }
        86..97 if below > 0 => {
            Step::Children((0..random.number(1..4)).map(|_| random.index(below)).collect())
        }
        97 => Step::Fail,
        98..100 => Step::Panic,
        _ => Step::Tasks(vec![task(random)]),
    }
}

fn task(random: &mut Random) -> Task {
    let millis = if random.chance(100) { random.number(0..3_000) } else { random.number(0..100) };
    let ends = match random.number(0..20) {
        0 => Ends::Failed,
        1 => Ends::Panicked,
        _ => Ends::Well,
    };
    Task { gives: random.number(1..1_000), millis, ends }
}
