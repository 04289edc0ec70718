use std::collections::BTreeSet;

use fnhost_protocol::blob::{BlobApi, BlobError, OnlyIf};
use futures_util::future::join_all;

use crate::scene::{Place, at, noise};

fn is_changed<T: std::fmt::Debug>(result: Result<T, BlobError>) -> bool {
    match result {
        Err(BlobError::Changed { what, .. }) => what.contains("of `TestStorage`"),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn absent_lets_the_first_writer_win(place: Place) {
    place.write_if("a/b", "first", OnlyIf::Absent).await.unwrap();
    assert!(is_changed(place.write_if("a/b", "second", OnlyIf::Absent).await));
    assert_eq!(place.text("a/b").await, "first");
    place.blobs.delete(at("a/b")).await.unwrap();
    place.write_if("a/b", "third", OnlyIf::Absent).await.unwrap();
    assert_eq!(place.text("a/b").await, "third");
    place.expect_nothing_left_behind().await;
}

pub(super) async fn a_version_is_replaced_once(place: Place) {
    let first = place.put("a", "first").await;
    let only_first = || OnlyIf::Version(first.version.clone());
    place.write_if("a", "second", only_first()).await.unwrap();
    assert!(is_changed(place.write_if("a", "third", only_first()).await));
    assert!(is_changed(place.write_if("never", "x", only_first()).await));
    assert_eq!((place.text("a").await.as_str(), place.names().await.len()), ("second", 1));
    place.expect_nothing_left_behind().await;
}

pub(super) async fn every_rewrite_is_another_version(place: Place) {
    let mut versions = BTreeSet::new();
    // The same length, and many within a second.
    for n in 100..150 {
        let written = place.put("a", format!("v{n}")).await;
        assert!(!written.version.is_empty());
        assert_eq!(place.properties("a").await.unwrap().unwrap().version, written.version);
        assert!(versions.insert(written.version), "rewrite {n} has the version of one before");
    }
}

pub(super) async fn an_old_version_is_not_read(place: Place) {
    let old = place.put("a", "old").await.version;
    let read = place.blobs.read(at("a"), Some(old.clone())).await.unwrap();
    assert_eq!(crate::scene::collect(read.body).await.unwrap(), "old");
    let new = place.put("a", "new").await.version;
    assert!(is_changed(place.blobs.read(at("a"), Some(old)).await.map(|read| read.properties)));
    assert!(place.blobs.read(at("a"), Some(new)).await.is_ok());
}

pub(super) async fn of_writers_at_once_one_wins_whole(place: Place) {
    let contents: Vec<_> = (0..8).map(|n| noise(300_000 + n)).collect();
    let written = join_all(contents.iter().map(|bytes| place.put("a", bytes.clone()))).await;
    assert_eq!(written.len(), 8);
    let found = place.get("a").await.unwrap();
    assert!(contents.contains(&found), "{} bytes are a mixture", found.len());
    place.expect_nothing_left_behind().await;
}
