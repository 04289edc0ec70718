//! Several hosts on one store.

use std::{collections::BTreeSet, time::Duration};

use durable_core::store::{Added, Finish, StoreError};

use crate::{
    host::ok,
    occurrences::life::{LENGTH, Stage, blob, slot},
};

pub(crate) async fn what_two_hosts_add_is_new_once(mut stage: Stage) {
    let other = stage.other_host().await;
    for round in 0..10 {
        let new = |order: bool| {
            let mut new: Vec<_> = (0..50).map(|number| blob(&format!("{round}/{number}"), "1")).collect();
            if order {
                new.reverse();
            }
            new
        };
        let (mine, theirs) = tokio::join!(stage.add(0, new(false), 100), other.add(0, new(true), 100));
        let leased = |added: &[Added]| added.iter().filter(|added| matches!(added, Added::Leased(_))).count();
        assert_eq!(leased(&mine) + leased(&theirs), 50);
    }
}

pub(crate) async fn hosts_share_what_waits(mut stage: Stage) {
    let other = stage.other_host().await;
    stage.add(0, (0..60).map(|number| blob(&format!("{number:02}"), "1")).collect(), 0).await;
    let mut seen = BTreeSet::new();
    while seen.len() < 60 {
        let (mine, theirs) = tokio::join!(stage.keys(0, 7), other.keys(0, 7));
        assert!(!(mine.is_empty() && theirs.is_empty()), "only {} were found", seen.len());
        for key in mine.into_iter().chain(theirs) {
            assert!(seen.insert(key.clone()), "{key} was taken twice");
        }
    }
    assert_eq!((stage.keys(0, 7).await.len(), other.keys(0, 7).await.len()), (0, 0));
}

pub(crate) async fn serial_ones_run_one_at_a_time_on_all_hosts(mut stage: Stage) {
    let other = stage.other_host().await;
    for round in 0..10 {
        let timer = format!("t{round}");
        let source = format!("timer:{timer}");
        let sources = [source.as_str()];
        let (mine, theirs) =
            tokio::join!(stage.add(9, vec![slot(&timer, 1)], 9), other.add(9, vec![slot(&timer, 2)], 9));
        let is_leased = |added: &[Added]| matches!(added, [Added::Leased(_)]);
        assert!(!(is_leased(&mine) && is_leased(&theirs)), "{mine:?} and {theirs:?}");
        let (mine, theirs) = tokio::join!(stage.claim(9, 9, &sources), other.claim(9, 9, &sources));
        assert!(mine.leased.len() + theirs.leased.len() <= 1, "{mine:?} and {theirs:?}");
    }
}

pub(crate) async fn a_silent_life_is_over_when_another_looks(mut stage: Stage) {
    let other = stage.other_host().await;
    let leased = stage.taken(blob("a", "1")).await;
    assert_eq!(other.keys(0, 9).await, [""; 0]);
    let silent = stage.holder;
    stage.expire(silent).await;
    let taken = other.claim(0, 9, &["blob:a"]).await.leased;
    assert_eq!((taken.len(), taken[0].id, taken[0].attempt), (1, leased.id, 2));
    assert!(!stage.finish(&leased, Finish::Done).await);
    let held = stage.store.hold(silent, LENGTH).await;
    assert!(matches!(held, Err(StoreError::LeaseLost(_))), "{held:?}");
    assert!(other.finish(&taken[0], Finish::Done).await);
}

pub(crate) async fn a_life_that_is_held_goes_on(mut stage: Stage) {
    let other = stage.other_host().await;
    let leased = stage.taken(blob("a", "1")).await;
    let late = stage.holder;
    stage.expire(late).await;
    // Late, but nobody has looked.
    ok("hold", stage.store.hold(late, LENGTH).await);
    assert_eq!(other.keys(0, 9).await, [""; 0]);
    assert!(stage.finish(&leased, Finish::Done).await);
}

pub(crate) async fn lives_of_others_go_on_when_one_begins(mut stage: Stage) {
    let leased = stage.taken(blob("a", "1")).await;
    let other = stage.other_host().await;
    let short = ok("enter", other.store.enter(Duration::from_secs(1)).await);
    ok("leave", other.store.leave(short).await);
    assert_eq!(other.keys(0, 9).await, [""; 0]);
    assert!(stage.finish(&leased, Finish::Done).await);
}
