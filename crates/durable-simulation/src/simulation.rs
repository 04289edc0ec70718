//! One simulation from its seed to its end: who lives when, what fails when, and what must hold in the end.

use std::{fmt, sync::Arc, time::Duration};

use durable_core::{
    memory::MemoryDatabase,
    store::{Sharing, Store},
};

use crate::{
    audit::{Invariant, Violation},
    clients::Clients,
    host::{Host, Life},
    panics,
    plan::{Faults, Plan},
    planted::{Bug, Planted},
    random::Random,
    store::{Chaos, Layered, bring_home},
    time::WorldClock,
    trace::Told,
    world::World,
};

const HUB: &str = "simulation";
/// Without faults and without a turn in this time, everything must have come to its end.
const PATIENCE: Duration = Duration::from_secs(60);
/// However much happens, it must come to its end so long after the last fault.
const LONGEST: Duration = Duration::from_secs(1_800);
/// The longest step of time while nothing happens.
pub(crate) const LONGEST_STEP: u64 = 64;

/// What a simulation that went well amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    /// The same whenever the same happened.
    pub(crate) digest: u64,
    pub(crate) commits: u64,
    pub(crate) runs: u64,
    /// How long it lasted, in its own time.
    pub(crate) lasted: Duration,
}

/// A simulation that broke an invariant.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    pub(crate) seed: u64,
    pub(crate) violation: Violation,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} broke {}", self.seed, self.violation)?;
        writeln!(f, "replay: FNHOST_SIMULATION_SEED={} cargo test -p durable-simulation seeds", self.seed)
    }
}

/// Runs a seed.
pub(crate) fn simulate(seed: u64) -> Result<Report, Broken> {
    run(seed, None, Told::Brief).0
}

/// Runs a seed with a defect planted.
pub(crate) fn simulate_with(bug: Bug, seed: u64) -> Result<Report, Broken> {
    run(seed, Some(bug), Told::Brief).0
}

/// Runs a seed, and answers a digest of every call of the store with its answer, in order; also where an invariant
/// broke.
pub(crate) fn trace(seed: u64) -> (u64, Result<Report, Broken>) {
    let (world, result) = live(seed, None, Told::Whole);
    (world.digest(), result)
}

/// Runs a seed, and tells all that happened.
pub(crate) fn simulate_aloud(seed: u64) -> (Result<Report, Broken>, Vec<String>) {
    run(seed, None, Told::Aloud)
}

fn run(seed: u64, bug: Option<Bug>, told: Told) -> (Result<Report, Broken>, Vec<String>) {
    let (world, result) = live(seed, bug, told);
    (result, world.take_log())
}

fn live(seed: u64, bug: Option<Bug>, told: Told) -> (Arc<World>, Result<Report, Broken>) {
    panics::watch();
    let mut simulation = Simulation::new(seed, bug, told);
    simulation.live();
    let Simulation { world, .. } = simulation;
    let result = match world.violation() {
        Some(violation) => Err(Broken { seed, violation }),
        None => {
            let (commits, runs) = world.audit(|audit| (audit.commits, audit.runs));
            Ok(Report { digest: world.digest(), commits, runs, lasted: world.clock.since_beginning() })
        }
    };
    (world, result)
}

/// A simulation under way.
pub(crate) struct Simulation {
    pub(crate) world: Arc<World>,
    /// To look at what is there; no host's.
    pub(crate) store: Arc<dyn Store>,
    hosts: Vec<Host>,
    outside: Life,
    random: Random,
    /// Held by clients that have not come to their end.
    pub(crate) clients: Arc<()>,
}

