//! The worker seam and the memory of instances are caches: a host that forgets writes the same histories.
//!
//! The same script runs on a plain host, on hosts whose worker serialises everything and forgets sessions, and on
//! hosts that throw instances out of memory before their turns. Its transcript (answers, states and whole
//! histories, without times) must be equal byte for byte.

mod script;

use crate::support::Scene;
use script::transcript;

/// Seeds of forgetting; each forgets at other moments.
const SEEDS: [u64; 4] = [1, 2, 3, 5];

#[test]
fn a_forgetful_worker_writes_the_same_histories() {
    let plain = transcript(Scene::new());
    for seed in SEEDS {
        expect_equal(
            &plain,
            &transcript(Scene::new().forgetful_worker(seed)),
            &format!("forgetful worker {seed}"),
        );
    }
}

#[test]
fn random_eviction_writes_the_same_histories() {
    let plain = transcript(Scene::new());
    for seed in SEEDS {
        expect_equal(&plain, &transcript(Scene::new().random_eviction(seed)), &format!("eviction {seed}"));
    }
}

#[test]
fn both_together_write_the_same_histories() {
    let plain = transcript(Scene::new());
    let both = Scene::new().forgetful_worker(13).random_eviction(17);
    expect_equal(&plain, &transcript(both), "both");
}

#[test]
fn a_kill_between_the_steps_writes_the_same_histories() {
    expect_equal(&transcript(Scene::new()), &script::with_kills(Scene::new()), "killed between the steps");
}

#[track_caller]
fn expect_equal(plain: &[String], other: &[String], what: &str) {
    for (plain, other) in plain.iter().zip(other) {
        assert_eq!(plain, other, "{what}");
    }
    assert_eq!(plain.len(), other.len(), "{what}");
}
