//! Heads: in pieces, malformed, oversized, odd.

use fnhost::http_server::Limits;

use crate::peer::{End, Peer};
use crate::scene::{Scene, far};

/// Sends `head`, and expects this status and the end of the connection. hyper's own refusals have no body.
async fn refused(scene: &Scene, head: &str, status: u16) {
    let mut peer = scene.peer().await;
    peer.push(head).await;
    let reply = peer.reply().await;
    assert_eq!(reply.status, status, "{head:?}");
    assert_eq!(peer.end().await, End::Closed(Vec::new()), "{head:?}");
}

async fn about(peer: &mut Peer, head: &str) -> String {
    peer.send(head).await;
    let reply = peer.reply().await;
    assert_eq!(reply.status, 200, "{head:?}: {reply:?}");
    reply.text().to_owned()
}

#[tokio::test]
async fn a_head_may_come_byte_by_byte() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    for byte in b"GET /about?x=1 HTTP/1.1\r\nHost: h\r\nX-Long: yes\r\n\r\n" {
        peer.send([*byte]).await;
        // The server gets a chance to see this byte alone.
        tokio::task::yield_now().await;
    }
    assert_eq!(peer.reply().await.text(), "GET /about?x=1 HTTP/1.1 host=h");
}

#[tokio::test]
async fn three_pipelined_requests_get_three_answers_in_order() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    let get = |n: u8| format!("GET /about?{n} HTTP/1.1\r\nHost: h\r\n\r\n");
    peer.send([get(1), get(2), get(3)].concat()).await;
    for n in 1..=3 {
        assert_eq!(peer.reply().await.text(), format!("GET /about?{n} HTTP/1.1 host=h"));
    }
}

#[tokio::test]
async fn blank_lines_before_a_request_are_passed_over() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    assert_eq!(
        about(&mut peer, "\r\n\r\nGET /about HTTP/1.1\r\nHost: h\r\n\r\n").await,
        "GET /about HTTP/1.1 host=h"
    );
}

#[tokio::test]
async fn malformed_heads_are_refused() {
    let scene = Scene::start(far()).await;
    for head in [
        "GET / HTTP/1.1\r\nHost: h\r\nX-A: one\r\n two\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX-A: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX-A: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX-A : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/3.0\r\nHost: h\r\n\r\n",
        "GET /\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET noslash HTTP/1.1\r\nHost: h\r\n\r\n",
    ] {
        refused(&scene, head, 400).await;
    }
    scene.serves().await;
}

#[tokio::test]
async fn an_http11_request_has_exactly_one_host() {
    let scene = Scene::start(far()).await;
    for head in [
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost:\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: me@a\r\n\r\n",
    ] {
        let mut peer = scene.peer().await;
        peer.send(head).await;
        let reply = peer.reply().await;
        assert_eq!((reply.status, reply.code().as_str()), (400, "badHost"), "{head:?}");
        peer.expect_closed().await;
    }
    let mut peer = scene.peer().await;
    assert_eq!(about(&mut peer, "GET /about HTTP/1.0\r\n\r\n").await, "GET /about HTTP/1.0 host=-");
    peer.expect_closed().await;
}

#[tokio::test]
async fn targets_are_normalised_but_never_resolved() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    for (target, seen) in [
        ("http://real:81/about?q=1", "/about?q=1 HTTP/1.1 host=real:81"),
        ("/about?a=1+2&b=%2B&c=%zz", "/about?a=1+2&b=%2B&c=%zz HTTP/1.1 host=h"),
    ] {
        let seen = format!("GET {seen}");
        assert_eq!(about(&mut peer, &format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")).await, seen);
    }
    // None of these is `/about`: the server neither decodes nor resolves paths, and the service says 404.
    for target in ["/x/../about", "//about", "/about/", "/%61bout", "/about%2F", "/./about", "*"] {
        peer.get(target, "").await;
        assert_eq!(peer.reply().await.code(), "nothingHere", "{target}");
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_no_target() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send(b"GET /about\xff HTTP/1.1\r\nHost: h\r\n\r\n").await;
    assert_eq!(peer.reply().await.status, 400);
    peer.expect_closed().await;
}

#[tokio::test]
async fn connect_is_refused() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("CONNECT other:443 HTTP/1.1\r\nHost: other:443\r\n\r\n").await;
    assert_eq!(peer.reply().await.code(), "connectNotSupported");
    peer.expect_closed().await;
}

#[tokio::test]
async fn a_long_url_is_414_and_the_limit_itself_is_not() {
    let limits = Limits { url_bytes: 8 * 1024, ..far() };
    let scene = Scene::start(limits).await;
    let mut peer = scene.peer().await;
    let target = |length: usize| format!("/about?{}", "x".repeat(length - "/about?".len()));
    peer.get(&target(8 * 1024), "").await;
    assert_eq!(peer.reply().await.status, 200);
    peer.get(&target(8 * 1024 + 1), "").await;
    let reply = peer.reply().await;
    assert_eq!((reply.status, reply.code().as_str()), (414, "urlTooLong"));
    peer.expect_closed().await;
}

#[tokio::test]
async fn two_hundred_headers_are_431_and_a_hundred_are_not() {
    let scene = Scene::start(far()).await;
    let headers = |count: usize| (0..count).map(|n| format!("X-{n}: {n}\r\n")).collect::<String>();
    let mut peer = scene.peer().await;
    peer.get("/hello", &headers(99)).await;
    assert_eq!(peer.reply().await.status, 200);
    refused(&scene, &format!("GET /hello HTTP/1.1\r\nHost: h\r\n{}\r\n", headers(200)), 431).await;

    let scene = Scene::start(Limits { header_count: 250, ..far() }).await;
    let mut peer = scene.peer().await;
    peer.get("/hello", &headers(200)).await;
    assert_eq!(peer.reply().await.status, 200);
}

#[tokio::test]
async fn a_megabyte_of_header_is_431_and_the_peer_gets_to_read_it() {
    let scene = Scene::start(far()).await;
    let mut peer = scene.peer().await;
    peer.send("GET /hello HTTP/1.1\r\nHost: h\r\nX-Large: ").await;
    // The server answers after 64 KiB and reads the rest without keeping it: the peer must not meet a reset.
    peer.send(vec![b'x'; 1024 * 1024]).await;
    assert_eq!(peer.reply().await.status, 431);
    peer.finish_sending().await;
    peer.expect_closed().await;
    scene.serves().await;
}
