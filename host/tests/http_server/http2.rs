//! HTTP/2 with prior knowledge, on the same port: served as HTTP/1 is, and hostile uses of it bounded.

use std::time::{Duration, Instant};

use bytes::Bytes;
use fnhost::http_server::{Http2Limits, Limits, Summary};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::frames::{ACK, DATA, GOAWAY, HEADERS, PING, RST_STREAM, Raw, SETTINGS, WINDOW_UPDATE};
use crate::peer::{End, Peer, soon};
use crate::scene::{Event, Scene, far};

const SHORT: Duration = Duration::from_millis(60);
const INITIAL_WINDOW_SIZE: u16 = 4;

type Client = SendRequest<Full<Bytes>>;

async fn client(scene: &Scene) -> Client {
    let Peer { stream, .. } = scene.peer().await;
    let (client, connection) = soon("the handshake", handshake(TokioExecutor::new(), TokioIo::new(stream)))
        .await
        .expect("a handshake");
    tokio::spawn(async move {
        // How it ends is what the tests look at from the other side.
        let _ended = connection.await;
    });
    client
}

fn request(method: &str, path: &str, body: impl Into<Bytes>) -> http::Request<Full<Bytes>> {
    let uri = format!("http://test{path}");
    http::Request::builder().method(method).uri(uri).body(Full::new(body.into())).expect("a request")
}

async fn ask(client: &mut Client, request: http::Request<Full<Bytes>>) -> (http::response::Parts, String) {
    let response = soon("an answer", client.send_request(request)).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = soon("a body", body.collect()).await.expect("a body").to_bytes();
    (parts, String::from_utf8(body.to_vec()).expect("text"))
}

#[tokio::test]
async fn many_streams_are_served_on_one_connection() {
    let scene = Scene::start(far()).await;
    let mut http2 = client(&scene).await;
    let (parts, body) = ask(&mut http2, request("GET", "/about?x=1", "")).await;
    assert_eq!((parts.status.as_u16(), body.as_str()), (200, "GET /about?x=1 HTTP/2.0 host=test"));
    assert!(parts.headers.contains_key("date"));
    assert_eq!(ask(&mut http2, request("POST", "/echo", "to and fro")).await.1, "to and fro");
    let asked = (0..50).map(|_| {
        let mut http2 = http2.clone();
        async move { ask(&mut http2, request("GET", "/hello", "")).await.1 }
    });
    assert_eq!(futures_util::future::join_all(asked).await, vec!["hello"; 50]);
    // The same port speaks HTTP/1 as well.
    scene.serves().await;
}

#[tokio::test]
async fn head_has_a_length_and_no_body() {
    let scene = Scene::start(far()).await;
    let mut http2 = client(&scene).await;
    let (parts, body) = ask(&mut http2, request("HEAD", "/hello", "")).await;
    assert_eq!((parts.headers["content-length"].to_str().unwrap(), body.as_str()), ("5", ""));
}

#[tokio::test]
async fn large_bodies_pass_both_ways_and_too_large_ones_do_not() {
    let scene = Scene::start(Limits { body_bytes: 3_000_000, ..far() }).await;
    let mut http2 = client(&scene).await;
    let body = "0123456789".repeat(300_000);
    assert!(ask(&mut http2, request("POST", "/echo", body.clone())).await.1 == body);
    let (parts, problem) = ask(&mut http2, request("POST", "/echo", format!("{body}x"))).await;
    assert_eq!(parts.status, 413, "{problem}");
    // The connection survives the refusal of one stream.
    assert_eq!(ask(&mut http2, request("GET", "/hello", "")).await.1, "hello");
}

#[tokio::test]
async fn a_services_lies_about_its_body_do_not_reach_the_peer() {
    let scene = Scene::start(far()).await;
    let (parts, body) = ask(&mut client(&scene).await, request("GET", "/lies", "")).await;
    assert_eq!((parts.headers["content-length"].to_str().unwrap(), body.as_str()), ("9", "the truth"));
}

#[tokio::test]
async fn a_panic_is_a_500() {
    let scene = Scene::start(far()).await;
    let mut http2 = client(&scene).await;
    assert_eq!(ask(&mut http2, request("GET", "/panic", "")).await.0.status, 500);
    assert_eq!(ask(&mut http2, request("GET", "/hello", "")).await.1, "hello");
}

