use std::collections::BTreeSet;

use crate::scene::{CONNECTION, Place};
use fnhost_protocol::blob::{BlobApi, BlobError};

/// Names whose order by parts is not the order of their bytes.
const NAMES: [&str; 16] = [
    "a-b", "a.txt", "a/b", "a/b.c", "a/c/d", "a/c/e/f", "a0", "ab", "b!", "b/a", "b0", "c/0/0", "c/00",
    "ä/x", "z", "~",
];

async fn fill(place: &Place) -> BTreeSet<String> {
    for name in NAMES {
        place.put(name, name).await;
    }
    NAMES.iter().map(|name| (*name).to_owned()).collect()
}

pub(super) async fn pages_of_every_size_hold_every_name_once_in_order(place: Place) {
    let names: Vec<String> = fill(&place).await.into_iter().collect();
    for limit in [1, 2, 3, 5, 15, 16, 17, 1000] {
        let listed: Vec<String> = place.list("", limit).await.into_iter().map(|item| item.name).collect();
        assert_eq!(listed, names, "pages of {limit}");
    }
    for limit in [0, 1001] {
        let error = place.page("", None, limit).await.unwrap_err();
        assert!(error.to_string().contains("allowed: from 1 to 1000"), "{error}");
    }
}

pub(super) async fn prefixes_and_starts_cut_the_list(place: Place) {
    let names = fill(&place).await;
    for prefix in ["", "a", "a/", "a/c", "a/c/", "a/c/e/f", "b", "c/0", "none", "a/none/x", "ä", "~"] {
        for after in [None, Some("a"), Some("a/b"), Some("a/c/d"), Some("b/a"), Some("c/0/0"), Some("zz")] {
            let fits =
                |name: &&String| name.starts_with(prefix) && after.is_none_or(|after| name.as_str() > after);
            let expected: Vec<&String> = names.iter().filter(fits).collect();
            let page = place.page(prefix, after, 1000).await.unwrap();
            let listed: Vec<&String> = page.items.iter().map(|item| &item.name).collect();
            assert_eq!(listed, expected, "prefix {prefix:?} after {after:?}");
            assert_eq!(page.next, None);
            // Whatever a first page of two says comes next does come next.
            let first = place.page(prefix, after, 2).await.unwrap();
            assert_eq!(first.next.is_some(), expected.len() > 2, "prefix {prefix:?} after {after:?}");
        }
    }
}

pub(super) async fn a_list_shows_what_properties_show(place: Place) {
    fill(&place).await;
    for item in place.list("", 7).await {
        let known = place.properties(&item.name).await.unwrap().unwrap();
        assert_eq!(item.properties.version, known.version);
        assert_eq!(item.properties.length, known.length);
        assert_eq!(item.properties.last_modified, known.last_modified);
        assert!(known.last_modified.is_some());
    }
    let missing = place.blobs.list(CONNECTION.into(), "nowhere".into(), String::new(), None, 10).await;
    match (missing, place.server.is_some()) {
        (Err(BlobError::NotFound { what }), _) => assert_eq!(what, "container `nowhere` of `TestStorage`"),
        // Part of a bucket: there are as many containers as one thinks of.
        (Ok(page), true) => assert!(page.items.is_empty()),
        other => panic!("{other:?}"),
    }
}

pub(super) async fn a_scan_finds_every_blob_once(place: Place) {
    let names = fill(&place).await;
    let listed = place.list("", 1000).await;
    assert_eq!(place.scan("").await.unwrap(), listed);
    assert_eq!(listed.len(), names.len());
    for prefix in ["a/", "a", "c/0", "a/c/e", "none", "none/x"] {
        let expected = place.list(prefix, 1000).await;
        assert_eq!(place.scan(prefix).await.unwrap(), expected, "{prefix}");
    }
}
