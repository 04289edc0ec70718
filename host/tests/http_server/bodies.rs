//! Bodies: too large, refused before they are sent, left unread.

use fnhost::http_server::Limits;
use tokio::io::AsyncWriteExt;

use crate::peer::{End, soon};
use crate::scene::{Event, Scene, far};

#[tokio::test]
async fn an_announced_body_over_the_limit_is_413_before_it_is_read() {
    let mut scene = Scene::start(Limits { body_bytes: 10, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789").await;
    assert_eq!(peer.reply().await.text(), "0123456789");
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    assert_eq!(scene.event().await, Event::Body("10".into()));

    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n").await;
    let reply = peer.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "bodyTooLarge"));
    let problem: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((&problem["found"], &problem["allowed"]), (&11.into(), &10.into()));
    assert!(scene.events.try_recv().is_err(), "the service saw a refused request");
    peer.finish_sending().await;
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_streamed_body_over_the_limit_is_413_when_it_gets_there() {
    let mut scene = Scene::start(Limits { body_bytes: 10, ..far() }).await;
    let mut peer = scene.peer().await;
    let chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n";
    peer.send(format!("{chunked}5\r\n56789\r\n0\r\n\r\n")).await;
    assert_eq!(peer.reply().await.text(), "0123456789");
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    assert_eq!(scene.event().await, Event::Body("10".into()));

    peer.send(format!("{chunked}6\r\n56789x\r\n")).await;
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    assert_eq!(scene.event().await, Event::Body("TooLarge { limit: 10 }".into()));
    let reply = peer.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (413, "bodyTooLarge"));
}

#[tokio::test]
async fn who_sends_too_much_gets_to_read_why() {
    let scene = Scene::start(Limits { body_bytes: 1000, ..far() }).await;
    let mut peer = scene.peer().await;
    // All of it is sent before the answer is read: a server that closes on unread bytes makes the answer vanish.
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n").await;
    peer.send(vec![b'x'; 8_000_000]).await;
    assert_eq!(peer.reply().await.status, 413);
    peer.finish_sending().await;
    peer.expect_closed().await;
}

#[tokio::test]
async fn lingering_ends() {
    let linger = std::time::Duration::from_millis(50);
    let scene = Scene::start(Limits { body_bytes: 10, head_bytes: 8 * 1024, linger, ..far() }).await;
    let body = String::from("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
    let head = format!("GET /hello HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    for (sent, status) in [(body, 413), (head, 431)] {
        let mut peer = scene.peer().await;
        peer.send(sent).await;
        assert_eq!(peer.reply().await.status, status);
        // The server's half is closed at once, its socket when the time is over: only then does sending fail.
        peer.expect_closed().await;
        soon("sending to fail", async {
            while peer.stream.write_all(b"x").await.is_ok() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn continue_is_said_when_the_body_is_wanted() {
    let mut scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").await;
    assert_eq!(peer.head().await.status, 100);
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    peer.send("ab").await;
    assert_eq!(peer.reply().await.text(), "ab");
    assert_eq!(peer.ask("/hello").await.status, 200);
}

#[tokio::test]
async fn an_expectation_that_is_refused_ends_without_continue() {
    let scene = Scene::start(Limits { body_bytes: 10, ..far() }).await;
    for (path, length, status) in [("/refuse", 5, 403), ("/echo", 11, 413)] {
        let mut peer = scene.peer().await;
        peer.send(format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
        ))
        .await;
        let reply = peer.reply().await;
        assert_eq!((reply.status, reply.header("connection")), (status, Some("close")));
        peer.finish_sending().await;
        peer.expect_closed().await;
    }
}

#[tokio::test]
async fn a_body_nobody_wants_does_not_become_the_next_request() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    let inner = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";
    let length = inner.len();
    peer.send(format!("POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{inner}")).await;
    peer.get("/about", "").await;
    assert_eq!(peer.reply().await.status, 403);
    // The body came with its head, so the connection can be used on.
    assert_eq!(peer.reply().await.text(), "GET /about HTTP/1.1 host=test");
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    let body: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    peer.send(format!("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", body.len())).await;
    peer.send(&body).await;
    assert_eq!(peer.reply().await.body, body);
    peer.finish_sending().await;
    assert_eq!(peer.end().await, End::Closed(Vec::new()));
}