#[tokio::test]
async fn a_stream_given_up_by_its_peer_is_not_worked_for() {
    let mut scene = Scene::start(far()).await;
    let mut http2 = client(&scene).await;
    let asked = http2.send_request(request("GET", "/gate", ""));
    tokio::select! {
        _ = asked => panic!("the gate is closed"),
        event = scene.event() => assert_eq!(event, Event::Began("/gate".into())),
    }
    // Dropping the future resets the stream.
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    assert_eq!(ask(&mut http2, request("GET", "/hello", "")).await.1, "hello");
}

#[tokio::test]
async fn a_connection_that_ends_takes_its_work_along() {
    let mut scene = Scene::start(far()).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    for stream in [1, 3, 5] {
        raw.get(stream, "/gate").await;
        assert_eq!(scene.event().await, Event::Began("/gate".into()));
    }
    drop(raw);
    for _ in 0..3 {
        assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    }
}

#[tokio::test]
async fn a_stream_reset_in_the_middle_of_its_body_is_reported_to_the_reader() {
    let mut scene = Scene::start(far()).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    raw.post(1, "/echo").await;
    raw.send(DATA, 0, 1, b"abc").await;
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    raw.send(RST_STREAM, 0, 1, &8u32.to_be_bytes()).await;
    assert_eq!(scene.event().await, Event::Body("Disconnected".into()));
    raw.get(3, "/hello").await;
    assert_eq!(raw.until(DATA).await.expect("an answer").payload, b"hello");
}

