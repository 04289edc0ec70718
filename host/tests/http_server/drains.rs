//! Shutdown: what is in flight finishes, what is idle goes, and nothing can hold the end up.

use std::time::{Duration, Instant};

use fnhost::http_server::{Limits, Summary};
use tokio::net::TcpStream;

use crate::peer::{Peer, soon};
use crate::scene::{Event, Scene, far};

const SHORT: Duration = Duration::from_millis(60);

/// The server has closed its listener: the drain has begun.
async fn until_refused(scene: &Scene) {
    soon("connections to be refused", async {
        while TcpStream::connect(scene.addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn idle_connections_go_at_once_and_requests_in_flight_finish() {
    let mut scene = Scene::start(far()).await;
    let mut unused = scene.peer().await;
    let mut idle = scene.peer().await;
    assert_eq!(idle.ask("/hello").await.status, 200);
    let mut busy = scene.peer().await;
    busy.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));

    scene.shutdown.begin_graceful();
    unused.expect_closed().await;
    idle.expect_closed().await;
    until_refused(&scene).await;

    scene.open_gate();
    let reply = busy.reply().await;
    assert_eq!((reply.text(), reply.header("connection")), ("through the gate", Some("close")));
    busy.expect_closed().await;
    assert_eq!(scene.stopped().await, Summary { finished: 1, aborted: 0, cut: 0 });
}

#[tokio::test]
async fn a_request_on_its_way_in_is_still_answered() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    assert_eq!(peer.ask("/hello").await.status, 200);
    peer.send("GET /hello HTTP/1.1\r\nHo").await;
    // A second round trip makes sure that the first bytes are seen before the shutdown.
    scene.serves().await;
    scene.shutdown.begin_graceful();
    until_refused(&scene).await;
    peer.send("st: h\r\n\r\n").await;
    assert_eq!(peer.reply().await.text(), "hello");
    peer.expect_closed().await;
    assert_eq!(scene.stopped().await.finished, 1);
}

#[tokio::test]
async fn grace_ends() {
    let mut scene = Scene::start(Limits { grace: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    let since = Instant::now();
    scene.shutdown.begin_graceful();
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    assert!(since.elapsed() >= SHORT);
    let _closed_or_reset = peer.end().await;
    assert_eq!(scene.stopped().await, Summary { finished: 0, aborted: 1, cut: 1 });
}

#[tokio::test]
async fn the_second_stage_is_now() {
    let mut scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    scene.shutdown.escalate();
    until_refused(&scene).await;
    assert!(scene.events.try_recv().is_err(), "the first stage cancelled it");
    scene.shutdown.escalate();
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    assert_eq!(scene.stopped().await, Summary { finished: 0, aborted: 1, cut: 1 });
}

#[tokio::test]
async fn now_without_graceful_stops_as_well() {
    let mut scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    scene.shutdown.begin_now();
    assert_eq!(scene.stopped().await, Summary { finished: 0, aborted: 1, cut: 1 });
}

#[tokio::test]
async fn a_reader_that_takes_nothing_does_not_hold_a_drain() {
    let mut scene = Scene::start(Limits { write_stall: SHORT, ..far() }).await;
    let mut peer = Peer::connect_narrow(scene.addr).await;
    peer.get("/endless", "").await;
    assert_eq!(peer.head().await.status, 200);
    scene.shutdown.begin_graceful();
    assert_eq!(scene.event().await, Event::BodyGone("/endless".into()));
    assert_eq!(scene.stopped().await.aborted, 1);
}

#[tokio::test]
async fn a_peer_that_keeps_sending_does_not_hold_a_drain() {
    let scene = Scene::start(Limits { body_bytes: 10, linger: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n").await;
    assert_eq!(peer.reply().await.status, 413);
    scene.shutdown.begin_graceful();
    scene.stopped().await;
}

#[tokio::test]
async fn a_server_with_nothing_to_do_stops_at_once() {
    let scene = Scene::start(far()).await;
    scene.shutdown.begin_graceful();
    assert_eq!(scene.stopped().await, Summary { finished: 0, aborted: 0, cut: 0 });
}
