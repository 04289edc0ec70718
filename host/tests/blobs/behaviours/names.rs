use std::collections::BTreeSet;

use fnhost_protocol::blob::{BlobApi, BlobError, BlobPath, WriteOptions};

use crate::scene::{CONNECTION, CONTAINER, Place, whole};

pub(super) async fn odd_names_come_back_as_they_were(place: Place) {
    let long = "x".repeat(200);
    let deep = vec!["d"; 100].join("/");
    let names = [
        "a b",
        " leading",
        "a+b",
        "a%20b",
        "100%",
        "%2F",
        "a?b=c&d",
        "#x",
        "a\\b",
        "quote'\"s",
        "<a>&amp;",
        ".hidden",
        "...",
        "~",
        "ä/ö/ü.txt",
        "e\u{301}",
        "日本/語",
        "🎁",
        "a:b",
        "a=b;c,d",
        "*",
        "[x]{y}",
        long.as_str(),
        deep.as_str(),
    ];
    for name in names {
        place.put(name, name.to_owned()).await;
    }
    let expected: BTreeSet<String> = names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(place.names().await, expected.iter().cloned().collect::<Vec<_>>());
    for name in names {
        assert_eq!(place.text(name).await, name);
        assert_eq!(place.list(name, 10).await[0].name, name);
        assert_eq!(place.blobs.delete(crate::scene::at(name)).await, Ok(true), "{name}");
    }
    assert!(place.names().await.is_empty());
}

pub(super) async fn bad_names_are_refused_before_the_store_is_asked(place: Place) {
    let path = |container: &str, name: &str| BlobPath {
        connection: CONNECTION.into(),
        container: container.to_owned(),
        name: name.to_owned(),
    };
    let long = "x".repeat(2000);
    let names = ["", "/a", "a/", "a//b", ".", "..", "../x", "a/../../x", "a/./b", "a\0b", long.as_str()];
    let bad = names.iter().map(|name| path(CONTAINER, name));
    let containers = ["", ".", "..", ".hidden", "a/b", "/", "a\0"];
    for at in bad.chain(containers.iter().map(|container| path(container, "a"))) {
        let answers = [
            place.blobs.properties(at.clone()).await.map(drop),
            place.blobs.read(at.clone(), None).await.map(drop),
            place.blobs.write(at.clone(), whole("x"), WriteOptions::default()).await.map(drop),
            place.blobs.delete(at.clone()).await.map(drop),
        ];
        for answer in answers {
            let Err(BlobError::Invalid { message }) = answer else { panic!("{at:?}: {answer:?}") };
            assert!(message.contains("allowed: "), "{message}");
        }
    }
    for prefix in ["/", "../", "a//"] {
        assert!(matches!(place.page(prefix, None, 1).await, Err(BlobError::Invalid { .. })), "{prefix}");
    }
    assert_eq!(place.store().requests(), 0);
}
