//! What is special about S3: buckets, keys, and a network in between.

use std::time::Duration;

use fnhost_protocol::blob::{BlobApi, BlobError, BlobPath, OnlyIf, WriteOptions};
use futures_util::TryStreamExt;
use s3_testkit::{Fault, Op, S3Server};

use crate::scene::{CONNECTION, Place, at, blobs_of, collect, noise, whole};

#[tokio::test]
async fn a_missing_bucket_is_named() {
    let place = Place::s3();
    let path = BlobPath { container: "nowhere".into(), ..at("a") };
    let named = "container `nowhere` of `TestStorage`";
    let large = noise((8 << 20) + 1);
    for bytes in [noise(3), large] {
        let error = place.blobs.write(path.clone(), whole(bytes), WriteOptions::default()).await.unwrap_err();
        assert_eq!(error, BlobError::NotFound { what: named.to_owned() });
    }
    let read = place.blobs.read(path.clone(), None).await.unwrap_err();
    assert_eq!(read, BlobError::NotFound { what: named.to_owned() });
    // This question has an answer without a body, which does not tell the two apart.
    assert_eq!(place.blobs.properties(path).await, Ok(None));
    let scan = place.store().scan("nowhere".into(), String::new()).try_collect::<Vec<_>>().await;
    assert_eq!(scan.unwrap_err(), BlobError::NotFound { what: named.to_owned() });
}

#[tokio::test]
async fn denied_access_is_not_repeated() {
    let place = Place::s3();
    place.put("a", "x").await;
    place.server().deny("box", true);
    let before = place.store().requests();
    let answers = [
        place.properties("a").await.map(drop),
        place.get("a").await.map(drop),
        place.write_if("a", "y", OnlyIf::Always).await.map(drop),
        place.page("", None, 10).await.map(drop),
    ];
    for answer in answers {
        let Err(BlobError::Denied { what, why }) = answer else { panic!("{answer:?}") };
        assert!(what.contains("`box` of `TestStorage`") && why.contains("403"), "{what}: {why}");
    }
    assert_eq!(place.store().requests() - before, 4);
    place.server().deny("box", false);
    assert_eq!(place.text("a").await, "x");
}

#[tokio::test]
async fn a_wrong_secret_is_denied_and_not_shown() {
    let server = S3Server::start();
    server.create_bucket("box");
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(&folder, &[(CONNECTION, &server.connection_string_with_secret("wr0ng"))]);
    let error = blobs.read(at("a"), None).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(matches!(error, BlobError::Denied { .. }), "{text}");
    assert!(text.contains("SignatureDoesNotMatch") && !text.contains("wr0ng"), "{text}");
}

#[tokio::test]
async fn a_busy_or_failing_store_is_asked_again() {
    let place = Place::s3();
    place.put("a", "x").await;
    for fault in [Fault::Internal, Fault::SlowDown] {
        for op in [Op::Get, Op::Head, Op::List] {
            place.server().fail(op, fault);
            let before = place.store().requests();
            match op {
                Op::Get => drop(place.get("a").await.unwrap()),
                Op::Head => drop(place.properties("a").await.unwrap()),
                _ => drop(place.page("", None, 10).await.unwrap()),
            }
            assert_eq!(place.store().requests() - before, 2, "{fault:?} {op:?}");
        }
    }
    assert_eq!(place.server().faults_left(), 0);
    assert_eq!(place.store().requests(), place.server().requests());
}

#[tokio::test]
async fn one_that_stays_busy_is_unavailable() {
    let place = Place::s3();
    for _ in 0..4 {
        place.server().fail(Op::Put, Fault::SlowDown);
    }
    let error = place.write_if("a", "x", OnlyIf::Always).await.unwrap_err();
    assert!(error.may_be_repeated() && error.to_string().contains("503 SlowDown"), "{error}");
    assert!(place.names().await.is_empty());
    place.put("a", "x").await;
}

#[tokio::test]
async fn failures_in_the_middle_of_an_upload_leave_no_parts() {
    let place = Place::s3();
    let large = noise(3 * (8 << 20));
    for op in [Op::Part, Op::Complete] {
        place.server().fail(op, Fault::Denied);
        let error = place.write("a", large.clone(), WriteOptions::default()).await.unwrap_err();
        assert!(matches!(error, BlobError::Denied { .. }), "{error}");
        place.expect_nothing_left_behind().await;
        assert_eq!(place.properties("a").await, Ok(None));
    }
    // What passes by itself does no harm.
    place.server().fail(Op::Begin, Fault::SlowDown);
    place.server().fail(Op::Part, Fault::Internal);
    place.server().fail(Op::Complete, Fault::Internal);
    place.write("a", large.clone(), WriteOptions::default()).await.unwrap();
    assert!(place.get("a").await.unwrap() == large);
    place.expect_nothing_left_behind().await;
}

