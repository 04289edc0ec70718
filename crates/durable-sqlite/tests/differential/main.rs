//! Random batches, claims and crashes, done to this store and to the in-memory one: both must answer the same and
//! hold the same afterwards. A failure prints its seed; `DURABLE_SEED` repeats it, `DURABLE_ROUNDS` asks for more.

mod script;
mod side;

use std::{collections::BTreeMap, env, sync::Arc};

use durable_core::{
    memory::MemoryStore,
    store::{ClaimRequest, Store},
};
use durable_sqlite::{Options, SqliteStore};
use fnhost_protocol::time::Timestamp;

use crate::{
    script::{Dice, Script},
    side::{Side, comparable},
};

async fn play(seed: u64, steps: i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options::new(folder.path().join("durable.db"), "differential");
    let open =
        || async { Arc::new(SqliteStore::open(options.clone()).await.expect("opens")) as Arc<dyn Store> };
    let mut model = Side::new(Arc::new(MemoryStore::new())).await;
    let mut side = Side::new(open().await).await;
    for store in [&model.store, &side.store] {
        assert_eq!(store.reserve_keys(100_000).await.expect("reserves").start, 1);
    }
    // The time that stands for a clock in memory.
    let nothing = model.batch(Timestamp::from_micros(99), Vec::new()).await;
    model.store.commit(nothing).await.expect("commits nothing");
    let mut script = Script { dice: Dice(seed), next_key: 1, step: 0, leased: Vec::new() };
    let mut committed = BTreeMap::<bool, u32>::new();
    for step in 0..steps {
        script.step = step;
        let context = format!("seed {seed}, step {step}");
        match script.dice.roll(12) {
            0 => {
                let (instances, tasks) = (script.dice.roll(3) as u32, script.dice.roll(3) as u32);
                let request = ClaimRequest { instances, tasks };
                let expected = model.claim(request).await;
                let found = side.claim(request).await;
                assert_eq!(found, expected, "{context}");
                script.leased.extend(expected.tasks.iter().map(|leased| leased.task));
                if script.dice.one_in(2) {
                    let tasks: Vec<_> = expected.tasks.iter().map(|leased| leased.task).collect();
                    model.store.release(model.lease, tasks.clone()).await.expect("releases");
                    side.store.release(side.lease, tasks).await.expect("releases");
                }
            }
            2 if script.dice.one_in(4) => {
                let expected =
                    model.store.remove_empty_entities(model.lease, None, 1).await.expect("removes");
                let found = side.store.remove_empty_entities(side.lease, None, 1).await.expect("removes");
                assert_eq!(found, expected, "{context}");
            }
            1 if script.dice.one_in(2) => {
                if script.dice.one_in(4) {
                    model.store.deregister(model.lease).await.expect("stops");
                    side.store.deregister(side.lease).await.expect("stops");
                }
                model = Side::new(model.store).await;
                drop(side);
                side = Side::new(open().await).await;
            }
            3 => {
                let trial = script.trial(&model).await;
                model.store.set_trial(model.lease, trial.clone()).await.expect("sets a trial");
                side.store.set_trial(side.lease, trial).await.expect("sets a trial");
            }
            _ => {
                // Later than any timer, as it is for the other side: what fires has been due at each death.
                let now = Timestamp::from_micros(100 + step);
                let mut commits = Vec::new();
                for _ in 0..=script.dice.roll(5) {
                    commits.push(script.commit(&model).await);
                }
                let expected = model.store.commit(model.batch(now, commits.clone()).await).await;
                let found = side.store.commit(side.batch(now, commits.clone()).await).await;
                let (expected, found) = (comparable(expected), comparable(found));
                assert_eq!(found, expected, "{context}: {commits:#?}");
                script.note(&commits, found.as_deref().unwrap_or_default());
                *committed.entry(found.is_ok()).or_default() += 1;
            }
        }
        let keys = script.next_key;
        let (found, expected) = (side.picture(keys).await, model.picture(keys).await);
        let differing = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
        assert_eq!(differing, None, "{context}");
        assert_eq!(found, expected, "{context}");
    }
    assert!(committed.get(&true) > committed.get(&false), "mostly errors show little: {committed:?}");
}

#[tokio::test]
async fn random_batches_do_the_same_as_in_memory() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let rounds = number("DURABLE_ROUNDS").unwrap_or(6);
    let first = number("DURABLE_SEED").unwrap_or(1);
    for seed in first..first + rounds {
        play(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, 60).await;
    }
}
