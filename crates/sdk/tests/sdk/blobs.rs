//! Blobs as functions see them, on a store that keeps them in a map.

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use fnhost_protocol::{
    blob::{
        BlobApi, BlobError, BlobItem, BlobPage, BlobPath, BlobProperties, BlobRead, BlobStream, WriteOptions,
    },
    body::{BodyError, StreamedBody},
};
use fnhost_sdk::{Blob, BlobBody, BlobClient, BodyStream, IntoResponse, Result, host::Services};
use futures_util::{FutureExt, StreamExt, TryStreamExt, future::BoxFuture, stream};

use crate::scene::{reply, request, services, wait};

/// Blobs by `connection/container/name`.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<BTreeMap<String, Bytes>>>);

fn key(at: &BlobPath) -> String {
    format!("{}/{at}", at.connection)
}

fn properties(bytes: &Bytes) -> BlobProperties {
    BlobProperties {
        length: bytes.len() as u64,
        content_type: Some("text/plain".into()),
        ..BlobProperties::default()
    }
}

impl BlobApi for Store {
    fn properties(&self, at: BlobPath) -> BoxFuture<'static, Result<Option<BlobProperties>, BlobError>> {
        let found = self.0.lock().unwrap().get(&key(&at)).map(properties);
        async { Ok(found) }.boxed()
    }

    fn read(&self, at: BlobPath, _: Option<String>) -> BoxFuture<'static, Result<BlobRead, BlobError>> {
        let found = self.0.lock().unwrap().get(&key(&at)).cloned();
        async move {
            let bytes = found.ok_or_else(|| BlobError::NotFound { what: at.to_string() })?;
            let pieces: Vec<_> = bytes.chunks(3).map(|piece| Ok(bytes.slice_ref(piece))).collect();
            Ok(BlobRead { properties: properties(&bytes), body: stream::iter(pieces).boxed() })
        }
        .boxed()
    }

    fn write(
        &self,
        at: BlobPath,
        body: BlobStream,
        _: WriteOptions,
    ) -> BoxFuture<'static, Result<BlobProperties, BlobError>> {
        let store = self.clone();
        async move {
            let bytes = Bytes::from(body.try_collect::<Vec<_>>().await?.concat());
            let written = properties(&bytes);
            store.0.lock().unwrap().insert(key(&at), bytes);
            Ok(written)
        }
        .boxed()
    }

    fn delete(&self, at: BlobPath) -> BoxFuture<'static, Result<bool, BlobError>> {
        let was_there = self.0.lock().unwrap().remove(&key(&at)).is_some();
        async move { Ok(was_there) }.boxed()
    }

    fn list(
        &self,
        connection: Arc<str>,
        container: String,
        prefix: String,
        after: Option<String>,
        _: u32,
    ) -> BoxFuture<'static, Result<BlobPage, BlobError>> {
        let folder = format!("{connection}/{container}/");
        let all = self.0.lock().unwrap();
        let names = all.keys().filter_map(|key| key.strip_prefix(&folder));
        let mut left = names
            .filter(|name| name.starts_with(&prefix) && after.as_deref().is_none_or(|after| *name > after));
        // Pages of two.
        let items: Vec<BlobItem> = left
            .by_ref()
            .take(2)
            .map(|name| BlobItem { name: name.to_owned(), properties: BlobProperties::default() })
            .collect();
        let next = left.next().and_then(|_| items.last().map(|item| item.name.clone()));
        async { Ok(BlobPage { items, next }) }.boxed()
    }
}

/// Runs a function on an empty store and shows what it has left there.
fn run<M>(function: impl fnhost_sdk::host::HttpHandler<M>) -> BTreeMap<String, String> {
    let store = Store::default();
    run_on(&store, function);
    let kept = store.0.lock().unwrap();
    kept.iter().map(|(key, bytes)| (key.clone(), String::from_utf8_lossy(bytes).into_owned())).collect()
}

fn run_on<M>(store: &Store, function: impl fnhost_sdk::host::HttpHandler<M>) {
    let services: Services = services().with_blobs(Arc::new(store.clone()));
    let reply = reply(function, request("GET", "/"), &services).unwrap();
    assert_eq!(reply.status, 200, "{:?}", reply.body);
}