#[tokio::test]
async fn nonsense_is_said_to_be_that() {
    let place = Place::s3();
    place.put("a", "x").await;
    place.server().fail(Op::List, Fault::Nonsense);
    let error = place.page("", None, 10).await.unwrap_err();
    assert!(error.may_be_repeated() && error.to_string().contains("not S3"), "{error}");
    for fault in [Fault::NoToken, Fault::NoToken] {
        place.server().fail(Op::List, fault);
    }
    let error = place.scan("").await.unwrap_err();
    assert!(error.to_string().contains("does not say where"), "{error}");
}

#[tokio::test]
async fn answers_that_break_off_are_errors() {
    let place = Place::s3();
    let bytes = noise(1 << 20);
    place.put("a", bytes.clone()).await;
    place.server().fail(Op::Get, Fault::Cut);
    let read = place.blobs.read(at("a"), None).await.unwrap();
    let error = collect(read.body).await.unwrap_err();
    assert!(error.may_be_repeated() && error.to_string().contains("`a`"), "{error}");
    assert!(place.get("a").await.unwrap() == bytes);
    // A list is asked for again by itself.
    place.server().fail(Op::List, Fault::Cut);
    assert_eq!(place.names().await, ["a"]);
}

#[tokio::test]
async fn a_page_that_comes_twice_gives_no_name_twice() {
    let place = Place::s3();
    for n in 0..2500 {
        place.server().put("box", &format!("{n:04}"), "x");
    }
    let before = place.store().requests();
    let all = place.scan("").await.unwrap();
    assert_eq!((all.len(), place.store().requests() - before), (2500, 3));
    // The second page is the first once more.
    place.server().fail(Op::List, Fault::NoTags);
    place.server().fail(Op::List, Fault::SamePage);
    let mut groups = place.store().scan("box".into(), "0".into());
    let first = groups.try_next().await.unwrap().unwrap();
    assert_eq!(first.len(), 1000);
    let before = place.store().requests();
    for _ in 0..2 {
        place.server().fail(Op::List, Fault::SamePage);
    }
    let names: Vec<String> = place.scan("").await.unwrap().into_iter().map(|item| item.name).collect();
    let unique: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!((names.len(), unique.len()), (2500, 2500));
    assert!(place.store().requests() - before <= 6);
    // One that stands still is no list.
    for _ in 0..10 {
        place.server().fail(Op::List, Fault::SamePage);
    }
    let error = place.scan("").await.unwrap_err();
    assert!(error.to_string().contains("pages do not go on"), "{error}");
}

#[tokio::test]
async fn lists_without_tags_have_the_same_versions() {
    let place = Place::s3();
    place.put("a", "x").await;
    let known = place.page("", None, 10).await.unwrap();
    place.server().fail(Op::List, Fault::NoTags);
    let found = place.page("", None, 10).await.unwrap();
    assert_eq!(found.items[0].properties.version, known.items[0].properties.version);
}

#[tokio::test]
async fn an_object_that_is_listed_late_is_there_all_the_same() {
    let place = Place::s3();
    place.server().delay_listing(2);
    place.put("a", "x").await;
    assert_eq!(place.text("a").await, "x");
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(place.names().await.len());
    }
    assert_eq!(seen, [0, 0, 1, 1]);
}

#[tokio::test]
async fn a_wrong_clock_is_made_up_for() {
    let place = Place::s3();
    place.put("a", "x").await;
    for skew in [7200, -7200] {
        place.server().skew_clock(skew);
        assert_eq!(place.text("a").await, "x", "{skew} s");
        place.put("a", "x").await;
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_unavailable() {
    let server = S3Server::start();
    let folder = tempfile::tempdir().unwrap();
    let blobs = blobs_of(&folder, &[(CONNECTION, &server.connection_string())]);
    drop(server);
    let asked = tokio::time::timeout(Duration::from_secs(60), blobs.read(at("a"), None));
    let error = asked.await.unwrap().unwrap_err();
    assert!(
        error.may_be_repeated() && error.to_string().contains("`TestStorage` cannot be reached"),
        "{error}"
    );
}

#[tokio::test]
async fn keys_that_are_no_names_are_passed_over() {
    let place = Place::s3();
    for key in ["/", "a/", "a//b", "a/../b", "./x", "good", "folder/good"] {
        place.server().put("box", key, "x");
    }
    assert_eq!(place.names().await, ["folder/good", "good"]);
    assert_eq!(place.list("", 1).await.len(), 2);
    assert_eq!(place.scan("").await.unwrap().len(), 2);
}
