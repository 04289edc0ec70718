//! Reading and forgetting what is on record.

use durable_core::store::{Finish, Prune, ReceiptQuery};

use crate::occurrences::life::{Stage, at, blob, slot};

fn query(after: Option<(&str, &str)>, limit: u32) -> ReceiptQuery {
    ReceiptQuery {
        source: "blob:a".to_owned(),
        after: after.map(|(key, version)| (key.to_owned(), version.to_owned())),
        limit,
    }
}

async fn read(stage: &Stage, query: ReceiptQuery) -> Vec<String> {
    stage.receipts(query).await.iter().map(|found| format!("{}@{}", found.key, found.version)).collect()
}

pub(crate) async fn receipts_are_read_in_pages(stage: Stage) {
    stage.remember("blob:b", &[("a", "0")]).await;
    stage
        .remember("blob:a", &[("é", "1"), ("b", "2"), ("a/b", "1"), ("b", "1"), ("a", "1"), ("B", "1")])
        .await;
    // By bytes: capital letters first, what is not ASCII last, whatever the language of the database.
    assert_eq!(stage.on_record("blob:a").await, ["B@1", "a@1", "a/b@1", "b@1", "b@2", "é@1"]);
    assert_eq!(read(&stage, query(None, 4)).await, ["B@1", "a@1", "a/b@1", "b@1"]);
    assert_eq!(read(&stage, query(Some(("b", "1")), 4)).await, ["b@2", "é@1"]);
    assert_eq!(read(&stage, query(Some(("é", "1")), 4)).await, [""; 0]);
    assert_eq!(stage.on_record("blob:unheard").await, [""; 0]);
}

pub(crate) async fn missing_ones_are_forgotten_when_asked(stage: Stage) {
    stage.remember("blob:a", &[("a", "1"), ("a", "2"), ("b", "1"), ("c", "1")]).await;
    stage.set_missing("blob:a", &[("a", "1"), ("b", "1"), ("unheard", "1")], Some(10)).await;
    stage.set_missing("blob:a", &[("c", "1")], Some(20)).await;
    stage.set_missing("blob:a", &[("b", "1")], None).await;
    let since: Vec<_> =
        stage.receipts(query(None, 9)).await.iter().map(|found| found.missing_since).collect();
    assert_eq!(since, [Some(at(10)), None, None, Some(at(20))]);
    assert_eq!(stage.prune("blob:b", Prune::MissingSince(at(99)), 9).await, 0);
    assert_eq!(stage.prune("blob:a", Prune::MissingSince(at(9)), 9).await, 0);
    assert_eq!(stage.prune("blob:a", Prune::MissingSince(at(10)), 9).await, 1);
    assert_eq!(stage.on_record("blob:a").await, ["a@2", "b@1", "c@1"]);
    assert_eq!(stage.prune("blob:a", Prune::MissingSince(at(99)), 9).await, 1);
    assert_eq!(stage.on_record("blob:a").await, ["a@2", "b@1"]);
}

pub(crate) async fn early_keys_are_forgotten_when_asked(stage: Stage) {
    for seconds in [1, 2, 3, 4] {
        let leased = stage.taken(slot("a", seconds)).await;
        assert!(stage.finish(&leased, Finish::Done).await);
    }
    let before = |seconds: i64| Prune::KeysBefore(format!("{seconds:016}"));
    assert_eq!(stage.prune("timer:b", before(9), 9).await, 0);
    assert_eq!(stage.prune("timer:a", before(4), 2).await, 2);
    assert_eq!(stage.prune("timer:a", before(4), 2).await, 1);
    assert_eq!(stage.prune("timer:a", before(4), 2).await, 0);
    assert_eq!(stage.on_record("timer:a").await, [format!("{:016}@", 4)]);
}

pub(crate) async fn what_is_not_finished_is_never_forgotten(stage: Stage) {
    stage.taken(blob("leased", "1")).await;
    stage.add(0, vec![blob("waiting", "1")], 0).await;
    stage.poison("poisoned", "broken").await;
    let all = [("leased", "1"), ("waiting", "1"), ("poisoned", "1")];
    stage.set_missing("blob:a", &all, Some(1)).await;
    assert_eq!(stage.prune("blob:a", Prune::MissingSince(at(9)), 9).await, 0);
    assert_eq!(stage.prune("blob:a", Prune::KeysBefore("z".to_owned()), 9).await, 0);
    assert_eq!(stage.known("blob:a", &all).await, [true; 3]);
}
