//! How runs end.

use durable_core::store::{Added, Finish, FinishedOccurrence, OccurrenceId, PoisonedQuery};

use crate::{
    host::ok,
    occurrences::life::{Stage, at, blob},
};

pub(crate) async fn what_is_done_never_runs_again(stage: Stage) {
    let leased = stage.taken(blob("a", "1")).await;
    assert!(stage.finish(&leased, Finish::Done).await);
    assert_eq!(stage.keys(1_000, 10).await, [""; 0]);
    assert_eq!(stage.add(0, vec![blob("a", "1")], 1).await, [Added::Known]);
    let stage = stage.crash().await;
    assert_eq!(stage.keys(1_000, 10).await, [""; 0]);
    assert_eq!(stage.add(0, vec![blob("a", "1")], 1).await, [Added::Known]);
}

pub(crate) async fn what_is_to_run_again_waits_until_then(stage: Stage) {
    let leased = stage.taken(blob("a", "1")).await;
    assert!(stage.finish(&leased, Finish::Again { due: at(10) }).await);
    let early = stage.claim(9, 9, &["blob:a"]).await;
    assert_eq!((early.leased.len(), early.next), (0, Some(at(10))));
    let again = stage.claim(10, 9, &["blob:a"]).await.leased;
    assert_eq!(again.len(), 1);
    assert_eq!((again[0].id, again[0].attempt, again[0].occurrence.due), (leased.id, 2, at(10)));
}

pub(crate) async fn what_is_given_back_was_no_attempt(stage: Stage) {
    let leased = stage.taken(blob("a", "1")).await;
    assert!(stage.finish(&leased, Finish::GivenBack).await);
    let again = stage.claim(0, 9, &["blob:a"]).await.leased;
    assert_eq!(again, [leased]);
}

pub(crate) async fn an_end_counts_once(stage: Stage) {
    for (key, finish) in [
        ("a", Finish::Done),
        ("b", Finish::Again { due: at(5) }),
        ("c", Finish::GivenBack),
        ("d", Finish::Poison { reason: "broken".to_owned() }),
    ] {
        let leased = stage.taken(blob(key, "1")).await;
        assert!(stage.finish(&leased, finish.clone()).await, "{finish:?}");
        assert!(!stage.finish(&leased, finish.clone()).await, "{finish:?}");
        assert!(!stage.finish(&leased, Finish::Done).await, "{finish:?}");
    }
    let unheard = FinishedOccurrence { id: OccurrenceId(1 << 40), attempt: 1, finish: Finish::Done };
    assert_eq!(stage.finish_all(vec![unheard]).await, [false]);
    assert!(stage.finish_all(Vec::new()).await.is_empty());
}

pub(crate) async fn an_end_of_another_attempt_is_refused(stage: Stage) {
    let first = stage.taken(blob("a", "1")).await;
    assert!(stage.finish(&first, Finish::Again { due: at(0) }).await);
    let second = stage.claim(0, 1, &["blob:a"]).await.leased.remove(0);
    assert!(!stage.finish(&first, Finish::Done).await);
    assert!(stage.finish(&second, Finish::Done).await);
}

pub(crate) async fn ends_of_all_kinds_go_together(stage: Stage) {
    let new = ["done", "again", "poison", "back", "lost"].map(|key| blob(key, "1")).to_vec();
    let added = stage.add(0, new, 9).await;
    let ends = [
        Finish::Done,
        Finish::Again { due: at(3) },
        Finish::Poison { reason: "it's broken".to_owned() },
        Finish::GivenBack,
        Finish::Done,
    ];
    let ended = added.iter().zip(ends).map(|(added, finish)| {
        let Added::Leased(leased) = added else { panic!("{added:?} should be leased") };
        let attempt = leased.attempt + u32::from(leased.occurrence.key == "lost");
        FinishedOccurrence { id: leased.id, attempt, finish }
    });
    assert_eq!(stage.finish_all(ended.collect()).await, [true, true, true, true, false]);
    assert_eq!(stage.keys(2, 9).await, ["back"]);
    assert_eq!(stage.keys(3, 9).await, ["again"]);
    assert_eq!(stage.poisoned().await.len(), 1);
    let leased = ok("look what is leased", stage.store.leased(stage.holder).await);
    assert!(leased.iter().any(|leased| leased.occurrence.key == "lost"), "{leased:?}");
}

