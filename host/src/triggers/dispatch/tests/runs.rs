//! What runs, when, and how often.

use std::{sync::Arc, time::Duration};

use durable_core::store::{Occurrence, Occurrences as _};

use super::{
    super::{Offered, Verdict},
    scene::{Scene, Script, at, blob, offer},
};

#[tokio::test]
async fn what_is_offered_runs_once() {
    let scene = Scene::new();
    let script = Arc::new(Script::default());
    let dispatcher = scene.start(4, script.clone());
    assert_eq!(offer(&dispatcher, &["a", "b"]).await, [Offered::New, Offered::New]);
    assert_eq!(offer(&dispatcher, &["b", "c"]).await, [Offered::Known, Offered::New]);
    dispatcher.settled().await;
    assert_eq!(offer(&dispatcher, &["a", "b", "c"]).await, [Offered::Known; 3]);
    dispatcher.settled().await;
    let mut ran = script.ran.lock().unwrap().clone();
    ran.sort();
    assert_eq!(ran, [("a".to_owned(), 1), ("b".to_owned(), 1), ("c".to_owned(), 1)]);
    assert!(dispatcher.stop(std::future::pending()).await);
}

#[tokio::test]
async fn only_so_many_run_at_once_and_the_rest_follows() {
    let scene = Scene::new();
    let (dispatcher, mut begun) = scene.staged(2);
    offer(&dispatcher, &["a", "b", "c", "d", "e", "f", "g"]).await;
    let mut going = vec![begun.recv().await.unwrap(), begun.recv().await.unwrap()];
    let mut seen = 2;
    while let Some(run) = going.pop() {
        assert!(begun.try_recv().is_err(), "a third one runs");
        run.end(Verdict::Done);
        if seen < 7 {
            going.push(begun.recv().await.unwrap());
            seen += 1;
        }
    }
    dispatcher.settled().await;
    assert!(begun.try_recv().is_err());
}

#[tokio::test]
async fn many_more_than_there_is_room_for_all_run() {
    let scene = Scene::new();
    let script = Arc::new(Script::default());
    let dispatcher = scene.start(3, script.clone());
    let keys: Vec<String> = (0..1_000).map(|number| format!("{number:04}")).collect();
    for keys in keys.chunks(100) {
        dispatcher.offer(keys.iter().map(|key| blob(key)).collect()).await.unwrap();
    }
    dispatcher.settled().await;
    let mut ran: Vec<_> = script.ran.lock().unwrap().iter().map(|(key, _)| key.clone()).collect();
    ran.sort();
    assert_eq!(ran, keys);
}

#[tokio::test]
async fn what_comes_later_waits_for_its_time() {
    let scene = Scene::new();
    let script = Arc::new(Script::default());
    let dispatcher = scene.start(2, script.clone());
    dispatcher.offer(vec![Occurrence { due: at(30), ..blob("later") }]).await.unwrap();
    scene.advance(29, &dispatcher).await;
    assert_eq!(*script.ran.lock().unwrap(), []);
    scene.advance(1, &dispatcher).await;
    assert_eq!(*script.ran.lock().unwrap(), [("later".to_owned(), 1)]);
}

#[tokio::test]
async fn a_retry_waits_and_is_counted() {
    let scene = Scene::new();
    let script = Arc::new(Script::default());
    let again = Verdict::Retry { after: Duration::from_secs(10) };
    let poison = Verdict::Poison { reason: "it's broken".to_owned() };
    script.verdicts.lock().unwrap().extend([again.clone(), again, poison]);
    let dispatcher = scene.start(2, script.clone());
    offer(&dispatcher, &["a"]).await;
    scene.advance(9, &dispatcher).await;
    assert_eq!(script.ran.lock().unwrap().len(), 1);
    scene.advance(100, &dispatcher).await;
    let attempts: Vec<_> = script.ran.lock().unwrap().iter().map(|(_, attempt)| *attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(scene.poisoned().await, [("a".to_owned(), "it's broken".to_owned())]);
}

#[tokio::test]
async fn what_is_redriven_runs_when_somebody_says_so() {
    let scene = Scene::new();
    let script = Arc::new(Script::default());
    script.verdicts.lock().unwrap().push_back(Verdict::Poison { reason: "broken".to_owned() });
    let dispatcher = scene.start(2, script.clone());
    offer(&dispatcher, &["a"]).await;
    dispatcher.settled().await;
    let store = scene.store();
    let failed = store.poisoned(durable_core::store::PoisonedQuery { limit: 9, ..Default::default() }).await;
    let ids = failed.unwrap().iter().map(|found| found.id).collect();
    store.redrive(ids, scene.now()).await.unwrap();
    dispatcher.look();
    dispatcher.settled().await;
    assert_eq!(*script.ran.lock().unwrap(), [("a".to_owned(), 1), ("a".to_owned(), 1)]);
    assert!(scene.poisoned().await.is_empty());
}

#[tokio::test]
async fn of_what_is_serial_one_runs_at_a_time_in_order() {
    let scene = Scene::new();
    let (dispatcher, mut begun) = scene.staged(9);
    let serial = |key: &str| Occurrence { serial: true, ..blob(key) };
    dispatcher.offer(vec![serial("1"), serial("2"), serial("3")]).await.unwrap();
    for key in ["1", "2", "3"] {
        let run = begun.recv().await.unwrap();
        assert_eq!(run.key(), key);
        assert!(begun.try_recv().is_err());
        run.end(Verdict::Done);
    }
    dispatcher.settled().await;
}

#[tokio::test]
async fn what_nobody_here_runs_is_refused() {
    let scene = Scene::new();
    let dispatcher = scene.start(1, Arc::new(Script::default()));
    let error = dispatcher.offer(vec![Occurrence { source: "moon:a".to_owned(), ..blob("a") }]).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`moon:a`"), "{error}");
    assert_eq!(dispatcher.offer(Vec::new()).await.unwrap(), []);
}
