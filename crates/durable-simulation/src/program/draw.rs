//! Programs by chance.

use super::{Ends, Program, Step, Task};
use crate::random::Random;

/// Programs without sub-orchestrations first, then such that start some of those before them.
pub(crate) fn programs(random: &mut Random) -> Vec<Program> {
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
        0..28 => Step::Tasks(vec![task(random)]),
        28..37 => Step::Tasks((0..random.number(2..12)).map(|_| task(random)).collect()),
        37..47 => Step::Timer(random.millis(0..4_000)),
        47..52 => Step::Race(random.millis(1..500), random.millis(1..20_000)),
        52..61 => Step::Event(random.number(1..100)),
        61..67 => {
            let (key, add) = entity(random);
            Step::Call { key, add }
        }
        67..73 => {
            let (key, add) = entity(random);
            Step::Signal { key, add }
        }
        73..78 => {
            let (key, add) = entity(random);
            Step::SignalLater { key, add, after: random.millis(0..5_000) }
        }
        78..86 => section(random),
        86..97 if below > 0 => {
            Step::Children((0..random.number(1..4)).map(|_| random.index(below)).collect())
        }
        97 => Step::Fail,
        98..100 => Step::Panic,
        _ => Step::Tasks(vec![task(random)]),
    }
}

/// A critical section over one to three entities; a short one, because all others wait for it.
fn section(random: &mut Random) -> Step {
    let mut keys: Vec<u64> = (0..4).collect();
    random.shuffle(&mut keys);
    keys.truncate(random.index(3) + 1);
    let Task { millis, tries, .. } = task(random);
    let task = Task { millis: millis % 100, tries: tries.min(2), ..task(random) };
    Step::Section { keys, add: random.number(1..100), task }
}

fn task(random: &mut Random) -> Task {
    let millis = if random.chance(100) { random.number(0..3_000) } else { random.number(0..100) };
    let tries = if random.chance(200) { random.number(2..5) } else { 1 };
    let ends = match random.number(0..20) {
        0 => Ends::Failed,
        1 => Ends::Panicked,
        2..15 if tries > 1 => Ends::WellAfter(u32::try_from(random.number(0..tries + 1)).expect("a few")),
        _ => Ends::Well,
    };
    Task {
        gives: random.number(1..1_000),
        millis,
        ends,
        tries: u32::try_from(tries).expect("a few"),
        pause: random.number(0..500),
    }
}
