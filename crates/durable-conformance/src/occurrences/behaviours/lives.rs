//! Lives, and what they leave behind.

use durable_core::store::{Finish, StoreError};

use crate::{
    host::ok,
    occurrences::life::{LENGTH, Life, Stage, at, blob},
};

pub(crate) async fn a_life_that_is_over_leases_nothing(stage: Stage) {
    ok("hold", stage.store.hold(stage.holder, LENGTH).await);
    ok("leave", stage.store.leave(stage.holder).await);
    ok("leave again", stage.store.leave(stage.holder).await);
    let held = stage.store.hold(stage.holder, LENGTH).await;
    assert!(matches!(held, Err(StoreError::LeaseLost(_))), "{held:?}");
    let added = stage.store.add(stage.holder, at(0), vec![blob("a", "1")], 1).await;
    assert!(matches!(added, Err(StoreError::LeaseLost(_))), "{added:?}");
    let claimed = stage.try_claim(0, 1, &["blob:a"]).await;
    assert!(matches!(claimed, Err(StoreError::LeaseLost(_))), "{claimed:?}");
    assert_eq!(stage.known("blob:a", &[("a", "1")]).await, [false]);
    let next = Life::begin(stage.store.clone()).await;
    next.taken(blob("a", "1")).await;
}

pub(crate) async fn what_a_life_leaves_behind_waits_again(stage: Stage) {
    let leased = stage.taken(blob("a", "1")).await;
    ok("leave", stage.store.leave(stage.holder).await);
    assert!(!stage.finish(&leased, Finish::Done).await);
    let next = Life::begin(stage.store.clone()).await;
    let again = next.claim(0, 9, &["blob:a"]).await.leased;
    assert_eq!((again.len(), again[0].id, again[0].attempt), (1, leased.id, 2));
}

pub(crate) async fn a_crash_counts_as_an_attempt(stage: Stage) {
    let done = stage.taken(blob("done", "1")).await;
    assert!(stage.finish(&done, Finish::Done).await);
    stage.taken(blob("running", "1")).await;
    stage.add(0, vec![blob("waiting", "1")], 0).await;
    let stage = stage.crash().await;
    let again = stage.claim(0, 9, &["blob:a"]).await.leased;
    let found: Vec<_> = again.iter().map(|one| (one.occurrence.key.as_str(), one.attempt)).collect();
    assert_eq!(found, [("running", 2), ("waiting", 1)]);
    let stage = stage.crash().await;
    let again = stage.claim(0, 9, &["blob:a"]).await.leased;
    let found: Vec<_> = again.iter().map(|one| (one.occurrence.key.as_str(), one.attempt)).collect();
    assert_eq!(found, [("running", 3), ("waiting", 2)]);
}

pub(crate) async fn the_dead_end_nothing(stage: Stage) {
    let leased = stage.taken(blob("a", "1")).await;
    let dead = stage.holder;
    let stage = stage.crash().await;
    assert_eq!(stage.claim(0, 9, &["blob:a"]).await.leased.len(), 1);
    let of_the_dead = Life { store: stage.store.clone(), holder: dead };
    assert!(!of_the_dead.finish(&leased, Finish::Done).await);
}

pub(crate) async fn a_life_knows_what_it_has_leased(stage: Stage) {
    let leased = async || {
        let mut leased = ok("look what is leased", stage.store.leased(stage.holder).await);
        leased.sort_by_key(|leased| leased.id);
        leased
    };
    assert_eq!(leased().await, []);
    let first = stage.taken(blob("a", "1")).await;
    let second = stage.taken(blob("b", "1")).await;
    stage.add(0, vec![blob("c", "1")], 0).await;
    assert_eq!(leased().await, [first.clone(), second.clone()]);
    assert!(stage.finish(&first, Finish::Done).await);
    assert_eq!(leased().await, [second]);
}
