//! What is on record, and what is new.

use durable_core::store::{Added, Finish, Occurrence};
use fnhost_protocol::json::JsonText;

use crate::{
    host::ok,
    occurrences::life::{Stage, at, blob, slot},
};

pub(crate) async fn what_is_new_is_leased_in_order(stage: Stage) {
    let new = vec![blob("b", "1"), blob("a", "1"), blob("c", "1")];
    let added = stage.add(0, new.clone(), 2).await;
    for (added, occurrence) in added.iter().zip(&new).take(2) {
        let Added::Leased(leased) = added else { panic!("{added:?} should be leased") };
        assert_eq!((&leased.occurrence, leased.attempt), (occurrence, 1));
    }
    assert!(matches!(added[2], Added::Waiting(_)), "{added:?}");
    assert_eq!(stage.keys(0, 10).await, ["c"]);
}

pub(crate) async fn what_is_due_later_waits(stage: Stage) {
    let later = Occurrence { due: at(5), ..blob("a", "1") };
    let added = stage.add(4, vec![later, blob("b", "1")], 9).await;
    assert!(matches!(added[..], [Added::Waiting(_), Added::Leased(_)]), "{added:?}");
    assert_eq!(stage.keys(4, 10).await, [""; 0]);
    assert_eq!(stage.keys(5, 10).await, ["a"]);
}

pub(crate) async fn what_is_known_stays_known(stage: Stage) {
    let again = |key: &str| vec![Occurrence { due: at(7), data: JsonText::null(), ..blob(key, "1") }];
    stage.taken(blob("leased", "1")).await;
    stage.add(0, vec![blob("waiting", "1")], 0).await;
    let done = stage.taken(blob("done", "1")).await;
    assert!(stage.finish(&done, Finish::Done).await);
    stage.poison("poisoned", "broken").await;
    for key in ["leased", "waiting", "done", "poisoned"] {
        assert_eq!(stage.add(9, again(key), 9).await, [Added::Known], "{key}");
        assert_eq!(stage.known("blob:a", &[(key, "1"), (key, "2")]).await, [true, false]);
    }
    let claimed = stage.claim(9, 9, &["blob:a"]).await;
    assert_eq!(claimed.leased.len(), 1);
    assert_eq!(claimed.leased[0].occurrence, blob("waiting", "1"), "it is as it was first added");
}

pub(crate) async fn what_is_named_twice_is_new_once(stage: Stage) {
    let first = blob("a", "1");
    let second = Occurrence { data: JsonText::null(), ..blob("a", "1") };
    let added = stage.add(0, vec![first.clone(), second, blob("b", "1")], 9).await;
    assert!(
        matches!(&added[..], [Added::Leased(a), Added::Known, Added::Leased(_)] if a.occurrence == first),
        "{added:?}"
    );
}

pub(crate) async fn names_are_told_apart(stage: Stage) {
    let keys =
        ["", "a", "A", "a/b", "ä", "\u{10ffff}", "it's \"quoted\"\\", " ", "%", "a\nb", "{}", "1", "01"];
    let mut new = Vec::new();
    for key in keys {
        for version in ["", "1", "\"etag\".5", "ä"] {
            new.push(blob(key, version));
            new.push(Occurrence { source: "blob:b".to_owned(), ..blob(key, version) });
            new.push(Occurrence { source: "blob:é'".to_owned(), ..blob(key, version) });
        }
    }
    let added = stage.add(0, new.clone(), 1_000).await;
    for (added, occurrence) in added.iter().zip(&new) {
        let Added::Leased(leased) = added else { panic!("{occurrence:?} should be new") };
        assert_eq!(leased.occurrence, *occurrence);
    }
    let again = stage.add(0, new.clone(), 1_000).await;
    assert!(again.iter().all(|added| *added == Added::Known), "{again:?}");
}

pub(crate) async fn what_is_remembered_never_runs(stage: Stage) {
    stage.remember("blob:a", &[("old", "1"), ("older", "1")]).await;
    stage.remember("blob:a", &[("old", "1")]).await;
    assert_eq!(stage.add(0, vec![blob("old", "1")], 1).await, [Added::Known]);
    assert!(matches!(stage.add(0, vec![blob("old", "2")], 0).await[..], [Added::Waiting(_)]));
    assert_eq!(stage.known("blob:b", &[("old", "1")]).await, [false]);
    // What waits already is not taken for done.
    stage.remember("blob:a", &[("old", "2")]).await;
    assert_eq!(stage.keys(0, 10).await, ["old"]);
}

pub(crate) async fn many_are_added_at_once(stage: Stage) {
    let new: Vec<_> = (0..1_000).map(|number| blob(&format!("folder/{number:04}"), "1")).collect();
    let added = stage.add(0, new, 100).await;
    assert_eq!(added.iter().filter(|added| matches!(added, Added::Leased(_))).count(), 100);
    assert_eq!(added.iter().filter(|added| matches!(added, Added::Waiting(_))).count(), 900);
    let rest = stage.keys(0, 2_000).await;
    assert_eq!(rest, (100..1_000).map(|number| format!("folder/{number:04}")).collect::<Vec<_>>());
    assert!(stage.add(0, Vec::new(), 9).await.is_empty());
}

pub(crate) async fn task_hubs_know_nothing_of_each_other(mut stage: Stage) {
    let other = stage.other_hub("other").await;
    stage.add(0, vec![blob("a", "1")], 0).await;
    let failed = stage.poison("p", "broken").await;
    assert!(matches!(other.add(0, vec![blob("a", "1")], 0).await[..], [Added::Waiting(_)]));
    assert_eq!(other.keys(0, 10).await, ["a"]);
    assert_eq!(other.poisoned().await, []);
    assert_eq!(ok("redrive", other.store.redrive(vec![failed], at(0)).await), []);
    assert_eq!(ok("discard", other.store.discard(vec![failed]).await), []);
    assert_eq!(stage.keys(0, 10).await, ["a"]);
    assert_eq!(stage.poisoned().await.len(), 1);
}

pub(crate) async fn sources_have_a_state(stage: Stage) {
    let source = |name: &str| format!("timer:{name}");
    let read = async |names: &[&str]| {
        let names = names.iter().map(|name| source(name)).collect();
        let mut states = ok("read states", stage.store.source_states(names).await);
        states.sort_by(|a, b| a.0.cmp(&b.0));
        states
    };
    stage.add(0, vec![slot("c", 1)], 0).await;
    assert_eq!(read(&["a", "b", "c"]).await, []);
    let write = async |states| ok("write states", stage.store.set_source_states(states).await);
    let state = |number: i64| JsonText::of(&number).expect("a number has a JSON form");
    write(vec![(source("a"), state(1)), (source("c"), state(2))]).await;
    assert_eq!(read(&["a", "b", "c"]).await, [(source("a"), state(1)), (source("c"), state(2))]);
    write(vec![(source("a"), state(3))]).await;
    write(Vec::new()).await;
    assert_eq!(read(&["a", "b"]).await, [(source("a"), state(3))]);
}
