//! Bodies of HTTP calls that are not held in memory.

use std::fs;

use bytes::Bytes;
use fnhost::testkit::{TestApp, TestAppBuilder};
use fnhost_sdk::{
    BlobClient, BlobProperties, BodyStream, Json, Path, Registry, Response, Result, StatusCode,
};
use futures_util::{StreamExt, stream};
use http::{Method, Request};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// An app with functions that take and give streams.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
}

const FUNCTIONS: [(&str, &str); 8] = [
    ("Count", "dataType = \"stream\""),
    ("CountWhole", ""),
    ("Whole", "dataType = \"stream\""),
    ("Ignore", "dataType = \"stream\""),
    ("Upload", "dataType = \"stream\"\nroute = \"upload/{*name}\""),
    ("Download", "route = \"download/{*name}\""),
    ("Copy", "route = \"copy/{from}/{to}\""),
    ("Break", "route = \"break/{how}\""),
];

impl Scene {
    pub(crate) fn new(host: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = folder.path();
        fs::write(app.join("host.toml"), format!("version = \"2.0\"\n{host}")).unwrap();
        fs::create_dir_all(app.join("blobs/box")).unwrap();
        for (name, more) in FUNCTIONS {
            fs::create_dir_all(app.join(name)).unwrap();
            let text = format!(
                "[[bindings]]\ntype = \"httpTrigger\"\nname = \"req\"\nauthLevel = \"anonymous\"\n{more}\n\
                 [[bindings]]\ntype = \"http\"\nname = \"$return\"\ndirection = \"out\"\n"
            );
            fs::write(app.join(name).join("function.toml"), text).unwrap();
        }
        Self { folder }
    }

    fn app(&self) -> TestAppBuilder {
        TestApp::of(self.folder.path(), registry()).setting("AzureWebJobsStorage", "file://blobs")
    }
}

pub(crate) fn registry() -> Registry {
    Registry::new()
        .http("Count", "Count/mod.rs", count)
        .http("CountWhole", "CountWhole/mod.rs", count)
        .http("Whole", "Whole/mod.rs", whole)
        .http("Ignore", "Ignore/mod.rs", ignore)
        .http("Upload", "Upload/mod.rs", upload)
        .http("Download", "Download/mod.rs", download)
        .http("Copy", "Copy/mod.rs", copy)
        .http("Break", "Break/mod.rs", break_off)
}

async fn count(mut body: BodyStream) -> Result<String> {
    let mut total = 0;
    while let Some(piece) = body.next_piece().await? {
        total += piece.len();
    }
    Ok(total.to_string())
}

async fn whole(body: String) -> String {
    body
}

async fn ignore() -> &'static str {
    "not read"
}

async fn upload(
    Path(name): Path<String>,
    body: BodyStream,
    blobs: BlobClient,
) -> Result<Json<BlobProperties>> {
    Ok(Json(blobs.container("box").upload(name, body).await?))
}

async fn download(Path(name): Path<String>, blobs: BlobClient) -> Result<Response> {
    use fnhost_sdk::IntoResponse;

    match blobs.container("box").download(name).await {
        Err(fnhost_sdk::BlobError::NotFound { what }) => {
            Ok(Response::problem(StatusCode::NOT_FOUND, format!("there is no {what}")))
        }
        found => found?.into_response(),
    }
}

async fn copy(Path((from, to)): Path<(String, String)>, blobs: BlobClient) -> Result<String> {
    let container = blobs.container("box");
    let blob = container.download(from).await?;
    Ok(container.upload(to, blob).await?.length.to_string())
}

async fn break_off(Path(how): Path<String>) -> Response {
    let first = stream::iter([Ok::<_, std::io::Error>("begun ")]);
    // Waits a moment, so that the first piece is sent.
    let then = stream::once(async move {
        tokio::task::yield_now().await;
        match how.as_str() {
            "error" => Err(std::io::Error::other("gone")),
            "panic" => panic!("asked to"),
            _ => Ok("ended"),
        }
    });
    Response::stream(first.chain(then))
}

fn post(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::builder().method(Method::POST).uri(path).body(body.into()).unwrap()
}

/// The head of a request that is written by hand.
fn head(app: &TestApp, target: &str, more: &str) -> String {
    format!("{target} HTTP/1.1\r\nHost: {}\r\n{more}\r\n\r\n", app.address())
}

