//! Signals: the first lets requests finish, the second does not.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpStream},
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::json;

use crate::support::{Host, Scene, until};

/// In two parts.
pub(crate) const BODY: &str = r#""a body that comes in two parts""#;

fn begin_request(host: &Host) -> TcpStream {
    begin_request_of(host, "/orchestrators/E1_HelloSequence")
}

/// Sends a request's head and the first 10 bytes of its body, once the host has begun to read it.
pub(crate) fn begin_request_of(host: &Host, path: &str) -> TcpStream {
    let mut stream = host.connect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        BODY.len()
    );
    stream.write_all(head.as_bytes()).expect("the host reads the head");
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(1, stream.try_clone().expect("a socket has two ends"));
    reader.read_line(&mut line).expect("the host asks for the body");
    assert!(line.starts_with("HTTP/1.1 100"), "{line:?}");
    stream.write_all(&BODY.as_bytes()[..10]).expect("the host reads the body");
    stream
}

/// Waits until the host has noticed a signal: it takes no new connections, or says that it is not ready.
pub(crate) fn wait_until_stopping(host: &Host) {
    until("the host to take nothing new", || {
        let mut stream = match TcpStream::connect(host.address()) {
            Ok(stream) => stream,
            Err(_) => return Ok(()),
        };
        let asked =
            stream.write_all(b"GET /admin/health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let mut answer = String::new();
        let read = stream
            .set_read_timeout(Some(Duration::from_millis(500)))
            .and(asked)
            .and_then(|()| stream.read_to_string(&mut answer));
        match read {
            Ok(_) if answer.starts_with("HTTP/1.1 200") => Err("still ready".to_owned()),
            _ => Ok(()),
        }
    });
}

#[test]
fn an_idle_host_stops_at_once_with_success() {
    for signal in [Signal::TERM, Signal::INT] {
        let scene = Scene::new();
        let mut host = scene.start();
        // An idle connection and a waiting orchestration hold nobody up.
        let mut client = host.client();
        client.send(&host.get("/")).expect("the host answers").expect(200);
        host.durable().start_running("RegistryOrchestration", "waiting", &json!("x"));
        let asked = Instant::now();
        host.signal(signal);
        let status = host.wait_for_end(Duration::from_secs(10));
        assert_eq!(status.code(), Some(0), "{signal:?}: {}", host.stderr());
        assert!(asked.elapsed() < Duration::from_secs(4), "{signal:?}: it took {:?}", asked.elapsed());
    }
}

#[test]
fn the_first_signal_lets_requests_finish() {
    let scene = Scene::new();
    let mut host = scene.start();
    let mut stream = begin_request(&host);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            host.post("/orchestrators/RegistryOrchestration/wait?timeout=2&retryInterval=0.1")
                .json(&json!("x"))
                .send()
        });
        until("the waiting request to have begun", || {
            let running = host.durable().list("?runtimeStatus=Running").expect(200).json();
            if running.as_array().is_some_and(|all| !all.is_empty()) {
                Ok(())
            } else {
                Err(running.to_string())
            }
        });
        host.signal(Signal::TERM);
        wait_until_stopping(&host);
        waiting.join().expect("the waiting client got an answer").expect(202);
    });

    stream.write_all(&BODY.as_bytes()[10..]).expect("the host still reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("the host answers");
    assert!(answer.contains("HTTP/1.1 202"), "{answer}");
    let status = host.wait_for_end(Duration::from_secs(15));
    assert_eq!(status.code(), Some(0), "{}", host.stderr());

    // What was acknowledged on the way down is there.
    drop(host);
    let host = scene.start();
    until("the sequence that was started last to complete", || {
        let done = host.durable().list("?runtimeStatus=Completed").expect(200).json();
        if done[0]["input"] == "a body that comes in two parts" { Ok(()) } else { Err(done.to_string()) }
    });
}

#[test]
fn the_second_signal_stops_at_once() {
    let scene = Scene::new();
    let mut host = scene.start();
    let stream = begin_request(&host);
    host.signal(Signal::TERM);
    wait_until_stopping(&host);
    let again = Instant::now();
    host.signal(Signal::TERM);
    let status = host.wait_for_end(Duration::from_secs(10));
    assert!(again.elapsed() < Duration::from_secs(2), "it took {:?}", again.elapsed());
    assert_eq!(status.code(), Some(5), "work was cut off: {}", host.stderr());
    stream.shutdown(Shutdown::Both).ok();
}

#[test]
fn a_request_that_never_ends_does_not_hold_the_host_for_ever() {
    let scene = Scene::new().setting("AzureFunctionsJobHost__extensions__http__shutdownGrace", "00:00:01");
    let mut host = scene.start();
    let stream = begin_request(&host);
    let asked = Instant::now();
    host.signal(Signal::TERM);
    let status = host.wait_for_end(Duration::from_secs(15));
    assert_eq!(status.code(), Some(5), "work was cut off: {}", host.stderr());
    assert!(asked.elapsed() < Duration::from_secs(6), "it took {:?}", asked.elapsed());
    stream.shutdown(Shutdown::Both).ok();
}

#[test]
fn a_stopped_host_leaves_work_that_the_next_one_takes_up() {
    let scene = Scene::new();
    let mut host = scene.start();
    host.durable().start_running("RegistryOrchestration", "one", &json!("x"));
    for n in 0..50 {
        host.durable().start("E1_HelloSequence", &format!("hello-{n}"), &json!(n)).expect(202);
    }
    host.signal(Signal::TERM);
    assert_eq!(host.wait_for_end(Duration::from_secs(10)).code(), Some(0), "{}", host.stderr());
    drop(host);

    let host = scene.start();
    for n in 0..50 {
        host.durable().wait_for(&format!("hello-{n}"), "Completed");
    }
    host.durable().raise("one", "Close", &json!(true)).expect(202);
    assert_eq!(host.durable().wait_for("one", "Completed")["output"], json!(true));
}
