//! Requests that are no proper HTTP.

use std::io::{Read, Write};

use crate::support::{BASE, MASTER_KEY, Scene};

#[test]
fn a_head_past_the_limit_is_refused() {
    let scene = Scene::new();
    let host = scene.start();
    let large = "x".repeat(1 << 20);
    host.get("/").header("x-large", large.clone()).send().expect(431);
    host.expect_alive();
    let response = host.get(format!("/api/Peek/{large}")).send();
    assert!(matches!(response.status, 414 | 431), "{response}");
    host.expect_alive();
    let mut request = host.get("/");
    for n in 0..1000 {
        request = request.header(&format!("x-many-{n}"), "1");
    }
    request.send().expect(431);
    host.expect_alive();
}

#[test]
fn what_is_no_http_is_refused_or_cut_off() {
    let scene = Scene::new();
    let host = scene.start();
    let long = ["GET ".as_bytes(), &[b'a'; 100_000], b" HTTP/1.1\r\n\r\n"].concat();
    let cases: [&[u8]; 13] = [
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad name: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n1",
        b"POST /orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        b"POST /orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        &long,
    ];
    for case in cases {
        let mut stream = host.connect();
        stream.write_all(case).ok();
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut answer = Vec::new();
        // A reset is an answer as well.
        stream.read_to_end(&mut answer).ok();
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap_or("cut off");
        let shown = String::from_utf8_lossy(&case[..case.len().min(60)]);
        assert!(status == "cut off" || status.starts_with(['4', '5']), "{shown:?} was answered {answer:?}");
        host.expect_alive();
    }
    assert_eq!(host.durable().list("").expect(200).json(), serde_json::json!([]));
}

#[test]
fn what_follows_a_refused_request_is_never_taken_for_another() {
    let scene = Scene::new();
    let host = scene.start();
    // The second request hides in what the first one's two lengths disagree about.
    let hidden = format!(
        "POST {BASE}/orchestrators/E1_HelloSequence/smuggled HTTP/1.1\r\nhost: x\r\nx-functions-key: {MASTER_KEY}\r\n\
         content-length: 0\r\n\r\n"
    );
    for lengths in [
        format!("content-length: {}\r\ntransfer-encoding: chunked\r\n", 5 + hidden.len()),
        "content-length: 0\r\ncontent-length: 5\r\n".to_owned(),
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n".to_owned(),
        "transfer-encoding: xchunked\r\n".to_owned(),
    ] {
        let text = format!("POST /nowhere HTTP/1.1\r\nhost: x\r\n{lengths}\r\n0\r\n\r\n{hidden}");
        let mut stream = host.connect();
        stream.write_all(text.as_bytes()).ok();
        stream.shutdown(std::net::Shutdown::Write).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        host.durable().status("smuggled", "").expect(404);
    }
    host.expect_alive();
}

#[test]
fn a_client_that_leaves_in_the_middle_harms_nobody() {
    let scene = Scene::new();
    let host = scene.start();
    for _ in 0..50 {
        let mut stream = host.connect();
        let head = "POST /orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                    content-length: 100\r\n\r\n\"half";
        stream.write_all(head.as_bytes()).expect("the host reads");
        drop(stream);
    }
    host.expect_alive();
    assert_eq!(host.durable().list("").expect(200).json(), serde_json::json!([]));
}
