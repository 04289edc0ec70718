//! Answers: what the server adds, takes away, and makes of a service that fails.

use crate::peer::Peer;
use crate::scene::{Scene, far};

#[tokio::test]
async fn every_answer_has_a_date_and_a_length() {
    let scene = Scene::start(far()).await;
    let reply = scene.peer().await.ask("/hello").await;
    assert_eq!(reply.header("content-length"), Some("5"));
    let date = reply.header("date").expect("a date");
    assert!(date.len() == 29 && date.ends_with(" GMT"), "{date}");
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let head = peer.head().await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("5")));
    // Nothing of the body comes between: the next bytes are the next answer.
    peer.send("HEAD /endless HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(peer.head().await.status, 200);
    peer.send("HEAD /nowhere HTTP/1.1\r\nHost: h\r\n\r\n").await;
    let head = peer.head().await;
    assert_eq!(head.status, 404);
    assert_ne!(head.header("content-length"), Some("0"));
    assert_eq!(peer.ask("/hello").await.text(), "hello");
}

#[tokio::test]
async fn a_refusal_to_head_has_no_body_either() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("HEAD /hello HTTP/1.1\r\n\r\n").await;
    assert_eq!(peer.head().await.status, 400);
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_services_lies_about_its_body_do_not_reach_the_peer() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.get("/lies", "").await;
    let reply = peer.reply().await;
    assert_eq!((reply.text(), reply.header("content-length")), ("the truth", Some("9")));
    assert_eq!((reply.header("transfer-encoding"), reply.header("connection")), (None, None));
    assert_eq!(peer.ask("/hello").await.text(), "hello");
}

#[tokio::test]
async fn a_panic_is_a_500_that_says_nothing() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    let reply = peer.ask("/panic").await;
    assert_eq!((reply.status, reply.code().as_str()), (500, "internalError"));
    assert!(!reply.text().contains("asked"), "{}", reply.text());
    assert_eq!(peer.ask("/panic-at-once").await.code(), "internalError");
    assert_eq!(peer.ask("/hello").await.status, 200, "the connection survives");
}

#[tokio::test]
async fn a_streamed_answer_is_chunked() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.get("/stuck", "").await;
    let head = peer.head().await;
    assert_eq!(head.header("transfer-encoding"), Some("chunked"));
    assert_eq!(head.header("content-length"), None);
}

#[tokio::test]
async fn a_peer_that_asks_for_the_end_gets_it() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.get("/hello", "Connection: close\r\n").await;
    let reply = peer.reply().await;
    assert_eq!((reply.text(), reply.header("connection")), ("hello", Some("close")));
    peer.expect_closed().await;
}

#[tokio::test]
async fn an_upgrade_that_nobody_takes_changes_nothing() {
    let scene = Scene::start(far()).await;
    let mut peer = Peer::connect_narrow(scene.addr).await;
    // Larger than what the sockets hold, so that the end of the request comes long before that of the answer.
    peer.get("/big", "Upgrade: websocket\r\nConnection: upgrade, close\r\n").await;
    let reply = peer.reply().await;
    assert_eq!((reply.status, reply.body.len()), (200, 64 * 1024 * 1024));
    peer.expect_closed().await;

    let mut peer = scene.peer().await;
    peer.get("/hello", "Upgrade: h2c\r\nConnection: upgrade\r\n").await;
    assert_eq!(peer.reply().await.text(), "hello");
    assert_eq!(peer.ask("/hello").await.text(), "hello");
}