impl Simulation {
    fn new(seed: u64, bug: Option<Bug>, told: Told) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::of(&mut random);
        let clock = WorldClock::default();
        let database = match plan.lease {
            Some(lease) => MemoryDatabase::shared(Sharing { lease }, Arc::new(clock.clone())),
            None => MemoryDatabase::new(),
        };
        let observer = Box::new(database.store(HUB));
        let store: Arc<dyn Store> = Arc::new(database.store(HUB));
        let world = Arc::new(World::new(plan, random.split(), clock, observer, bug, told));
        let planted = Arc::new(Planted::default());
        let hosts = (0..world.plan.hosts)
            .map(|number| {
                let (world_of_host, database, planted) = (world.clone(), database.clone(), planted.clone());
                let only = Arc::new(database.store(HUB));
                Host::new(world.clone(), number, move || {
                    let world = world_of_host.clone();
                    // Where hosts share a database, each process is a host of its own.
                    let is_shared = world.plan.lease.is_some();
                    let below = if is_shared { Arc::new(database.store(HUB)) } else { only.clone() };
                    let below = planted.below(bug, below);
                    planted.above(bug, Arc::new(Layered(Chaos { world, host: number, below })))
                })
            })
            .collect();
        let outside = Life::new(Duration::ZERO);
        let Clients { ending, endless } = Clients::of(&world);
        let clients = Arc::new(());
        for client in ending {
            let live = clients.clone();
            outside.spawn(async move {
                client.await;
                drop(live);
            });
        }
        for client in endless {
            outside.spawn(client);
        }
        Self { world, store, hosts, outside, random, clients }
    }

    fn live(&mut self) {
        let mut step = 1;
        let mut active = 0;
        let mut calm = false;
        let mut last_turn = (0, self.world.plan.calm_at);
        while self.world.violation().is_none() {
            let now = self.world.clock.since_beginning();
            if !calm && now >= self.world.plan.calm_at {
                calm = true;
                self.world.with(|state| state.faults = Faults::default());
            }
            let turns = self.world.audit(|audit| audit.turns);
            if turns > last_turn.0 {
                last_turn = (turns, now.max(self.world.plan.calm_at));
            }
            if now > (last_turn.1 + PATIENCE).min(self.world.plan.calm_at + LONGEST) {
                self.report_stuck();
                return;
            }
            if calm && self.is_over() {
                self.check_settled();
                self.check_sums();
                return;
            }
            let activity = self.world.with(|state| state.activity);
            step = if activity == active { (step * 2).min(LONGEST_STEP) } else { self.random.number(1..4) };
            active = activity;
            self.step(Duration::from_millis(step));
        }
    }

    /// Lets some time go by for everybody, in any order.
    pub(crate) fn step(&mut self, length: Duration) {
        self.world.clock.go_on(length);
        let now = self.world.clock.since_beginning();
        bring_home(&self.world);
        let mut turns: Vec<usize> = (0..=self.hosts.len()).collect();
        self.random.shuffle(&mut turns);
        for turn in turns {
            match self.hosts.get_mut(turn) {
                Some(host) => host.go_on(now),
                None => self.outside.go_on(now),
            }
        }
        self.strike(now, length);
        for text in panics::take() {
            self.world.broken(Invariant::Panic, text);
        }
    }

    /// Kills hosts that their own code has taken down; kills and stops others by chance.
    fn strike(&mut self, now: Duration, length: Duration) {
        for host in self.world.with(|state| std::mem::take(&mut state.struck)) {
            self.hosts[host].kill(now);
        }
        let faults = self.world.with(|state| state.faults.clone());
        let millis = u64::try_from(length.as_millis()).expect("steps are short");
        for host in &mut self.hosts {
            let random = &mut self.random;
            let mut strikes =
                |often: u32| often > 0 && random.number(0..1_000_000) < u64::from(often) * millis;
            if strikes(faults.deaths) {
                host.kill(now);
            } else if strikes(faults.pauses) {
                let lease = self.world.plan.lease.unwrap_or(Duration::from_secs(1));
                host.freeze(now + lease * u32::try_from(self.random.number(1..24)).expect("a few") / 8);
            } else if strikes(faults.stops) {
                host.stop();
            }
        }
    }

    /// Whether all clients have what they wanted, and nothing is left that lives.
    fn is_over(&self) -> bool {
        Arc::strong_count(&self.clients) == 1
            && self.world.with(|state| state.late.is_empty() && state.audit.unfinished().is_empty())
    }
}