pub(crate) async fn what_has_failed_for_good_is_listed(stage: Stage) {
    let first = stage.taken(blob("a", "1")).await;
    assert!(stage.finish(&first, Finish::Again { due: at(0) }).await);
    let second = stage.claim(0, 1, &["blob:a"]).await.leased.remove(0);
    let reason = "the file is broken: 'é' \u{1F4A5}";
    assert!(stage.finish(&second, Finish::Poison { reason: reason.to_owned() }).await);
    let listed = stage.poisoned().await;
    assert_eq!(listed.len(), 1);
    let found = &listed[0];
    assert_eq!((found.id, &found.occurrence, found.attempts), (second.id, &second.occurrence, 2));
    assert_eq!(found.reason, reason);
    assert_eq!(stage.keys(1_000, 9).await, [""; 0]);
}

pub(crate) async fn the_list_of_what_has_failed_has_pages(stage: Stage) {
    let mut ids = Vec::new();
    for key in ["a", "b", "c"] {
        ids.push(stage.poison(key, "broken").await);
    }
    let page = async |source: Option<&str>, after, limit| {
        let query = PoisonedQuery { source: source.map(str::to_owned), after, limit };
        let page = ok("list what has failed", stage.store.poisoned(query).await);
        page.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, None, 2).await, ids[..2]);
    assert_eq!(page(None, Some(ids[1]), 2).await, ids[2..]);
    assert_eq!(page(Some("blob:a"), Some(ids[0]), 1).await, ids[1..2]);
    assert_eq!(page(Some("blob:b"), None, 9).await, []);
}

pub(crate) async fn what_is_redriven_begins_anew(stage: Stage) {
    let id = stage.poison("a", "broken").await;
    assert_eq!(ok("redrive", stage.store.redrive(vec![id], at(7)).await), [id]);
    assert_eq!(stage.poisoned().await, []);
    assert_eq!(stage.keys(6, 9).await, [""; 0]);
    let again = stage.claim(7, 9, &["blob:a"]).await.leased;
    assert_eq!((again.len(), again[0].id, again[0].attempt), (1, id, 1));
    assert!(stage.finish(&again[0], Finish::Done).await);
}

pub(crate) async fn what_is_discarded_stays_known(stage: Stage) {
    let id = stage.poison("a", "broken").await;
    assert_eq!(ok("discard", stage.store.discard(vec![id]).await), [id]);
    assert_eq!(ok("discard", stage.store.discard(vec![id]).await), []);
    assert_eq!(stage.poisoned().await, []);
    assert_eq!(stage.add(0, vec![blob("a", "1")], 1).await, [Added::Known]);
    assert_eq!(stage.keys(1_000, 9).await, [""; 0]);
}

pub(crate) async fn only_what_has_failed_is_redriven_or_discarded(stage: Stage) {
    let leased = stage.taken(blob("leased", "1")).await;
    stage.add(0, vec![blob("waiting", "1")], 0).await;
    let failed = stage.poison("failed", "broken").await;
    let waiting = OccurrenceId(leased.id.0 + 1);
    let all = vec![leased.id, waiting, failed, OccurrenceId(1 << 40)];
    assert_eq!(ok("redrive", stage.store.redrive(all.clone(), at(0)).await), [failed]);
    assert_eq!(ok("discard", stage.store.discard(all).await), []);
    assert_eq!(stage.keys(0, 9).await.len(), 2);
    assert!(stage.finish(&leased, Finish::Done).await);
}
