use std::collections::BTreeMap;

use bytes::Bytes;
use fnhost_protocol::blob::{BlobError, WriteOptions};
use futures_util::{StreamExt, stream};

use crate::scene::{Place, at, noise};
use fnhost_protocol::blob::BlobApi;

const PART: usize = 8 << 20;

pub(super) async fn blobs_of_every_size_come_back_as_they_were(place: Place) {
    const PIECE: usize = 256 << 10;
    for length in [0, 1, 4095, PIECE - 1, PIECE, PIECE + 1, PART - 1, PART, PART + 1, 2 * PART + 4711] {
        let bytes = noise(length);
        // Pieces of odd sizes, an empty one among them, and no length beforehand.
        let mut pieces: Vec<Bytes> = bytes.chunks(100_003).map(|piece| bytes.slice_ref(piece)).collect();
        pieces.insert(pieces.len() / 2, Bytes::new());
        let body = stream::iter(pieces.into_iter().map(Ok)).boxed();
        let written = place.blobs.write(at("sized"), body, WriteOptions::default()).await.unwrap();
        assert_eq!(written.length, length as u64);
        let read = place.blobs.read(at("sized"), None).await.unwrap();
        assert_eq!(read.properties, written, "{length}");
        let back = crate::scene::collect(read.body).await.unwrap();
        assert!(back == bytes, "{length} bytes came back as {} others", back.len());
    }
    place.expect_nothing_left_behind().await;
}

pub(super) async fn content_type_and_metadata_come_back(place: Place) {
    let options = WriteOptions {
        content_type: Some("text/plain; charset=utf-8".to_owned()),
        metadata: BTreeMap::from([
            ("Author".to_owned(), "N. N.".to_owned()),
            ("source-id_2".to_owned(), "a=b;c".to_owned()),
        ]),
        ..WriteOptions::default()
    };
    let expected: Vec<(String, String)> =
        vec![("author".into(), "N. N.".into()), ("source-id_2".into(), "a=b;c".into())];
    for bytes in [noise(10), noise(PART + 1)] {
        let written = place.write("typed", bytes, options.clone()).await.unwrap();
        let found = place.properties("typed").await.unwrap().unwrap();
        assert_eq!(written, found);
        assert_eq!(found.content_type, options.content_type);
        assert_eq!(found.metadata.into_iter().collect::<Vec<_>>(), expected);
    }
}

pub(super) async fn an_overwrite_replaces_everything(place: Place) {
    let options = WriteOptions {
        content_type: Some("text/html".to_owned()),
        metadata: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
        ..WriteOptions::default()
    };
    place.write("a", "a long text", options).await.unwrap();
    place.put("a", "short").await;
    let found = place.properties("a").await.unwrap().unwrap();
    assert_eq!((found.length, found.metadata.len()), (5, 0));
    assert_ne!(found.content_type.as_deref(), Some("text/html"));
    assert_eq!(place.text("a").await, "short");
}

pub(super) async fn what_is_not_there_is_not_found(place: Place) {
    place.put("folder/there", "x").await;
    for name in ["missing", "missing/too", "folder", "folder/there/below", "folder/other"] {
        assert_eq!(place.properties(name).await, Ok(None), "{name}");
        let Err(BlobError::NotFound { what }) = place.get(name).await else { panic!("{name} was found") };
        assert_eq!(what, format!("blob `{name}` in container `box` of `TestStorage`"));
        assert_eq!(place.blobs.delete(at(name)).await, Ok(false), "{name}");
    }
    assert_eq!(place.text("folder/there").await, "x");
}

pub(super) async fn deleted_blobs_are_gone(place: Place) {
    place.put("a/b", "1").await;
    place.put("a/c", "2").await;
    assert_eq!(place.blobs.delete(at("a/b")).await, Ok(true));
    assert_eq!(place.blobs.delete(at("a/b")).await, Ok(false));
    assert_eq!(place.names().await, ["a/c"]);
    place.put("a/b", "3").await;
    assert_eq!(place.text("a/b").await, "3");
}
