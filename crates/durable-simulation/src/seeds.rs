//! Many seeds.

use std::{
    env,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use crate::simulation::{Broken, simulate, simulate_aloud};

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}` and must be a whole number")))
}

/// How many seeds are run.
pub(crate) fn seeds() -> u64 {
    number("FNHOST_SIMULATION_SEEDS").unwrap_or(2_000)
}

/// Runs all seeds below `seeds`, on all cores; the first that broke something.
fn first_broken(seeds: u64) -> Option<Broken> {
    let next = AtomicU64::new(0);
    let runners = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let run_some = || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return None;
                }
                if let Err(broken) = simulate(seed) {
                    next.store(seeds, Ordering::Relaxed);
                    return Some(broken);
                }
            }
        };
        let runners: Vec<_> = (0..runners).map(|_| scope.spawn(run_some)).collect();
        let broken =
            runners.into_iter().filter_map(|runner| runner.join().expect("a simulation does not panic"));
        broken.min_by_key(|broken| broken.seed)
    })
}

/// Nothing that can go wrong breaks an invariant.
#[test]
fn all_seeds() {
    let broken = match number("FNHOST_SIMULATION_SEED") {
        Some(seed) => {
            let (result, log) = simulate_aloud(seed);
            println!("{}", log.join("\n"));
            result.err()
        }
        None => {
            let broken = first_broken(seeds());
            if let Some(Broken { seed, .. }) = &broken {
                println!("{}", simulate_aloud(*seed).1.join("\n"));
            }
            broken
        }
    };
    if let Some(broken) = broken {
        panic!("{broken}");
    }
}
