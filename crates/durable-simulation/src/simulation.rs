//! One simulation from its seed to its end: who lives when, what fails when, and what must hold in the end.

use std::{cell::RefCell, fmt, panic, sync::Arc, sync::Once, time::Duration};

use durable_core::{memory::MemoryDatabase, store::Store};
use fnhost_protocol::ids::InstanceId;
use futures_util::FutureExt;

use crate::{
    audit::{Invariant, Violation},
    clients::Clients,
    host::{Host, Life},
    plan::{Faults, Plan},
    program::Addition,
    random::Random,
    store::{Chaos, Layered, land},
    time::WorldClock,
    world::{Door, World},
};

const HUB: &str = "simulation";
/// After this time without faults everything must have come to its end.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest step of time while nothing happens.
const LONGEST_STEP: u64 = 64;

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
    run(seed, false).0
}

/// Runs a seed, and tells all that happened.
pub(crate) fn simulate_aloud(seed: u64) -> (Result<Report, Broken>, Vec<String>) {
    run(seed, true)
}

fn run(seed: u64, aloud: bool) -> (Result<Report, Broken>, Vec<String>) {
    watch_panics();
    let mut simulation = Simulation::new(seed, aloud);
    simulation.live();
    let Simulation { world, .. } = simulation;
    let result = match world.violation() {
        Some(violation) => Err(Broken { seed, violation }),
        None => {
            let (commits, runs) = world.audit(|audit| (audit.commits, audit.runs));
            Ok(Report { digest: world.digest(), commits, runs, lasted: world.clock.since_beginning() })
        }
    };
    (result, world.take_log())
}

struct Simulation {
    world: Arc<World>,
    store: Arc<dyn Store>,
    hosts: Vec<Host>,
    outside: Life,
    random: Random,
    /// Clients that have not come to their end.
    clients: Arc<()>,
}

impl Simulation {
    fn new(seed: u64, aloud: bool) -> Self {
        let mut random = Random::new(seed);
        let plan = Plan::of(&mut random);
        let database = MemoryDatabase::new();
        let observer = Box::new(database.store(HUB));
        let store: Arc<dyn Store> = Arc::new(database.store(HUB));
        let world = Arc::new(World::new(plan, random.split(), WorldClock::default(), observer, aloud));
        let hosts = (0..world.plan.hosts)
            .map(|number| {
                let chaos =
                    Chaos { world: world.clone(), host: number, below: Arc::new(database.store(HUB)) };
                Host::new(world.clone(), number, Arc::new(Layered(chaos)))
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
        while self.world.violation().is_none() {
            let now = self.world.clock.since_beginning();
            if !calm && now >= self.world.plan.calm_at {
                calm = true;
                self.world.with(|state| state.faults = Faults::default());
            }
            if now > self.world.plan.calm_at + PATIENCE {
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
    fn step(&mut self, length: Duration) {
        self.world.clock.go_on(length);
        let now = self.world.clock.since_beginning();
        self.bring_home(now);
        let mut turns: Vec<usize> = (0..=self.hosts.len()).collect();
        self.random.shuffle(&mut turns);
        for turn in turns {
            match self.hosts.get_mut(turn) {
                Some(host) => host.go_on(now),
                None => self.outside.go_on(now),
            }
        }
        self.strike(now, length);
        for text in take_panics() {
            self.world.broken(Invariant::Panic, text);
        }
    }

    /// What became of commits whose hosts have died.
    fn bring_home(&mut self, now: Duration) {
        let due =
            self.world.with(|state| state.limbo.extract_if(.., |limbo| limbo.due <= now).collect::<Vec<_>>());
        for limbo in due {
            // Nobody is left to hear the answer.
            drop(land(&self.world, limbo.host, &*limbo.store, &limbo.batch));
        }
    }

    /// Kills and stops hosts by chance.
    fn strike(&mut self, now: Duration, length: Duration) {
        let faults = self.world.with(|state| state.faults.clone());
        let millis = u64::try_from(length.as_millis()).expect("steps are short");
        for host in &mut self.hosts {
            let mut strikes =
                |often: u32| often > 0 && self.random.number(0..1_000_000) < u64::from(often) * millis;
            if strikes(faults.deaths) {
                host.kill(now);
            } else if strikes(faults.stops) {
                host.stop();
            }
        }
    }

    /// Whether all clients have what they wanted, and nothing is left that lives.
    fn is_over(&self) -> bool {
        Arc::strong_count(&self.clients) == 1
            && self.world.with(|state| state.limbo.is_empty() && state.audit.unfinished().is_empty())
    }

    fn report_stuck(&self) {
        let left = self.world.audit(|audit| audit.unfinished());
        let clients = Arc::strong_count(&self.clients) - 1;
        self.world.broken(
            Invariant::Stuck,
            format!("{clients} clients wait and these live, long after the last fault:\n{}", left.join("\n")),
        );
    }

    /// Engines that have nothing to do say so: their books of slots, leases and commits come out even.
    fn check_settled(&mut self) {
        let (tell, told) = std::sync::mpsc::channel();
        let doors = self.world.with(|state| state.doors.clone());
        let expected = doors.iter().flatten().count();
        for Door { client, runtime, .. } in doors.into_iter().flatten() {
            let tell = tell.clone();
            runtime.spawn(async move {
                client.settled().await;
                tell.send(()).ok();
            });
        }
        for _ in 0..400 {
            self.step(Duration::from_millis(LONGEST_STEP));
        }
        let settled = told.try_iter().count();
        if settled < expected {
            let text =
                format!("{} of {expected} hosts believe that something is under way", expected - settled);
            self.world.broken(Invariant::Stuck, text);
        }
    }

    fn check_sums(&self) {
        let sums = self.world.audit(|audit| audit.sums().clone());
        for (id, expected) in sums {
            let found = self.sum_of(&id);
            if found != Some(expected) {
                let text = format!("`{id}` should hold {expected} and holds {found:?}");
                self.world.broken(Invariant::Sums, text);
            }
        }
    }

    fn sum_of(&self, id: &InstanceId) -> Option<u64> {
        let status = self.store.entity(id.clone()).now_or_never()?.ok()??;
        let additions: Vec<Addition> = status.state?.read().ok()?;
        Some(additions.iter().map(|(_, _, add)| add).sum())
    }
}

thread_local! {
    /// Panics of this thread that nobody planned.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Has panics noted, besides what else is done about them: a runtime swallows those of its tasks.
fn watch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.with_borrow_mut(|panics| panics.push(info.to_string()));
            before(info);
        }));
    });
    PANICS.take();
}

fn take_panics() -> Vec<String> {
    PANICS.take()
}
