//! Stores that fail, hosts that stop, lives that end.

use std::{sync::Arc, time::Duration};

use durable_core::store::{Finish, FinishedOccurrence, Holder, Occurrences as _};

use super::{
    super::{Offered, Verdict},
    scene::{HUB, Scene, Script, blob, offer},
    stubborn::{Fault, Stubborn},
};

#[tokio::test]
async fn stopping_waits_for_what_runs_and_gives_back_the_rest() {
    let scene = Scene::new();
    let (dispatcher, mut begun) = scene.staged(1);
    offer(&dispatcher, &["a", "b", "c"]).await;
    let running = begun.recv().await.unwrap();
    let stopping = tokio::spawn({
        let dispatcher = dispatcher.clone();
        async move { dispatcher.stop(std::future::pending()).await }
    });
    // What is not begun is written back while `a` still runs.
    tokio::task::yield_now().await;
    running.end(Verdict::Done);
    assert!(stopping.await.unwrap(), "all that ran is on record");

    let script = Arc::new(Script::default());
    let next = scene.start(1, script.clone());
    next.settled().await;
    assert_eq!(*script.ran.lock().unwrap(), [("b".to_owned(), 1), ("c".to_owned(), 1)]);
}

#[tokio::test]
async fn what_is_cut_off_runs_again_with_its_attempt_counted() {
    let scene = Scene::new();
    let (dispatcher, mut begun) = scene.staged(1);
    offer(&dispatcher, &["a"]).await;
    let running = begun.recv().await.unwrap();
    assert!(!dispatcher.stop(std::future::ready(())).await);
    running.dropped().await;

    let script = Arc::new(Script::default());
    let next = scene.start(1, script.clone());
    next.settled().await;
    assert_eq!(*script.ran.lock().unwrap(), [("a".to_owned(), 2)]);
}

#[tokio::test]
async fn what_is_offered_to_one_that_has_stopped_is_refused() {
    let scene = Scene::new();
    let dispatcher = scene.start(1, Arc::new(Script::default()));
    dispatcher.settled().await;
    assert!(dispatcher.stop(std::future::pending()).await);
    assert!(dispatcher.offer(vec![blob("a")]).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_life_that_is_lost_drops_its_runs_and_a_new_one_begins() {
    let scene = Scene::new();
    let (dispatcher, mut begun) = scene.staged(2);
    offer(&dispatcher, &["a"]).await;
    let first = begun.recv().await.unwrap();
    assert_eq!(first.leased.attempt, 1);
    scene.database.end_life(HUB, Holder(1));
    // Whoever asks is told.
    let refused = dispatcher.offer(vec![blob("b")]).await;
    assert!(refused.is_err(), "{refused:?}");
    first.dropped().await;
    let again = begun.recv().await.unwrap();
    assert_eq!((again.key(), again.leased.attempt), ("a", 2));
    again.end(Verdict::Done);
    assert_eq!(offer(&dispatcher, &["a", "b"]).await, [Offered::Known, Offered::New]);
    begun.recv().await.unwrap().end(Verdict::Done);
    dispatcher.settled().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_is_asked_again() {
    let scene = Scene::new();
    let script = Arc::new(Script::default());
    let store = Arc::new(Stubborn::new(scene.store()));
    store.fail(&[Fault::Refused; 6]);
    let dispatcher = scene.start_on(store.clone(), 2, script.clone());
    while offer_or_fail(&dispatcher, "a").await.is_err() {}
    dispatcher.settled().await;
    store.fail(&[Fault::Refused; 3]);
    while offer_or_fail(&dispatcher, "b").await.is_err() {}
    dispatcher.settled().await;
    assert_eq!(*script.ran.lock().unwrap(), [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    assert_eq!(store.left(), 0, "the faults were met");
}

async fn offer_or_fail(
    dispatcher: &super::super::Dispatcher,
    key: &str,
) -> Result<Vec<Offered>, durable_core::store::StoreError> {
    dispatcher.offer(vec![blob(key)]).await
}

#[tokio::test(start_paused = true)]
async fn what_was_leased_by_an_answer_that_got_lost_runs_once() {
    for lost in 1..12 {
        let scene = Scene::new();
        let script = Arc::new(Script::default());
        let store = Arc::new(Stubborn::new(scene.store()));
        let dispatcher = scene.start_on(store.clone(), 2, script.clone());
        dispatcher.settled().await;
        // Every call does its work, but of some nobody hears: also of ends, which are then written twice.
        let mut faults = vec![Fault::Nothing; lost % 4];
        faults.extend(vec![Fault::Unheard; lost]);
        store.fail(&faults);
        for key in ["a", "b", "c", "d", "e"] {
            while offer_or_fail(&dispatcher, key).await.is_err() {}
        }
        dispatcher.settled().await;
        let mut ran = script.ran.lock().unwrap().clone();
        ran.sort();
        let keys: Vec<_> = ran.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["a", "b", "c", "d", "e"], "{lost} answers were lost");
    }
}

#[tokio::test]
async fn an_end_that_is_no_longer_ours_changes_nothing() {
    let scene = Scene::new();
    let (dispatcher, mut begun) = scene.staged(1);
    offer(&dispatcher, &["a"]).await;
    let run = begun.recv().await.unwrap();
    // Somebody else has ended it meanwhile.
    let ended = FinishedOccurrence { id: run.leased.id, attempt: 1, finish: Finish::Done };
    assert_eq!(scene.store().finish(Holder(1), vec![ended]).await.unwrap(), [true]);
    run.end(Verdict::Retry { after: Duration::ZERO });
    dispatcher.settled().await;
    assert!(begun.try_recv().is_err());
}