#[tokio::test]
async fn rapid_resets_end_the_connection() {
    let http2 = Http2Limits { pending_reset_streams: 20, ..far().http2 };
    let scene = Scene::start(Limits { http2, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    // In one write, so that the server meets the resets before it has looked at the requests.
    let mut flood = Vec::new();
    for n in 0..200u32 {
        let stream = (2 * n + 1).to_be_bytes();
        flood.extend_from_slice(
            &[&[0, 0, 9, HEADERS, 5][..], &stream, &[0x82, 0x86, 0x84, 0x41, 4], b"test"].concat(),
        );
        flood.extend_from_slice(&[&[0, 0, 4, RST_STREAM, 0][..], &stream, &8u32.to_be_bytes()].concat());
    }
    raw.peer.push(flood).await;
    let goaway = raw.until(GOAWAY).await.expect("a GOAWAY");
    assert_eq!(goaway.payload[4..8], 11u32.to_be_bytes(), "ENHANCE_YOUR_CALM");
    assert!(raw.until(DATA).await.is_none());
    scene.serves().await;
}

#[tokio::test]
async fn streams_beyond_the_limit_are_refused_and_the_others_served() {
    let http2 = Http2Limits { concurrent_streams: 2, ..far().http2 };
    let mut scene = Scene::start(Limits { http2, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    for stream in [1, 3, 5] {
        raw.get(stream, "/gate").await;
    }
    let refused = raw.until(RST_STREAM).await.expect("a reset");
    assert_eq!((refused.stream, &refused.payload[..]), (5, &7u32.to_be_bytes()[..]), "REFUSED_STREAM");
    scene.open_gate();
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    assert_eq!(raw.until(DATA).await.expect("an answer").payload, b"through the gate");
    assert_eq!(raw.until(DATA).await.expect("an answer").payload, b"through the gate");
}

#[tokio::test]
async fn a_stream_whose_window_stays_shut_is_given_up_alone() {
    let mut scene = Scene::start(Limits { write_stall: SHORT, ..far() }).await;
    // With a window of a hundred bytes the answer begins, and all of it could be handed on and forgotten.
    for window in [0, 100] {
        let mut raw = Raw::connect(scene.addr, &[(INITIAL_WINDOW_SIZE, window)]).await;
        for (stream, path) in [(1, "/big"), (3, "/endless")] {
            let since = Instant::now();
            raw.get(stream, path).await;
            let reset = raw.until(RST_STREAM).await.expect("a reset");
            assert_eq!(reset.stream, stream);
            assert!(since.elapsed() >= SHORT, "given up after {:?}", since.elapsed());
            assert_eq!(scene.event().await, Event::BodyGone(path.into()));
        }
        // A stream that opens its window is served on the same connection.
        raw.get(5, "/hello").await;
        raw.send(WINDOW_UPDATE, 0, 5, &100u32.to_be_bytes()).await;
        assert_eq!(raw.until(DATA).await.expect("an answer").payload, b"hello");
    }
}

#[tokio::test]
async fn a_service_that_is_slow_to_stream_is_not_a_slow_reader() {
    let mut scene = Scene::start(Limits { write_stall: SHORT, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    raw.get(1, "/stuck").await;
    assert_eq!(raw.until(DATA).await.expect("the first piece").payload, b"one");
    let since = Instant::now();
    while since.elapsed() < 4 * SHORT {
        raw.send(PING, 0, 0, b"12345678").await;
        assert_eq!(raw.until(PING).await.expect("an answer").flags, ACK);
    }
    assert!(scene.events.try_recv().is_err(), "the stream was dropped");
}

#[tokio::test]
async fn a_flood_of_settings_with_nobody_reading_ends() {
    let scene = Scene::start(Limits { write_stall: SHORT, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    soon("the flood to be stopped", async { while raw.try_send(SETTINGS, 0, 0, &[]).await {} }).await;
    scene.serves().await;
}

#[tokio::test]
async fn a_header_list_over_the_limit_is_431() {
    let http2 = Http2Limits { header_list_bytes: 8 * 1024, ..far().http2 };
    let scene = Scene::start(Limits { http2, ..far() }).await;
    let mut http2 = client(&scene).await;
    let mut large = request("GET", "/hello", "");
    large.headers_mut().insert("x-large", "x".repeat(10_000).parse().unwrap());
    assert_eq!(soon("an answer", http2.send_request(large)).await.expect("an answer").status(), 431);
    assert_eq!(ask(&mut http2, request("GET", "/hello", "")).await.1, "hello");
}

#[tokio::test]
async fn a_peer_that_answers_no_ping_is_let_go() {
    let http2 = Http2Limits { ping_interval: SHORT / 2, ping_timeout: SHORT / 2, ..far().http2 };
    let scene = Scene::start(Limits { http2, ..far() }).await;
    let since = Instant::now();
    let mut raw = Raw::connect(scene.addr, &[]).await;
    // Acknowledges settings but no pings.
    while raw.frame().await.is_some() {}
    assert!(since.elapsed() >= SHORT, "let go after {:?}", since.elapsed());
}

#[tokio::test]
async fn an_idle_connection_is_told_and_closed() {
    // Long enough for the request to be there before the connection counts as idle.
    let scene = Scene::start(Limits { idle: 5 * SHORT, linger: SHORT, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    raw.get(1, "/hello").await;
    assert_eq!(raw.until(DATA).await.expect("an answer").payload, b"hello");
    assert_eq!(raw.until(GOAWAY).await.expect("a GOAWAY").payload[4..8], [0; 4], "NO_ERROR");
    // The peer does not take part in the farewell, and cannot prolong it.
    while raw.frame().await.is_some() {}
}

#[tokio::test]
async fn a_preface_and_nothing_more_is_let_go() {
    let scene = Scene::start(Limits { idle: SHORT, linger: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let End::Closed(_settings) = peer.end().await else { return };
}

#[tokio::test]
async fn half_a_preface_is_let_go() {
    let scene = Scene::start(Limits { head: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.send("PRI * HTTP/2.0\r\n\r\nSM").await;
    let _closed_or_reset = peer.end().await;
}

#[tokio::test]
async fn a_drain_lets_streams_in_flight_finish() {
    let mut scene = Scene::start(Limits { linger: SHORT, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    raw.get(1, "/gate").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    let idle = client(&scene).await;
    scene.shutdown.begin_graceful();
    raw.until(GOAWAY).await.expect("a GOAWAY");
    scene.open_gate();
    assert_eq!(raw.until(DATA).await.expect("the answer").payload, b"through the gate");
    while raw.frame().await.is_some() {}
    drop(idle);
    let Summary { finished, aborted, .. } = scene.stopped().await;
    assert_eq!((finished, aborted), (1, 0));
}

#[tokio::test]
async fn grace_ends_for_streams_too() {
    let mut scene = Scene::start(Limits { grace: SHORT, ..far() }).await;
    let mut raw = Raw::connect(scene.addr, &[]).await;
    raw.get(1, "/gate").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    scene.shutdown.begin_graceful();
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    assert_eq!(scene.stopped().await, Summary { finished: 0, aborted: 1, cut: 1 });
}
