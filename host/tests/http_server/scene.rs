//! A server with a service that does what paths say, and reports what happens to it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fnhost::http_server::{
    ConnectionInfo, Http2Limits, HttpServer, HttpService, Limits, Problem, RequestBody, ResponseBody,
    ServiceFuture, Summary,
};
use fnhost::shutdown::Shutdown;
use http_body_util::StreamBody;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::peer::{Peer, soon};

const NEVER: Duration = Duration::from_secs(3600);

/// Limits that nothing in a test reaches.
pub(crate) fn far() -> Limits {
    Limits {
        first_byte: NEVER,
        head: NEVER,
        idle: NEVER,
        body_idle: NEVER,
        body_total: NEVER,
        write_stall: NEVER,
        half_close: NEVER,
        linger: NEVER,
        grace: NEVER,
        http2: Http2Limits { ping_interval: NEVER, ping_timeout: NEVER, ..Http2Limits::default() },
        ..Limits::default()
    }
}

/// What the service reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A request to this path has begun.
    Began(String),
    /// The future that answers this path was dropped before its end.
    Cancelled(String),
    /// The body of the answer to this path was dropped.
    BodyGone(String),
    /// What reading a request's body came to.
    Body(String),
}

/// A running server.
pub(crate) struct Scene {
    pub(crate) addr: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) events: UnboundedReceiver<Event>,
    /// Opens what `/gate` waits for.
    gate: watch::Sender<bool>,
    task: JoinHandle<Summary>,
}

impl Scene {
    pub(crate) async fn start(limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let (events_in, events) = unbounded_channel();
        let (gate, gate_out) = watch::channel(false);
        let server = HttpServer::new(listener, limits, Arc::new(Stage { events: events_in, gate: gate_out }));
        let addr = server.local_addr().expect("an address");
        let shutdown = Shutdown::new();
        let task = tokio::spawn(server.run(shutdown.clone()));
        Self { addr, shutdown, events, gate, task }
    }

    pub(crate) async fn peer(&self) -> Peer {
        Peer::connect(self.addr).await
    }

    pub(crate) async fn event(&mut self) -> Event {
        soon("an event", self.events.recv()).await.expect("the service lives")
    }

    pub(crate) fn open_gate(&self) {
        self.gate.send(true).expect("the service lives");
    }

    /// Waits until the server has stopped.
    pub(crate) async fn stopped(self) -> Summary {
        soon("the server's end", self.task).await.expect("the server does not panic")
    }

    /// The server is alive and well.
    pub(crate) async fn serves(&self) {
        let reply = self.peer().await.ask("/hello").await;
        assert_eq!((reply.status, reply.text()), (200, "hello"));
    }
}

/// Reports when it is dropped.
struct Mark {
    events: UnboundedSender<Event>,
    event: Option<Event>,
}

impl Mark {
    fn new(events: &UnboundedSender<Event>, event: Event) -> Self {
        Self { events: events.clone(), event: Some(event) }
    }

    fn defuse(mut self) {
        self.event = None;
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        if let Some(event) = self.event.take() {
            // The test may have ended.
            let _nobody_listens = self.events.send(event);
        }
    }
}

/// Bytes that report when the last of them is dropped.
struct Marked {
    bytes: Vec<u8>,
    _mark: Mark,
}

impl AsRef<[u8]> for Marked {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

struct Stage {
    events: UnboundedSender<Event>,
    gate: watch::Receiver<bool>,
}

impl HttpService for Stage {
    fn call(&self, request: http::Request<RequestBody>, from: ConnectionInfo) -> ServiceFuture {
        assert!(from.peer.ip().is_loopback() && from.local.ip().is_loopback());
        assert!(request.uri().path() != "/panic-at-once", "as it was asked to");
        let (events, gate) = (self.events.clone(), self.gate.clone());
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            match path.as_str() {
                "/hello" => text("hello"),
                "/about" => text(about(&request)),
                "/echo" => echo(request, &events).await,
                "/gate" => wait_for(gate, &events, path).await,
                "/refuse" => Problem::new(http::StatusCode::FORBIDDEN, "refused").into_response(),
                "/big" => text(marked(&events, path, 64 * 1024 * 1024)),
                "/endless" => http::Response::new(endless(&events, path)),
                "/stuck" => http::Response::new(stuck(&events, path)),
                "/panic" => panic!("as it was asked to"),
                "/lies" => http::Response::builder()
                    .header("content-length", "3")
                    .header("transfer-encoding", "chunked")
                    .header("connection", "close")
                    .body("the truth".into())
                    .expect("a response"),
                _ => Problem::new(http::StatusCode::NOT_FOUND, "nothingHere").into_response(),
            }
        })
    }
}

fn text(body: impl Into<ResponseBody>) -> http::Response<ResponseBody> {
    http::Response::new(body.into())
}

fn about(request: &http::Request<RequestBody>) -> String {
    let host = request.headers().get("host").map_or("-", |host| host.to_str().expect("text"));
    format!("{} {} {:?} host={host}", request.method(), request.uri(), request.version())
}

async fn echo(
    request: http::Request<RequestBody>,
    events: &UnboundedSender<Event>,
) -> http::Response<ResponseBody> {
    let _the_test_may_have_ended = events.send(Event::Began(String::from("/echo")));
    let collected = request.into_body().collect_bytes().await;
    let outcome =
        collected.as_ref().map_or_else(|error| format!("{error:?}"), |bytes| format!("{}", bytes.len()));
    let _the_test_may_have_ended = events.send(Event::Body(outcome));
    match collected {
        Ok(bytes) => text(bytes),
        Err(error) => Problem::from(error).into_response(),
    }
}

async fn wait_for(
    mut gate: watch::Receiver<bool>,
    events: &UnboundedSender<Event>,
    path: String,
) -> http::Response<ResponseBody> {
    let mark = Mark::new(events, Event::Cancelled(path.clone()));
    let _the_test_may_have_ended = events.send(Event::Began(path));
    let _closed_with_the_scene = gate.wait_for(|open| *open).await;
    mark.defuse();
    text("through the gate")
}

fn marked(events: &UnboundedSender<Event>, path: String, length: usize) -> Bytes {
    Bytes::from_owner(Marked { bytes: vec![b'x'; length], _mark: Mark::new(events, Event::BodyGone(path)) })
}

/// A stream without an end.
fn endless(events: &UnboundedSender<Event>, path: String) -> ResponseBody {
    let mark = Mark::new(events, Event::BodyGone(path));
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    let frames = futures_util::stream::repeat_with(move || {
        let _held = &mark;
        Ok::<_, std::io::Error>(http_body::Frame::data(piece.clone()))
    });
    ResponseBody::stream(StreamBody::new(frames))
}

/// One piece, and then nothing more for ever.
fn stuck(events: &UnboundedSender<Event>, path: String) -> ResponseBody {
    use futures_util::StreamExt;
    let mark = Mark::new(events, Event::BodyGone(path));
    let first =
        futures_util::stream::iter([Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from("one")))]);
    let rest = futures_util::stream::poll_fn(move |_| {
        let _held = &mark;
        std::task::Poll::Pending
    });
    ResponseBody::stream(StreamBody::new(first.chain(rest)))
}
