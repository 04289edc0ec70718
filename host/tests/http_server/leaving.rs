//! Peers that leave: work for nobody is cancelled, and a peer that only stopped sending is not mistaken for one.

use std::time::{Duration, Instant};

use fnhost::http_server::Limits;

use crate::peer::End;
use crate::scene::{Event, Scene, far};

const SHORT: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_half_closed_peer_gets_its_answer() {
    let mut scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.get("/hello", "").await;
    peer.finish_sending().await;
    assert_eq!(peer.reply().await.text(), "hello");
    peer.expect_closed().await;

    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    peer.finish_sending().await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    scene.open_gate();
    assert_eq!(peer.reply().await.text(), "through the gate");
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_peer_that_left_is_not_worked_for() {
    let mut scene = Scene::start(Limits { half_close: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    let since = Instant::now();
    drop(peer);
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
    assert!(since.elapsed() >= SHORT, "a half-closed peer would have had no time");
    scene.serves().await;
}

#[tokio::test]
async fn a_peer_that_leaves_right_after_asking_is_noticed() {
    let mut scene = Scene::start(Limits { half_close: SHORT, ..far() }).await;
    // The end is there before the server has looked: in the same moment as the request.
    for _ in 0..20 {
        let mut peer = scene.peer().await;
        peer.get("/gate", "").await;
        drop(peer);
    }
    let mut cancelled = 0;
    while cancelled < 20 {
        match scene.event().await {
            Event::Began(_) => {}
            Event::Cancelled(_) => cancelled += 1,
            event => panic!("{event:?}"),
        }
    }
}

#[tokio::test]
async fn a_peer_that_left_in_the_middle_of_its_body_is_reported_to_the_reader() {
    let mut scene = Scene::start(far()).await;
    for head in [
        "Content-Length: 10\r\n\r\n01234",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n01",
    ] {
        let mut peer = scene.peer().await;
        peer.send(format!("POST /echo HTTP/1.1\r\nHost: h\r\n{head}")).await;
        assert_eq!(scene.event().await, Event::Began("/echo".into()));
        drop(peer);
        assert_eq!(scene.event().await, Event::Body("Disconnected".into()), "{head:?}");
    }
}

#[tokio::test]
async fn a_peer_that_resets_is_not_worked_for() {
    let mut scene = Scene::start(Limits { half_close: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    peer.stream.set_zero_linger().unwrap();
    drop(peer);
    assert_eq!(scene.event().await, Event::Cancelled("/gate".into()));
}

#[tokio::test]
async fn a_peer_that_leaves_in_the_middle_of_its_answer_frees_it() {
    let mut scene = Scene::start(far()).await;
    for path in ["/big", "/endless"] {
        let mut peer = scene.peer().await;
        peer.get(path, "").await;
        assert_eq!(peer.head().await.status, 200);
        drop(peer);
        assert_eq!(scene.event().await, Event::BodyGone(path.into()));
    }
    scene.serves().await;
}

#[tokio::test]
async fn a_pipelining_peer_that_leaves_is_noticed_at_its_next_answer() {
    let mut scene = Scene::start(Limits { half_close: SHORT, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/gate", "").await;
    assert_eq!(scene.event().await, Event::Began("/gate".into()));
    // The second request hides the end behind it, so the first answer is made.
    peer.get("/gate", "").await;
    drop(peer);
    scene.open_gate();
    scene.serves().await;
}

#[tokio::test]
async fn a_peer_that_leaves_inside_a_head_gets_no_answer() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("GET /hello HTTP/1.1\r\nHost: h\r\n").await;
    peer.finish_sending().await;
    assert_eq!(peer.end().await, End::Closed(Vec::new()));
}
