use bytes::Bytes;
use fnhost_protocol::{
    blob::{BlobApi, BlobError, WriteOptions},
    body::BodyError,
};
use futures_util::{FutureExt, StreamExt, stream};

use crate::scene::{Place, at, noise};

const PART: usize = 8 << 20;

pub(super) async fn a_source_that_breaks_leaves_what_was_there(place: Place) {
    place.put("a", "before").await;
    // In the first part, and after some have been sent.
    for length in [0, 1000, PART + 1, 3 * PART] {
        for name in ["a", "new/b"] {
            let bytes = noise(length);
            let pieces: Vec<_> = bytes.chunks(1 << 20).map(|piece| Ok(bytes.slice_ref(piece))).collect();
            let gone = Err(BlobError::Source(BodyError::new("the client went away")));
            let body = stream::iter(pieces).chain(stream::iter([gone])).boxed();
            let answer = place.blobs.write(at(name), body, WriteOptions::default()).await;
            let Err(BlobError::Source(why)) = answer else { panic!("{answer:?}") };
            assert_eq!(why.to_string(), "the client went away");
        }
    }
    place.expect_nothing_left_behind().await;
    assert_eq!((place.text("a").await.as_str(), place.names().await.len()), ("before", 1));
}

pub(super) async fn a_write_that_is_given_up_leaves_what_was_there(place: Place) {
    place.put("a", "before").await;
    for length in [10, 2 * PART] {
        let bytes = noise(length);
        let pieces: Vec<_> = bytes.chunks(1 << 20).map(|piece| Ok(bytes.slice_ref(piece))).collect();
        let (all_given, given) = tokio::sync::oneshot::channel();
        // A source that has given so much and never ends.
        let stuck = async move {
            all_given.send(()).unwrap();
            std::future::pending::<Result<Bytes, BlobError>>().await
        };
        let body = stream::iter(pieces).chain(stuck.into_stream()).boxed();
        let write = place.blobs.write(at("a"), body, WriteOptions::default());
        tokio::select! {
            written = write => panic!("it never ends: {written:?}"),
            done = given => done.unwrap(),
        }
    }
    place.expect_nothing_left_behind().await;
    assert_eq!(place.text("a").await, "before");
}