#[tokio::test]
async fn streams_go_in_and_out() {
    let scene = Scene::new("");
    let app = scene.app().start().await.unwrap();
    let bytes = crate::scene::noise(3 << 20);
    for name in ["Count", "CountWhole"] {
        let answer = app.send(post(&format!("/api/{name}"), bytes.clone())).await.unwrap();
        assert_eq!(answer.text(), bytes.len().to_string());
    }
    let stored = app.send(post("/api/upload/a/b.bin", bytes.clone())).await.unwrap();
    assert_eq!(stored.status(), StatusCode::OK, "{}", stored.text());
    assert!(fs::read(scene.folder.path().join("blobs/box/a/b.bin")).unwrap() == bytes);
    let back = app.get("/api/download/a/b.bin").await.unwrap();
    assert_eq!(back.header("content-type"), Some("application/octet-stream"));
    assert_eq!(back.header("content-length"), Some(bytes.len().to_string().as_str()));
    assert!(back.body() == &bytes);
    assert_eq!(app.get("/api/download/missing").await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(app.get("/api/break/not").await.unwrap().text(), "begun ended");
    let head =
        Request::builder().method(Method::HEAD).uri("/api/download/a/b.bin").body(Bytes::new()).unwrap();
    let head = app.send(head).await.unwrap();
    assert_eq!((head.status(), head.body().len()), (StatusCode::OK, 0));
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_is_a_stream_is_not_given_whole() {
    let scene = Scene::new("");
    let app = scene.app().start().await.unwrap();
    let answer = app.send(post("/api/Whole", "x")).await.unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.text().contains("take a `BodyStream`"), "{}", answer.text());
    assert_eq!(app.send(post("/api/Ignore", vec![0; 1 << 20])).await.unwrap().text(), "not read");
    app.stop().await;
}

#[tokio::test]
async fn limits_hold_for_streams() {
    let scene = Scene::new("[extensions.http]\nmaxRequestBodySize = 1000\n");
    let app = scene.app().start().await.unwrap();
    // Announced, and not announced.
    let answer = app.send(post("/api/Count", vec![0; 1001])).await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    assert_eq!(app.send(post("/api/Count", vec![0; 1000])).await.unwrap().text(), "1000");
    let chunked = head(&app, "POST /api/upload/x", "Transfer-Encoding: chunked\r\nConnection: close");
    let mut socket = TcpStream::connect(app.address()).await.unwrap();
    socket.write_all(chunked.as_bytes()).await.unwrap();
    for _ in 0..3 {
        // The server may have answered and closed by now.
        if socket.write_all(format!("190\r\n{}\r\n", "x".repeat(400)).as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.ok();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 413 "), "{text}");
    assert!(!scene.folder.path().join("blobs/box/x").exists());
    app.stop().await;
}

#[tokio::test]
async fn a_slow_body_and_a_client_that_goes_away_leave_nothing() {
    let scene = Scene::new("[extensions.http]\nbodyReadTimeout = \"00:00:00.200\"\n");
    let app = scene.app().start().await.unwrap();
    let head = head(&app, "POST /api/upload/x", "Content-Length: 100\r\nConnection: close") + "half";
    let mut socket = TcpStream::connect(app.address()).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8_lossy(&answer);
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    let mut socket = TcpStream::connect(app.address()).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    drop(socket);
    let uploads = scene.folder.path().join("blobs/.fnhost-uploads");
    crate::scene::eventually("the upload to be gone", || {
        fs::read_dir(&uploads).is_ok_and(|entries| entries.count() == 0)
    })
    .await;
    assert!(!scene.folder.path().join("blobs/box/x").exists());
    app.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_taken_for_whole() {
    let scene = Scene::new("");
    let app = scene.app().start().await.unwrap();
    for how in ["error", "panic"] {
        let mut socket = TcpStream::connect(app.address()).await.unwrap();
        let request = head(&app, &format!("GET /api/break/{how}"), "Accept: */*");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset is as good an end as any.
        socket.read_to_end(&mut answer).await.ok();
        let text = String::from_utf8_lossy(&answer);
        assert!(text.contains("begun "), "{how}: {text}");
        assert!(!text.contains("\r\n0\r\n"), "{how}: the last chunk was sent: {text}");
    }
    assert_eq!(app.get("/api/break/not").await.unwrap().text(), "begun ended");
    app.stop().await;
}

#[tokio::test]
async fn a_worker_behind_bytes_gets_and_gives_the_same() {
    use fnhost::{runtime::Host, shutdown::Shutdown};

    let scene = Scene::new("");
    let mut options = fnhost::runtime::HostOptions::new(scene.folder.path());
    options.port = Some(0);
    options.auth = false;
    options.announced = false;
    options.switches.forgetful_worker = Some(1);
    let settings = [("AzureWebJobsStorage", "file://blobs")];
    options.environment = fnhost::config::Environment::from_iter(settings);
    let host = Host::start(options, registry(), |_| ()).await.unwrap();
    let (address, shutdown) = (host.address(), Shutdown::new());
    let running = tokio::spawn(host.run(shutdown.clone()));
    let call = async |request: Request<Bytes>| {
        fnhost::http_server::send_local(address, request).await.unwrap().into_body()
    };
    let bytes = crate::scene::noise(300_000);
    assert_eq!(call(post("/api/Count", bytes.clone())).await, "300000");
    call(post("/api/upload/a", bytes.clone())).await;
    let get = Request::builder().uri("/api/download/a").body(Bytes::new()).unwrap();
    assert!(call(get).await == bytes);
    shutdown.begin_graceful();
    running.await.unwrap();
}