#[test]
fn everything_that_has_bytes_can_be_written() {
    async fn code(blobs: BlobClient) -> Result<()> {
        let container = blobs.container("box");
        container.upload("text", "text").await?;
        container.upload("string", String::from("string")).await?;
        container.upload("bytes", vec![b'b']).await?;
        container.upload("slice", b"slice".as_slice()).await?;
        let mut file = tempfile().unwrap();
        file.write_all(&vec![b'f'; 300_000])?;
        std::io::Seek::rewind(&mut file)?;
        container.upload("file", file).await?;
        let pieces = stream::iter(["a", "b"].map(Ok::<_, std::io::Error>));
        container.upload("stream", BlobBody::stream(pieces)).await?;
        let blob = container.download("text").await?;
        blobs.connection("Other").container("copies").upload("text", blob).await?;
        Ok(())
    }
    let kept = run(code);
    let lengths: Vec<_> = kept.iter().map(|(key, text)| (key.as_str(), text.len())).collect();
    assert_eq!(
        lengths,
        [
            ("AzureWebJobsStorage/box/bytes", 1),
            ("AzureWebJobsStorage/box/file", 300_000),
            ("AzureWebJobsStorage/box/slice", 5),
            ("AzureWebJobsStorage/box/stream", 2),
            ("AzureWebJobsStorage/box/string", 6),
            ("AzureWebJobsStorage/box/text", 4),
            ("Other/copies/text", 4),
        ]
    );
}

/// A file that has no name any more.
fn tempfile() -> std::io::Result<std::fs::File> {
    let path = std::env::temp_dir().join(format!("fnhost-sdk-{}", fnhost_sdk::Uuid::new_v4().simple()));
    let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    Ok(file)
}

#[test]
fn blobs_are_read_whole_within_a_limit() {
    async fn code(blobs: BlobClient) -> Result<()> {
        let container = blobs.container("box");
        container.upload("a", "ten bytes.").await?;
        container.upload("b", vec![b'a', 0xff]).await?;
        assert!(container.exists("a").await? && !container.exists("c").await?);
        assert_eq!(container.download("a").await?.text().await?, "ten bytes.");
        assert_eq!(container.download("a").await?.bytes_within(10).await?, "ten bytes.");
        let error = container.download("a").await?.bytes_within(9).await.unwrap_err();
        assert!(matches!(error, BlobError::TooLarge { limit: 9, .. }), "{error}");
        let error = container.download("b").await?.text().await.unwrap_err();
        assert!(error.to_string().contains("no UTF-8 text: the byte at 1"), "{error}");
        assert!(matches!(container.download("c").await, Err(BlobError::NotFound { .. })));
        assert!(container.delete("a").await? && !container.delete("a").await?);
        Ok(())
    }
    assert_eq!(run(code).len(), 1);
}

#[test]
fn lists_go_on_from_page_to_page() {
    async fn code(blobs: BlobClient) -> Result<()> {
        let container = blobs.container("box");
        for name in ["a/1", "a/2", "a/3", "a/4", "a/5", "b"] {
            container.upload(name, name).await?;
        }
        let (mut found, mut names) = (container.list("a/"), Vec::new());
        while let Some(item) = found.next().await? {
            names.push(item.name);
        }
        assert_eq!(names, ["a/1", "a/2", "a/3", "a/4", "a/5"]);
        assert!(found.next().await?.is_none());
        Ok(())
    }
    run(code);
}

#[test]
fn a_body_that_breaks_answers_its_sender() {
    async fn code(body: BodyStream, blobs: BlobClient) -> Result<()> {
        blobs.container("box").upload("a", body).await?;
        Ok(())
    }
    let store = Store::default();
    let services = services().with_blobs(Arc::new(store.clone()));
    let mut call = request("POST", "/");
    let broken = BodyError { status: Some(413), message: "it is too large".into() };
    call.stream = Some(StreamedBody::new(stream::iter([Ok("x".into()), Err(broken)]).boxed()));
    let reply = reply(code, call, &services).unwrap();
    assert_eq!(reply.status, 413);
    assert!(String::from_utf8_lossy(&reply.body).contains("it is too large"));
    assert!(store.0.lock().unwrap().is_empty());
}

#[test]
fn a_blob_is_an_answer() {
    async fn code(blobs: BlobClient) -> Result<Blob> {
        let container = blobs.container("box");
        container.upload("a", "ten bytes.").await?;
        Ok(container.download("a").await?)
    }
    let services = services().with_blobs(Arc::new(Store::default()));
    let reply = reply(code, request("GET", "/"), &services).unwrap();
    assert_eq!(
        (&reply.headers["content-length"], &reply.headers["content-type"]),
        (&"10".parse().unwrap(), &"text/plain".parse().unwrap())
    );
    let whole = wait(reply.collected()).unwrap();
    assert_eq!(whole.body, "ten bytes.");
    let again =
        fnhost_sdk::Response::stream(stream::iter([Ok::<_, BodyError>("x")])).into_response().unwrap();
    assert_eq!(again.clone().with_body("y").into_reply().body, "y");
    assert!(serde_json::to_string(&again.into_reply()).is_err(), "a stream cannot cross");
}

#[test]
fn without_stores_functions_are_told_so() {
    async fn code(_: BlobClient) {}
    let failure = reply(code, request("GET", "/"), &services()).unwrap_err();
    assert!(failure.to_string().contains("runs without blob stores"), "{failure}");
}
