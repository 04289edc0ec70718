//! Critical sections: tables for each step, and a world of many that run in any order.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without")]

mod build;
mod steps;
mod world;

/// Seeds of the ordinary run; `LOCK_SEEDS` asks for more, `LOCK_SEED` for one.
const SEEDS: u64 = 300;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn nobody_is_disturbed_and_nobody_waits_for_ever() {
    let (mut sections, mut vanished, mut ended) = (0, 0, 0);
    let seeds = match number("LOCK_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("LOCK_SEEDS").unwrap_or(SEEDS),
    };
    let alone = seeds.end - seeds.start == 1;
    for seed in seeds {
        let played = world::play(seed);
        sections += played.sections;
        vanished += played.vanished;
        ended += played.ended_inside;
    }
    assert!(sections > 0, "nobody entered a section");
    assert!(alone || (vanished > 20 && ended > 20), "too tame: {vanished} vanished, {ended} ended inside");
}
