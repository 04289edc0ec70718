//! Where a request ends: every way to make two readers disagree about it.

use crate::peer::Peer;
use crate::scene::{Event, Scene, far};

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";

/// Whatever follows a refused request on its connection must not be taken for a request.
async fn refused(scene: &mut Scene, request: &str, status: u16, code: Option<&str>) {
    let mut peer = scene.peer().await;
    peer.send(format!("{request}{SMUGGLED}")).await;
    let reply = peer.reply().await;
    assert_eq!(reply.status, status, "{request:?}");
    if let Some(code) = code {
        assert_eq!(reply.code(), code, "{request:?}");
    }
    peer.finish_sending().await;
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_length_and_a_coding_together_are_refused() {
    let mut scene = Scene::start(far()).await;
    for headers in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 0\r\nX: y\r\nTransfer-Encoding: chunked",
        "transfer-ENCODING:chunked\r\ncontent-length:5",
    ] {
        let request = format!("POST /echo HTTP/1.1\r\nHost: h\r\n{headers}\r\n\r\n0\r\n\r\n");
        refused(&mut scene, &request, 400, Some("ambiguousLength")).await;
    }
    assert!(scene.events.try_recv().is_err(), "the service saw a refused request");
}

#[tokio::test]
async fn the_pair_is_found_in_a_later_request_and_in_pieces() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        .await;
    assert_eq!(peer.reply().await.text(), "abc");
    peer.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc").await;
    assert_eq!(peer.reply().await.text(), "abc");
    for byte in b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n" {
        peer.send([*byte]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(peer.reply().await.code(), "ambiguousLength");
}

#[tokio::test]
async fn a_body_that_looks_like_the_pair_is_only_a_body() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    let inner = "\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    let length = inner.len();
    peer.send(format!("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{inner}")).await;
    assert_eq!(peer.reply().await.text(), inner);
    let chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    peer.send(format!("{chunked}{length:x}\r\n{inner}\r\n0\r\n\r\n")).await;
    assert_eq!(peer.reply().await.text(), inner);
    assert_eq!(peer.ask("/hello").await.text(), "hello");
}

#[tokio::test]
async fn lengths_that_are_none_are_refused() {
    let mut scene = Scene::start(far()).await;
    for lengths in [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: ",
        "Content-Length: 99999999999999999999999",
    ] {
        let request = format!("POST /echo HTTP/1.1\r\nHost: h\r\n{lengths}\r\n\r\nabcde");
        refused(&mut scene, &request, 400, None).await;
    }
    assert!(scene.events.try_recv().is_err(), "the service saw a refused request");
}

#[tokio::test]
async fn codings_other_than_chunked_are_refused() {
    let mut scene = Scene::start(far()).await;
    for (coding, status) in [
        ("gzip, chunked", 501),
        ("chunked\r\nTransfer-Encoding: chunked", 501),
        ("gzip", 400),
        ("chunked, identity", 400),
        ("xchunked", 400),
        ("\"chunked\"", 400),
    ] {
        let request =
            format!("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n");
        refused(&mut scene, &request, status, None).await;
    }
    // HTTP/1.0 has no codings: who sends one is misunderstood by somebody.
    refused(&mut scene, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, None)
        .await;
    assert!(scene.events.try_recv().is_err(), "the service saw a refused request");
}

async fn chunked(scene: &mut Scene, body: &str) -> (Peer, Event) {
    let mut peer = scene.peer().await;
    peer.send(format!("POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n{body}")).await;
    assert_eq!(scene.event().await, Event::Began("/echo".into()));
    let event = scene.event().await;
    (peer, event)
}

#[tokio::test]
async fn chunk_sizes_are_hexadecimal_and_extensions_are_passed_over() {
    let mut scene = Scene::start(far()).await;
    for body in [
        "5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n",
        "005\r\nhello\r\n000\r\n\r\n",
        "5 \r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    ] {
        let (mut peer, event) = chunked(&mut scene, body).await;
        assert_eq!(event, Event::Body("5".into()), "{body:?}");
        assert_eq!(peer.reply().await.text(), "hello");
        assert_eq!(peer.ask("/hello").await.text(), "hello", "the connection is used on after {body:?}");
    }
}

#[tokio::test]
async fn chunks_that_are_none_end_the_connection() {
    let mut scene = Scene::start(far()).await;
    for body in [
        "g\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\r\n0\r\nno colon\r\n\r\n",
    ] {
        let (mut peer, event) = chunked(&mut scene, &format!("{body}{SMUGGLED}")).await;
        assert_eq!(event, Event::Body("Malformed".into()), "{body:?}");
        let reply = peer.reply().await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "bodyMalformed"), "{body:?}");
        peer.finish_sending().await;
        peer.expect_closed().await;
    }
}

#[tokio::test]
async fn endless_extensions_and_trailers_are_refused() {
    let mut scene = Scene::start(far()).await;
    let extension = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(20_000));
    let trailer = format!("5\r\nhello\r\n0\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    for body in [extension, trailer] {
        let (_peer, event) = chunked(&mut scene, &body).await;
        assert_eq!(event, Event::Body("Malformed".into()));
    }
}
