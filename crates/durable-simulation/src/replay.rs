//! A seed that fails is worth something only if it does the same again: the same calls of the store with the same
//! answers in the same order, whatever ran before it in this process and whatever runs beside it.
//!
//! What could make a difference: the order of hash maps, addresses, chance that no seed fixes (`select!` without `biased`,
//! say), real time, and the order in which a runtime drops its tasks when a host dies. The last one is not fixed: tokio
//! keeps tasks in lists by their numbers, which are counted in the whole process. So nothing that is dropped may draw
//! from chance or leave a trace.

use std::thread;

use crate::{
    seeds::seeds,
    simulation::{Broken, Report, simulate_aloud, trace},
};

/// Of all seeds that are run, every so-manieth is compared.
const STRIDE: usize = 19;

/// What a seed did: a digest of it, and what it came to.
type Trace = (u64, Result<Report, String>);

fn traces(seeds: impl Iterator<Item = u64>) -> Vec<Trace> {
    let text = |(digest, result): (u64, Result<Report, Broken>)| {
        (digest, result.map_err(|broken| broken.to_string()))
    };
    seeds.map(|seed| text(trace(seed))).collect()
}

/// Where two runs of a seed part, if that shows again.
fn parting(seed: u64) -> String {
    let (_, first) = simulate_aloud(seed);
    for _ in 0..20 {
        let (_, other) = simulate_aloud(seed);
        let at = first.iter().zip(&other).position(|(one, other)| one != other);
        if let Some(at) = at {
            let before = at.saturating_sub(30);
            return format!("{}\nor:\n{}", first[before..=at].join("\n"), other[before..=at].join("\n"));
        }
        if first.len() != other.len() {
            return format!("after {} lines", first.len().min(other.len()));
        }
    }
    "not in 20 more runs".to_owned()
}

#[test]
fn every_seed_replays() {
    let spread: Vec<u64> = seeds().step_by(STRIDE).collect();
    let (forwards, backwards) = thread::scope(|scope| {
        let forwards = scope.spawn(|| traces(spread.iter().copied()));
        let backwards = traces(spread.iter().rev().copied());
        (forwards.join().expect("a simulation does not panic"), backwards)
    });
    for ((seed, first), second) in spread.into_iter().zip(forwards).zip(backwards.into_iter().rev()) {
        assert!(
            first == second,
            "seed {seed} did {first:?} and {second:?}; they part here:\n{}",
            parting(seed)
        );
    }
}
