//! Many seeds.

use std::{
    env,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use crate::simulation::{Broken, simulate, simulate_aloud};

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is `{text}` and must be a whole number")))
}

/// Which seeds are run: the first 2,000, so many, or those from one up to another (`5000..9000`).
pub(crate) fn seeds() -> Range<u64> {
    const VARIABLE: &str = "FNHOST_SIMULATION_SEEDS";
    let Ok(text) = env::var(VARIABLE) else { return 0..2_000 };
    let (first, end) = text.split_once("..").unwrap_or(("0", text.as_str()));
    let (Ok(first), Ok(end)) = (first.parse(), end.parse()) else {
        panic!("{VARIABLE} is `{text}` and must be a number of seeds (2000) or a range of them (5000..9000)");
    };
    first..end
}

/// Runs these seeds, on all cores; the first that broke something.
fn first_broken(seeds: Range<u64>) -> Option<Broken> {
    let next = AtomicU64::new(seeds.start);
    let seeds = seeds.end;
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
