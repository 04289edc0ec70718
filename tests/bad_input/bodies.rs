//! Bodies of the wrong form, type and size.

use std::io::Write;

use serde_json::json;

use crate::support::{BASE, Host, MASTER_KEY, Scene, until};

/// One byte more than a request may bring by default, rounded up to a whole MiB.
const TOO_LARGE: usize = 101 << 20;

#[track_caller]
fn expect_untouched(host: &Host) {
    host.expect_alive();
    assert_eq!(host.durable().list("").expect(200).json(), json!([]), "a refused call stored an instance");
    assert_eq!(host.durable().request("GET", "/entities").send().expect(200).json(), json!([]));
}

#[test]
fn broken_json_is_refused_wherever_json_is_read() {
    let scene = Scene::new();
    let host = scene.start();
    let deep = "[".repeat(200_000);
    let bodies: [&[u8]; 7] = [b"{", b"}", b"{\"a\":}", b"nul", b"'a'", b"\"\xff\xfe\"", deep.as_bytes()];
    for body in bodies {
        for path in ["/orchestrators/E1_HelloSequence", "/entities/Counter/x?op=Add"] {
            let request = host.durable().request("POST", path).body("application/json", body);
            let response = request.send();
            let shown = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
            assert_eq!(response.status, 400, "{path} took {shown:?}: {response}");
        }
        host.expect_alive();
    }
    expect_untouched(&host);
}

/// Half of a surrogate pair is grammatical JSON and no text: it may be refused, or kept as it is; never damaged.
#[test]
fn half_a_surrogate_pair_is_refused_or_kept() {
    let scene = Scene::new();
    let host = scene.start();
    let path = "/orchestrators/E1_HelloSequence/half";
    let response = host.durable().request("POST", path).body("application/json", r#""\ud800""#).send();
    if response.status == 202 {
        until("the sequence to complete", || {
            let status = host.durable().status("half", "");
            assert!(status.text().contains(r#""input":"\ud800""#), "{status}");
            if status.status == 200 { Ok(()) } else { Err(status.to_string()) }
        });
    } else {
        response.expect(400);
    }
    // Code that reads the payload as text fails by itself; the host and its other callers do not.
    host.durable().start_running("RegistryOrchestration", "one", &json!("x"));
    let path = "/instances/one/raiseEvent/Close";
    let response = host.durable().request("POST", path).body("application/json", r#""\udfff""#).send();
    assert!(matches!(response.status, 202 | 400), "{response}");
    host.expect_alive();
}

#[test]
fn a_nul_character_is_refused_at_the_door() {
    let scene = Scene::new();
    let host = scene.start();
    for body in [r#""a\u0000b""#, r#"{"k\u0000":1}"#, "\"a\0b\""] {
        for path in ["/orchestrators/E1_HelloSequence", "/entities/Counter/x?op=Add"] {
            host.durable().request("POST", path).body("application/json", body).send().expect(400);
        }
    }
    host.durable().request("POST", "/orchestrators/E1_HelloSequence/a%00b").send().expect(400);
    host.durable().request("POST", "/entities/Counter/a%00b?op=Add").json(&json!(1)).send().expect(400);
    let response = host.get("/api/Peek/a%00b").send();
    assert_eq!(response.status, 400, "{response}");
    expect_untouched(&host);
}

#[test]
fn a_body_past_the_limit_is_refused_before_it_is_read() {
    let scene = Scene::new();
    let host = scene.start();
    let head = format!(
        "POST {BASE}/orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\nx-functions-key: {MASTER_KEY}\r\n\
         content-type: application/json\r\ncontent-length: {TOO_LARGE}\r\n\r\n"
    );
    host.raw(head.as_bytes()).expect("the host answers the head alone").expect(413);
    expect_untouched(&host);
}

#[test]
fn a_body_past_the_limit_is_refused_while_it_comes() {
    let scene = Scene::new();
    let host = scene.start();
    let mut stream = host.connect();
    let head = "POST /orchestrators/E1_HelloSequence HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("the host reads the head");
    let mut reader = stream.try_clone().expect("a socket has two ends");
    let answer = std::thread::spawn(move || {
        let mut text = Vec::new();
        let mut part = [0; 4096];
        // What was read before a reset counts.
        while let Ok(read @ 1..) = std::io::Read::read(&mut reader, &mut part) {
            text.extend_from_slice(&part[..read]);
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let chunk = [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b'1'; 1 << 20], b"\r\n".to_vec()].concat();
    for _ in 0..TOO_LARGE >> 20 {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    stream.write_all(b"0\r\n\r\n").ok();
    let answer = answer.join().expect("the reader does not fail");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
    expect_untouched(&host);
}

#[test]
fn a_payload_past_the_limit_of_durable_state_is_refused() {
    let scene = Scene::new();
    let host = scene.start();
    let text = "x".repeat(11 << 20);
    for path in ["/orchestrators/E1_HelloSequence", "/entities/Counter/x?op=Add"] {
        let response = host.durable().request("POST", path).json(&json!(text)).send();
        assert!(matches!(response.status, 400 | 413), "{response}");
    }
    expect_untouched(&host);
    host.durable().start_running("RegistryOrchestration", "one", &json!("x"));
    let response = host.durable().raise("one", "Close", &json!(text));
    assert!(matches!(response.status, 400 | 413), "{response}");
    host.durable().raise("one", "Close", &json!(true)).expect(202);
    host.durable().wait_for("one", "Completed");
}

#[test]
fn a_large_payload_within_the_limit_comes_back_whole() {
    let scene = Scene::new();
    let host = scene.start();
    let text = "ü".repeat(4 << 20);
    host.durable().start("E1_HelloSequence", "large", &json!(text)).expect(202);
    assert!(host.durable().wait_for("large", "Completed")["input"] == json!(text));
}

#[test]
fn a_wrong_type_fails_the_code_that_reads_it_and_nothing_else() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    for (n, payload) in
        [json!("true"), json!(1), json!([true]), json!({}), json!(null)].into_iter().enumerate()
    {
        let id = format!("wrong-{n}");
        durable.start_running("RegistryOrchestration", &id, &json!("x"));
        durable.raise(&id, "Close", &payload).expect(202);
        durable.wait_for(&id, "Failed");
    }
    durable.start_running("RegistryOrchestration", "right", &json!("x"));
    durable.raise("right", "Close", &json!(true)).expect(202);
    durable.wait_for("right", "Completed");

    for payload in [json!("1"), json!(1.5), json!([1]), json!(null), json!(1e300), json!(u64::MAX)] {
        durable.signal("Counter", "x", "Add", &payload).expect(202);
    }
    durable.signal("Counter", "x", "Add", &json!(3)).expect(202);
    durable.wait_for_entity("Counter", "x", r#"{"value":3}"#);
    host.expect_alive();
}

#[test]
fn calls_to_what_is_unknown_or_finished_store_nothing() {
    let scene = Scene::new();
    let host = scene.start();
    let durable = host.durable();
    durable.raise("nowhere", "Close", &json!(true)).expect(404);
    durable.control("nowhere", "terminate", "x").expect(404);
    host.get("/api/Add/nowhere?item=x").send().expect(400);
    expect_untouched(&host);
    durable.start("E1_HelloSequence", "done", &json!(null)).expect(202);
    let before = durable.wait_for("done", "Completed");
    for _ in 0..3 {
        durable.raise("done", "Close", &json!(true)).expect(410);
    }
    assert_eq!(durable.wait_for("done", "Completed"), before);
    host.expect_alive();
}
